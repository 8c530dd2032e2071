//! Users: who signs in, acts, and holds opportunities.

mod create;
mod delete;
mod erase;
mod export;
mod get;
mod help;
pub(crate) mod json;
mod list;
mod me;
mod own;
pub(crate) mod profile;
mod rights;
mod update;

use reparto_domain::{Refusal, Role, UserId};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    audit,
    http::{Problem, Signed},
    state::App,
};

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
        .routes(routes!(help::reset_password))
        .routes(routes!(help::remove_second_factor))
}

/// Refuses an administrator who is about to change a superuser without being one, before the body is read. The store
/// checks again in its transaction.
async fn may_change(app: &App, signed: &Signed, id: Option<UserId>) -> Result<(), Problem> {
    signed.administrator()?;
    if signed.viewer.role == Role::Superuser {
        return Ok(());
    }
    let Some(id) = id else { return Ok(()) };
    match app.store.user_get(id).await {
        Ok(user) if user.role == Role::Superuser => Err(Refusal::SuperuserOnly.into()),
        _ => Ok(()),
    }
}
