//! The list of jobs.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use reparto_domain::{cursor::SequenceCursor, jobs::JobStatus};
use serde::Serialize;
use utoipa::ToSchema;

use super::present::JobView;
use crate::{
    http::{Incoming, Json, Problem, Signed},
    opportunities::history::WalkParams,
    state::App,
};

/// A part of the list of jobs.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobList {
    /// The jobs of this part, newest first.
    pub items: Vec<JobView>,
    /// Cursor of the next part; null where this is the last.
    pub next_cursor: Option<String>,
}

impl JobList {
    fn sample() -> Self {
        Self { items: vec![JobView::sample(JobStatus::Running)], next_cursor: Some(SequenceCursor(42).encode()) }
    }
}

/// List jobs
///
/// All jobs, newest first.
#[utoipa::path(
    get, path = "/api/crm/jobs", tag = "jobs", params(WalkParams),
    responses((
        status = 200, description = "Part of the list of jobs", body = JobList, example = json!(JobList::sample())
    )),
    extensions(("x-refusals" = json!(["administrators_only"])))
)]
pub async fn list(State(app): State<App>, signed: Signed, incoming: Incoming) -> Result<Response, Problem> {
    signed.administrator()?;
    let mut query = incoming.query();
    let (limit, after) = (query.limit(50), query.sequence_cursor());
    query.finish()?;
    let walk = app.store.job_list(after, limit).await?;
    let items = walk.items.iter().map(JobView::from).collect();
    Ok(Json(JobList { items, next_cursor: walk.next.map(SequenceCursor::encode) }).into_response())
}
