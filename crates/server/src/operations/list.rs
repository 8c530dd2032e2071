//! The list of operations.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use reparto_domain::{cursor::SequenceCursor, operations::OperationQuery};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::present::OperationView;
use crate::{
    http::{
        Incoming, Json, Problem, Signed,
        names::{OperationKindName, TimeOrDate},
    },
    opportunities::history::WalkParams,
    state::App,
};

/// Which operations.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OperationParams {
    /// Only operations of this kind.
    #[param(value_type = Option<OperationKindName>)]
    pub kind: Option<String>,
    /// Only operations by this user.
    pub actor_id: Option<String>,
    /// Only operations that gave opportunities to this user.
    pub assignee_id: Option<String>,
    /// Only operations that changed this opportunity.
    pub opportunity_id: Option<String>,
    /// Only operations at or after this time.
    #[param(value_type = Option<TimeOrDate>)]
    pub from: Option<String>,
    /// Only operations at or before this time; a date means its end.
    #[param(value_type = Option<TimeOrDate>)]
    pub to: Option<String>,
}

/// A part of the list of operations.
#[derive(Debug, Serialize, ToSchema)]
pub struct OperationList {
    /// The operations of this part, newest first.
    pub items: Vec<OperationView>,
    /// Cursor of the next part; null where this is the last.
    pub next_cursor: Option<String>,
}

impl OperationList {
    fn sample() -> Self {
        Self { items: vec![OperationView::sample()], next_cursor: Some(SequenceCursor(42).encode()) }
    }
}

/// List operations
///
/// Operations that match, newest first.
#[utoipa::path(
    get, path = "/api/crm/operations", tag = "operations", params(OperationParams, WalkParams),
    responses((
        status = 200, description = "Part of the list of operations", body = OperationList,
        example = json!(OperationList::sample())
    )),
    extensions(("x-refusals" = json!(["administrators_only"])))
)]
pub async fn list(State(app): State<App>, signed: Signed, incoming: Incoming) -> Result<Response, Problem> {
    signed.administrator()?;
    let mut query = incoming.query();
    let question = OperationQuery {
        kind: query.one_of("kind"),
        actor: query.id("actor_id"),
        assignee: query.id("assignee_id"),
        opportunity: query.id("opportunity_id"),
        from: query.time("from", false),
        to: query.time("to", true),
        limit: query.limit(50),
        after: query.sequence_cursor(),
    };
    query.finish()?;
    let walk = app.store.operation_list(question).await?;
    let language = signed.context.language;
    let items = walk.items.into_iter().map(|operation| OperationView::new(operation, language)).collect();
    Ok(Json(OperationList { items, next_cursor: walk.next.map(SequenceCursor::encode) }).into_response())
}
