//! Jobs.

use std::sync::Arc;

use async_trait::async_trait;
use reparto_domain::{
    Caller, JobId, Roles, Timestamp,
    cursor::SequenceCursor,
    idempotency::{Answer, Keyed},
    jobs::{Claim, ExportRows, Job, JobItem, JobItemQuery, JobPreview, NewJob},
    page::CursorPage,
};

use crate::StoreResult;

/// Jobs; for administrators.
///
/// A runner asks for a chunk ([`Jobs::job_claim`]), carries it out ([`Jobs::job_run`]) and asks again. Claims end
/// with their lease, so that another runner goes on where one died; a chunk's effects, its mark and the job's counts
/// are one transaction, so that no item is done twice and none is left out.
#[async_trait]
pub trait Jobs: Send + Sync {
    /// How many chunks a process may carry out at once with gain: 1 where there is one writer.
    fn job_concurrency(&self) -> usize;

    /// Makes a job and freezes its set. Refusals about the assignee as in a bulk request; too many jobs at once:
    /// [`Refusal::TooManyJobs`](reparto_domain::Refusal::TooManyJobs). A job about nothing is finished at once.
    async fn job_create(
        &self,
        caller: &Caller,
        job: NewJob,
        assignable: &Roles,
        keyed: Option<Keyed<Job>>,
    ) -> StoreResult<Answer<Job>>;

    /// What a job would be about; the same refusals, nothing is written.
    async fn job_preview(&self, caller: &Caller, job: NewJob, assignable: &Roles) -> StoreResult<JobPreview>;

    /// A part of the jobs, newest first.
    async fn job_list(&self, after: Option<SequenceCursor>, limit: u64)
    -> StoreResult<CursorPage<Job, SequenceCursor>>;

    /// A job.
    async fn job_get(&self, id: JobId) -> StoreResult<Job>;

    /// A part of a job's items, in their order.
    async fn job_items(&self, id: JobId, query: JobItemQuery) -> StoreResult<CursorPage<JobItem, SequenceCursor>>;

    /// What the chunk of this number (from 0) of an export has written; `None` after the last that is done.
    async fn job_output(&self, id: JobId, chunk: u64) -> StoreResult<Option<Vec<u8>>>;

    /// Stops a job: no chunk begins any more, what is left has failed. One that has ended:
    /// [`Refusal::JobEnded`](reparto_domain::Refusal::JobEnded).
    async fn job_cancel(&self, caller: &Caller, id: JobId, keyed: Option<Keyed<Job>>) -> StoreResult<Answer<Job>>;

    /// Lets a job that was stopped, or failed, go on with what was left, with the rights that its maker has then. One
    /// that has not ended: [`Refusal::JobRunning`](reparto_domain::Refusal::JobRunning); one that is finished, or whose
    /// details were removed: [`Refusal::JobNotResumable`](reparto_domain::Refusal::JobNotResumable); too many at once:
    /// [`Refusal::TooManyJobs`](reparto_domain::Refusal::TooManyJobs).
    async fn job_resume(&self, caller: &Caller, id: JobId, keyed: Option<Keyed<Job>>) -> StoreResult<Answer<Job>>;

    /// Makes a job that takes back what another has done, its newest operation first. One that has not ended:
    /// [`Refusal::JobRunning`](reparto_domain::Refusal::JobRunning); an export:
    /// [`Refusal::NotUndoable`](reparto_domain::Refusal::NotUndoable).
    async fn job_undo(&self, caller: &Caller, id: JobId, keyed: Option<Keyed<Job>>) -> StoreResult<Answer<Job>>;

    /// Takes the next chunk for a runner until `lease` passes: of the user whose job was served longest ago, so that
    /// a large job does not hold up a small one. `None` where there is nothing to do.
    async fn job_claim(&self, runner: uuid::Uuid, now: Timestamp, lease: Timestamp) -> StoreResult<Option<Claim>>;

    /// Carries a claimed chunk out as one operation under the job, with the rights that the job's maker has now: who
    /// has lost them makes it `failed`. A claim that is no longer the runner's does nothing. Returns the job.
    async fn job_run(
        &self,
        claim: Claim,
        at: Timestamp,
        assignable: &Roles,
        export: Arc<dyn ExportRows>,
    ) -> StoreResult<Job>;
}
