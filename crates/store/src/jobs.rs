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

/// Jobs. Administrators only.
///
/// A runner claims a chunk ([`Jobs::job_claim`]), executes it ([`Jobs::job_run`]) and claims the next. Claims expire
/// with their lease, so that another runner takes over from one that died. A chunk's effects, its completion mark and
/// the job's counts are written in one transaction, so that every item is executed exactly once.
#[async_trait]
pub trait Jobs: Send + Sync {
    /// The useful number of concurrent chunks per process: 1 with a single writer.
    fn job_concurrency(&self) -> usize;

    /// Creates a job and freezes its set. The assignee is checked as in a bulk request. Too many jobs at once:
    /// [`Refusal::TooManyJobs`](reparto_domain::Refusal::TooManyJobs). An empty job is finished at once.
    async fn job_create(
        &self,
        caller: &Caller,
        job: NewJob,
        assignable: &Roles,
        keyed: Option<Keyed<Job>>,
    ) -> StoreResult<Answer<Job>>;

    /// Previews a job: same refusals, but nothing is written.
    async fn job_preview(&self, caller: &Caller, job: NewJob, assignable: &Roles) -> StoreResult<JobPreview>;

    /// Lists part of the jobs, newest first.
    async fn job_list(&self, after: Option<SequenceCursor>, limit: u64)
    -> StoreResult<CursorPage<Job, SequenceCursor>>;

    /// Returns a job.
    async fn job_get(&self, id: JobId) -> StoreResult<Job>;

    /// Lists part of a job's items, in order.
    async fn job_items(&self, id: JobId, query: JobItemQuery) -> StoreResult<CursorPage<JobItem, SequenceCursor>>;

    /// Returns the output of an export's chunk (numbered from 0); `None` after the last completed one.
    async fn job_output(&self, id: JobId, chunk: u64) -> StoreResult<Option<Vec<u8>>>;

    /// Cancels a job: no further chunk starts, and unprocessed items fail. A job that has ended:
    /// [`Refusal::JobEnded`](reparto_domain::Refusal::JobEnded).
    async fn job_cancel(&self, caller: &Caller, id: JobId, keyed: Option<Keyed<Job>>) -> StoreResult<Answer<Job>>;

    /// Resumes a cancelled or failed job with its unprocessed items and its creator's current rights. A job that has
    /// not ended: [`Refusal::JobRunning`](reparto_domain::Refusal::JobRunning); one that finished normally, or whose
    /// details were removed: [`Refusal::JobNotResumable`](reparto_domain::Refusal::JobNotResumable); too many jobs at
    /// once: [`Refusal::TooManyJobs`](reparto_domain::Refusal::TooManyJobs).
    async fn job_resume(&self, caller: &Caller, id: JobId, keyed: Option<Keyed<Job>>) -> StoreResult<Answer<Job>>;

    /// Creates a job that undoes another, newest operation first. A job that has not ended:
    /// [`Refusal::JobRunning`](reparto_domain::Refusal::JobRunning); an export:
    /// [`Refusal::NotUndoable`](reparto_domain::Refusal::NotUndoable).
    async fn job_undo(&self, caller: &Caller, id: JobId, keyed: Option<Keyed<Job>>) -> StoreResult<Answer<Job>>;

    /// Claims the next chunk for a runner until `lease`. Users are served in turn, so that a large job does not delay a
    /// small one. `None` if there is nothing to do.
    async fn job_claim(&self, runner: uuid::Uuid, now: Timestamp, lease: Timestamp) -> StoreResult<Option<Claim>>;

    /// Executes a claimed chunk as one operation of the job, with the current rights of the job's creator; if these are
    /// lost, the job becomes `failed`. An expired claim does nothing. Returns the job.
    async fn job_run(
        &self,
        claim: Claim,
        at: Timestamp,
        assignable: &Roles,
        export: Arc<dyn ExportRows>,
    ) -> StoreResult<Job>;
}
