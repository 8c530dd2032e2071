//! Making a webhook.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode, response::Response};
use reparto_domain::{
    events::EventType,
    idempotency::StoredAnswer,
    webhooks::{NewWebhook, Webhook},
};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use utoipa::ToSchema;

use super::{present::WebhookView, secret, url};
use crate::{
    http::{
        FieldError, Fields, Incoming, Problem, Signed,
        idempotency::{Render, json_answer, keyed, respond},
        names::{EVENT_TYPES, EventTypeName},
        problem::{Fault, Kind},
    },
    state::App,
};

/// A webhook to make.
#[derive(Debug, ToSchema)]
#[schema(example = json!({
    "url": "https://crm.example.org/hooks/reparto",
    "events": ["opportunity.assigned", "opportunity.unassigned"]
}))]
pub struct WebhookBody {
    /// Where to: `http` or `https`, and a public address unless the service allows private ones.
    #[schema(max_length = 2000)]
    pub url: String,
    /// Which events; absent or empty: all.
    #[schema(value_type = Option<Vec<EventTypeName>>)]
    pub events: Option<Vec<String>>,
    /// The key that signs: `whsec_` and base64 of 24 to 64 bytes; absent: one is made.
    pub secret: Option<String>,
}

/// The URL, where it came; a fault where it is none that may be used. Whether it is private takes longer to see.
pub(super) fn read_url(fields: &mut Fields<'_>) -> Option<reqwest::Url> {
    let text = fields.text("url", 10_000)?;
    let url = url::parse(&text);
    if url.is_none() {
        fields.fault("url", Fault::Url);
    }
    url
}

/// Turns down a URL that leads to a private address, unless that is allowed.
pub(super) async fn allow(app: &App, url: &reqwest::Url) -> Result<(), Problem> {
    if !app.config.webhook_allow_private && url::is_private(url).await {
        return Err(Problem::Invalid(vec![FieldError { field: "url".into(), fault: Fault::Url }]));
    }
    Ok(())
}

/// The events, where they came; each once.
pub(super) fn read_events(fields: &mut Fields<'_>) -> Option<Vec<EventType>> {
    let items = match fields.raw("events")? {
        Value::Null => return None,
        Value::Array(items) => items,
        _ => {
            fields.fault("events", Fault::Type(Kind::ListOfStrings));
            return None;
        }
    };
    let mut events = Vec::new();
    for item in items {
        match item.as_str().and_then(|name| name.parse().ok()).filter(|event| EventType::PUBLISHED.contains(event)) {
            Some(event) if !events.contains(&event) => events.push(event),
            Some(_) => {}
            None => {
                fields.fault("events", Fault::NotOneOf(EVENT_TYPES.to_vec()));
                return None;
            }
        }
    }
    Some(events)
}

/// The key, where it came; a fault where it is none.
pub(super) fn read_secret(fields: &mut Fields<'_>) -> Option<SecretString> {
    let text = fields.text("secret", 1_000)?;
    if secret::is_valid(&text) {
        return Some(SecretString::from(text));
    }
    fields.fault("secret", Fault::Secret);
    None
}

fn render(secret: SecretString) -> Render<Webhook> {
    Arc::new(move |webhook| {
        let view = WebhookView { secret: Some(secret.expose_secret().to_owned()), ..WebhookView::from(webhook) };
        let location = Some(format!("/api/crm/webhooks/{}", webhook.id));
        StoredAnswer { location, ..json_answer(StatusCode::CREATED, &view) }
    })
}

/// Makes a webhook, which is told of what happens from now on. Its secret is shown this once.
#[utoipa::path(
    post, path = "/api/crm/webhooks", tag = "webhooks",
    request_body = WebhookBody,
    responses((
        status = 201, description = "The webhook, with its secret", body = WebhookView,
        headers(("Location" = String, description = "The webhook's path")),
        example = json!(WebhookView::sample(Some("whsec_c2VjcmV0IGtleSBvZiBhbiBleGFtcGxlIHdlYmhvb2s=")))
    )),
    extensions(("x-refusals" = json!(["administrators_only", "too_many_webhooks"])))
)]
pub async fn create(State(app): State<App>, signed: Signed, incoming: Incoming) -> Result<Response, Problem> {
    signed.administrator()?;
    let body = incoming.json().await?;
    let mut fields = body.fields();
    fields.require("url");
    let (url, events, given) = (read_url(&mut fields), read_events(&mut fields), read_secret(&mut fields));
    fields.finish()?;
    let Some(url) = url else {
        return Err(Problem::Invalid(vec![FieldError { field: "url".into(), fault: Fault::Missing }]));
    };
    allow(&app, &url).await?;
    let secret = match given {
        Some(secret) => secret,
        None => secret::make()?,
    };
    let render = render(secret.clone());
    let keyed = keyed(&app, &body, signed.caller.at, Arc::clone(&render))?;
    let webhook = NewWebhook { url: url.into(), events: events.unwrap_or_default(), secret };
    let answer = app.store.webhook_create(&signed.caller, webhook, keyed).await?;
    Ok(respond(answer, &*render))
}
