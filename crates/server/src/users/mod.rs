//! Users: who signs in, acts, and holds opportunities.

mod create;
mod delete;
mod erase;
mod export;
mod get;
mod guard;
pub(crate) mod json;
mod list;
mod me;
mod own;
pub(crate) mod profile;
mod recovery;
mod rights;
mod update;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{audit, state::App};

pub use json::UserJson;

/// Their routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(me::me))
        .routes(routes!(list::list, create::create))
        .routes(routes!(export::export))
        .routes(routes!(audit::list))
        .routes(routes!(get::get, update::update, delete::delete))
        .routes(routes!(erase::erase))
        .routes(routes!(rights::set_role))
        .routes(routes!(rights::set_status))
        .routes(routes!(rights::set_password))
        .routes(routes!(own::password::change))
        .routes(routes!(own::sessions::list_sessions))
        .routes(routes!(own::sessions::end_session))
        .routes(routes!(own::totp::get_totp, own::totp::begin_totp, own::totp::remove_totp))
        .routes(routes!(own::totp::confirm_totp))
        .routes(routes!(recovery::reset_password))
        .routes(routes!(recovery::remove_second_factor))
}
