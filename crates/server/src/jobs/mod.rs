//! Jobs: bulk operations of any size, in the background.

pub mod body;
mod cancel;
mod change;
pub mod create;
pub mod export;
pub mod fields;
mod get;
pub mod items;
pub mod list;
pub mod present;
pub mod progress;
pub mod resume;
pub mod runner;
mod sent;
mod set;
mod small;
pub mod undo;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::App;

/// Their routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create))
        .routes(routes!(get::get))
        .routes(routes!(items::items))
        .routes(routes!(progress::events))
        .routes(routes!(cancel::cancel))
        .routes(routes!(resume::resume))
        .routes(routes!(undo::undo))
}
