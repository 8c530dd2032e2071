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

/// The part of a delivery's state that attempts change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryState {
    /// The status.
    pub status: DeliveryStatus,
    /// Attempts so far.
    pub attempts: u32,
    /// How often it was resent manually.
    pub resent: u64,
}

/// A delivery's state after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempted {
    /// The new status.
    pub status: DeliveryStatus,
    /// Attempts, this one included.
    pub attempts: u32,
    /// When it is retried; `None` if it is not.
    pub next_at: Option<Timestamp>,
    /// Whether it is no longer pending, so that the next one about the same opportunities may be sent.
    pub is_settled: bool,
}

impl DeliveryState {
    /// The state after an attempt; `resent` is the delivery's counter when it was claimed. `None` if nothing changes:
    /// it was resent manually during the attempt, or was already settled. Only a late success of a dead delivery still
    /// counts.
    #[must_use]
    pub fn after_attempt(&self, resent: u64, at: Timestamp, result: &AttemptResult) -> Option<Attempted> {
        let failed = result.error.is_some();
        let is_open = match self.status {
            DeliveryStatus::Pending => true,
            DeliveryStatus::Dead => !failed,
            DeliveryStatus::Delivered => false,
        };
        if !is_open || self.resent != resent {
            return None;
        }
        let pause = usize::try_from(self.attempts).ok().and_then(|tried| RETRY_SECONDS.get(tried));
        let (status, next_at) = match (failed, pause) {
            (false, _) => (DeliveryStatus::Delivered, None),
            (true, Some(seconds)) => (DeliveryStatus::Pending, Some(at.plus_seconds(*seconds))),
            (true, None) => (DeliveryStatus::Dead, None),
        };
        let is_settled = self.status == DeliveryStatus::Pending && status != DeliveryStatus::Pending;
        Some(Attempted { status, attempts: self.attempts.saturating_add(1), next_at, is_settled })
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp::from_seconds(1_000);

    fn result(error: Option<&str>) -> AttemptResult {
        AttemptResult { status: None, error: error.map(str::to_owned) }
    }

    fn state(status: DeliveryStatus, attempts: u32) -> DeliveryState {
        DeliveryState { status, attempts, resent: 0 }
    }

    #[test]
    fn each_failure_waits_longer_until_the_delivery_is_dead() {
        for (attempts, seconds) in (0..).zip(RETRY_SECONDS) {
            let after =
                state(DeliveryStatus::Pending, attempts).after_attempt(0, AT, &result(Some("no answer"))).unwrap();
            assert_eq!(after.next_at, Some(AT.plus_seconds(seconds)));
            assert_eq!(
                (after.status, after.attempts, after.is_settled),
                (DeliveryStatus::Pending, attempts + 1, false)
            );
        }
        let after = state(DeliveryStatus::Pending, 10).after_attempt(0, AT, &result(Some("no answer"))).unwrap();
        assert_eq!((after.status, after.next_at, after.is_settled), (DeliveryStatus::Dead, None, true));
    }

    #[test]
    fn a_settled_delivery_takes_no_late_failure() {
        let late = |status, error| state(status, 3).after_attempt(0, AT, &result(error));
        assert_eq!(late(DeliveryStatus::Delivered, None), None);
        assert_eq!(late(DeliveryStatus::Delivered, Some("no answer")), None);
        assert_eq!(late(DeliveryStatus::Dead, Some("no answer")), None);
        let after = late(DeliveryStatus::Dead, None).unwrap();
        assert_eq!((after.status, after.attempts, after.is_settled), (DeliveryStatus::Delivered, 4, false));
    }

    #[test]
    fn an_attempt_from_before_a_resend_changes_nothing() {
        let again = DeliveryState { resent: 1, ..state(DeliveryStatus::Pending, 0) };
        assert_eq!(again.after_attempt(0, AT, &result(None)), None);
        assert!(again.after_attempt(1, AT, &result(None)).is_some_and(|after| after.is_settled));
    }
}
