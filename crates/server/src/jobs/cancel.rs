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
    let (app, caller) = (&app, &signed.caller);
    let store = async |id, keyed| app.store.job_cancel(caller, id, keyed).await;
    let answer = change(app, &signed, id, incoming, shown(), store).await?;
    app.wake.job_moved();
    Ok(answer)
}
