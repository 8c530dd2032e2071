//! Webhooks as stored by every engine, and the fair order of their deliveries.

use reparto_domain::{
    events::{Event, EventBody},
    webhooks::Webhook,
};
use secrecy::SecretString;

/// A webhook as stored.
#[derive(Debug)]
pub struct StoredWebhook {
    /// Its seq.
    pub seq: i64,
    /// The webhook as shown to users.
    pub webhook: Webhook,
    /// The signing key.
    pub secret: SecretString,
    /// The newest operation when it was created: it receives later ones.
    pub since_operation: i64,
    /// The newest end of a job when it was created.
    pub since_job: i64,
}

impl StoredWebhook {
    /// Whether it should receive an event.
    #[must_use]
    pub fn wants(&self, event: &Event) -> bool {
        let is_new = match event.body {
            EventBody::Operation { .. } => event.position.operation > self.since_operation,
            EventBody::Job { .. } => event.position.job > self.since_job,
        };
        let events = &self.webhook.events;
        is_new && (events.is_empty() || events.contains(&event.body.event_type()))
    }
}

/// At most `limit` waiting items, taken from each owner in turn, so that an owner with many does not delay the others.
#[must_use]
pub fn round_robin<O, T>(waiting: &[(O, Vec<T>)], limit: u64) -> Vec<(&O, &T)> {
    let longest = waiting.iter().map(|(_, waiting)| waiting.len()).max().unwrap_or(0);
    let rounds = (0..longest).flat_map(|round| {
        waiting.iter().filter_map(move |(owner, waiting)| waiting.get(round).map(|one| (owner, one)))
    });
    rounds.take(usize::try_from(limit).unwrap_or(usize::MAX)).collect()
}

#[cfg(test)]
mod tests {
    use super::round_robin;

    #[test]
    fn a_long_queue_does_not_delay_others() {
        let waiting = [("a", vec![1, 2, 3]), ("b", vec![]), ("c", vec![4])];
        let taken =
            |limit| round_robin(&waiting, limit).into_iter().map(|(owner, one)| (*owner, *one)).collect::<Vec<_>>();
        assert_eq!(taken(10), [("a", 1), ("c", 4), ("a", 2), ("a", 3)]);
        assert_eq!(taken(2), [("a", 1), ("c", 4)]);
        assert!(taken(0).is_empty());
        assert!(round_robin::<(), ()>(&[], 5).is_empty());
    }
}
