//! The change feed and webhooks.

use std::sync::Arc;

use async_trait::async_trait;
use reparto_domain::{
    Caller, Timestamp, WebhookId,
    cursor::SequenceCursor,
    events::{Event, FeedPosition},
    idempotency::{Answer, Keyed},
    ids::DeliveryId,
    page::CursorPage,
    webhooks::{AttemptResult, Delivery, DeliveryQuery, DueDelivery, NewWebhook, Webhook, WebhookChanges},
};

use crate::StoreResult;

/// Renders the body of the message for an event.
pub type RenderEvent = Arc<dyn Fn(&Event) -> String + Send + Sync>;

/// The change feed. What it has given out is final: nothing appears later at or before a position that was read.
#[async_trait]
pub trait Feed: Send + Sync {
    /// The current end of the feed.
    async fn feed_end(&self) -> StoreResult<FeedPosition>;

    /// Returns at most `limit` events after a position, in order. Events of one opportunity are in the order in which
    /// they happened.
    async fn feed_after(&self, position: FeedPosition, limit: u64) -> StoreResult<Vec<Event>>;
}

/// Webhooks. Administrators only.
#[async_trait]
pub trait Webhooks: Send + Sync {
    /// Creates a webhook; it receives events from now on. At most
    /// [`WEBHOOKS_MAX`](reparto_domain::webhooks::WEBHOOKS_MAX) may exist, else
    /// [`Refusal::TooManyWebhooks`](reparto_domain::Refusal::TooManyWebhooks).
    async fn webhook_create(
        &self,
        caller: &Caller,
        webhook: NewWebhook,
        keyed: Option<Keyed<Webhook>>,
    ) -> StoreResult<Answer<Webhook>>;

    /// Lists all webhooks, oldest first.
    async fn webhook_list(&self) -> StoreResult<Vec<Webhook>>;

    /// Returns a webhook.
    async fn webhook_get(&self, id: WebhookId) -> StoreResult<Webhook>;

    /// Updates a webhook.
    async fn webhook_update(&self, caller: &Caller, id: WebhookId, changes: WebhookChanges) -> StoreResult<Webhook>;

    /// Deletes a webhook and its deliveries.
    async fn webhook_delete(&self, caller: &Caller, id: WebhookId) -> StoreResult<()>;

    /// Lists part of a webhook's deliveries, newest first.
    async fn delivery_list(
        &self,
        id: WebhookId,
        query: DeliveryQuery,
    ) -> StoreResult<CursorPage<Delivery, SequenceCursor>>;

    /// Resends a delivery: it becomes pending and due at once, and its attempts are reset.
    async fn delivery_resend(
        &self,
        caller: &Caller,
        webhook: WebhookId,
        id: DeliveryId,
        keyed: Option<Keyed<Delivery>>,
    ) -> StoreResult<Answer<Delivery>>;

    /// Sends an active webhook a test message with this `body`: a delivery of type
    /// [`Test`](reparto_domain::events::EventType::Test), due at once. Inactive webhooks:
    /// [`Refusal::WebhookInactive`](reparto_domain::Refusal::WebhookInactive).
    async fn delivery_test(
        &self,
        caller: &Caller,
        webhook: WebhookId,
        body: String,
        keyed: Option<Keyed<Delivery>>,
    ) -> StoreResult<Answer<Delivery>>;

    /// Creates deliveries of at most `limit` new events for every active webhook that wants them, with bodies made by
    /// `render`, and advances the position, in one transaction: each event is processed exactly once, however often and
    /// by whomever this is called. It may stop before `limit` so that other writers do not wait long. Returns the
    /// number of events processed; 0 if there are no more.
    async fn delivery_enqueue(&self, now: Timestamp, limit: u64, render: RenderEvent) -> StoreResult<u64>;

    /// Claims at most `limit` due deliveries for a sender until `lease`. The order per opportunity is kept: a delivery
    /// waits while an earlier one about any of its opportunities to the same webhook is undelivered.
    async fn delivery_claim(&self, now: Timestamp, lease: Timestamp, limit: u64) -> StoreResult<Vec<DueDelivery>>;

    /// Records the result of an attempt at the delivery as claimed (`resent`): delivered, to be retried after
    /// [`RETRY_SECONDS`](reparto_domain::webhooks::RETRY_SECONDS), or dead. Nothing changes if the webhook was deleted
    /// meanwhile, if a late failure concerns a delivery already delivered or given up, or if the delivery was resent
    /// while the attempt was under way.
    async fn delivery_record_attempt(
        &self,
        id: DeliveryId,
        resent: u64,
        at: Timestamp,
        result: AttemptResult,
    ) -> StoreResult<()>;
}
