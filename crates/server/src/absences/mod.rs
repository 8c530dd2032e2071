//! Absences: times in which somebody gets no leads.

pub mod create;
pub mod list;
pub mod one;
pub mod present;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    http::{Problem, Signed},
    state::App,
    teams::require_self_service,
};

/// Their routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list::list, create::create)).routes(routes!(one::update, one::delete))
}

/// Refuses those who may write nobody's absences, before the body is looked at. The store checks again in its
/// transaction.
async fn require_may_enter(app: &App, signed: &Signed) -> Result<(), Problem> {
    signed.staff()?;
    if signed.viewer.role.is_administrator() { Ok(()) } else { require_self_service(app, signed).await }
}
