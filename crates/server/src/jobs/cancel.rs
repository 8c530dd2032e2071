//! Stopping a job.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode, response::Response};
use reparto_domain::{
    JobId, Refusal,
    jobs::{Job, JobStatus},
};

use super::present::JobView;
use crate::{
    http::{
        Incoming, PathId, Problem, Signed,
        idempotency::{Render, json_answer, keyed, respond},
    },
    state::App,
};

/// Stops a job: no chunk begins any more. What was done stays done; what is left has failed.
#[utoipa::path(
    post, path = "/api/crm/jobs/{id}/cancel", tag = "jobs",
    params(("id" = Uuid, Path, description = "The job's id")),
    responses((
        status = 200, description = "The job", body = JobView, example = json!(JobView::sample(JobStatus::Cancelled))
    )),
    extensions(("x-refusals" = json!(["administrators_only", "job_not_found", "job_ended"])))
)]
pub async fn cancel(
    State(app): State<App>,
    signed: Signed,
    id: PathId<JobId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    signed.administrator()?;
    let id = id.or(Refusal::JobNotFound)?;
    let body = incoming.json_or_empty().await?;
    let render: Render<Job> = Arc::new(|job| json_answer(StatusCode::OK, &JobView::from(job)));
    let keyed = keyed(&app, &body, signed.caller.at, Arc::clone(&render))?;
    let answer = app.store.job_cancel(&signed.caller, id, keyed).await?;
    app.wake.job_moved();
    Ok(respond(answer, &*render))
}
