//! Erasing a deleted user.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use reparto_domain::{Refusal, UserId};

use crate::{
    contacts::erase::{EraseBody, ErasedView, command},
    http::{Incoming, Json, PathId, Problem, Signed},
    state::App,
};

/// Erase a deleted user
///
/// Takes out everything that says who the user was, for good: name, addresses and numbers, the password, sessions,
/// kept answers, and in the audit log the address, IP addresses and user agents. The id stays, with the history of what
/// they held and did. For administrators; only a superuser erases a superuser.
#[utoipa::path(
    post,
    path = "/api/users/{id}/erase",
    operation_id = "erase_user",
    tag = "users",
    request_body = EraseBody,
    params(("id" = Uuid, Path, description = "Id of the user")),
    responses((
        status = OK, description = "What the erasure did", body = ErasedView, example = json!(ErasedView::sample())
    )),
    extensions(("x-refusals" = json!([
        "administrators_only", "superuser_only", "user_not_found", "user_not_deleted"
    ])))
)]
pub(super) async fn erase(
    State(app): State<App>,
    signed: Signed,
    id: PathId<UserId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    signed.administrator()?;
    let EraseBody { reason } = incoming.json().await?.read()?;
    let erase = command(reason)?;
    let erased = app.store.user_erase(&signed.caller, id.or(Refusal::UserNotFound)?, erase).await?;
    Ok(Json(ErasedView::from(erased)).into_response())
}
