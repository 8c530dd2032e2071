//! The list of teams.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use reparto_domain::cursor::SequenceCursor;
use serde::Serialize;
use utoipa::ToSchema;

use super::present::TeamView;
use crate::{
    http::{Incoming, Json, Problem, Signed},
    opportunities::history::WalkParams,
    state::App,
};

/// A part of the list of teams.
#[derive(Debug, Serialize, ToSchema)]
pub struct TeamList {
    /// The teams of this part, oldest first.
    pub items: Vec<TeamView>,
    /// Cursor of the next part; null where this is the last.
    pub next_cursor: Option<String>,
}

impl TeamList {
    fn sample() -> Self {
        Self { items: vec![TeamView::sample()], next_cursor: None }
    }
}

/// List teams
///
/// Oldest first, without those that were deleted.
#[utoipa::path(
    get, path = "/api/crm/teams", tag = "teams", params(WalkParams),
    responses((
        status = 200, description = "Part of the list of teams", body = TeamList, example = json!(TeamList::sample())
    )),
    extensions(("x-refusals" = json!(["staff_only"])))
)]
pub async fn list(State(app): State<App>, signed: Signed, incoming: Incoming) -> Result<Response, Problem> {
    signed.staff()?;
    let mut query = incoming.query();
    let (limit, after) = (query.limit(50), query.sequence_cursor());
    query.finish()?;
    let page = app.store.team_list(after, limit).await?;
    let items = page.items.iter().map(TeamView::from).collect();
    Ok(Json(TeamList { items, next_cursor: page.next.map(SequenceCursor::encode) }).into_response())
}
