//! One opportunity: to read, to change, to delete.
#![allow(clippy::option_option, reason = "a field is absent, emptied or set: the house's form for these three")]

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use reparto_domain::{
    OpportunityId, Refusal, Score,
    opportunities::{Assignee, OpportunityChanges},
};
use reparto_store::StoreError;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::present::{LeadOpportunity, shown};
use crate::{
    http::{
        Fields, Incoming, PathId, Problem, Signed,
        etag::if_match,
        fields::LONG_TEXT_MAX,
        names::{PRIORITIES, PriorityName, STATUSES, StatusName},
    },
    state::App,
};

/// An opportunity, with its version as `ETag`.
#[utoipa::path(
    get, path = "/api/crm/opportunities/{id}", tag = "opportunities",
    params(("id" = Uuid, Path, description = "The opportunity's id")),
    responses((
        status = 200, description = "The opportunity", body = LeadOpportunity,
        headers(("ETag" = String, description = "Its version")),
        example = json!(LeadOpportunity::sample())
    )),
    extensions(("x-refusals" = json!(["staff_only", "opportunity_not_found"])))
)]
pub async fn get(State(app): State<App>, signed: Signed, id: PathId<OpportunityId>) -> Result<Response, Problem> {
    signed.staff()?;
    let opportunity = app.store.opportunity_get(&signed.viewer, id.or(Refusal::OpportunityNotFound)?).await?;
    Ok(shown(opportunity))
}

/// What to change; what is absent stays as it is.
#[derive(Debug, ToSchema)]
#[schema(example = json!({"status": "contacted", "notes": "Volver a llamar el lunes"}))]
pub struct UpdateOpportunityBody {
    /// New status.
    #[schema(value_type = Option<StatusName>, example = "contacted")]
    pub status: Option<String>,
    /// New priority.
    #[schema(value_type = Option<PriorityName>)]
    pub priority: Option<String>,
    /// New score.
    #[schema(minimum = 0, maximum = 100)]
    pub opportunity_score: Option<i64>,
    /// New notes; null or `""` empties them.
    pub notes: Option<String>,
    /// New holder, or null to take the holder away; administrators alone.
    pub assigned_to_id: Option<Uuid>,
}

/// Who is to hold it: `None` where the field is absent, `Some(None)` where it is null or `""`.
pub(super) fn holder_change(fields: &mut Fields<'_>) -> Option<Option<Assignee>> {
    let sent: &Value = fields.raw("assigned_to_id")?;
    match (fields.id_text("assigned_to_id"), sent) {
        (Some(text), _) => Some(Some(Assignee::parse(&text))),
        (None, Value::Null | Value::String(_)) => Some(None),
        // A fault, and noted.
        (None, _) => None,
    }
}

fn changes(fields: &mut Fields<'_>) -> OpportunityChanges {
    OpportunityChanges {
        status: fields.one_of("status", STATUSES),
        priority: fields.one_of("priority", PRIORITIES),
        score: fields.integer("opportunity_score", 0, 100).and_then(Score::new),
        notes: fields.text_change("notes", LONG_TEXT_MAX),
        assignee: holder_change(fields),
    }
}

/// Who may not change the opportunity at all is told so before what is wrong with the body. An edit that changes
/// nothing asks the store just that; it is asked only where the body was turned down.
pub(super) async fn rights_first<T>(
    app: &App,
    signed: &Signed,
    id: OpportunityId,
    read: Result<T, Problem>,
) -> Result<T, Problem> {
    if read.is_err() && !signed.viewer.role.is_administrator() {
        let nothing = OpportunityChanges::default();
        let assignable = &app.config.assignable_roles;
        let asked = app.store.opportunity_update(&signed.caller, id, nothing, None, assignable).await;
        if let Err(StoreError::Refused(refusal @ Refusal::NotYourOpportunity)) = asked {
            return Err(refusal.into());
        }
    }
    read
}

async fn read_changes(incoming: Incoming) -> Result<OpportunityChanges, Problem> {
    let body = incoming.json().await?;
    let mut fields = body.fields();
    let changes = changes(&mut fields);
    fields.finish()?;
    Ok(changes)
}

/// Changes an opportunity: its holder, or an administrator.
#[utoipa::path(
    patch, path = "/api/crm/opportunities/{id}", tag = "opportunities",
    request_body = UpdateOpportunityBody,
    params(
        ("id" = Uuid, Path, description = "The opportunity's id"),
        ("If-Match" = Option<String>, Header, description = "Only if this is still its version")
    ),
    responses((
        status = 200, description = "The changed opportunity", body = LeadOpportunity,
        headers(("ETag" = String, description = "The new version")),
        example = json!(LeadOpportunity::sample())
    )),
    extensions(("x-refusals" = json!([
        "staff_only", "not_your_opportunity", "hand_over_administrators_only", "opportunity_not_found",
        "assignee_not_found", "assignee_inactive", "assignee_role_not_assignable", "precondition_failed"
    ])))
)]
pub async fn update(
    State(app): State<App>,
    signed: Signed,
    id: PathId<OpportunityId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    signed.staff()?;
    let id = id.or(Refusal::OpportunityNotFound)?;
    let if_match = if_match(&incoming.parts.headers);
    let changes = rights_first(&app, &signed, id, read_changes(incoming).await).await?;
    let assignable = &app.config.assignable_roles;
    Ok(shown(app.store.opportunity_update(&signed.caller, id, changes, if_match, assignable).await?))
}

/// Deletes an opportunity softly.
#[utoipa::path(
    delete, path = "/api/crm/opportunities/{id}", tag = "opportunities",
    params(
        ("id" = Uuid, Path, description = "The opportunity's id"),
        ("If-Match" = Option<String>, Header, description = "Only if this is still its version")
    ),
    responses((status = 204, description = "It is deleted")),
    extensions(("x-refusals" = json!(["administrators_only", "opportunity_not_found", "precondition_failed"])))
)]
pub async fn delete(
    State(app): State<App>,
    signed: Signed,
    id: PathId<OpportunityId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    signed.administrator()?;
    let id = id.or(Refusal::OpportunityNotFound)?;
    app.store.opportunity_delete(&signed.caller, id, if_match(&incoming.parts.headers)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
