//! Imports: a file of leads is sent, and its rows are written in the background.

pub mod asked;
pub mod create;
mod get;
pub mod list;
pub mod present;
pub mod progress;
pub mod read;
pub mod rows;
pub mod runner;
mod texts;
pub mod undo;
mod upload;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::App;

/// Their routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create))
        .routes(routes!(get::get))
        .routes(routes!(rows::rows))
        .routes(routes!(progress::events))
        .routes(routes!(undo::undo))
}
