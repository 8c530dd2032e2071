//! Webhooks whose messages were taken, or not. Nobody is called: what came of each attempt is made up, the addresses are in
//! a domain that is reserved for examples, and in the end the webhooks are inactive.

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

/// Events that are turned into deliveries at once, and deliveries that are sent at once.
const BATCH: u64 = 200;
/// Seconds for which a delivery is ours.
const LEASE: i64 = 60;

/// A receiver that takes what is sent, at the second attempt at the latest.
const TAKES: &str = "https://crm.example/hooks/reparto";
/// A receiver that is gone.
const GONE: &str = "https://informes.example/hooks/trabajos";

impl History<'_> {
    /// An administrator makes two webhooks.
    pub(super) async fn make_webhooks(&mut self) -> Result<(), Failure> {
        // Nothing that was done before is told: this moves the place in the feed to its end.
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

    /// Sends what happened today, as often as it takes.
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

    /// One attempt at each delivery that is due; whether any of them failed.
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

    /// What comes of an attempt, after so many before it.
    fn attempt(&mut self, url: &str, before: u32) -> AttemptResult {
        if url == GONE {
            return AttemptResult { status: Some(404), error: Some("the receiver answered 404".to_owned()) };
        }
        if before == 0 && self.random.chance(12) {
            return AttemptResult { status: Some(503), error: Some("the receiver answered 503".to_owned()) };
        }
        AttemptResult { status: Some(204), error: None }
    }

    /// The webhook that nobody answers is made inactive.
    pub(super) async fn give_up_what_is_gone(&mut self) -> Result<(), Failure> {
        self.deactivate(|url| url == GONE).await
    }

    /// All webhooks are made inactive, so that a service that is started on this database calls nobody.
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

/// A key that nobody knows: it is not a part of what the seed makes.
fn secret() -> SecretString {
    SecretString::from(format!("whsec_{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple()))
}
