//! Carries jobs out, chunk by chunk. Every replica has one runner; the database gives each its chunks.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use reparto_domain::jobs::{Claim, ExportRows, Job, JobKind};
use reparto_store::{StoreError, StoreResult};
use uuid::Uuid;

use super::export::CsvRows;
use crate::{
    background::{PAUSE, POLL},
    state::App,
    telemetry::{self, Assigned},
};

/// Seconds for which a chunk is the runner's. It takes a fraction of one; a runner that died holds it no longer.
const LEASE_SECONDS: i64 = 10;

/// How long to wait before a chunk for which the database had no room is tried again.
const BUSY: Duration = Duration::from_millis(50);

/// Carries out what there is, until the service stops.
pub async fn run(app: &App) {
    let (runner, export): (Uuid, Arc<dyn ExportRows>) = (Uuid::now_v7(), Arc::new(CsvRows));
    while !app.stopping.is_cancelled() {
        let (began, writes) = (Instant::now(), app.wake.writes());
        match step(app, runner, &export).await {
            Ok(Some(job)) => {
                if job.status.is_ended() {
                    telemetry::job_ended(job.status);
                    if job.kind == JobKind::BulkAssign {
                        telemetry::assigned(Assigned::Job, job.done);
                    }
                    tracing::info!(job = %job.id, status = %job.status, done = job.done, failed = job.failed, "a job ended");
                }
                // Others wrote meanwhile: they get as long as the chunk took before the next one begins.
                let is_alone = app.wake.writes() == writes;
                app.wake.job_moved();
                if is_alone {
                    tokio::task::yield_now().await;
                } else {
                    app.pause(began.elapsed()).await;
                }
            }
            Ok(None) => tokio::select! {
                () = app.wake.until_job() => {}
                () = app.pause(POLL) => {}
            },
            Err(error) => {
                tracing::warn!(%error, "a chunk of a job could not be carried out");
                app.pause(PAUSE).await;
            }
        }
    }
}

/// Claims a chunk and carries it out; `None` where there is nothing to do.
async fn step(app: &App, runner: Uuid, export: &Arc<dyn ExportRows>) -> StoreResult<Option<Job>> {
    let now = app.clock.now();
    let Some(claim) = app.store.job_claim(runner, now, now.plus_seconds(LEASE_SECONDS)).await? else {
        return Ok(None);
    };
    carry_out(app, claim, export).await.map(Some)
}

/// Carries a chunk out, again and again while the database has no room and the lease has time: to do so twice does
/// nothing, for the mark of the chunk is in its transaction.
async fn carry_out(app: &App, claim: Claim, export: &Arc<dyn ExportRows>) -> StoreResult<Job> {
    let until = app.clock.now().plus_seconds(LEASE_SECONDS / 2);
    loop {
        let at = app.clock.now();
        match app.store.job_run(claim, at, &app.config.assignable_roles, Arc::clone(export)).await {
            Err(StoreError::Busy) if at < until && !app.stopping.is_cancelled() => app.pause(BUSY).await,
            result => return result,
        }
    }
}
