//! How webhooks and their deliveries are shown.

use reparto_domain::{
    Timestamp, WebhookId,
    events::EventType,
    ids::DeliveryId,
    webhooks::{Delivery, DeliveryStatus, Webhook},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    events::present::{sample as sample_event, test_message, webhook_message},
    http::{
        names::{DeliveryStatusName, EventTypeName, MessageTypeName},
        samples,
    },
};

/// A webhook: an address that receives events.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Webhook)]
pub struct WebhookView {
    /// Id of the webhook.
    #[schema(value_type = Uuid)]
    pub id: WebhookId,
    /// Address that receives messages.
    #[schema(example = "https://crm.example.org/hooks/reparto")]
    pub url: String,
    /// Types of events that are sent; empty means all.
    #[schema(value_type = Vec<EventTypeName>)]
    pub events: Vec<EventType>,
    /// Whether messages are sent.
    pub is_active: bool,
    /// When the webhook was created.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When the webhook was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// Key that signs messages; only in the answer that creates the webhook.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub secret: Option<String>,
}

impl From<&Webhook> for WebhookView {
    fn from(webhook: &Webhook) -> Self {
        Self {
            id: webhook.id,
            url: webhook.url.clone(),
            events: webhook.events.clone(),
            is_active: webhook.is_active,
            created_at: webhook.created_at,
            updated_at: webhook.updated_at,
            secret: None,
        }
    }
}

impl WebhookView {
    /// One to show in the API document.
    pub fn sample(secret: Option<&str>) -> Self {
        Self {
            id: WebhookId::from_uuid(samples::id(samples::WEBHOOK)),
            url: "https://crm.example.org/hooks/reparto".into(),
            events: vec![EventType::Assigned, EventType::Unassigned],
            is_active: true,
            created_at: samples::AT,
            updated_at: samples::AT,
            secret: secret.map(str::to_owned),
        }
    }
}

/// A message to a webhook, and its attempts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Delivery)]
pub struct DeliveryView {
    /// Id of the delivery, which is the message's `webhook-id` at each attempt.
    #[schema(value_type = Uuid)]
    pub id: DeliveryId,
    /// Type of the message.
    #[schema(value_type = MessageTypeName)]
    pub event: EventType,
    /// Where the delivery stands.
    #[schema(value_type = DeliveryStatusName)]
    pub status: DeliveryStatus,
    /// Number of attempts so far.
    pub attempts: u32,
    /// When the next attempt is due; null: none is.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_at: Option<Timestamp>,
    /// HTTP status of the last answer of the receiver; null: none came.
    pub last_status: Option<u16>,
    /// What went wrong with the last attempt; null: nothing.
    pub last_error: Option<String>,
    /// When the delivery was created.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Body of the message, exactly as it is signed and sent.
    pub body: String,
}

impl From<&Delivery> for DeliveryView {
    fn from(delivery: &Delivery) -> Self {
        Self {
            id: delivery.id,
            event: delivery.event,
            status: delivery.status,
            attempts: delivery.attempts,
            next_at: delivery.next_at,
            last_status: delivery.last_status,
            last_error: delivery.last_error.clone(),
            created_at: delivery.created_at,
            body: delivery.body.clone(),
        }
    }
}

impl DeliveryView {
    /// A test message to show in the API document.
    pub fn sample_test() -> Self {
        let body = test_message(WebhookId::from_uuid(samples::id(samples::WEBHOOK)), samples::AT);
        Self { event: EventType::Test, body, ..Self::sample(DeliveryStatus::Pending) }
    }

    /// One to show in the API document.
    pub fn sample(status: DeliveryStatus) -> Self {
        let is_new = status == DeliveryStatus::Pending;
        Self {
            id: DeliveryId::from_uuid(samples::id(samples::DELIVERY)),
            event: EventType::Assigned,
            status,
            attempts: if is_new { 0 } else { 11 },
            next_at: is_new.then_some(samples::AT),
            last_status: (!is_new).then_some(503),
            last_error: (!is_new).then(|| "the receiver answered 503".into()),
            created_at: samples::AT,
            body: webhook_message(&sample_event()),
        }
    }
}
