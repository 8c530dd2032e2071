//! Letting a job go on that was stopped.

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

/// Lets a job that was cancelled, or that failed, go on with what was left of its set. What was done is not done again.
/// It goes on with the rights that its maker has now.
#[utoipa::path(
    post, path = "/api/crm/jobs/{id}/resume", tag = "jobs",
    params(("id" = Uuid, Path, description = "The job's id")),
    responses((
        status = 200, description = "The job", body = JobView, example = json!(JobView::sample(JobStatus::Running))
    )),
    extensions(("x-refusals" = json!([
        "administrators_only", "job_not_found", "job_running", "job_not_resumable", "too_many_jobs"
    ])))
)]
pub async fn resume(
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
    let answer = app.store.job_resume(&signed.caller, id, keyed).await?;
    app.wake.job_made();
    Ok(respond(answer, &*render))
}
