//! The events of a rotation.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use reparto_domain::{
    OperationId, OpportunityId, Refusal, RotationId, Timestamp, UserId, cursor::SequenceCursor,
    dealing::ledger::LedgerEventKind, rotations::RotationEvent,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::amounts::amount;
use crate::{
    http::{Incoming, Json, Language, PathId, Problem, Signed, names::RotationEventKindName, samples},
    opportunities::history::WalkParams,
    state::App,
};

/// Something that happened in a rotation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RotationEvent)]
pub struct RotationEventView {
    /// Number of the event in its rotation, from 1.
    pub number: u64,
    /// What kind of event it is.
    #[schema(value_type = RotationEventKindName)]
    pub kind: LedgerEventKind,
    /// Number of the version of the rotation with which it was made.
    pub version: u32,
    /// When it took effect.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Id of who did it; null: the service itself.
    #[schema(value_type = Option<Uuid>)]
    pub actor_id: Option<UserId>,
    /// Name of who did it.
    #[schema(example = "Marta Ruiz")]
    pub actor_name: Option<String>,
    /// Id of the operation that it came with.
    #[schema(value_type = Option<Uuid>)]
    pub operation_id: Option<OperationId>,
    /// Id of the opportunity that it is about.
    #[schema(value_type = Option<Uuid>)]
    pub opportunity_id: Option<OpportunityId>,
    /// Id of whom it gives something, or who joined or left.
    #[schema(value_type = Option<Uuid>)]
    pub user_id: Option<UserId>,
    /// Name of that user.
    #[schema(example = "Ana García")]
    pub user_name: Option<String>,
    /// Turns that were credited; null: it is no credit.
    #[schema(example = 1.5)]
    pub turns: Option<f64>,
    /// Points that a lead takes: 1 is a turn, 0 none; null: it is about no lead.
    pub points: Option<f64>,
    /// Value of the lead; null: it is about no lead.
    pub value: Option<f64>,
    /// Number of the event whose turn it takes back, or moves.
    pub cancels: Option<u64>,
    /// Why turns were credited; null also where the user was erased since.
    #[schema(example = "Cubrió a Luis el lunes")]
    pub reason: Option<String>,
}

impl RotationEventView {
    /// An event.
    pub fn new(event: RotationEvent, language: Language) -> Self {
        let is_credit = matches!(event.kind, LedgerEventKind::Credit | LedgerEventKind::CatchUp);
        let is_about_lead = event.opportunity.is_some();
        Self {
            number: event.number,
            kind: event.kind,
            version: event.version,
            at: event.at,
            actor_id: event.actor,
            actor_name: event.actor_name.map(|name| language.name(name)),
            operation_id: event.operation,
            opportunity_id: event.opportunity,
            user_id: event.user,
            user_name: event.user_name.map(|name| language.name(name)),
            turns: is_credit.then(|| amount(event.points)),
            points: is_about_lead.then(|| amount(event.points)),
            value: is_about_lead.then(|| amount(event.value)),
            cancels: event.cancels,
            reason: event.reason,
        }
    }

    /// One to show in the API document.
    pub fn sample() -> Self {
        Self {
            number: 31,
            kind: LedgerEventKind::Credit,
            version: 5,
            at: samples::AT,
            actor_id: Some(UserId::from_uuid(samples::id(samples::ADMINISTRATOR))),
            actor_name: Some("Marta Ruiz".into()),
            operation_id: None,
            opportunity_id: None,
            user_id: Some(UserId::from_uuid(samples::id(samples::AGENT))),
            user_name: Some("Ana García".into()),
            turns: Some(1.5),
            points: None,
            value: None,
            cancels: None,
            reason: Some("Cubrió a Luis el lunes".into()),
        }
    }
}

/// A part of a rotation's events.
#[derive(Debug, Serialize, ToSchema)]
pub struct RotationEventList {
    /// The events of this part, newest first.
    pub items: Vec<RotationEventView>,
    /// Cursor of the next part; null where this is the last.
    pub next_cursor: Option<String>,
}

impl RotationEventList {
    fn sample() -> Self {
        Self { items: vec![RotationEventView::sample()], next_cursor: None }
    }
}

/// List a rotation's events
///
/// Newest first. What members are owed is the sum of them.
#[utoipa::path(
    get, path = "/api/crm/rotations/{id}/events", tag = "rotations",
    params(("id" = Uuid, Path, description = "Id of the rotation"), WalkParams),
    responses((
        status = 200, description = "Part of the events", body = RotationEventList,
        example = json!(RotationEventList::sample())
    )),
    extensions(("x-refusals" = json!(["administrators_only", "rotation_not_found"])))
)]
pub async fn events(
    State(app): State<App>,
    signed: Signed,
    id: PathId<RotationId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    signed.administrator()?;
    let id = id.or(Refusal::RotationNotFound)?;
    let mut query = incoming.query();
    let (limit, after) = (query.limit(50), query.sequence_cursor());
    query.finish()?;
    let page = app.store.rotation_events(id, after, limit).await?;
    let language = signed.context.language;
    let items = page.items.into_iter().map(|event| RotationEventView::new(event, language)).collect();
    Ok(Json(RotationEventList { items, next_cursor: page.next.map(SequenceCursor::encode) }).into_response())
}
