//! Webhooks as every engine keeps them, and whose turn it is.

use reparto_domain::{
    events::{Event, EventBody},
    webhooks::Webhook,
};
use secrecy::SecretString;

/// A webhook as engines keep it.
#[derive(Debug)]
pub struct StoredWebhook {
    /// Its number in the database.
    pub seq: i64,
    /// What is shown of it.
    pub webhook: Webhook,
    /// The key that signs.
    pub secret: SecretString,
    /// The newest operation when it was made: it is told of later ones.
    pub since_operation: i64,
    /// The newest end of a job when it was made.
    pub since_job: i64,
}

impl StoredWebhook {
    /// Whether it is to be told of an event.
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

/// At most `limit` of what waits, of each owner in turn: one with much does not hold up another.
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
