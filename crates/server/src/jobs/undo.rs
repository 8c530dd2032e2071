//! Taking a job back.

use axum::{extract::State, response::Response};
use reparto_domain::{JobId, jobs::JobStatus};

use super::{
    change::change,
    present::{JobView, accepted},
};
use crate::{
    http::{Incoming, PathId, Problem, Signed},
    state::App,
};

/// Undo a job
///
/// Creates a job that undoes the operations of another, newest first: each opportunity goes back to its previous
/// holder and status, unless something newer has changed it.
#[utoipa::path(
    post, path = "/api/crm/jobs/{id}/undo", tag = "jobs",
    params(("id" = Uuid, Path, description = "Id of the job")),
    responses((
        status = 202, description = "The job that was created", body = JobView,
        headers(("Location" = String, description = "Path of the new job")),
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
    let (app, caller) = (&app, &signed.caller);
    let store = async |id, keyed| app.store.job_undo(caller, id, keyed).await;
    let answer = change(app, &signed, id, incoming, accepted(), store).await?;
    app.wake.announce_job();
    Ok(answer)
}
