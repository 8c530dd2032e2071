//! Webhooks, one of which works. Nothing is really sent: the result of each attempt is invented, the addresses are in a
//! domain reserved for examples, and in the end the webhooks are inactive.

use std::sync::Arc;

use reparto_domain::{
    Timestamp, WebhookId,
    events::EventType,
    webhooks::{AttemptResult, DueDelivery, NewWebhook, RETRY_SECONDS, WebhookChanges},
};
use reparto_server::events::present::webhook_message;
use secrecy::SecretString;
use uuid::Uuid;

use super::History;
use crate::failure::Failure;

/// The number of events turned into deliveries at once, and of deliveries sent at once.
const BATCH: u64 = 200;
/// The lease of a delivery, in seconds.
const LEASE: i64 = 60;

/// A receiver that accepts messages, at the second attempt at the latest.
const TAKES: &str = "https://crm.example/hooks/reparto";
/// A receiver that no longer exists.
const GONE: &str = "https://informes.example/hooks/trabajos";

impl History<'_> {
    /// An administrator creates two webhooks.
    pub(super) async fn make_webhooks(&mut self) -> Result<(), Failure> {
        // Moves the position in the feed to its end, so that earlier events are not sent.
        self.enqueue().await?;
        let webhooks = [
            (GONE, vec![EventType::JobFinished]),
            (TAKES, vec![EventType::Undone, EventType::JobFinished, EventType::Unassigned]),
        ];
        for (url, events) in webhooks {
            let administrator = self.administrator();
            self.pass(60..=300);
            let caller = self.caller(administrator);
            let webhook = NewWebhook { url: url.to_owned(), events, secret: secret() };
            if let Some(webhook) = self.store.webhook_create(&caller, webhook, None).await?.fresh() {
                self.webhooks.push((url, webhook.id));
            }
        }
        Ok(())
    }

    /// Sends today's events, with all retries.
    pub(super) async fn send_deliveries(&mut self) -> Result<(), Failure> {
        if self.webhooks.is_empty() {
            return Ok(());
        }
        self.enqueue().await?;
        let mut at = self.now;
        for wait in std::iter::once(0).chain(RETRY_SECONDS) {
            at = at.plus_seconds(wait);
            if !self.send_due(at).await? {
                break;
            }
        }
        Ok(())
    }

    /// One attempt at each due delivery; returns whether any failed.
    async fn send_due(&mut self, at: Timestamp) -> Result<bool, Failure> {
        let mut has_failed = false;
        loop {
            let due = self.store.delivery_claim(at, at.plus_seconds(LEASE), BATCH).await?;
            if due.is_empty() {
                return Ok(has_failed);
            }
            for DueDelivery { delivery, url, .. } in due {
                let result = self.attempt(&url, delivery.attempts);
                has_failed |= result.error.is_some();
                self.store.delivery_record_attempt(delivery.id, delivery.resent, at, result).await?;
            }
        }
    }

    /// The result of an attempt, after `before` earlier ones.
    fn attempt(&mut self, url: &str, before: u32) -> AttemptResult {
        if url == GONE {
            return AttemptResult { status: Some(404), error: Some("the receiver answered 404".to_owned()) };
        }
        if before == 0 && self.random.chance(12) {
            return AttemptResult { status: Some(503), error: Some("the receiver answered 503".to_owned()) };
        }
        AttemptResult { status: Some(204), error: None }
    }

    /// Deactivates the webhook whose receiver no longer exists.
    pub(super) async fn give_up_what_is_gone(&mut self) -> Result<(), Failure> {
        self.deactivate(|url| url == GONE).await
    }

    /// Deactivates all webhooks, so that a service started on this database sends nothing.
    pub(super) async fn end_webhooks(&mut self) -> Result<(), Failure> {
        self.deactivate(|_| true).await
    }

    async fn deactivate(&mut self, which: impl Fn(&str) -> bool) -> Result<(), Failure> {
        let (ending, staying) = std::mem::take(&mut self.webhooks).into_iter().partition(|(url, _)| which(url));
        self.webhooks = staying;
        let ending: Vec<(&str, WebhookId)> = ending;
        for (_, id) in ending {
            let administrator = self.administrator();
            self.pass(60..=300);
            let caller = self.caller(administrator);
            let changes = WebhookChanges { is_active: Some(false), ..WebhookChanges::default() };
            self.store.webhook_update(&caller, id, changes).await?;
        }
        Ok(())
    }

    /// Turns what happened into deliveries.
    async fn enqueue(&mut self) -> Result<(), Failure> {
        self.operator();
        while self.store.delivery_enqueue(self.now, BATCH, Arc::new(webhook_message)).await? > 0 {}
        Ok(())
    }
}

/// A secret key; not derived from the seed.
fn secret() -> SecretString {
    SecretString::from(format!("whsec_{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple()))
}
