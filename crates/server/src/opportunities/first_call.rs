//! Attempts at the first call.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use reparto_domain::{
    AttemptStatus, OpportunityId, Refusal,
    opportunities::{ATTEMPTS_MAX, FirstCall},
    text::NOTE_MAX,
};
use utoipa::ToSchema;

use super::{
    one::rights_first,
    present::{LeadOpportunity, changed},
};
use crate::{
    http::{
        Incoming, JsonBody, PathId, Problem, Signed,
        fields::TEXT_MAX,
        idempotency::{keyed, respond},
        names::{ATTEMPT_STATUSES, AttemptStatusName},
    },
    state::App,
};

/// An attempt at the first call.
#[derive(Debug, ToSchema)]
#[schema(example = json!({"attempt_number": 1, "status": "orange", "notes": "No contesta"}))]
pub struct FirstCallBody {
    /// Which attempt; one that exists is overwritten.
    #[schema(minimum = 1, maximum = 5, example = 1)]
    pub attempt_number: u8,
    /// `orange`: no contact; `red`: reached, not interested; `green`: reached.
    #[schema(value_type = AttemptStatusName)]
    pub status: String,
    /// The call in the telephone system.
    pub call_id: Option<String>,
    /// What the caller noted.
    #[schema(max_length = 2000)]
    pub notes: Option<String>,
}

async fn read(incoming: Incoming) -> Result<(JsonBody, FirstCall), Problem> {
    let body = incoming.json().await?;
    let mut fields = body.fields();
    fields.require("attempt_number");
    fields.require("status");
    let attempt = FirstCall {
        number: fields.integer("attempt_number", 1, ATTEMPTS_MAX.into()).unwrap_or_default() as u8,
        status: fields.one_of("status", ATTEMPT_STATUSES).unwrap_or(AttemptStatus::Orange),
        call_id: fields.text("call_id", TEXT_MAX),
        notes: fields.text("notes", NOTE_MAX),
    };
    fields.finish()?;
    Ok((body, attempt))
}

/// Records an attempt at the first call: the opportunity's holder, or an administrator.
#[utoipa::path(
    post, path = "/api/crm/opportunities/{id}/first-call-attempt", tag = "opportunities",
    request_body = FirstCallBody,
    params(
        ("id" = Uuid, Path, description = "The opportunity's id")
    ),
    responses((
        status = 200, description = "The changed opportunity", body = LeadOpportunity,
        headers(("ETag" = String, description = "The new version")),
        example = json!(LeadOpportunity::sample())
    )),
    extensions(("x-refusals" = json!(["staff_only", "not_your_opportunity", "opportunity_not_found"])))
)]
pub async fn first_call(
    State(app): State<App>,
    signed: Signed,
    id: PathId<OpportunityId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    signed.staff()?;
    let id = id.or(Refusal::OpportunityNotFound)?;
    let (body, attempt) = rights_first(&app, &signed, id, read(incoming).await).await?;
    let render = changed();
    let keyed = keyed(&app, &body, signed.caller.at, Arc::clone(&render))?;
    let answer = app.store.opportunity_first_call(&signed.caller, id, attempt, keyed).await?;
    Ok(respond(answer, &*render))
}
