//! The service's own pages: liveness, readiness, metrics.

use axum::{
    Router,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};

use crate::{Config, http::Problem, state::App, telemetry};

/// Their routes. The metrics are among them unless they have a listener of their own.
pub fn routes(config: &Config) -> Router<App> {
    let routes = Router::new().route("/healthz", get(healthz)).route("/readyz", get(readyz));
    if config.metrics_apart {
        routes.route("/metrics", get(async || StatusCode::NOT_FOUND))
    } else {
        routes.merge(metrics_routes())
    }
}

/// The route of the metrics.
pub fn metrics_routes() -> Router<App> {
    Router::new().route("/metrics", get(metrics))
}

/// Liveness: the process answers.
async fn healthz() -> &'static str {
    "ok\n"
}

/// Readiness: the database answers.
async fn readyz(State(app): State<App>) -> Response {
    match app.store.ready().await {
        Ok(()) => "ready\n".into_response(),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            let retry = (header::RETRY_AFTER, HeaderValue::from_static("2"));
            (StatusCode::SERVICE_UNAVAILABLE, [retry], "the database does not answer\n").into_response()
        }
    }
}

/// Metrics in Prometheus' text format.
async fn metrics(State(app): State<App>) -> Result<Response, Problem> {
    let moment = telemetry::Moment {
        engine: app.store.engine(),
        store: app.statistics.now(&*app.store).await,
        streams: app.streams.count(),
    };
    let content = (header::CONTENT_TYPE, HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8"));
    Ok(([content], telemetry::render(&moment)).into_response())
}
