//! The list of webhooks.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::present::WebhookView;
use crate::{
    http::{Json, Problem, Signed},
    state::App,
};

/// The list of all webhooks.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookList {
    /// All webhooks, oldest first.
    pub items: Vec<WebhookView>,
}

impl WebhookList {
    fn sample() -> Self {
        Self { items: vec![WebhookView::sample(None)] }
    }
}

/// List webhooks
///
/// All webhooks, oldest first.
#[utoipa::path(
    get, path = "/api/crm/webhooks", tag = "webhooks",
    responses((
        status = 200, description = "The list of all webhooks", body = WebhookList, example = json!(WebhookList::sample())
    )),
    extensions(("x-refusals" = json!(["administrators_only"])))
)]
pub async fn list(State(app): State<App>, signed: Signed) -> Result<Response, Problem> {
    signed.administrator()?;
    let webhooks = app.store.webhook_list().await?;
    Ok(Json(WebhookList { items: webhooks.iter().map(WebhookView::from).collect() }).into_response())
}
