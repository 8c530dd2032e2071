//! Stopping a job.

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

/// Cancel a job
///
/// No further chunk begins. What was done stays done; the items that are left fail.
#[utoipa::path(
    post, path = "/api/crm/jobs/{id}/cancel", tag = "jobs",
    params(("id" = Uuid, Path, description = "Id of the job")),
    responses((
        status = 200, description = "The job as it stands", body = JobView, example = json!(JobView::sample(JobStatus::Cancelled))
    )),
    extensions(("x-refusals" = json!(["administrators_only", "job_not_found", "job_ended"])))
)]
pub async fn cancel(
    State(app): State<App>,
    signed: Signed,
    id: PathId<JobId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    let (app, caller) = (&app, &signed.caller);
    let store = async |id, keyed| app.store.job_cancel(caller, id, keyed).await;
    let answer = change(app, &signed, id, incoming, shown(), store).await?;
    app.wake.job_progressed();
    Ok(answer)
}
