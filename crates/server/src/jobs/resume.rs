//! Letting a job go on that was stopped.

use axum::{extract::State, response::Response};
use reparto_domain::{JobId, jobs::JobStatus};

use super::{
    change::change,
    present::{JobView, shown},
};
use crate::{
    http::{Incoming, PathId, Problem, Signed},
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
    let (app, caller) = (&app, &signed.caller);
    let store = async |id, keyed| app.store.job_resume(caller, id, keyed).await;
    let answer = change(app, &signed, id, incoming, shown(), store).await?;
    app.wake.job_made();
    Ok(answer)
}
