//! One rotation: to read and to change.

use axum::{extract::State, http::StatusCode, response::Response};
use reparto_domain::{
    Refusal, RotationId,
    dealing::choice::Strategy,
    idempotency::StoredAnswer,
    rotations::{CatchUp, ROW_MAX, ReturnReasons, RotationChanges, SettingsChanges, ValueBy},
};
use serde_json::json;

use super::{
    amounts::amount_within,
    fields::{CatchUpWith, PriorityValuesBody, Reasons, StickyBody, with_settings},
    members::RotationDetail,
    present::{RotationView, answer},
};
use crate::{
    http::{
        Incoming, PathId, Problem, Signed,
        body::{boolean, integer, kinds::TEXT_MAX, nested, one_of, optional, text},
        etag::{etag, if_match},
        idempotency::{json_answer, response},
    },
    state::App,
};

with_settings! {
    /// Changes to a rotation. A field that is absent or null stays as it is.
    #[example(json!({"slack": 0.25, "max_in_a_row": 2, "sticky": {"enabled": true}}))]
    pub struct UpdateRotationBody {
        /// New name of the rotation.
        name: Option<String> = optional(text(TEXT_MAX)),
    }
}

/// Get a rotation
///
/// With what each member is owed and has had, and what stands against giving them a lead now. Administrators see all members,
/// others their own line alone. Its version is its `ETag`.
#[utoipa::path(
    get, path = "/api/crm/rotations/{id}", tag = "rotations",
    params(("id" = Uuid, Path, description = "Id of the rotation")),
    responses((
        status = 200, description = "The rotation as it stands", body = RotationDetail,
        headers(("ETag" = String, description = "Version of the rotation, for `If-Match`")),
        example = json!(RotationDetail::sample())
    )),
    extensions(("x-refusals" = json!(["staff_only", "rotation_not_found"])))
)]
pub async fn get(State(app): State<App>, signed: Signed, id: PathId<RotationId>) -> Result<Response, Problem> {
    signed.staff()?;
    let (id, at) = (id.or(Refusal::RotationNotFound)?, signed.caller.at);
    let reading = app.store.rotation_get(id, &app.config.assignable_roles, at).await?.seen_by(signed.viewer);
    let detail = RotationDetail::new(&reading, signed.context.language);
    let etag = Some(etag(&reading.rotation.tag()));
    Ok(response(StoredAnswer { etag, ..json_answer(StatusCode::OK, &detail) }))
}

/// Change a rotation
///
/// Makes a new version, with which what follows is decided. What members are owed stays.
#[utoipa::path(
    patch, path = "/api/crm/rotations/{id}", tag = "rotations",
    request_body = UpdateRotationBody,
    params(
        ("id" = Uuid, Path, description = "Id of the rotation"),
        ("If-Match" = Option<String>, Header, description = "Version from the `ETag` that was read; another present version is refused with 412")
    ),
    responses((
        status = 200, description = "The rotation after the change", body = RotationView,
        headers(("ETag" = String, description = "Version of the rotation after the change")),
        example = json!(RotationView::sample())
    )),
    extensions(("x-refusals" = json!(["administrators_only", "rotation_not_found", "precondition_failed"])))
)]
pub async fn update(
    State(app): State<App>,
    signed: Signed,
    id: PathId<RotationId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    signed.administrator()?;
    let if_match = if_match(&incoming.parts.headers);
    let sent: UpdateRotationBody = incoming.json().await?.read()?;
    let changes = RotationChanges { settings: sent.settings(), name: sent.name };
    let id = id.or(Refusal::RotationNotFound)?;
    let rotation = app.store.rotation_update(&signed.caller, id, changes, if_match).await?;
    Ok(response(answer(StatusCode::OK, &rotation)))
}
