//! The end of a user.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use reparto_domain::{Refusal, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use super::UserJson;
use crate::{
    http::{PathId, Problem, Signed},
    state::App,
};

/// What remains of a user who was deleted.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UserDeletedJson {
    /// Which.
    #[schema(value_type = String, format = Uuid)]
    id: UserId,
    /// How many open opportunities stay with the user until they are handed over.
    open_opportunities: u64,
}

impl UserDeletedJson {
    fn sample() -> Self {
        Self { id: UserJson::sample().id, open_opportunities: 12 }
    }
}

/// Deletes a user softly: rights, sessions and sign-in end; open opportunities stay with the user until they are
/// handed over. For administrators; only a superuser deletes a superuser.
#[utoipa::path(
    delete,
    path = "/api/users/{id}",
    tag = "users",
    params(("id" = String, Path, description = "The user's id")),
    responses((
        status = OK,
        description = "What remains",
        body = UserDeletedJson,
        example = json!(UserDeletedJson::sample())
    )),
    extensions(("x-refusals" = json!([
        "administrators_only", "superuser_only", "user_not_found", "last_administrator"
    ])))
)]
pub(super) async fn delete(State(app): State<App>, signed: Signed, id: PathId<UserId>) -> Result<Response, Problem> {
    signed.administrator()?;
    let id = id.or(Refusal::UserNotFound)?;
    let deleted = app.store.user_delete(&signed.caller, id).await?;
    let answer = UserDeletedJson { id: deleted.id, open_opportunities: deleted.open_opportunities };
    Ok(Json(answer).into_response())
}
