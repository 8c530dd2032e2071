//! The history of an opportunity.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use reparto_domain::{
    OperationId, OpportunityId, Refusal, Status, Timestamp, UserId,
    cursor::SequenceCursor,
    operations::{HistoryEntry, OperationKind},
};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::{
    http::{
        Incoming, Json, Language, PathId, Problem, Signed,
        names::{OperationKindName, StatusName},
        samples,
    },
    state::App,
};

/// Which part of a list that is walked by cursor.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WalkParams {
    /// Largest number of rows in the answer, 1 to 1,000.
    #[param(minimum = 1, maximum = 1000, default = 50)]
    pub limit: Option<u64>,
    /// `next_cursor` of the part before; absent: from the beginning.
    pub cursor: Option<String>,
}

/// An entry in the history of an opportunity.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HistoryEntry)]
pub struct HistoryItem {
    /// Id of the operation.
    #[schema(value_type = Uuid)]
    pub operation_id: OperationId,
    /// Kind of the operation.
    #[schema(value_type = OperationKindName)]
    pub kind: OperationKind,
    /// When the operation took effect.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Id of the user who did it; null: the system.
    #[schema(value_type = Option<Uuid>)]
    pub actor_id: Option<UserId>,
    /// Name of the user who did it; null: the system.
    pub actor_name: Option<String>,
    /// Id of the holder before; null: nobody.
    #[schema(value_type = Option<Uuid>)]
    pub from_id: Option<UserId>,
    /// Id of the holder after; null: nobody.
    #[schema(value_type = Option<Uuid>)]
    pub to_id: Option<UserId>,
    /// Status before the operation; null: the opportunity did not exist.
    #[schema(value_type = Option<StatusName>)]
    pub previous_status: Option<Status>,
    /// Status after the operation.
    #[schema(value_type = StatusName)]
    pub new_status: Status,
    /// Note that the request gave.
    pub note: Option<String>,
}

impl HistoryItem {
    /// An entry, for an answer in this language.
    pub fn new(entry: HistoryEntry, language: Language) -> Self {
        Self {
            operation_id: entry.operation_id,
            kind: entry.kind,
            at: entry.at,
            actor_id: entry.actor_id,
            actor_name: entry.actor_name.map(|name| language.name(name)),
            from_id: entry.from_id,
            to_id: entry.to_id,
            previous_status: entry.previous_status,
            new_status: entry.new_status,
            note: entry.note,
        }
    }
}

/// A part of the history of an opportunity.
#[derive(Debug, Serialize, ToSchema)]
pub struct History {
    /// The entries of this part, newest first.
    pub items: Vec<HistoryItem>,
    /// Cursor of the next part; null where this is the last.
    pub next_cursor: Option<String>,
}

impl HistoryItem {
    /// One to show in the API document.
    pub fn sample() -> Self {
        Self {
            operation_id: OperationId::from_uuid(samples::id(samples::OPERATION)),
            kind: OperationKind::BulkAssign,
            at: samples::AT,
            actor_id: Some(UserId::from_uuid(samples::id(samples::ADMINISTRATOR))),
            actor_name: Some("Ana García".into()),
            from_id: None,
            to_id: Some(UserId::from_uuid(samples::id(samples::AGENT))),
            previous_status: Some(Status::Pending),
            new_status: Status::Assigned,
            note: Some("Reparto del lunes".into()),
        }
    }
}

impl History {
    fn sample() -> Self {
        Self { items: vec![HistoryItem::sample()], next_cursor: None }
    }
}

/// Get an opportunity's history
///
/// The operations on the opportunity, newest first. `to_id` of the newest entry is the present holder.
#[utoipa::path(
    get, path = "/api/crm/opportunities/{id}/history", tag = "opportunities",
    params(("id" = Uuid, Path, description = "Id of the opportunity"), WalkParams),
    responses((
        status = 200, description = "Part of the history of the opportunity", body = History, example = json!(History::sample())
    )),
    extensions(("x-refusals" = json!(["staff_only", "opportunity_not_found"])))
)]
pub async fn history(
    State(app): State<App>,
    signed: Signed,
    id: PathId<OpportunityId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    signed.staff()?;
    let id = id.or(Refusal::OpportunityNotFound)?;
    let mut query = incoming.query();
    let (limit, after) = (query.limit(50), query.sequence_cursor());
    query.finish()?;
    let walk = app.store.opportunity_history(&signed.viewer, id, after, limit).await?;
    let items = walk.items.into_iter().map(|entry| HistoryItem::new(entry, signed.context.language)).collect();
    Ok(Json(History { items, next_cursor: walk.next.map(SequenceCursor::encode) }).into_response())
}
