//! Making a rotation.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode, response::Response};
use reparto_domain::{
    dealing::choice::Strategy,
    idempotency::StoredAnswer,
    rotations::{CatchUp, NewRotation, ROW_MAX, ReturnReasons, Rotation, RotationSettings, SettingsChanges, ValueBy},
};
use serde_json::json;

use super::{
    amounts::amount_within,
    fields::{CatchUpWith, PriorityValuesBody, Reasons, StickyBody, with_settings},
    present::{RotationView, answer},
};
use crate::{
    http::{
        Incoming, Problem, Signed,
        body::{boolean, id_or_empty, integer, kinds::TEXT_MAX, nested, one_of, optional, required, text},
        idempotency::{Render, keyed, respond},
        samples,
    },
    state::App,
};

with_settings! {
    /// A rotation to make. Settings that are absent or null have their defaults.
    #[example(json!({"team_id": samples::id(samples::TEAM), "name": "Urgentes", "strategy": "value", "slack": 0.25}))]
    pub struct CreateRotationBody {
        /// Id of the team between whose members it keeps turns.
        team_id: String = required(id_or_empty()),
        /// Name of the rotation; the team's where absent or null.
        name: Option<String> = optional(text(TEXT_MAX)),
    }
}

fn render() -> Render<Rotation> {
    Arc::new(|rotation| {
        let location = Some(format!("/api/crm/rotations/{}", rotation.id));
        StoredAnswer { location, ..answer(StatusCode::CREATED, rotation) }
    })
}

/// Make a rotation
///
/// Another ledger of turns between the members of a team, who begin level in it. Each team is made with one.
#[utoipa::path(
    post, path = "/api/crm/rotations", tag = "rotations", request_body = CreateRotationBody,
    responses((
        status = 201, description = "The rotation that was made", body = RotationView, headers(
            ("Location" = String, description = "Path of the new rotation"),
            ("ETag" = String, description = "Version of the rotation, for `If-Match`")
        ),
        example = json!(RotationView::sample())
    )),
    extensions(("x-refusals" = json!(["administrators_only", "team_not_found"])))
)]
pub async fn create(State(app): State<App>, signed: Signed, incoming: Incoming) -> Result<Response, Problem> {
    signed.administrator()?;
    let body = incoming.json().await?;
    let sent: CreateRotationBody = body.read()?;
    let settings = sent.settings().apply(&RotationSettings::default());
    let rotation = NewRotation { team: sent.team_id.parse().ok(), name: sent.name, settings };
    let keyed = keyed(&app, &body, signed.caller.at, render())?;
    let answer = app.store.rotation_create(&signed.caller, rotation, keyed).await?;
    Ok(respond(answer, &*render()))
}
