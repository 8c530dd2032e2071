//! Pausing oneself.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use reparto_domain::{TeamId, Timestamp};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::guard::require_self_service;
use crate::{
    http::{
        Incoming, Json, Problem, Signed,
        body::{nullable, request_body, time},
        samples,
    },
    state::App,
};

request_body! {
    /// A pause, or the end of one.
    #[example(json!({"until": "2026-01-15T16:00:00Z"}))]
    pub struct PauseBody {
        /// Until when the user gets no leads; null ends the pause.
        until: Option<Timestamp> = nullable(time()),
    }
}

/// A pause that took effect.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Pause)]
pub struct PauseView {
    /// Until when the user gets no leads; null: no pause.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
    /// Ids of the teams in which it took effect.
    #[schema(value_type = Vec<Uuid>)]
    pub team_ids: Vec<TeamId>,
}

impl PauseView {
    fn sample() -> Self {
        let team_ids = vec![TeamId::from_uuid(samples::id(samples::TEAM))];
        Self { until: Some(samples::AT.plus_seconds(25_200)), team_ids }
    }
}

/// Pause oneself
///
/// In all teams of the user that have self-service. For members of one.
#[utoipa::path(
    put, path = "/api/users/me/pause", tag = "teams", request_body = PauseBody,
    responses((
        status = 200, description = "The pause that took effect", body = PauseView, example = json!(PauseView::sample())
    )),
    extensions(("x-refusals" = json!(["self_service_required"])))
)]
pub async fn pause(State(app): State<App>, signed: Signed, incoming: Incoming) -> Result<Response, Problem> {
    require_self_service(&app, &signed).await?;
    let PauseBody { until } = incoming.json().await?.read()?;
    let team_ids = app.store.member_pause(&signed.caller, until).await?;
    Ok(Json(PauseView { until, team_ids }).into_response())
}
