//! Taking a job back.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use reparto_domain::{JobId, Refusal, jobs::JobStatus};

use super::present::{JobView, accepted};
use crate::{
    http::{
        Incoming, PathId, Problem, Signed,
        idempotency::{keyed, respond},
    },
    state::App,
};

/// Makes a job that takes back what another has done, its newest operation first: each opportunity goes back to its
/// previous holder and status, while nothing newer has touched it.
#[utoipa::path(
    post, path = "/api/crm/jobs/{id}/undo", tag = "jobs",
    params(("id" = Uuid, Path, description = "The job's id")),
    responses((
        status = 202, description = "The new job", body = JobView,
        headers(("Location" = String, description = "The new job's path")),
        example = json!(JobView::sample(JobStatus::Queued))
    )),
    extensions(("x-refusals" = json!([
        "administrators_only", "job_not_found", "job_running", "not_undoable", "already_undone", "too_many_jobs"
    ])))
)]
pub async fn undo(
    State(app): State<App>,
    signed: Signed,
    id: PathId<JobId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    signed.administrator()?;
    let id = id.or(Refusal::JobNotFound)?;
    let body = incoming.json_or_empty().await?;
    let render = accepted();
    let keyed = keyed(&app, &body, signed.caller.at, Arc::clone(&render))?;
    let answer = app.store.job_undo(&signed.caller, id, keyed).await?;
    app.wake.job_made();
    Ok(respond(answer, &*render))
}
