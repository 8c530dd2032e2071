//! Teams, their members, and the pauses that members enter for themselves.

pub mod create;
mod fields;
pub mod list;
pub mod members;
pub mod one;
pub mod pause;
pub mod present;

use reparto_domain::Refusal;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    http::{Problem, Signed},
    state::App,
};

/// Their routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create))
        .routes(routes!(one::get, one::update, one::delete))
        .routes(routes!(members::list_members))
        .routes(routes!(members::put_member, members::remove_member))
        .routes(routes!(pause::pause))
}

/// Refuses those whose teams have no self-service, before the body is looked at. The store checks again in its
/// transaction.
pub(crate) async fn require_self_service(app: &App, signed: &Signed) -> Result<(), Problem> {
    if app.store.member_has_self_service(signed.viewer.id).await? {
        Ok(())
    } else {
        Err(Refusal::SelfServiceRequired.into())
    }
}
