//! Teams, their members, and the pauses that members enter for themselves.

pub mod create;
mod fields;
pub(crate) mod guard;
pub mod list;
pub mod members;
pub mod one;
pub mod pause;
pub mod present;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::App;

/// Their routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create))
        .routes(routes!(one::get, one::update, one::delete))
        .routes(routes!(members::list_members))
        .routes(routes!(members::put_member, members::remove_member))
        .routes(routes!(pause::pause))
}
