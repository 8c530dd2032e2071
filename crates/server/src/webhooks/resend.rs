//! Sending a delivery again.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode, response::Response};
use reparto_domain::{
    Refusal, WebhookId,
    ids::DeliveryId,
    webhooks::{Delivery, DeliveryStatus},
};

use super::present::DeliveryView;
use crate::{
    http::{
        Incoming, PathId, Problem, Signed,
        idempotency::{Render, json_answer, keyed, respond},
        path::SecondPathId,
    },
    state::App,
};

/// Resend a delivery
///
/// The delivery is due at once, whatever happened to it before, and its attempts are counted anew.
#[utoipa::path(
    post, path = "/api/crm/webhooks/{id}/deliveries/{delivery}/resend", tag = "webhooks",
    params(
        ("id" = Uuid, Path, description = "Id of the webhook"),
        ("delivery" = Uuid, Path, description = "Id of the delivery")
    ),
    responses((
        status = 202, description = "The delivery as it stands", body = DeliveryView,
        example = json!(DeliveryView::sample(DeliveryStatus::Pending))
    )),
    extensions(("x-refusals" = json!(["administrators_only", "webhook_not_found", "delivery_not_found"])))
)]
pub async fn resend(
    State(app): State<App>,
    signed: Signed,
    id: PathId<WebhookId>,
    delivery: SecondPathId<DeliveryId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    signed.administrator()?;
    let id = id.or(Refusal::WebhookNotFound)?;
    let delivery = delivery.or(Refusal::DeliveryNotFound)?;
    let body = incoming.json_or_empty().await?;
    let render: Render<Delivery> =
        Arc::new(|delivery| json_answer(StatusCode::ACCEPTED, &DeliveryView::from(delivery)));
    let keyed = keyed(&app, &body, signed.caller.at, Arc::clone(&render))?;
    let answer = app.store.delivery_resend(&signed.caller, id, delivery, keyed).await?;
    Ok(respond(answer, &*render))
}
