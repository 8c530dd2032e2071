//! Spans for traces: one for each request, with its result; the engines add one for each call of the database.
//!
//! They have a target of their own ([`TRACE`]), so that logs leave them out and cost nothing where nobody traces.

use axum::http::{HeaderMap, Method, StatusCode};
use opentelemetry::{propagation::TextMapPropagator as _, trace::TraceContextExt as _};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use reparto_domain::{OperationId, UserId};
use reparto_store::TRACE;
use tracing::{Span, field::Empty, field::display};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::{http::RequestContext, telemetry::known};

/// The span of a request, within the caller's trace where it names one (`traceparent`).
pub fn request(method: &Method, route: &str, headers: &HeaderMap, context: &RequestContext) -> Span {
    let method = known(method);
    let span = tracing::info_span!(
        target: TRACE,
        "request",
        otel.name = format_args!("{method} {route}"),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
        url.path = %context.path,
        user.id = Empty,
        request_id = %context.request_id,
        reparto.operation = Empty,
        reparto.items.done = Empty,
        reparto.items.failed = Empty,
    );
    if !span.is_disabled() {
        // Fails only for a span that has begun already, which this one has not.
        _ = span.set_parent(TraceContextPropagator::new().extract(&HeaderExtractor(headers)));
    }
    span
}

/// Records the status of the answer.
pub fn answered(span: &Span, status: StatusCode) {
    span.record("http.response.status_code", status.as_u16());
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
}

/// Records the authenticated caller.
pub fn record_user(user: UserId) {
    Span::current().record("user.id", display(user));
}

/// Records what a request wrote: the operation, and how many items succeeded and failed.
pub fn record_operation(operation: Option<OperationId>, done: usize, failed: usize) {
    let span = Span::current();
    if let Some(operation) = operation {
        span.record("reparto.operation", display(operation));
    }
    span.record("reparto.items.done", done as u64);
    span.record("reparto.items.failed", failed as u64);
}

/// The id of the span's trace, for its line in the logs; `None` where nobody traces.
pub fn trace_id(span: &Span) -> Option<String> {
    if span.is_disabled() {
        return None;
    }
    let context = span.context();
    let context = context.span().span_context().clone();
    context.is_valid().then(|| context.trace_id().to_string())
}
