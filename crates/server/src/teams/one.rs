//! One team: to read, to change, to delete.
#![allow(clippy::option_option, reason = "a field is absent, emptied or set, as in every body of a change")]

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use reparto_domain::{
    Refusal, TeamId,
    dealing::hours::{Hours, Zone},
    teams::{ClosedDays, TeamChanges},
};
use serde_json::json;

use super::{
    fields::{Days, WorkingHours, ZoneName},
    present::{TeamView, answer},
};
use crate::{
    http::{
        Incoming, PathId, Problem, Signed,
        body::{boolean, change, kinds::TEXT_MAX, optional, request_body, text},
        etag::if_match,
        idempotency::response,
    },
    state::App,
};

request_body! {
    /// Changes to a team. A field that is absent stays as it is.
    #[example(json!({"hours": [{"days": [1, 2, 3, 4, 5], "from": "08:00", "to": "15:00"}], "self_service": true}))]
    pub struct UpdateTeamBody {
        /// New name, which no other team has, whatever its case; null leaves it.
        name: Option<String> = optional(text(TEXT_MAX)),
        /// New time zone, by its IANA name; null leaves it.
        time_zone: Option<Zone> = optional(ZoneName),
        /// New working hours; null: always.
        hours: Option<Option<Hours>> = change(WorkingHours),
        /// New days on which nobody works; null: none.
        closed_days: Option<Option<ClosedDays>> = change(Days),
        /// Whether members may pause themselves and enter their own absences; null leaves it.
        self_service: Option<bool> = optional(boolean()),
    }
}

impl From<UpdateTeamBody> for TeamChanges {
    fn from(body: UpdateTeamBody) -> Self {
        Self {
            name: body.name,
            time_zone: body.time_zone,
            hours: body.hours,
            closed_days: body.closed_days.map(Option::unwrap_or_default),
            self_service: body.self_service,
        }
    }
}

/// Get a team
///
/// The team, with its version as `ETag`.
#[utoipa::path(
    get, path = "/api/crm/teams/{id}", tag = "teams",
    params(("id" = Uuid, Path, description = "Id of the team")),
    responses((
        status = 200, description = "The team as it stands", body = TeamView,
        headers(("ETag" = String, description = "Version of the team, for `If-Match`")),
        example = json!(TeamView::sample())
    )),
    extensions(("x-refusals" = json!(["staff_only", "team_not_found"])))
)]
pub async fn get(State(app): State<App>, signed: Signed, id: PathId<TeamId>) -> Result<Response, Problem> {
    signed.staff()?;
    let team = app.store.team_get(id.or(Refusal::TeamNotFound)?).await?;
    Ok(response(answer(StatusCode::OK, &team)))
}

/// Change a team
///
/// Fields that are absent stay as they are.
#[utoipa::path(
    patch, path = "/api/crm/teams/{id}", tag = "teams",
    request_body = UpdateTeamBody,
    params(
        ("id" = Uuid, Path, description = "Id of the team"),
        ("If-Match" = Option<String>, Header, description = "Version from the `ETag` that was read; another present version is refused with 412")
    ),
    responses((
        status = 200, description = "The team after the change", body = TeamView,
        headers(("ETag" = String, description = "Version of the team after the change")),
        example = json!(TeamView::sample())
    )),
    extensions(("x-refusals" = json!([
        "administrators_only", "team_not_found", "team_name_taken", "precondition_failed"
    ])))
)]
pub async fn update(
    State(app): State<App>,
    signed: Signed,
    id: PathId<TeamId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    signed.administrator()?;
    let if_match = if_match(&incoming.parts.headers);
    let changes = incoming.json().await?.read::<UpdateTeamBody>()?.into();
    let team = app.store.team_update(&signed.caller, id.or(Refusal::TeamNotFound)?, changes, if_match).await?;
    Ok(response(answer(StatusCode::OK, &team)))
}

/// Delete a team
///
/// The deletion is soft: its rotations end, what they did stays.
#[utoipa::path(
    delete, path = "/api/crm/teams/{id}", tag = "teams",
    params(
        ("id" = Uuid, Path, description = "Id of the team"),
        ("If-Match" = Option<String>, Header, description = "Version from the `ETag` that was read; another present version is refused with 412")
    ),
    responses((status = 204, description = "The deletion took effect")),
    extensions(("x-refusals" = json!(["administrators_only", "team_not_found", "precondition_failed"])))
)]
pub async fn delete(
    State(app): State<App>,
    signed: Signed,
    id: PathId<TeamId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    signed.administrator()?;
    let id = id.or(Refusal::TeamNotFound)?;
    app.store.team_delete(&signed.caller, id, if_match(&incoming.parts.headers)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
