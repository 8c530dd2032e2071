//! Everything that wraps the handlers, in one place, outermost first:
//!
//! 1. the trailing slash is dropped (before routing),
//! 2. CORS: headers on every answer, preflights answered at once,
//! 3. compression,
//! 4. context: request id and language; problems are rendered; the request is logged and counted,
//! 5. a panic becomes a 500,
//! 6. rate limits,
//! 7. `Accept` (on known paths only).

use std::{any::Any, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, HttpBody},
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use reparto_domain::{Authority, Timestamp};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    cors::{AllowOrigin, Any as AnyOrigin, CorsLayer, Vary},
};
use tracing::Instrument as _;

use crate::{
    http::{Problem, RequestContext, accept, render::Carried, signed::bearer},
    limits::{Place, Placed, Standing, Subject},
    spans,
    state::App,
    telemetry,
};

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
static RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
static RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// A year: what browsers ask for before they keep it.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Puts the layers around the routes.
pub fn wrap(router: Router<App>, app: &App) -> Router {
    router
        .route_layer(from_fn(accept::check))
        .fallback(without_route)
        .layer(from_fn_with_state(app.clone(), limit))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(app.clone(), context))
        .layer(CompressionLayer::new())
        .layer(cors(&app.config.cors_origins))
        .layer(from_fn(preflight_status))
        .with_state(app.clone())
}

/// The fallback for paths without a route: a problem under `/api`, the admin page everywhere else.
async fn without_route(request: Request) -> Response {
    let path = request.uri().path();
    if path == "/api" || path.starts_with("/api/") {
        return Problem::NoSuchPath.into_response();
    }
    reparto_assets::answer(request.method(), path, request.headers()).map(Body::from)
}

fn cors(origins: &[String]) -> CorsLayer {
    let headers =
        ["authorization", "content-type", "accept", "accept-language", "idempotency-key", "if-match", "x-crm-auth"];
    let exposed = [
        "retry-after",
        "ratelimit",
        "ratelimit-policy",
        "content-disposition",
        "etag",
        "location",
        "idempotency-replayed",
        "x-request-id",
    ];
    let layer = CorsLayer::new()
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS])
        .allow_headers(headers.map(HeaderName::from_static))
        .expose_headers(exposed.map(HeaderName::from_static))
        .max_age(Duration::from_secs(3_600))
        .vary(Vary::list([header::ORIGIN]));
    if origins.iter().any(|origin| origin == "*") {
        layer.allow_origin(AnyOrigin)
    } else {
        let allowed = origins.iter().filter_map(|origin| origin.trim_end_matches('/').parse::<HeaderValue>().ok());
        layer.allow_origin(AllowOrigin::list(allowed))
    }
}

/// Answers a preflight with 204: it has no content.
async fn preflight_status(request: Request, next: Next) -> Response {
    let preflight = request.method() == Method::OPTIONS;
    let mut response = next.run(request).await;
    if preflight && response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NO_CONTENT;
    }
    response
}

#[allow(clippy::needless_pass_by_value, reason = "the layer hands it over")]
fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(panic = text.unwrap_or("unknown"), "a handler panicked");
    Problem::Internal.into_response()
}

/// Makes the context of a request, renders its problem, logs and counts it.
async fn context(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let context = RequestContext::new(&parts, app.config.language, &app.config.proxies);
    parts.extensions.insert(context.clone());
    let method = parts.method.clone();
    let route = parts
        .extensions
        .get::<MatchedPath>()
        .map_or_else(|| "unmatched".into(), |path| Arc::<str>::from(path.as_str()));
    let is_api = parts.uri.path().starts_with("/api");
    let timer = telemetry::Timer::start();
    let span = spans::request(&method, &route, &parts.headers, &context);
    let response = next.run(Request::from_parts(parts, body)).instrument(span.clone()).await;
    let response = rendered(response, &context, &app, is_api);
    let mut response =
        app.outgoing.count(response, context.ip.as_deref()).unwrap_or_else(|| Problem::Crowded.render(&context));
    let status = response.status();
    if status.is_success() && is_api && !method.is_safe() {
        app.wake.written();
    }
    timer.finish(&method, &route, status);
    spans::answered(&span, status);
    tracing::info!(
        request_id = %context.request_id,
        client_request_id = context.client_request_id,
        %method,
        path = %context.path,
        status = status.as_u16(),
        micros = timer.micros(),
        trace_id = spans::trace_id(&span),
        "answered"
    );
    let headers = response.headers_mut();
    if app.config.public_url.as_deref().is_some_and(|url| url.starts_with("https://")) {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HSTS);
    }
    if let Ok(id) = HeaderValue::from_str(&context.request_id) {
        headers.insert(&REQUEST_ID, id);
    }
    if is_api {
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    }
    response
}

/// The response as it is, or the rendered problem that it carries or stands for.
fn rendered(response: Response, context: &RequestContext, app: &App, is_api: bool) -> Response {
    let status = response.status();
    let problem = match response.extensions().get::<Carried>() {
        Some(Carried(problem)) => Arc::clone(problem),
        // A bare error of a library, such as 405: it has no body of ours.
        None if is_api && (status.is_client_error() || status.is_server_error()) && !is_ours(&response) => {
            Arc::new(Problem::of_status(status, app.config.body_max))
        }
        None => return response,
    };
    let mut answer = problem.render(context);
    for (name, value) in response.headers() {
        let own = [header::CONTENT_TYPE, header::CONTENT_LENGTH];
        if !own.contains(name) && !answer.headers().contains_key(name) {
            answer.headers_mut().append(name.clone(), value.clone());
        }
    }
    answer
}

fn is_ours(response: &Response<Body>) -> bool {
    let content = response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    !response.body().is_end_stream() && content.is_some_and(|content| !content.starts_with(b"text/plain"))
}

/// Whether the request tries a password or a one-time token without being signed in.
fn is_sign_in(request: &Request) -> bool {
    let path = request.uri().path();
    matches!(path, "/api/auth/login" | "/api/auth/reset-password")
        || (path == "/api/auth/first-run" && request.method() == Method::POST)
}

/// What a request is counted against.
enum Counted {
    /// The place that it comes from.
    Place(Placed, Place),
    /// An account.
    Account(Subject),
}

impl Counted {
    fn of(request: &Request, authority: Option<Authority>) -> Self {
        let context = request.extensions().get::<RequestContext>();
        let place = Place::of(context.and_then(|context| context.ip.as_deref()));
        if is_sign_in(request) {
            return Self::Place(Placed::SignIn, place);
        }
        match (request.uri().path(), authority) {
            ("/api/auth/refresh", _) => Self::Place(Placed::Refresh, place),
            (_, Some(Authority::User { id, .. })) => Self::Account(Subject::Account(id)),
            _ => Self::Place(Placed::Anonymous, place),
        }
    }

    /// Counts it; `None` where it is not limited.
    async fn count(self, app: &App, now: Timestamp) -> Option<Standing> {
        match self {
            Self::Place(placed, place) => app.limiter.count_at(&*app.store, placed, place, now).await,
            Self::Account(subject) => app.limiter.count(&*app.store, subject, now).await,
        }
    }
}

/// Counts the request against its account or address, and refuses it where that is over its limit.
async fn limit(State(app): State<App>, mut request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with("/api") || request.method() == Method::OPTIONS {
        return next.run(request).await;
    }
    let now = app.clock.now();
    let authority = match bearer(request.headers()).map(str::to_owned) {
        Some(token) => app.authority(&token, now).await.ok(),
        None => None,
    };
    if let Some(authority) = authority {
        request.extensions_mut().insert(authority);
    }
    let Some(Standing { policy, limit, retry_after }) = Counted::of(&request, authority).count(&app, now).await else {
        return next.run(request).await;
    };
    let mut response = match retry_after {
        Some(retry_after) => Problem::TooMany { retry_after }.into_response(),
        None => next.run(request).await,
    };
    for (name, value) in [(&RATE_LIMIT_POLICY, policy), (&RATE_LIMIT, limit)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
