//! The change feed and webhooks.

use std::sync::Arc;

use async_trait::async_trait;
use reparto_domain::{
    Caller, Timestamp, WebhookId,
    cursor::SequenceCursor,
    events::{Event, FeedPosition},
    idempotency::{Answer, Keyed},
    ids::DeliveryId,
    page::Walk,
    webhooks::{AttemptResult, Delivery, DeliveryQuery, DueDelivery, NewWebhook, Webhook, WebhookChanges},
};

use crate::StoreResult;

/// Makes the body of the message that tells of an event.
pub type RenderEvent = Arc<dyn Fn(&Event) -> String + Send + Sync>;

/// The change feed. What it has given out is final: nothing appears later at or before a position that was read.
#[async_trait]
pub trait Feed: Send + Sync {
    /// Where the feed ends at this moment.
    async fn feed_end(&self) -> StoreResult<FeedPosition>;

    /// At most `limit` events after a position, in order: those of one opportunity in the order in which they
    /// happened.
    async fn feed_after(&self, position: FeedPosition, limit: u64) -> StoreResult<Vec<Event>>;
}

/// Webhooks; for administrators.
#[async_trait]
pub trait Webhooks: Send + Sync {
    /// Makes a webhook; it is told of what happens from now on. At most
    /// [`WEBHOOKS_MAX`](reparto_domain::webhooks::WEBHOOKS_MAX), else
    /// [`Refusal::TooManyWebhooks`](reparto_domain::Refusal::TooManyWebhooks).
    async fn webhook_create(
        &self,
        caller: &Caller,
        webhook: NewWebhook,
        keyed: Option<Keyed<Webhook>>,
    ) -> StoreResult<Answer<Webhook>>;

    /// All webhooks, oldest first.
    async fn webhook_list(&self) -> StoreResult<Vec<Webhook>>;

    /// A webhook.
    async fn webhook_get(&self, id: WebhookId) -> StoreResult<Webhook>;

    /// Changes a webhook.
    async fn webhook_update(&self, caller: &Caller, id: WebhookId, changes: WebhookChanges) -> StoreResult<Webhook>;

    /// Removes a webhook and its deliveries.
    async fn webhook_delete(&self, caller: &Caller, id: WebhookId) -> StoreResult<()>;

    /// A part of a webhook's deliveries, newest first.
    async fn delivery_list(&self, id: WebhookId, query: DeliveryQuery) -> StoreResult<Walk<Delivery, SequenceCursor>>;

    /// Sends a delivery again: it is pending and due at once, its attempts counted anew.
    async fn delivery_resend(
        &self,
        caller: &Caller,
        webhook: WebhookId,
        id: DeliveryId,
        keyed: Option<Keyed<Delivery>>,
    ) -> StoreResult<Answer<Delivery>>;

    /// Sends an active webhook a message, `body`, that tells of no event: a delivery of the type
    /// [`Test`](reparto_domain::events::EventType::Test), due at once. An inactive one:
    /// [`Refusal::WebhookInactive`](reparto_domain::Refusal::WebhookInactive).
    async fn delivery_test(
        &self,
        caller: &Caller,
        webhook: WebhookId,
        body: String,
        keyed: Option<Keyed<Delivery>>,
    ) -> StoreResult<Answer<Delivery>>;

    /// Turns at most `limit` events that were not yet turned into deliveries to every active webhook that wants
    /// them, with the bodies that `render` makes, and moves on, in one transaction: each event exactly once, whoever
    /// calls and however often. It may stop before `limit` so that no other writer waits long. Returns how many events
    /// it has looked at; 0: there are no more.
    async fn delivery_enqueue(&self, now: Timestamp, limit: u64, render: RenderEvent) -> StoreResult<u64>;

    /// Takes at most `limit` deliveries that are due for a sender until `lease` passes. In order for each
    /// opportunity: one that tells of an opportunity of an earlier, undelivered one to the same webhook waits.
    async fn delivery_claim(&self, now: Timestamp, lease: Timestamp, limit: u64) -> StoreResult<Vec<DueDelivery>>;

    /// Records what came of an attempt at the delivery as it was claimed (`resent`): delivered, to be sent again after
    /// [`RETRY_SECONDS`](reparto_domain::webhooks::RETRY_SECONDS), or dead. One whose webhook was removed meanwhile, a late
    /// failure of what was delivered or given up already, and whatever came of an attempt that was under way when
    /// somebody asked to send it again, change nothing.
    async fn delivery_attempted(
        &self,
        id: DeliveryId,
        resent: u64,
        at: Timestamp,
        result: AttemptResult,
    ) -> StoreResult<()>;
}
