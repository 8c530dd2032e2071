//! The deliveries of a webhook.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use reparto_domain::{
    Refusal, WebhookId,
    cursor::SequenceCursor,
    webhooks::{DeliveryQuery, DeliveryStatus},
};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::present::DeliveryView;
use crate::{
    http::{Incoming, Json, PathId, Problem, Signed, names::DeliveryStatusName},
    opportunities::history::WalkParams,
    state::App,
};

/// Parameters of the list.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the parameters in the API document")]
struct DeliveryParams {
    /// Only deliveries with this status; `dead` ones were given up.
    #[param(value_type = Option<DeliveryStatusName>)]
    status: Option<String>,
}

/// A part of a webhook's deliveries.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryList {
    /// The deliveries of this part, newest first.
    pub items: Vec<DeliveryView>,
    /// Cursor of the next part; null where this is the last.
    pub next_cursor: Option<String>,
}

impl DeliveryList {
    fn sample() -> Self {
        Self { items: vec![DeliveryView::sample(DeliveryStatus::Dead)], next_cursor: None }
    }
}

/// List a webhook's deliveries
///
/// Newest first; with `status=dead`, those that were given up.
#[utoipa::path(
    get, path = "/api/crm/webhooks/{id}/deliveries", tag = "webhooks",
    params(("id" = Uuid, Path, description = "Id of the webhook"), DeliveryParams, WalkParams),
    responses((
        status = 200, description = "Part of the list of deliveries", body = DeliveryList,
        example = json!(DeliveryList::sample())
    )),
    extensions(("x-refusals" = json!(["administrators_only", "webhook_not_found"])))
)]
pub async fn deliveries(
    State(app): State<App>,
    signed: Signed,
    id: PathId<WebhookId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    signed.administrator()?;
    let id = id.or(Refusal::WebhookNotFound)?;
    let mut query = incoming.query();
    let question =
        DeliveryQuery { status: query.one_of("status"), limit: query.limit(50), after: query.sequence_cursor() };
    query.finish()?;
    let walk = app.store.delivery_list(id, question).await?;
    let items = walk.items.iter().map(DeliveryView::from).collect();
    Ok(Json(DeliveryList { items, next_cursor: walk.next.map(SequenceCursor::encode) }).into_response())
}
