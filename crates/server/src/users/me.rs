//! Who asks.

use axum::{extract::State, http::StatusCode, response::Response};

use super::json::{UserJson, answer};
use crate::{
    http::{Problem, Signed},
    state::App,
};

/// Get the own user
///
/// The user who makes the request.
#[utoipa::path(
    get,
    path = "/api/users/me",
    tag = "users",
    responses((status = OK, description = "The user as it stands", body = UserJson, example = json!(UserJson::sample())))
)]
pub(super) async fn me(State(app): State<App>, signed: Signed) -> Result<Response, Problem> {
    Ok(answer(StatusCode::OK, app.store.user_get(signed.viewer.id).await?))
}
