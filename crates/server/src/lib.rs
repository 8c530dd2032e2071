//! The HTTP service of Reparto: one module per resource, with the same names as in the crates below.
//!
//! The path of a request: the layers ([`layers`]), the extractors of [`http`] (the caller: [`http::Signed`]; the body:
//! [`http::Incoming`]), a handler of a few lines, a command of the domain, one method of the store, and back: an
//! outcome, or a [`http::Problem`].

#![allow(unused_qualifications, reason = "the macro for query parameters writes its type with a path")]

pub mod absences;
pub mod audit;
pub mod auth;
pub mod background;
pub mod config;
pub mod connections;
pub mod contacts;
mod drain;
pub mod events;
pub mod http;
pub mod imports;
pub mod jobs;
pub mod layers;
pub mod limits;
pub mod looks;
pub mod openapi;
pub mod operations;
pub mod opportunities;
pub mod outgoing;
pub mod people;
mod random;
pub mod retention;
pub mod rotations;
pub mod seal;
pub mod serve;
pub mod service;
pub mod shares;
mod spans;
pub mod state;
pub mod teams;
pub mod telemetry;
pub mod users;
pub mod webhooks;

use axum::Router;

pub use config::{Config, RequireTotp};
pub use state::{App, rotate_key, sealing_keys};

/// The router of the metrics alone, for a listener of their own.
pub fn metrics_router(app: &App) -> Router {
    telemetry::install();
    service::metrics_routes().with_state(app.clone())
}

/// The whole service as a router. A trailing slash is dropped by [`serve::serve`], before the router.
/// Fails where its API document cannot be made: a service does not start without its document.
pub fn router(app: &App) -> serde_json::Result<Router> {
    telemetry::install();
    let (api, described) = openapi::routes().split_for_parts();
    let router = api.merge(openapi::pages(&openapi::complete(described)?)).merge(service::routes(&app.config));
    Ok(layers::wrap(router, app))
}
