//! One webhook.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use reparto_domain::{Refusal, WebhookId, webhooks::WebhookChanges};
use utoipa::ToSchema;

use super::{
    create::{allow, read_events, read_secret, read_url},
    present::WebhookView,
};
use crate::{
    http::{Incoming, PathId, Problem, Signed, names::EventTypeName},
    state::App,
};

/// Changes to a webhook; what is absent or null stays.
#[derive(Debug, ToSchema)]
#[schema(example = json!({"is_active": false}))]
pub struct WebhookChangesBody {
    /// Where to.
    #[schema(max_length = 2000)]
    pub url: Option<String>,
    /// Which events; empty: all.
    #[schema(value_type = Option<Vec<EventTypeName>>)]
    pub events: Option<Vec<String>>,
    /// Send or do not.
    pub is_active: Option<bool>,
    /// Another key.
    pub secret: Option<String>,
}

/// A webhook.
#[utoipa::path(
    get, path = "/api/crm/webhooks/{id}", tag = "webhooks",
    params(("id" = Uuid, Path, description = "The webhook's id")),
    responses((
        status = 200, description = "The webhook", body = WebhookView, example = json!(WebhookView::sample(None))
    )),
    extensions(("x-refusals" = json!(["administrators_only", "webhook_not_found"])))
)]
pub async fn get(State(app): State<App>, signed: Signed, id: PathId<WebhookId>) -> Result<Response, Problem> {
    signed.administrator()?;
    let webhook = app.store.webhook_get(id.or(Refusal::WebhookNotFound)?).await?;
    Ok(Json(WebhookView::from(&webhook)).into_response())
}

/// Changes a webhook.
#[utoipa::path(
    patch, path = "/api/crm/webhooks/{id}", tag = "webhooks",
    params(("id" = Uuid, Path, description = "The webhook's id")),
    request_body = WebhookChangesBody,
    responses((
        status = 200, description = "The webhook", body = WebhookView, example = json!(WebhookView::sample(None))
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
    let body = incoming.json().await?;
    let mut fields = body.fields();
    let (url, events, secret) = (read_url(&mut fields), read_events(&mut fields), read_secret(&mut fields));
    let is_active = fields.boolean("is_active");
    fields.finish()?;
    if let Some(url) = &url {
        allow(&app, url).await?;
    }
    let id = id.or(Refusal::WebhookNotFound)?;
    let changes = WebhookChanges { url: url.map(Into::into), events, is_active, secret };
    let webhook = app.store.webhook_update(&signed.caller, id, changes).await?;
    Ok(Json(WebhookView::from(&webhook)).into_response())
}

/// Removes a webhook and its deliveries.
#[utoipa::path(
    delete, path = "/api/crm/webhooks/{id}", tag = "webhooks",
    params(("id" = Uuid, Path, description = "The webhook's id")),
    responses((status = 204, description = "It is gone")),
    extensions(("x-refusals" = json!(["administrators_only", "webhook_not_found"])))
)]
pub async fn delete(State(app): State<App>, signed: Signed, id: PathId<WebhookId>) -> Result<StatusCode, Problem> {
    signed.administrator()?;
    app.store.webhook_delete(&signed.caller, id.or(Refusal::WebhookNotFound)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
