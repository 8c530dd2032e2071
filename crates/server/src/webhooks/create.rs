//! Creating a webhook.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode, response::Response};
use reparto_domain::{
    events::EventType,
    idempotency::{Answer, StoredAnswer},
    webhooks::{NewWebhook, Webhook},
};
use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use super::{
    fields::{Events, SigningKey, WebhookUrl, require_allowed},
    present::WebhookView,
    secret,
};
use crate::{
    http::{
        Incoming, Problem, Signed,
        body::{narrowing, optional, request_body, required},
        idempotency::{Render, json_answer, keyed, respond},
    },
    seal::Purpose,
    state::App,
};

request_body! {
    /// A webhook to create.
    #[example(json!({
        "url": "https://crm.example.org/hooks/reparto",
        "events": ["opportunity.assigned", "opportunity.unassigned"]
    }))]
    pub struct CreateWebhookBody {
        /// Address that receives messages: `http` or `https`, without user and password, and public unless the service
        /// allows private addresses.
        url: Url = required(WebhookUrl),
        /// Types of events that are sent; absent or empty means all.
        events: Option<Vec<EventType>> = narrowing(Events),
        /// Key that signs messages: `whsec_` and base64 of 24 to 64 bytes. The service makes one where none is given.
        secret: Option<SecretString> = optional(SigningKey),
    }
}

fn render(secret: String) -> Render<Webhook> {
    Arc::new(move |webhook| {
        let view = WebhookView { secret: Some(secret.clone()), ..WebhookView::from(webhook) };
        let location = Some(format!("/api/crm/webhooks/{}", webhook.id));
        StoredAnswer { location, ..json_answer(StatusCode::CREATED, &view) }
    })
}

/// Create a webhook
///
/// The webhook receives events from now on. The answer is the only one that shows its secret.
#[utoipa::path(
    post, path = "/api/crm/webhooks", tag = "webhooks",
    request_body = CreateWebhookBody,
    responses((
        status = 201, description = "The webhook, with its secret", body = WebhookView,
        headers(("Location" = String, description = "Path of the new webhook")),
        example = json!(WebhookView::sample(Some("whsec_c2VjcmV0IGtleSBvZiBhbiBleGFtcGxlIHdlYmhvb2s=")))
    )),
    extensions(("x-refusals" = json!(["administrators_only", "too_many_webhooks"])))
)]
pub async fn create(State(app): State<App>, signed: Signed, incoming: Incoming) -> Result<Response, Problem> {
    signed.administrator()?;
    let body = incoming.json().await?;
    let CreateWebhookBody { url, events, secret } = body.read()?;
    require_allowed(&app, &url).await?;
    let secret = match secret {
        Some(secret) => secret,
        None => secret::make()?,
    };
    // The database, and the answer that is kept there, have it encrypted only.
    let sealed = app.keys.seal(Purpose::Webhook, secret.expose_secret())?;
    let keyed = keyed(&app, &body, signed.caller.at, render(sealed.clone()))?;
    let webhook = NewWebhook { url: url.into(), events: events.unwrap_or_default(), secret: sealed.into() };
    let answer = match app.store.webhook_create(&signed.caller, webhook, keyed).await? {
        Answer::Stored(stored) => Answer::Stored(opened(&app, stored)?),
        fresh @ Answer::Fresh(_) => fresh,
    };
    Ok(respond(answer, &*render(secret.expose_secret().to_owned())))
}

/// A kept answer with its secret decrypted: byte for byte the first one.
fn opened(app: &App, stored: StoredAnswer) -> Result<StoredAnswer, Problem> {
    let mut body: Value = serde_json::from_slice(&stored.body).map_err(Problem::internal)?;
    if let Some(sealed) = body["secret"].as_str() {
        body["secret"] = app.keys.open(Purpose::Webhook, sealed)?.expose_secret().into();
    }
    Ok(StoredAnswer { body: serde_json::to_vec(&body).map_err(Problem::internal)?, ..stored })
}
