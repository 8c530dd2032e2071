//! Webhooks: addresses that receive events, signed as Standard Webhooks says.

mod address;
mod client;
pub mod create;
pub mod deliveries;
pub mod dispatcher;
mod fields;
pub mod list;
pub mod one;
pub mod present;
pub mod resend;
mod secret;
pub mod test_message;
mod url;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::App;

/// Their routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create))
        .routes(routes!(one::get, one::update, one::delete))
        .routes(routes!(deliveries::deliveries))
        .routes(routes!(resend::resend))
        .routes(routes!(test_message::test))
}
