//! Jobs: bulk operations of any size, in chunks.

mod admit;
pub(crate) mod create;
pub(crate) mod end;
pub(crate) mod items;
pub(crate) mod rows;
pub(crate) mod run;
pub(crate) mod set;

use std::sync::Arc;

use async_trait::async_trait;
use reparto_domain::{
    Caller, JobId, Roles, Timestamp,
    cursor::SequenceCursor,
    idempotency::{Answer, Keyed},
    jobs::{Claim, ExportRows, Job, JobItem, JobItemQuery, JobPreview, NewJob},
    page::CursorPage,
};
use reparto_store::{Jobs, StoreResult};

use crate::{
    PostgresStore,
    engine::tx::{read, transact},
};

#[async_trait]
impl Jobs for PostgresStore {
    fn job_concurrency(&self) -> usize {
        run::CONCURRENCY
    }

    async fn job_create(
        &self,
        caller: &Caller,
        job: NewJob,
        assignable: &Roles,
        keyed: Option<Keyed<Job>>,
    ) -> StoreResult<Answer<Job>> {
        let plan = create::Plan::Do(job, assignable.clone());
        transact!(self, tx => create::make(tx, caller, &plan, keyed.as_ref()))
    }

    async fn job_preview(&self, caller: &Caller, job: NewJob, assignable: &Roles) -> StoreResult<JobPreview> {
        transact!(self, tx => create::preview(tx, caller, &job, assignable))
    }

    async fn job_list(
        &self,
        after: Option<SequenceCursor>,
        limit: u64,
    ) -> StoreResult<CursorPage<Job, SequenceCursor>> {
        read!(self, conn => rows::list(conn, after, limit))
    }

    async fn job_get(&self, id: JobId) -> StoreResult<Job> {
        read!(self, conn => rows::shown(conn, id))
    }

    async fn job_items(&self, id: JobId, query: JobItemQuery) -> StoreResult<CursorPage<JobItem, SequenceCursor>> {
        read!(self, conn => items::list(conn, id, query))
    }

    async fn job_output(&self, id: JobId, chunk: u64) -> StoreResult<Option<Vec<u8>>> {
        read!(self, conn => items::output(conn, id, chunk))
    }

    async fn job_cancel(&self, caller: &Caller, id: JobId, keyed: Option<Keyed<Job>>) -> StoreResult<Answer<Job>> {
        transact!(self, tx => end::cancel(tx, caller, id, keyed.as_ref()))
    }

    async fn job_resume(&self, caller: &Caller, id: JobId, keyed: Option<Keyed<Job>>) -> StoreResult<Answer<Job>> {
        transact!(self, tx => end::resume(tx, caller, id, keyed.as_ref()))
    }

    async fn job_undo(&self, caller: &Caller, id: JobId, keyed: Option<Keyed<Job>>) -> StoreResult<Answer<Job>> {
        let plan = create::Plan::Undo(id);
        transact!(self, tx => create::make(tx, caller, &plan, keyed.as_ref()))
    }

    async fn job_claim(&self, runner: uuid::Uuid, now: Timestamp, lease: Timestamp) -> StoreResult<Option<Claim>> {
        transact!(self, tx => run::claim(tx, runner, now, lease))
    }

    async fn job_run(
        &self,
        claim: Claim,
        at: Timestamp,
        assignable: &Roles,
        export: Arc<dyn ExportRows>,
    ) -> StoreResult<Job> {
        run::run(self, claim, at, assignable, export.as_ref()).await
    }
}
