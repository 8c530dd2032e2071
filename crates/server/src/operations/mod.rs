//! Operations: every write that changed who holds what, and taking it back.

pub mod get;
pub mod list;
pub mod present;
pub mod undo;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::App;

/// Their routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list::list)).routes(routes!(get::get)).routes(routes!(undo::undo))
}
