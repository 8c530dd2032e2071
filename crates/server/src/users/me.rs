//! Who asks.

use axum::{extract::State, http::StatusCode, response::Response};

use super::json::{UserJson, answer};
use crate::{
    http::{Problem, Signed},
    state::App,
};

/// The user of the token.
#[utoipa::path(
    get,
    path = "/api/users/me",
    tag = "users",
    responses((status = OK, description = "The user", body = UserJson, example = json!(UserJson::sample())))
)]
pub(super) async fn me(State(app): State<App>, signed: Signed) -> Result<Response, Problem> {
    Ok(answer(StatusCode::OK, app.store.user_get(signed.viewer.id).await?))
}
