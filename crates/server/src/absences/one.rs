//! One absence: to change, to remove.
#![allow(clippy::option_option, reason = "a field is absent, emptied or set, as in every body of a change")]

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use reparto_domain::{
    AbsenceId, Refusal, Timestamp,
    absences::{ABSENCE_NOTE_MAX, AbsenceChanges},
};
use serde_json::json;

use super::{guard::require_may_enter, present::AbsenceView};
use crate::{
    http::{
        Incoming, Json, PathId, Problem, Signed,
        body::{change, optional, request_body, text, time},
    },
    state::App,
};

request_body! {
    /// Changes to an absence. A field that is absent stays as it is.
    #[example(json!({"ends_at": "2026-08-31T00:00:00+02:00"}))]
    pub struct UpdateAbsenceBody {
        /// New start of the absence; null leaves it.
        starts_at: Option<Timestamp> = optional(time()),
        /// New end of the absence, which is after it starts; null: not yet known.
        ends_at: Option<Option<Timestamp>> = change(time()),
        /// New note; null or `""` removes it.
        note: Option<Option<String>> = change(text(ABSENCE_NOTE_MAX)),
    }
}

impl From<UpdateAbsenceBody> for AbsenceChanges {
    fn from(body: UpdateAbsenceBody) -> Self {
        Self { starts_at: body.starts_at, ends_at: body.ends_at, note: body.note }
    }
}

/// Change an absence
///
/// Administrators anybody's; members of a team with self-service their own.
#[utoipa::path(
    patch, path = "/api/crm/absences/{id}", tag = "absences",
    request_body = UpdateAbsenceBody,
    params(("id" = Uuid, Path, description = "Id of the absence")),
    responses((
        status = 200, description = "The absence after the change", body = AbsenceView,
        example = json!(AbsenceView::sample())
    )),
    extensions(("x-refusals" = json!([
        "staff_only", "self_service_required", "absence_not_found", "absence_ends_first"
    ])))
)]
pub async fn update(
    State(app): State<App>,
    signed: Signed,
    id: PathId<AbsenceId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    require_may_enter(&app, &signed).await?;
    let changes = incoming.json().await?.read::<UpdateAbsenceBody>()?.into();
    let absence = app.store.absence_update(&signed.caller, id.or(Refusal::AbsenceNotFound)?, changes).await?;
    Ok(Json(AbsenceView::new(absence, signed.context.language)).into_response())
}

/// Remove an absence
///
/// Administrators anybody's; members of a team with self-service their own.
#[utoipa::path(
    delete, path = "/api/crm/absences/{id}", tag = "absences",
    params(("id" = Uuid, Path, description = "Id of the absence")),
    responses((status = 204, description = "The removal took effect")),
    extensions(("x-refusals" = json!(["staff_only", "self_service_required", "absence_not_found"])))
)]
pub async fn delete(State(app): State<App>, signed: Signed, id: PathId<AbsenceId>) -> Result<StatusCode, Problem> {
    require_may_enter(&app, &signed).await?;
    app.store.absence_delete(&signed.caller, id.or(Refusal::AbsenceNotFound)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
