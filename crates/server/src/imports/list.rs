//! The list of imports.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use reparto_domain::{cursor::SequenceCursor, imports::ImportStatus};
use serde::Serialize;
use utoipa::ToSchema;

use super::present::ImportView;
use crate::{
    http::{Incoming, Json, Problem, Signed},
    opportunities::history::WalkParams,
    state::App,
};

/// A part of the list of imports.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportList {
    /// The imports of this part, newest first, without samples of their columns.
    pub items: Vec<ImportView>,
    /// Cursor of the next part; null where this is the last.
    pub next_cursor: Option<String>,
}

impl ImportList {
    fn sample() -> Self {
        let items = vec![ImportView::sample(ImportStatus::Finished)];
        Self { items, next_cursor: Some(SequenceCursor(42).encode()) }
    }
}

/// List imports
///
/// All imports that were sent to the service, newest first.
#[utoipa::path(
    get, path = "/api/crm/imports", tag = "imports", params(WalkParams),
    responses((
        status = 200, description = "Part of the list of imports", body = ImportList, example = json!(ImportList::sample())
    )),
    extensions(("x-refusals" = json!(["administrators_only"])))
)]
pub async fn list(State(app): State<App>, signed: Signed, incoming: Incoming) -> Result<Response, Problem> {
    signed.administrator()?;
    let mut query = incoming.query();
    let (limit, after) = (query.limit(50), query.sequence_cursor());
    query.finish()?;
    let walk = app.store.import_list(&signed.caller, after, limit).await?;
    let items = walk.items.iter().map(|import| ImportView::new(import, [], signed.context.language)).collect();
    Ok(Json(ImportList { items, next_cursor: walk.next.map(SequenceCursor::encode) }).into_response())
}
