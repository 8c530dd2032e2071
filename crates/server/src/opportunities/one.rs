//! One opportunity: to read, to change, to delete.
#![allow(clippy::option_option, reason = "a field is absent, emptied or set, as in every body of a change")]

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use reparto_domain::{
    OpportunityId, Priority, Refusal, Score, Status,
    opportunities::{Assignee, OpportunityChanges},
};
use reparto_store::StoreError;
use serde_json::json;

use super::present::{LeadOpportunity, shown};
use crate::{
    http::{
        Incoming, PathId, Problem, Signed,
        body::{change, id, kinds::LONG_TEXT_MAX, one_of, optional, request_body, score, text},
        etag::if_match,
    },
    state::App,
};

/// Get an opportunity
///
/// The opportunity with its contact and holder, and its version as `ETag`.
#[utoipa::path(
    get, path = "/api/crm/opportunities/{id}", tag = "opportunities",
    params(("id" = Uuid, Path, description = "Id of the opportunity")),
    responses((
        status = 200, description = "The opportunity as it stands", body = LeadOpportunity,
        headers(("ETag" = String, description = "Version of the opportunity, for `If-Match`")),
        example = json!(LeadOpportunity::sample())
    )),
    extensions(("x-refusals" = json!(["staff_only", "opportunity_not_found"])))
)]
pub async fn get(State(app): State<App>, signed: Signed, id: PathId<OpportunityId>) -> Result<Response, Problem> {
    signed.staff()?;
    let opportunity = app.store.opportunity_get(&signed.viewer, id.or(Refusal::OpportunityNotFound)?).await?;
    Ok(shown(opportunity, signed.context.language))
}

request_body! {
    /// Changes to an opportunity. A field that is absent stays as it is.
    #[example(json!({"status": "contacted", "notes": "Volver a llamar el lunes"}))]
    pub struct UpdateOpportunityBody {
        /// New status of the opportunity.
        status: Option<Status> = optional(one_of()),
        /// New priority of the opportunity.
        priority: Option<Priority> = optional(one_of()),
        /// New score: how promising it is, 0 to 100.
        opportunity_score: Option<Score> = optional(score()),
        /// New notes; null or `""` empties them.
        notes: Option<Option<String>> = change(text(LONG_TEXT_MAX)),
        /// Id of the new holder; null or `""` unassigns it. Only administrators may change the holder.
        assigned_to_id: Option<Option<String>> = change(id()),
    }
}

impl From<UpdateOpportunityBody> for OpportunityChanges {
    fn from(body: UpdateOpportunityBody) -> Self {
        Self {
            status: body.status,
            priority: body.priority,
            score: body.opportunity_score,
            notes: body.notes,
            assignee: body.assigned_to_id.map(|holder| holder.map(|text| Assignee::parse(&text))),
        }
    }
}

/// Refuses a caller without the right to change the opportunity (403) before an invalid body (422). Whether the caller
/// has the right is asked by a change of nothing, and only where the body is invalid.
pub(super) async fn rights_first<T>(
    app: &App,
    signed: &Signed,
    id: OpportunityId,
    read: Result<T, Problem>,
) -> Result<T, Problem> {
    if read.is_err() && !signed.viewer.role.is_administrator() {
        let nothing = OpportunityChanges::default();
        let assignable = &app.config.assignable_roles;
        let allowed = app.store.opportunity_update(&signed.caller, id, nothing, None, assignable).await;
        if let Err(StoreError::Refused(refusal @ Refusal::NotYourOpportunity)) = allowed {
            return Err(refusal.into());
        }
    }
    read
}

async fn read_changes(incoming: Incoming) -> Result<OpportunityChanges, Problem> {
    let body = incoming.json().await?;
    Ok(body.read::<UpdateOpportunityBody>()?.into())
}

/// Change an opportunity
///
/// For the holder of the opportunity and administrators.
#[utoipa::path(
    patch, path = "/api/crm/opportunities/{id}", tag = "opportunities",
    request_body = UpdateOpportunityBody,
    params(
        ("id" = Uuid, Path, description = "Id of the opportunity"),
        ("If-Match" = Option<String>, Header, description = "Version from the `ETag` that was read; another present version is refused with 412")
    ),
    responses((
        status = 200, description = "The opportunity after the change", body = LeadOpportunity,
        headers(("ETag" = String, description = "Version of the opportunity after the change")),
        example = json!(LeadOpportunity::sample())
    )),
    extensions(("x-refusals" = json!([
        "staff_only", "not_your_opportunity", "hand_over_administrators_only", "opportunity_not_found",
        "assignee_not_found", "assignee_inactive", "assignee_role_not_assignable", "precondition_failed",
        "do_not_contact"
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
    let opportunity = app.store.opportunity_update(&signed.caller, id, changes, if_match, assignable).await?;
    Ok(shown(opportunity, signed.context.language))
}

/// Delete an opportunity
///
/// The deletion is soft. For administrators.
#[utoipa::path(
    delete, path = "/api/crm/opportunities/{id}", tag = "opportunities",
    params(
        ("id" = Uuid, Path, description = "Id of the opportunity"),
        ("If-Match" = Option<String>, Header, description = "Version from the `ETag` that was read; another present version is refused with 412")
    ),
    responses((status = 204, description = "The deletion took effect")),
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
