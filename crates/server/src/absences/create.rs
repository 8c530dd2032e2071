//! Entering an absence.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode, response::Response};
use reparto_domain::{
    Timestamp,
    absences::{ABSENCE_NOTE_MAX, Absence, NewAbsence, Period},
    idempotency::StoredAnswer,
};
use serde_json::json;

use super::{guard::require_may_enter, present::AbsenceView};
use crate::{
    http::{
        Incoming, Language, Problem, Signed,
        body::{id_or_empty, optional, request_body, required, text, time},
        idempotency::{Render, json_answer, keyed, respond},
        samples,
    },
    state::App,
};

request_body! {
    /// An absence to enter.
    #[example(json!({
        "user_id": samples::id(samples::AGENT), "starts_at": "2026-08-03T00:00:00+02:00",
        "ends_at": "2026-08-24T00:00:00+02:00", "note": "Vacaciones"
    }))]
    pub struct CreateAbsenceBody {
        /// Id of the user who is absent; who is no administrator may name only themselves.
        user_id: String = required(id_or_empty()),
        /// When the absence starts.
        starts_at: Timestamp = required(time()),
        /// When the absence ends, which is after it starts; absent or null: not yet known.
        ends_at: Option<Timestamp> = optional(time()),
        /// Note for the user and administrators.
        note: Option<String> = optional(text(ABSENCE_NOTE_MAX)),
    }
}

fn render(language: Language) -> Render<Absence> {
    Arc::new(move |absence| StoredAnswer {
        names_users: true,
        ..json_answer(StatusCode::CREATED, &AbsenceView::new(absence.clone(), language))
    })
}

/// Enter an absence
///
/// Administrators for anybody; members of a team with self-service for themselves.
#[utoipa::path(
    post, path = "/api/crm/absences", tag = "absences", request_body = CreateAbsenceBody,
    responses((
        status = 201, description = "The absence that was entered", body = AbsenceView,
        example = json!(AbsenceView::sample())
    )),
    extensions(("x-refusals" = json!([
        "staff_only", "self_service_required", "own_absences_only", "user_not_found", "absence_ends_first"
    ])))
)]
pub async fn create(State(app): State<App>, signed: Signed, incoming: Incoming) -> Result<Response, Problem> {
    require_may_enter(&app, &signed).await?;
    let body = incoming.json().await?;
    let CreateAbsenceBody { user_id, starts_at, ends_at, note } = body.read()?;
    let absence = NewAbsence { user: user_id.parse().ok(), period: Period::new(starts_at, ends_at)?, note };
    let render = render(signed.context.language);
    let keyed = keyed(&app, &body, signed.caller.at, Arc::clone(&render))?;
    let answer = app.store.absence_create(&signed.caller, absence, keyed).await?;
    Ok(respond(answer, &*render))
}
