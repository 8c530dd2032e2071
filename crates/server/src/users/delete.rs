//! The end of a user.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use reparto_domain::{Refusal, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use super::UserJson;
use crate::{
    http::{Json, PathId, Problem, Signed},
    state::App,
};

/// What remains of a user who was deleted.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeletedUser {
    /// Id of the deleted user.
    #[schema(value_type = String, format = Uuid)]
    id: UserId,
    /// Number of open opportunities that stay with the user until they are handed over.
    open_opportunities: u64,
}

impl DeletedUser {
    fn sample() -> Self {
        Self { id: UserJson::sample().id, open_opportunities: 12 }
    }
}

/// Delete a user
///
/// The deletion is soft: rights, sessions and sign-in end, open opportunities stay with the user until they are
/// handed over. For administrators; only a superuser deletes a superuser.
#[utoipa::path(
    delete,
    path = "/api/users/{id}",
    tag = "users",
    params(("id" = Uuid, Path, description = "Id of the user")),
    responses((
        status = OK,
        description = "What remains of the user",
        body = DeletedUser,
        example = json!(DeletedUser::sample())
    )),
    extensions(("x-refusals" = json!([
        "administrators_only", "superuser_only", "user_not_found", "last_administrator"
    ])))
)]
pub(super) async fn delete(State(app): State<App>, signed: Signed, id: PathId<UserId>) -> Result<Response, Problem> {
    signed.administrator()?;
    let id = id.or(Refusal::UserNotFound)?;
    let deleted = app.store.user_delete(&signed.caller, id).await?;
    let answer = DeletedUser { id: deleted.id, open_opportunities: deleted.open_opportunities };
    Ok(Json(answer).into_response())
}
