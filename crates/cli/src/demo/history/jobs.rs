//! Jobs, executed immediately.

use std::sync::Arc;

use reparto_domain::{
    JobId, OpportunityId,
    jobs::{Job, JobSet, JobWork, NewJob},
};
use reparto_server::jobs::export::CsvRows;
use uuid::Uuid;

use super::History;
use crate::{demo::people::Account, failure::Failure};

/// The lease of a chunk, in seconds.
const LEASE: i64 = 60;
/// How long to wait for a chunk that a service on the same database has taken.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(50);

impl History<'_> {
    /// Creates a job for these opportunities; `None` if the list is empty.
    pub(super) async fn job(
        &mut self,
        administrator: &Account,
        ids: Vec<OpportunityId>,
        work: JobWork,
    ) -> Result<Option<Job>, Failure> {
        if ids.is_empty() {
            return Ok(None);
        }
        self.job_about(administrator, JobSet::Ids(ids), work).await
    }

    /// Creates a job.
    pub(super) async fn job_about(
        &mut self,
        administrator: &Account,
        set: JobSet,
        work: JobWork,
    ) -> Result<Option<Job>, Failure> {
        self.pass(120..=600);
        let caller = self.caller(administrator);
        Ok(self.store.job_create(&caller, NewJob { set, work }, &self.policy.assignable, None).await?.fresh())
    }

    /// Executes a job to its end.
    pub(super) async fn finish(&mut self, id: JobId) -> Result<(), Failure> {
        while !self.step(id).await? {}
        Ok(())
    }

    /// Executes one chunk; returns whether the job has ended.
    pub(super) async fn step(&mut self, id: JobId) -> Result<bool, Failure> {
        self.pass(1..=2);
        let runner = Uuid::from_bytes(self.random.bytes());
        let claim = self.store.job_claim(runner, self.now, self.now.plus_seconds(LEASE)).await?;
        let Some(claim) = claim else {
            // All chunks are done, or claimed by a service running on the same database.
            let has_ended = self.store.job_get(id).await?.status.has_ended();
            if !has_ended {
                tokio::time::sleep(PAUSE).await;
            }
            return Ok(has_ended);
        };
        self.operator();
        let job = self.store.job_run(claim, self.now, &self.policy.assignable, Arc::new(CsvRows::default())).await?;
        Ok(job.id == id && job.status.has_ended())
    }

    /// Stops a job.
    pub(super) async fn cancel(&mut self, administrator: &Account, id: JobId) -> Result<(), Failure> {
        self.pass(1..=5);
        let caller = self.caller(administrator);
        self.store.job_cancel(&caller, id, None).await?;
        Ok(())
    }

    /// Undoes a job.
    pub(super) async fn undo_job(&mut self, administrator: &Account, id: JobId) -> Result<(), Failure> {
        self.pass(120..=600);
        let caller = self.caller(administrator);
        if let Some(undo) = self.store.job_undo(&caller, id, None).await?.fresh() {
            self.finish(undo.id).await?;
        }
        Ok(())
    }
}
