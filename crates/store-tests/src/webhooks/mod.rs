//! Webhooks and their deliveries.

pub mod delivering;
pub mod managing;

use std::sync::Arc;

use reparto_domain::{
    WebhookId,
    events::{Event, EventType},
    ids::DeliveryId,
    webhooks::{AttemptResult, Delivery, DeliveryQuery, DueDelivery, NewWebhook, Webhook},
};

use crate::Fixture;

const ALL: DeliveryQuery = DeliveryQuery { status: None, limit: 1_000, after: None };

fn new(url: &str, events: &[EventType]) -> NewWebhook {
    NewWebhook { url: url.to_owned(), events: events.to_vec(), secret: format!("whsec_{url}").into() }
}

fn render(event: &Event) -> String {
    format!("{{\"at\": \"{}\"}}", event.position)
}

const DELIVERED: AttemptResult = AttemptResult { status: Some(204), error: None };

fn failure() -> AttemptResult {
    AttemptResult { status: Some(500), error: Some("internal server error".into()) }
}

impl Fixture {
    async fn webhook(&self, url: &str, events: &[EventType]) -> Webhook {
        let answer = self.store().webhook_create(&self.as_admin(), new(url, events), None).await;
        answer.expect("webhook_create").fresh().expect("fresh without a key")
    }

    /// Enqueues all deliveries; returns the number of events processed.
    async fn enqueue(&self) -> u64 {
        self.end_of_feed().await;
        let mut looked_at = 0;
        loop {
            match self.store().delivery_enqueue(self.tick(), 5, Arc::new(render)).await.expect("enqueue") {
                0 => return looked_at,
                part => looked_at += part,
            }
        }
    }

    async fn due(&self) -> Vec<DueDelivery> {
        let now = self.tick();
        self.store().delivery_claim(now, now.plus_seconds(30), 100).await.expect("delivery_claim")
    }

    /// Records an attempt at the current delivery.
    async fn record_attempt(&self, id: DeliveryId, result: AttemptResult) {
        let mut resent = 0;
        for webhook in self.store().webhook_list().await.expect("webhook_list") {
            let deliveries = self.deliveries(webhook.id).await;
            resent += deliveries.iter().find(|delivery| delivery.id == id).map_or(0, |delivery| delivery.resent);
        }
        self.record_attempt_after(id, resent, result).await;
    }

    /// Records an attempt that began when the delivery had been resent this often.
    async fn record_attempt_after(&self, id: DeliveryId, resent: u64, result: AttemptResult) {
        self.store().delivery_record_attempt(id, resent, self.tick(), result).await.expect("delivery_record_attempt");
    }

    async fn deliveries(&self, webhook: WebhookId) -> Vec<Delivery> {
        self.store().delivery_list(webhook, ALL).await.expect("delivery_list").items
    }

    async fn test(&self, webhook: WebhookId, body: &str) -> reparto_store::StoreResult<Delivery> {
        let answer = self.store().delivery_test(&self.as_admin(), webhook, body.to_owned(), None).await;
        answer.map(|answer| answer.fresh().expect("fresh without a key"))
    }

    async fn resend(&self, webhook: WebhookId, id: DeliveryId) -> reparto_store::StoreResult<Delivery> {
        let answer = self.store().delivery_resend(&self.as_admin(), webhook, id, None).await;
        answer.map(|answer| answer.fresh().expect("fresh without a key"))
    }
}
