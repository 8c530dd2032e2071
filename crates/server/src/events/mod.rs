//! The change feed: what happened, as server-sent events that a reader can take up again where it left off.

pub mod hub;
pub mod present;
mod stream;

use axum::{extract::State, response::Response};
use reparto_domain::events::FeedPosition;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    http::{FieldError, Incoming, Problem, Signed, problem::Fault, signed::Rights, sse},
    state::App,
};

/// The header in which a reader says how far it has read.
const LAST_EVENT_ID: &str = "last-event-id";

/// Their routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(events))
}

/// Stream the change feed
///
/// Server-sent events: `id` is the position, `event` the type, `data` a JSON object. Administrators get every
/// event; other staff get the items that they may see after the change or held before it. Each event is sent at
/// least once, those of one opportunity in order; a bulk request is one event with its items. Without
/// `Last-Event-ID` the stream begins with the next event. A reader that does not keep up is disconnected and
/// resumes.
#[utoipa::path(
    get, path = "/api/crm/events", tag = "events",
    params((
        "Last-Event-ID" = Option<String>, Header, description = "Position after which the stream goes on: `id` of the last event that was read",
        example = json!("12.3")
    )),
    responses((
        status = 200, description = "The stream: `data` is an `Event`",
        content((String = "text/event-stream", example = json!(present::sample_stream())))
    )),
    extensions(("x-refusals" = json!(["staff_only", "validation_failed", "too_many_streams"])))
)]
pub async fn events(State(app): State<App>, signed: Signed, incoming: Incoming) -> Result<Response, Problem> {
    signed.staff()?;
    let headers = &incoming.parts.headers;
    let position = match headers.get(LAST_EVENT_ID) {
        // An empty one is what a browser has before the first event.
        None => None,
        Some(value) if value.is_empty() => None,
        Some(value) => {
            let read = value.to_str().ok().and_then(|text| text.parse::<FeedPosition>().ok());
            let fault = || FieldError { field: "Last-Event-ID".into(), fault: Fault::Cursor };
            Some(read.ok_or_else(|| Problem::Invalid(vec![fault()]))?)
        }
    };
    let rights = Rights::new(&app, headers);
    let position = match position {
        Some(position) => position,
        None => app.store.feed_end().await?,
    };
    let (client, response) = sse::open(&app.streams, signed.viewer.id)?;
    tokio::spawn(stream::run(app, client, rights, position));
    Ok(response)
}
