//! Signing in: passwords, access tokens, refresh tokens.

pub(crate) mod cookie;
pub(crate) mod failures;
pub mod first_run;
pub(crate) mod guesses;
mod login;
pub(crate) mod logout;
pub(crate) mod pair;
pub mod passwords;
mod refresh;
mod reset;
pub mod tokens;
pub(crate) mod totp;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::App;

/// Its routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(first_run::needed, first_run::create))
        .routes(routes!(login::login))
        .routes(routes!(refresh::refresh))
        .routes(routes!(logout::logout))
        .routes(routes!(logout::logout_all))
        .routes(routes!(reset::reset))
}
