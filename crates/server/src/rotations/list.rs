//! The list of rotations.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use reparto_domain::cursor::SequenceCursor;
use serde::Serialize;
use utoipa::ToSchema;

use super::present::RotationView;
use crate::{
    http::{Incoming, Json, Problem, Signed},
    opportunities::history::WalkParams,
    state::App,
};

/// A part of the list of rotations.
#[derive(Debug, Serialize, ToSchema)]
pub struct RotationList {
    /// The rotations of this part, oldest first.
    pub items: Vec<RotationView>,
    /// Cursor of the next part; null where this is the last.
    pub next_cursor: Option<String>,
}

impl RotationList {
    fn sample() -> Self {
        Self { items: vec![RotationView::sample()], next_cursor: None }
    }
}

/// List rotations
///
/// Oldest first, without those of teams that were deleted.
#[utoipa::path(
    get, path = "/api/crm/rotations", tag = "rotations", params(WalkParams),
    responses((
        status = 200, description = "Part of the list of rotations", body = RotationList,
        example = json!(RotationList::sample())
    )),
    extensions(("x-refusals" = json!(["administrators_only"])))
)]
pub async fn list(State(app): State<App>, signed: Signed, incoming: Incoming) -> Result<Response, Problem> {
    signed.administrator()?;
    let mut query = incoming.query();
    let (limit, after) = (query.limit(50), query.sequence_cursor());
    query.finish()?;
    let page = app.store.rotation_list(after, limit).await?;
    let items = page.items.iter().map(RotationView::from).collect();
    Ok(Json(RotationList { items, next_cursor: page.next.map(SequenceCursor::encode) }).into_response())
}
