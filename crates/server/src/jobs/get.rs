//! One job.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use reparto_domain::{JobId, Refusal, jobs::JobStatus};

use super::present::JobView;
use crate::{
    http::{Json, PathId, Problem, Signed},
    state::App,
};

/// Get a job
///
/// The job as it stands.
#[utoipa::path(
    get, path = "/api/crm/jobs/{id}", tag = "jobs",
    params(("id" = Uuid, Path, description = "Id of the job")),
    responses((
        status = 200, description = "The job as it stands", body = JobView, example = json!(JobView::sample(JobStatus::Running))
    )),
    extensions(("x-refusals" = json!(["administrators_only", "job_not_found"])))
)]
pub async fn get(State(app): State<App>, signed: Signed, id: PathId<JobId>) -> Result<Response, Problem> {
    signed.administrator()?;
    let job = app.store.job_get(id.or(Refusal::JobNotFound)?).await?;
    Ok(Json(JobView::from(&job)).into_response())
}
