//! One user.

use axum::{extract::State, http::StatusCode, response::Response};
use reparto_domain::{Refusal, UserId};

use super::json::{UserJson, answer};
use crate::{
    http::{PathId, Problem, Signed},
    state::App,
};

/// One user who is not deleted. For administrators.
#[utoipa::path(
    get,
    path = "/api/users/{id}",
    tag = "users",
    params(("id" = String, Path, description = "The user's id")),
    responses((status = OK, description = "The user", body = UserJson, example = json!(UserJson::sample()))),
    extensions(("x-refusals" = json!(["administrators_only", "user_not_found"])))
)]
pub(super) async fn get(State(app): State<App>, signed: Signed, id: PathId<UserId>) -> Result<Response, Problem> {
    signed.administrator()?;
    let id = id.or(Refusal::UserNotFound)?;
    Ok(answer(StatusCode::OK, app.store.user_get(id).await?))
}
