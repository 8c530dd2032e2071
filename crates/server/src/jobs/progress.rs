//! The progress of a job, as server-sent events.

use std::{collections::VecDeque, time::Duration};

use axum::{
    extract::State,
    response::{Response, sse::Event},
};
use reparto_domain::{
    JobId, Refusal,
    jobs::{Job, JobStatus},
};
use serde::Serialize;
use tokio::time::{Instant, sleep_until};
use utoipa::ToSchema;

use super::present::JobView;
use crate::{
    http::{
        Incoming, PathId, Problem, Signed,
        signed::Rights,
        sse::{self, Client, RECHECK},
    },
    state::App,
};

/// Interval between two events.
const EVERY: Duration = Duration::from_secs(1);

/// Number of intervals over which the rate is measured.
const WINDOW: usize = 10;

/// How far a job is, and how fast.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobProgress {
    /// The job as it stands.
    #[serde(flatten)]
    pub job: JobView,
    /// Items per second over the last ten seconds; null where it is not known yet.
    pub rate: Option<f64>,
    /// Seconds left at this rate, 0 at the end; null where it is not known yet.
    pub seconds_left: Option<u64>,
}

/// Measures how fast a job progresses.
#[derive(Debug, Default)]
struct Pace {
    samples: VecDeque<(Instant, u64)>,
    rate: Option<f64>,
}

impl Pace {
    fn measure(&mut self, at: Instant, job: &Job) -> JobProgress {
        let processed = job.done + job.failed;
        // A cancellation fails all items that are left at once, which says nothing about the speed.
        if !job.status.has_ended() || job.status == JobStatus::Finished {
            self.samples.push_back((at, processed));
            if self.samples.len() > WINDOW + 1 {
                self.samples.pop_front();
            }
            self.rate = self.samples.front().and_then(|(began, then)| {
                let seconds = at.duration_since(*began).as_secs_f64();
                (seconds > 0.0).then(|| (float(processed.saturating_sub(*then)) / seconds * 10.0).round() / 10.0)
            });
        }
        let rate = self.rate;
        let left = job.total.saturating_sub(processed);
        let seconds_left = match rate {
            _ if job.status.has_ended() => Some(0),
            Some(rate) if rate > 0.0 => seconds(float(left) / rate),
            _ => None,
        };
        JobProgress { job: JobView::from(job), rate, seconds_left }
    }
}

/// A number of items as a float: exact up to 2^32, which is more than a job takes.
fn float(items: u64) -> f64 {
    f64::from(u32::try_from(items).unwrap_or(u32::MAX))
}

/// Whole seconds, rounded up; `None` where there are more than can be counted.
fn seconds(seconds: f64) -> Option<u64> {
    Duration::try_from_secs_f64(seconds.ceil()).ok().map(|duration| duration.as_secs())
}

fn sample() -> String {
    let job = JobView::sample(JobStatus::Running);
    let progress = JobProgress { job, rate: Some(5_400.0), seconds_left: Some(7) };
    format!("event: progress\ndata: {}\n\n", serde_json::to_string(&progress).unwrap_or_default())
}

/// Stream the progress of a job
///
/// Server-sent events named `progress`, one per second until the job ends; the last one shows how it ended.
#[utoipa::path(
    get, path = "/api/crm/jobs/{id}/events", operation_id = "events", tag = "jobs",
    params(("id" = Uuid, Path, description = "Id of the job")),
    responses((
        status = 200, description = "The stream: `data` is a `JobProgress`",
        content((String = "text/event-stream", example = json!(sample())))
    )),
    extensions(("x-refusals" = json!(["administrators_only", "job_not_found", "too_many_streams"])))
)]
pub async fn events(
    State(app): State<App>,
    signed: Signed,
    id: PathId<JobId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    signed.administrator()?;
    let job = app.store.job_get(id.or(Refusal::JobNotFound)?).await?;
    let (client, response) = sse::open(&app.streams, signed.viewer.id)?;
    let rights = Rights::new(&app, &incoming.parts.headers);
    tokio::spawn(run(app, client, rights, job));
    Ok(response)
}

async fn run(app: App, client: Client, rights: Rights, mut job: Job) {
    let mut moves = app.wake.watch_jobs();
    let (mut pace, mut checked_at) = (Pace::default(), Instant::now());
    loop {
        let now = Instant::now();
        let progress = pace.measure(now, &job);
        let Ok(event) = Event::default().event("progress").json_data(&progress) else { return };
        if !client.send(event).await || job.status.has_ended() {
            return;
        }
        if now.duration_since(checked_at) >= RECHECK {
            checked_at = now;
            match rights.now().await {
                Ok(Some(viewer)) if viewer.role.is_administrator() => {}
                Ok(_) => return,
                Err(error) => tracing::warn!(%error, "rights could not be checked"),
            }
        }
        let Some(next) = next(&app, &client, &mut moves, &job, now + EVERY).await else { return };
        job = next;
    }
}

/// The job at the next interval, or as soon as it has ended; `None` where the client is gone.
async fn next(
    app: &App,
    client: &Client,
    moves: &mut tokio::sync::watch::Receiver<u64>,
    job: &Job,
    at: Instant,
) -> Option<Job> {
    loop {
        moves.borrow_and_update();
        let read = match app.store.job_get(job.id).await {
            Ok(job) => Some(job),
            Err(error) => {
                tracing::warn!(%error, "a job could not be read");
                None
            }
        };
        if Instant::now() >= at || read.as_ref().is_some_and(|job| job.status.has_ended()) {
            return Some(read.unwrap_or_else(|| job.clone()));
        }
        tokio::select! {
            () = sleep_until(at) => {}
            _ = moves.changed() => {}
            () = client.gone() => return None,
        }
    }
}
