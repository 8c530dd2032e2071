//! Assigning one opportunity.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use reparto_domain::{OpportunityId, Refusal, idempotency::Answer};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    one::holder_change,
    present::{LeadOpportunity, changed},
};
use crate::{
    http::{
        Incoming, PathId, Problem, Signed,
        idempotency::{keyed, respond},
        problem::Fault,
        samples,
    },
    state::App,
    telemetry::{self, Assigned},
};

/// Who is to hold the opportunity.
#[derive(Debug, ToSchema)]
#[schema(example = json!({"assigned_to_id": samples::id(samples::AGENT)}))]
pub struct AssignBody {
    /// A user's id; null or `""` takes the holder away.
    #[schema(required = true)]
    pub assigned_to_id: Option<Uuid>,
}

/// Assigns an opportunity: administrators to anyone who may hold one, agents and lawyers to themselves, while it is
/// nobody's or theirs already.
#[utoipa::path(
    post, path = "/api/crm/opportunities/{id}/assign", tag = "opportunities", request_body = AssignBody,
    params(
        ("id" = Uuid, Path, description = "The opportunity's id")
    ),
    responses((
        status = 200, description = "The changed opportunity", body = LeadOpportunity,
        headers(("ETag" = String, description = "The new version")),
        example = json!(LeadOpportunity::sample())
    )),
    extensions(("x-refusals" = json!([
        "staff_only", "self_assign_only", "opportunity_not_found", "assignee_not_found", "assignee_inactive",
        "assignee_role_not_assignable", "opportunity_taken"
    ])))
)]
pub async fn assign(
    State(app): State<App>,
    signed: Signed,
    id: PathId<OpportunityId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    signed.staff()?;
    let id = id.or(Refusal::OpportunityNotFound)?;
    let body = incoming.json().await?;
    let mut fields = body.fields();
    let assignee = holder_change(&mut fields);
    if fields.raw("assigned_to_id").is_none() {
        fields.fault("assigned_to_id", Fault::Missing);
    }
    fields.finish()?;
    let render = changed();
    let keyed = keyed(&app, &body, signed.caller.at, Arc::clone(&render))?;
    let assignable = &app.config.assignable_roles;
    let assignee = assignee.flatten();
    let gives = assignee.is_some();
    let answer = app.store.opportunity_assign(&signed.caller, id, assignee, assignable, keyed).await?;
    if let Answer::Fresh(_) = &answer
        && gives
    {
        telemetry::assigned(Assigned::One, 1);
    }
    Ok(respond(answer, &*render))
}
