//! Creating a team.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode, response::Response};
use reparto_domain::{
    dealing::hours::{Hours, Zone},
    idempotency::StoredAnswer,
    teams::{ClosedDays, NewTeam, Team},
};
use serde_json::json;

use super::{
    fields::{Days, WorkingHours, ZoneName},
    present::{TeamView, answer},
};
use crate::{
    http::{
        Incoming, Problem, Signed,
        body::{boolean, kinds::TEXT_MAX, optional, or_default, request_body, required, text},
        idempotency::{Render, keyed, respond},
    },
    state::App,
};

request_body! {
    /// A team to create.
    #[example(json!({
        "name": "Extranjería Madrid",
        "hours": [{"days": [1, 2, 3, 4, 5], "from": "09:00", "to": "18:00"}],
        "closed_days": ["2026-12-25"]
    }))]
    pub struct CreateTeamBody {
        /// Name of the team, which no other has, whatever its case.
        name: String = required(text(TEXT_MAX)),
        /// Time zone of members who have none of their own, by its IANA name; the one of the service where absent.
        time_zone: Option<Zone> = optional(ZoneName),
        /// Working hours of members who have none of their own; absent or null: always.
        hours: Option<Hours> = optional(WorkingHours),
        /// Days on which nobody works, as `YYYY-MM-DD`.
        closed_days: Option<ClosedDays> = optional(Days),
        /// Whether members may pause themselves and enter their own absences.
        self_service: bool = or_default(boolean(), false),
    }
}

fn render() -> Render<Team> {
    Arc::new(|team| {
        let location = Some(format!("/api/crm/teams/{}", team.id));
        StoredAnswer { location, ..answer(StatusCode::CREATED, team) }
    })
}

/// Create a team
///
/// A rotation is made with it, between whose members work is dealt in turns.
#[utoipa::path(
    post, path = "/api/crm/teams", tag = "teams", request_body = CreateTeamBody,
    responses((
        status = 201, description = "The team that was created", body = TeamView, headers(
            ("Location" = String, description = "Path of the new team"),
            ("ETag" = String, description = "Version of the team, for `If-Match`")
        ),
        example = json!(TeamView::sample())
    )),
    extensions(("x-refusals" = json!(["administrators_only", "team_name_taken"])))
)]
pub async fn create(State(app): State<App>, signed: Signed, incoming: Incoming) -> Result<Response, Problem> {
    signed.administrator()?;
    let body = incoming.json().await?;
    let CreateTeamBody { name, time_zone, hours, closed_days, self_service } = body.read()?;
    let time_zone = time_zone.unwrap_or_else(|| app.config.team_time_zone.clone());
    let team = NewTeam { name, time_zone, hours, closed_days: closed_days.unwrap_or_default(), self_service };
    let keyed = keyed(&app, &body, signed.caller.at, render())?;
    let answer = app.store.team_create(&signed.caller, team, keyed).await?;
    Ok(respond(answer, &*render()))
}
