//! A test message, to see whether a webhook is reached.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode, response::Response};
use reparto_domain::{Refusal, WebhookId, webhooks::Delivery};

use super::present::DeliveryView;
use crate::{
    events::present::test_message,
    http::{
        Incoming, PathId, Problem, Signed,
        idempotency::{Render, json_answer, keyed, respond},
    },
    state::App,
};

/// Send a test message
///
/// Sends `webhook.test`, signed like any other message, whatever events the webhook asks for. It is a delivery like
/// the others: it keeps the answer of the receiver, and a failure is retried.
#[utoipa::path(
    post, path = "/api/crm/webhooks/{id}/test", tag = "webhooks",
    params(("id" = Uuid, Path, description = "Id of the webhook")),
    responses((
        status = 202, description = "The delivery as it stands", body = DeliveryView, example = json!(DeliveryView::sample_test())
    )),
    extensions(("x-refusals" = json!(["administrators_only", "webhook_not_found", "webhook_inactive"])))
)]
pub async fn test(
    State(app): State<App>,
    signed: Signed,
    id: PathId<WebhookId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    signed.administrator()?;
    let id = id.or(Refusal::WebhookNotFound)?;
    let body = incoming.json_or_empty().await?;
    let render: Render<Delivery> =
        Arc::new(|delivery| json_answer(StatusCode::ACCEPTED, &DeliveryView::from(delivery)));
    let keyed = keyed(&app, &body, signed.caller.at, Arc::clone(&render))?;
    let message = test_message(id, signed.caller.at);
    let answer = app.store.delivery_test(&signed.caller, id, message, keyed).await?;
    Ok(respond(answer, &*render))
}
