//! Contacts: the people and companies behind opportunities.

pub mod erase;
pub mod everything;
pub mod fields;
pub mod list;
pub mod one;
pub mod present;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::App;

/// Their routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list::list, one::create))
        .routes(routes!(list::count))
        .routes(routes!(one::get, one::update, one::replace, one::delete))
        .routes(routes!(erase::erase))
        .routes(routes!(everything::everything))
}
