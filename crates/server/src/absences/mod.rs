//! Absences: times in which somebody gets no leads.

pub mod create;
mod guard;
pub mod list;
pub mod one;
pub mod present;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::App;

/// Their routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list::list, create::create)).routes(routes!(one::update, one::delete))
}
