//! Webhooks: URLs that receive events, signed according to Standard Webhooks
//! (<https://github.com/standard-webhooks/standard-webhooks>).

use secrecy::SecretString;

use crate::{Timestamp, WebhookId, cursor::SequenceCursor, events::EventType, ids::DeliveryId, values::named_values};

/// The maximum number of webhooks: each event is matched against all of them.
pub const WEBHOOKS_MAX: u64 = 100;

/// A webhook. Its secret is shown only once, on creation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Where events are sent.
    pub url: String,
    /// The subscribed event types; empty means all.
    pub events: Vec<EventType>,
    /// Whether events are sent to it.
    pub is_active: bool,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// The command to create a webhook.
#[derive(Debug, Clone)]
pub struct NewWebhook {
    /// The URL.
    pub url: String,
    /// The subscribed event types; empty means all.
    pub events: Vec<EventType>,
    /// The signing key, as `whsec_` and base64.
    pub secret: SecretString,
}

/// Changes to a webhook; `None` leaves a field unchanged.
#[derive(Debug, Clone, Default)]
pub struct WebhookChanges {
    /// New address.
    pub url: Option<String>,
    /// New event types.
    pub events: Option<Vec<EventType>>,
    /// Activate or deactivate.
    pub is_active: Option<bool>,
    /// New key.
    pub secret: Option<SecretString>,
}

impl WebhookChanges {
    /// The webhook with these changes. The secret and `updated_at` are stored separately.
    #[must_use]
    pub fn applied_to(&self, before: &Webhook) -> Webhook {
        Webhook {
            url: self.url.clone().unwrap_or_else(|| before.url.clone()),
            events: self.events.clone().unwrap_or_else(|| before.events.clone()),
            is_active: self.is_active.unwrap_or(before.is_active),
            ..before.clone()
        }
    }
}

named_values! {
    /// The status of a delivery.
    DeliveryStatus {
        /// To be sent, or retried, when due.
        Pending = 0 "pending",
        /// Accepted by the receiver.
        Delivered = 1 "delivered",
        /// Given up; can be resent manually.
        Dead = 2 "dead",
    }
}

/// Seconds from each failed attempt to the next; after the last one a delivery is dead.
pub const RETRY_SECONDS: [i64; 10] = [2, 5, 15, 60, 300, 900, 3_600, 10_800, 21_600, 43_200];

/// A message to a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its id, the same in every attempt, so that the receiver can detect duplicates.
    pub id: DeliveryId,
    /// The webhook.
    pub webhook: WebhookId,
    /// The type of its event.
    pub event: EventType,
    /// Its status.
    pub status: DeliveryStatus,
    /// Attempts so far.
    pub attempts: u32,
    /// How often it was resent manually.
    pub resent: u64,
    /// When the next attempt is due; `None` if there is none.
    pub next_at: Option<Timestamp>,
    /// The receiver's last HTTP status.
    pub last_status: Option<u16>,
    /// A short description of the last error.
    pub last_error: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// The body, exactly as signed and sent.
    pub body: String,
}

/// A due delivery, with what is needed to send it.
#[derive(Debug, Clone)]
pub struct DueDelivery {
    /// The delivery.
    pub delivery: Delivery,
    /// The URL.
    pub url: String,
    /// The signing key.
    pub secret: SecretString,
}

/// The result of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptResult {
    /// The receiver's HTTP status, if it responded.
    pub status: Option<u16>,
    /// The error; `None` if it was delivered.
    pub error: Option<String>,
}

/// A query for a webhook's deliveries, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryQuery {
    /// With this status.
    pub status: Option<DeliveryStatus>,
    /// Maximum number of rows, 1 to 1,000.
    pub limit: u64,
    /// Only rows older than this one.
    pub after: Option<SequenceCursor>,
}
