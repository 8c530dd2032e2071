//! Executes jobs, chunk by chunk. Every replica has one runner; the database gives each its chunks.
//!
//! A runner has as many workers as the database has use for. The first one looks for work and always works; the others
//! join in when it has found some, and only while no request writes.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures::future::join_all;
use reparto_domain::{
    JobId,
    jobs::{Claim, ExportRows, Job, JobKind},
};
use reparto_store::{StoreError, StoreResult};
use tokio::sync::Notify;
use uuid::Uuid;

use super::export::CsvRows;
use crate::{
    background::pace::{PAUSE, POLL},
    state::App,
    telemetry::{self, Assigned},
};

/// Lease of a chunk, in seconds. A chunk takes a fraction of one; a runner that died holds it no longer than this.
const LEASE_SECONDS: i64 = 10;

/// Pause before a chunk that the database was too busy for is tried again.
const BUSY: Duration = Duration::from_millis(50);

/// How long no request may have written before more than one worker works.
const QUIET: Duration = Duration::from_millis(250);

/// Executes jobs until the service stops.
pub async fn run(app: &App) {
    let runner = &Runner {
        app,
        export: Arc::new(CsvRows { language: app.config.language.unwrap_or_default() }),
        more: Notify::new(),
        ended: Mutex::default(),
    };
    let further = (1..app.store.job_concurrency()).map(|_| runner.further_worker());
    tokio::join!(runner.first_worker(), join_all(further));
}

/// What the workers share.
struct Runner<'a> {
    app: &'a App,
    export: Arc<dyn ExportRows>,
    /// Wakes the other workers: there is more to do than one of them does.
    more: Notify,
    /// The jobs that ended since the queue was last empty: the end of each is reported once.
    ended: Mutex<HashSet<JobId>>,
}

impl Runner<'_> {
    /// The first worker: looks for work, and always works.
    async fn first_worker(&self) {
        let (app, id, mut written_at) = (self.app, Uuid::now_v7(), None::<Instant>);
        while !app.stopping.is_cancelled() {
            let (began, requests) = (Instant::now(), app.wake.requests());
            match self.step(id).await {
                Ok(Some(job)) => {
                    self.report(&job);
                    if app.wake.requests() == requests {
                        if written_at.is_none_or(|at| at.elapsed() >= QUIET) {
                            self.more.notify_waiters();
                        }
                        tokio::task::yield_now().await;
                    } else {
                        written_at = Some(Instant::now());
                        // Requests get as long as the chunk took before the next one begins.
                        app.pause(began.elapsed()).await;
                    }
                }
                Ok(None) => {
                    self.ended.lock().unwrap_or_else(PoisonError::into_inner).clear();
                    tokio::select! {
                        () = app.wake.job_created() => {}
                        () = app.pause(POLL) => {}
                    }
                }
                Err(error) => self.failed(&error).await,
            }
        }
    }

    /// Another worker: joins in when there is more work than for one, and no request writes.
    async fn further_worker(&self) {
        let (app, id) = (self.app, Uuid::now_v7());
        while !app.stopping.is_cancelled() {
            tokio::select! {
                () = self.more.notified() => {}
                () = app.stopping.cancelled() => return,
            }
            let requests = app.wake.requests();
            while app.wake.requests() == requests && !app.stopping.is_cancelled() {
                match self.step(id).await {
                    Ok(Some(job)) => self.report(&job),
                    Ok(None) => break,
                    Err(error) => {
                        self.failed(&error).await;
                        break;
                    }
                }
            }
        }
    }

    /// Claims a chunk and executes it; `None` where there is nothing to do.
    async fn step(&self, id: Uuid) -> StoreResult<Option<Job>> {
        let now = self.app.clock.now();
        let Some(claim) = self.app.store.job_claim(id, now, now.plus_seconds(LEASE_SECONDS)).await? else {
            return Ok(None);
        };
        self.execute(claim).await.map(Some)
    }

    /// Executes a chunk, and tries again while the database is busy and the lease has time. A second execution does
    /// nothing, because the chunk is marked as done in the transaction of the first.
    async fn execute(&self, claim: Claim) -> StoreResult<Job> {
        let app = self.app;
        let until = app.clock.now().plus_seconds(LEASE_SECONDS / 2);
        loop {
            let at = app.clock.now();
            match app.store.job_run(claim, at, &app.config.assignable_roles, Arc::clone(&self.export)).await {
                Err(StoreError::Busy) if at < until && !app.stopping.is_cancelled() => app.pause(BUSY).await,
                result => return result,
            }
        }
    }

    /// Reports that a job has progressed or ended.
    fn report(&self, job: &Job) {
        let is_news = {
            let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
            if job.status.has_ended() {
                ended.insert(job.id)
            } else {
                // It goes on: perhaps it was resumed.
                ended.remove(&job.id);
                false
            }
        };
        if is_news {
            telemetry::job_ended(job.status);
            if job.kind == JobKind::BulkAssign {
                telemetry::assigned(Assigned::Job, job.done);
            }
            tracing::info!(job = %job.id, status = %job.status, done = job.done, failed = job.failed, "a job ended");
        }
        self.app.wake.job_progressed();
    }

    async fn failed(&self, error: &StoreError) {
        tracing::warn!(%error, "a chunk of a job failed");
        self.app.pause(PAUSE).await;
    }
}
