//! Jobs.

pub mod making;
pub mod resuming;
pub mod running;
pub mod undoing;

use std::sync::Arc;

use reparto_domain::{
    Caller, JobId, OpportunityId, Timestamp,
    jobs::{Claim, ExportRows, Job, JobItem, JobItemQuery, JobSet, JobWork, NewJob},
    opportunities::{Assignee, Opportunity},
};
use reparto_store::StoreResult;
use uuid::Uuid;

use crate::{Fixture, Member};

/// Renders an export as one line per opportunity: its id and holder.
pub(crate) struct Lines;

impl ExportRows for Lines {
    fn render(&self, opportunities: &[Opportunity]) -> Vec<u8> {
        opportunities.iter().map(line).collect::<String>().into_bytes()
    }
}

/// The line of an opportunity.
fn line(opportunity: &Opportunity) -> String {
    let holder = opportunity.holder.as_ref().map_or("nobody", |holder| holder.name.as_str());
    format!("{} {holder}\n", opportunity.id)
}

/// All items.
const ALL: JobItemQuery = JobItemQuery { only_errors: false, limit: 1_000, after: None };

/// Failed items.
const ERRORS: JobItemQuery = JobItemQuery { only_errors: true, ..ALL };

/// A job that assigns these to a member, like bulk-assign.
fn assign_job(ids: &[OpportunityId], to: &Member) -> NewJob {
    let work = JobWork::BulkAssign {
        assignee: Assignee::User(to.id),
        status: Some(reparto_domain::Status::Assigned),
        note: None,
    };
    NewJob { set: JobSet::Ids(ids.to_vec()), work, include_do_not_contact: false }
}

impl Fixture {
    /// Creates a job.
    pub async fn try_job(&self, caller: &Caller, job: NewJob) -> StoreResult<Job> {
        let answer = self.store().job_create(caller, job, &self.assignable, None).await;
        answer.map(|answer| answer.fresh().expect("fresh without a key"))
    }

    /// Creates a job as the administrator.
    pub async fn job(&self, job: NewJob) -> Job {
        self.try_job(&self.as_admin(), job).await.expect("job_create")
    }

    /// Claims the next chunk for a minute.
    pub async fn claim(&self, runner: Uuid) -> Option<Claim> {
        let now = self.tick();
        self.store().job_claim(runner, now, now.plus_seconds(60)).await.expect("job_claim")
    }

    /// Executes a chunk.
    pub async fn run_chunk(&self, claim: Claim) -> Job {
        let at = self.tick();
        self.store().job_run(claim, at, &self.assignable, Arc::new(Lines)).await.expect("job_run")
    }

    /// Runs all pending chunks.
    pub async fn run_jobs(&self) {
        let runner = Uuid::from_u128(1);
        while let Some(claim) = self.claim(runner).await {
            self.run_chunk(claim).await;
        }
    }

    /// Creates a job and runs it to completion.
    pub async fn ran(&self, job: NewJob) -> Job {
        let job = self.job(job).await;
        self.run_jobs().await;
        self.job_now(job.id).await
    }

    /// The current state of a job.
    pub async fn job_now(&self, id: JobId) -> Job {
        self.store().job_get(id).await.expect("job_get")
    }

    /// The items of a job, read page by page.
    pub async fn job_items(&self, id: JobId, mut query: JobItemQuery) -> Vec<JobItem> {
        let mut all = Vec::new();
        loop {
            let walk = self.store().job_items(id, query).await.expect("job_items");
            assert!(walk.items.len() as u64 <= query.limit);
            all.extend(walk.items);
            match walk.next {
                Some(cursor) => query.after = Some(cursor),
                None => return all,
            }
        }
    }

    /// The failed items: ids and error codes.
    pub async fn job_errors(&self, id: JobId) -> Vec<(OpportunityId, String)> {
        let items = self.job_items(id, ERRORS).await;
        items.into_iter().map(|item| (item.opportunity_id, item.error.expect("an error").code().to_owned())).collect()
    }

    /// Cancels a job as the administrator.
    pub async fn cancel(&self, id: JobId) -> StoreResult<Job> {
        let answer = self.store().job_cancel(&self.as_admin(), id, None).await;
        answer.map(|answer| answer.fresh().expect("fresh without a key"))
    }

    /// Resumes a job as the administrator.
    pub async fn resume(&self, id: JobId) -> StoreResult<Job> {
        let answer = self.store().job_resume(&self.as_admin(), id, None).await;
        answer.map(|answer| answer.fresh().expect("fresh without a key"))
    }

    /// Undoes a job as the administrator.
    pub async fn undo_job(&self, id: JobId) -> StoreResult<Job> {
        let answer = self.store().job_undo(&self.as_admin(), id, None).await;
        answer.map(|answer| answer.fresh().expect("fresh without a key"))
    }
}

/// Some point in time.
const fn moment(seconds: i64) -> Timestamp {
    crate::fixture::START.plus_seconds(seconds)
}
