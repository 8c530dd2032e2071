//! Jobs: bulk operations of any size, in chunks.

mod admit;
mod create;
mod end;
mod items;
pub(crate) mod packed;
mod rows;
mod run;
mod set;

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

use crate::SqliteStore;

pub(crate) use set::{expire, trim};

#[async_trait]
impl Jobs for SqliteStore {
    fn job_concurrency(&self) -> usize {
        1
    }

    async fn job_create(
        &self,
        caller: &Caller,
        job: NewJob,
        assignable: &Roles,
        keyed: Option<Keyed<Job>>,
    ) -> StoreResult<Answer<Job>> {
        create::make(self, caller.clone(), create::Plan::Do(job, assignable.clone()), keyed).await
    }

    async fn job_preview(&self, caller: &Caller, job: NewJob, assignable: &Roles) -> StoreResult<JobPreview> {
        let (caller, assignable) = (caller.clone(), assignable.clone());
        self.read(move |conn| create::preview(conn, &caller, &job, &assignable)).await
    }

    async fn job_list(
        &self,
        after: Option<SequenceCursor>,
        limit: u64,
    ) -> StoreResult<CursorPage<Job, SequenceCursor>> {
        self.read(move |conn| rows::list(conn, after, limit)).await
    }

    async fn job_get(&self, id: JobId) -> StoreResult<Job> {
        self.read(move |conn| rows::get(conn, id).map(|stored| stored.job)).await
    }

    async fn job_items(&self, id: JobId, query: JobItemQuery) -> StoreResult<CursorPage<JobItem, SequenceCursor>> {
        self.read(move |conn| items::list(conn, id, query)).await
    }

    async fn job_output(&self, id: JobId, chunk: u64) -> StoreResult<Option<Vec<u8>>> {
        self.read(move |conn| items::output(conn, id, chunk)).await
    }

    async fn job_cancel(&self, caller: &Caller, id: JobId, keyed: Option<Keyed<Job>>) -> StoreResult<Answer<Job>> {
        self.write_for(caller, move |conn, caller| end::cancel(conn, caller, id, keyed.as_ref())).await
    }

    async fn job_resume(&self, caller: &Caller, id: JobId, keyed: Option<Keyed<Job>>) -> StoreResult<Answer<Job>> {
        self.write_for(caller, move |conn, caller| end::resume(conn, caller, id, keyed.as_ref())).await
    }

    async fn job_undo(&self, caller: &Caller, id: JobId, keyed: Option<Keyed<Job>>) -> StoreResult<Answer<Job>> {
        create::make(self, caller.clone(), create::Plan::Undo(id), keyed).await
    }

    async fn job_claim(&self, runner: uuid::Uuid, now: Timestamp, lease: Timestamp) -> StoreResult<Option<Claim>> {
        // Polling for work does not occupy the writer when there is none.
        if !self.read(run::is_anything_alive).await? {
            return Ok(None);
        }
        self.write(move |conn| run::claim(conn, runner, now, lease)).await
    }

    async fn job_run(
        &self,
        claim: Claim,
        at: Timestamp,
        assignable: &Roles,
        export: Arc<dyn ExportRows>,
    ) -> StoreResult<Job> {
        run::run(self, claim, at, assignable.clone(), export).await
    }
}
