//! Attempts at the first call.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use reparto_domain::{
    AttemptStatus, OpportunityId, Refusal,
    opportunities::{ATTEMPTS_MAX, FirstCall},
    text::NOTE_MAX,
};
use serde_json::json;

use super::{
    one::rights_first,
    present::{LeadOpportunity, changed},
};
use crate::{
    http::{
        Incoming, JsonBody, PathId, Problem, Signed,
        body::{integer, kinds::TEXT_MAX, one_of, optional, request_body, required, text},
        idempotency::{keyed, respond},
    },
    state::App,
};

request_body! {
    /// An attempt at the first call to record.
    #[example(json!({"attempt_number": 1, "status": "orange", "notes": "No contesta"}))]
    pub struct FirstCallBody {
        /// Number of the attempt, 1 to 5; an attempt that exists is overwritten.
        attempt_number: u8 = required(integer(1..=ATTEMPTS_MAX.into())),
        /// Result: `orange` no contact, `red` reached and not interested, `green` reached.
        status: AttemptStatus = required(one_of()),
        /// Id of the call in the telephone system.
        call_id: Option<String> = optional(text(TEXT_MAX)),
        /// What the caller noted about the attempt.
        notes: Option<String> = optional(text(NOTE_MAX)),
    }
}

async fn read(incoming: Incoming) -> Result<(JsonBody, FirstCall), Problem> {
    let body = incoming.json().await?;
    let FirstCallBody { attempt_number, status, call_id, notes } = body.read()?;
    let attempt = FirstCall { number: attempt_number, status, call_id, notes };
    Ok((body, attempt))
}

/// Record a first-call attempt
///
/// For the holder of the opportunity and administrators. `red` makes the opportunity `lost`, `green` completes the
/// first call.
#[utoipa::path(
    post, path = "/api/crm/opportunities/{id}/first-call-attempt", tag = "opportunities",
    request_body = FirstCallBody,
    params(
        ("id" = Uuid, Path, description = "Id of the opportunity")
    ),
    responses((
        status = 200, description = "The opportunity after the change", body = LeadOpportunity,
        headers(("ETag" = String, description = "Version of the opportunity after the change")),
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
    let render = changed(signed.context.language);
    let keyed = keyed(&app, &body, signed.caller.at, Arc::clone(&render))?;
    let answer = app.store.opportunity_first_call(&signed.caller, id, attempt, keyed).await?;
    Ok(respond(answer, &*render))
}
