//! One webhook.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use reparto_domain::{Refusal, WebhookId, events::EventType, webhooks::WebhookChanges};
use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::{
    fields::{Events, SigningKey, WebhookUrl, require_allowed},
    present::WebhookView,
};
use crate::{
    http::{
        Incoming, Json, PathId, Problem, Signed,
        body::{boolean, narrowing, optional, request_body},
    },
    seal::Purpose,
    state::App,
};

request_body! {
    /// Changes to a webhook. A field that is absent or null stays as it is.
    #[example(json!({"is_active": false}))]
    pub struct UpdateWebhookBody {
        /// New address that receives messages, as when the webhook was created.
        url: Option<Url> = optional(WebhookUrl),
        /// Types of events that are sent; empty means all.
        events: Option<Vec<EventType>> = narrowing(Events),
        /// New key that signs messages: `whsec_` and base64 of 24 to 64 bytes.
        secret: Option<SecretString> = optional(SigningKey),
        /// Whether messages are sent; false suspends the webhook.
        is_active: Option<bool> = optional(boolean()),
    }
}

/// Get a webhook
///
/// The webhook, without its secret.
#[utoipa::path(
    get, path = "/api/crm/webhooks/{id}", tag = "webhooks",
    params(("id" = Uuid, Path, description = "Id of the webhook")),
    responses((
        status = 200, description = "The webhook as it stands", body = WebhookView, example = json!(WebhookView::sample(None))
    )),
    extensions(("x-refusals" = json!(["administrators_only", "webhook_not_found"])))
)]
pub async fn get(State(app): State<App>, signed: Signed, id: PathId<WebhookId>) -> Result<Response, Problem> {
    signed.administrator()?;
    let webhook = app.store.webhook_get(id.or(Refusal::WebhookNotFound)?).await?;
    Ok(Json(WebhookView::from(&webhook)).into_response())
}

/// Change a webhook
///
/// Fields that are absent or null stay as they are.
#[utoipa::path(
    patch, path = "/api/crm/webhooks/{id}", tag = "webhooks",
    params(("id" = Uuid, Path, description = "Id of the webhook")),
    request_body = UpdateWebhookBody,
    responses((
        status = 200, description = "The webhook as it stands", body = WebhookView, example = json!(WebhookView::sample(None))
    )),
    extensions(("x-refusals" = json!(["administrators_only", "webhook_not_found"])))
)]
pub async fn update(
    State(app): State<App>,
    signed: Signed,
    id: PathId<WebhookId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    signed.administrator()?;
    let UpdateWebhookBody { url, events, secret, is_active } = incoming.json().await?.read()?;
    if let Some(url) = &url {
        require_allowed(&app, url).await?;
    }
    let id = id.or(Refusal::WebhookNotFound)?;
    let sealed = secret.map(|secret| app.keys.seal(Purpose::Webhook, secret.expose_secret())).transpose()?;
    let secret = sealed.map(SecretString::from);
    let changes = WebhookChanges { url: url.map(Into::into), events, is_active, secret };
    let webhook = app.store.webhook_update(&signed.caller, id, changes).await?;
    Ok(Json(WebhookView::from(&webhook)).into_response())
}

/// Delete a webhook
///
/// Deletes the webhook and its deliveries.
#[utoipa::path(
    delete, path = "/api/crm/webhooks/{id}", tag = "webhooks",
    params(("id" = Uuid, Path, description = "Id of the webhook")),
    responses((status = 204, description = "The deletion took effect")),
    extensions(("x-refusals" = json!(["administrators_only", "webhook_not_found"])))
)]
pub async fn delete(State(app): State<App>, signed: Signed, id: PathId<WebhookId>) -> Result<StatusCode, Problem> {
    signed.administrator()?;
    app.store.webhook_delete(&signed.caller, id.or(Refusal::WebhookNotFound)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
