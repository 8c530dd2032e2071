//! Crediting turns by hand.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode, response::Response};
use reparto_domain::{
    Refusal, RotationId,
    dealing::balances::ONE_LEAD,
    idempotency::StoredAnswer,
    rotations::{CREDIT_MAX, CREDIT_REASON_MAX, Credit, RotationEvent},
};
use serde_json::json;

use super::{amounts::amount_but_zero, events::RotationEventView};
use crate::{
    http::{
        Incoming, Language, PathId, Problem, Signed,
        body::{id_or_empty, request_body, required, text},
        idempotency::{Render, json_answer, keyed, respond},
        samples,
    },
    state::App,
};

/// The most turns, as a whole number.
const TURNS_MAX: i64 = CREDIT_MAX / ONE_LEAD;

request_body! {
    /// Turns to credit to a member.
    #[example(json!({"user_id": samples::id(samples::AGENT), "turns": 1.5, "reason": "Cubrió a Luis el lunes"}))]
    pub struct CreditBody {
        /// Id of the member to whom they are credited.
        user_id: String = required(id_or_empty()),
        /// How many leads more the member is owed, with up to six decimals; negative: less; not 0.
        turns: i64 = required(amount_but_zero(-TURNS_MAX, TURNS_MAX)),
        /// Why they are credited.
        reason: String = required(text(CREDIT_REASON_MAX)),
    }
}

fn render(language: Language) -> Render<RotationEvent> {
    Arc::new(move |event| StoredAnswer {
        names_users: true,
        ..json_answer(StatusCode::CREATED, &RotationEventView::new(event.clone(), language))
    })
}

/// Credit turns
///
/// The member is owed exactly so many leads more, and the others so many less, by weight. The contrary credit undoes it.
#[utoipa::path(
    post, path = "/api/crm/rotations/{id}/credits", tag = "rotations", request_body = CreditBody,
    params(("id" = Uuid, Path, description = "Id of the rotation")),
    responses((
        status = 201, description = "The event that the credit is", body = RotationEventView, example = json!(RotationEventView::sample())
    )),
    extensions(("x-refusals" = json!([
        "administrators_only", "rotation_not_found", "member_not_found", "nobody_pays"
    ])))
)]
pub async fn credit(
    State(app): State<App>,
    signed: Signed,
    id: PathId<RotationId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    signed.administrator()?;
    let body = incoming.json().await?;
    let CreditBody { user_id, turns, reason } = body.read()?;
    let credit = Credit { user: user_id.parse().ok(), turns, reason };
    let render = render(signed.context.language);
    let keyed = keyed(&app, &body, signed.caller.at, Arc::clone(&render))?;
    let id = id.or(Refusal::RotationNotFound)?;
    let answer = app.store.rotation_credit(&signed.caller, id, credit, keyed).await?;
    Ok(respond(answer, &*render))
}
