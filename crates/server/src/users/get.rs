//! One user.

use axum::{extract::State, http::StatusCode, response::Response};
use reparto_domain::{Refusal, UserId};

use super::json::{UserJson, answer};
use crate::{
    http::{PathId, Problem, Signed},
    state::App,
};

/// Get a user
///
/// A user who is not deleted. For administrators.
#[utoipa::path(
    get,
    path = "/api/users/{id}",
    tag = "users",
    params(("id" = Uuid, Path, description = "Id of the user")),
    responses((status = OK, description = "The user as it stands", body = UserJson, example = json!(UserJson::sample()))),
    extensions(("x-refusals" = json!(["administrators_only", "user_not_found"])))
)]
pub(super) async fn get(State(app): State<App>, signed: Signed, id: PathId<UserId>) -> Result<Response, Problem> {
    signed.administrator()?;
    let id = id.or(Refusal::UserNotFound)?;
    Ok(answer(StatusCode::OK, app.store.user_get(id).await?))
}
