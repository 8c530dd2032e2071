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

/// Resume a job
///
/// A job that was cancelled or failed goes on with the items that are left, with the rights that its creator has
/// now. What was done is not done again.
#[utoipa::path(
    post, path = "/api/crm/jobs/{id}/resume", tag = "jobs",
    params(("id" = Uuid, Path, description = "Id of the job")),
    responses((
        status = 200, description = "The job as it stands", body = JobView, example = json!(JobView::sample(JobStatus::Running))
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
    app.wake.announce_job();
    Ok(answer)
}
