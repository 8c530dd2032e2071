//! Rotations: who is owed how many leads, who would be next, and turns that are credited by hand.

mod amounts;
pub mod create;
pub mod credits;
pub mod events;
mod fields;
pub mod list;
pub mod members;
pub mod next;
pub mod one;
pub mod present;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::App;

/// Their routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create))
        .routes(routes!(one::get, one::update))
        .routes(routes!(next::next))
        .routes(routes!(credits::credit))
        .routes(routes!(events::events))
}
