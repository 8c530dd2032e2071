//! Assigning one opportunity.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use reparto_domain::{OpportunityId, Refusal, idempotency::Answer, opportunities::Assignee};
use serde_json::json;

use super::present::{LeadOpportunity, changed};
use crate::{
    http::{
        Incoming, PathId, Problem, Signed,
        body::{id, nullable, request_body},
        idempotency::{keyed, respond},
        samples,
    },
    state::App,
    telemetry::{self, Assigned},
};

request_body! {
    /// The user who is to hold the opportunity.
    #[example(json!({"assigned_to_id": samples::id(samples::AGENT)}))]
    pub struct AssignBody {
        /// Id of the user who gets the opportunity; null or `""` unassigns it.
        assigned_to_id: Option<String> = nullable(id()),
    }
}

/// Assign an opportunity
///
/// Administrators assign it to anyone who may hold one; agents and lawyers to themselves, while it is unassigned or
/// already theirs.
#[utoipa::path(
    post, path = "/api/crm/opportunities/{id}/assign", tag = "opportunities", request_body = AssignBody,
    params(
        ("id" = Uuid, Path, description = "Id of the opportunity")
    ),
    responses((
        status = 200, description = "The opportunity after the change", body = LeadOpportunity,
        headers(("ETag" = String, description = "Version of the opportunity after the change")),
        example = json!(LeadOpportunity::sample())
    )),
    extensions(("x-refusals" = json!([
        "staff_only", "self_assign_only", "opportunity_not_found", "assignee_not_found", "assignee_inactive",
        "assignee_role_not_assignable", "opportunity_taken", "do_not_contact",
        "daily_quota_reached"
    ])))
)]
pub async fn assign(
    State(app): State<App>,
    signed: Signed,
    id: PathId<OpportunityId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    signed.staff()?;
    let opportunity = id.or(Refusal::OpportunityNotFound)?;
    let body = incoming.json().await?;
    let AssignBody { assigned_to_id } = body.read()?;
    let assignee = assigned_to_id.map(|text| Assignee::parse(&text));
    let render = changed(signed.context.language);
    let keyed = keyed(&app, &body, signed.caller.at, Arc::clone(&render))?;
    let policy = app.config.policy();
    let gives = assignee.is_some();
    let answer = app.store.opportunity_assign(&signed.caller, opportunity, assignee, &policy, keyed).await?;
    if let Answer::Fresh(_) = &answer
        && gives
    {
        telemetry::assigned(Assigned::One, 1);
    }
    Ok(respond(answer, &*render))
}
