//! Opportunities, and who holds them.

pub mod assign;
pub mod assign_random;
pub mod bulk;
pub mod bulk_assign;
pub mod bulk_unassign;
pub mod create;
pub mod csv_rows;
pub mod filter;
pub mod first_call;
pub mod history;
pub mod list;
pub mod one;
pub mod present;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::App;

/// Their routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create))
        .routes(routes!(bulk_assign::bulk_assign))
        .routes(routes!(bulk_unassign::bulk_unassign))
        .routes(routes!(assign_random::assign_random))
        .routes(routes!(one::get, one::update, one::delete))
        .routes(routes!(assign::assign))
        .routes(routes!(first_call::first_call))
        .routes(routes!(history::history))
}
