//! Failed sign-ins that belong to no account: one entry in the audit log for each place and minute, which counts them.
//! Somebody who tries addresses must not be able to fill the log.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use reparto_domain::{AuditId, Origin, Timestamp};
use reparto_store::Store;
use tokio_util::sync::CancellationToken;

use crate::{background::pace::pause, http::RequestContext, limits::Place};

/// How long failures are counted in one entry.
const WINDOW: Duration = Duration::from_secs(60);

/// Number of places from which on all others are counted together.
const PLACES_MAX: usize = 10_000;

/// Records failures, and counts those of the running minutes.
pub struct Failures {
    store: Arc<dyn Store>,
    stopping: CancellationToken,
    places: Places,
}

/// The failures of the running minutes, by place.
#[derive(Debug, Default)]
struct Places(Mutex<HashMap<String, Counted>>);

#[derive(Debug, Clone)]
struct Counted {
    entry: AuditId,
    origin: Origin,
    at: Timestamp,
    count: u64,
}

impl Failures {
    /// With no failure yet. What is still being counted when the service stops is recorded then.
    pub fn new(store: Arc<dyn Store>, stopping: CancellationToken) -> Self {
        Self { store, stopping, places: Places::default() }
    }

    /// Records a failure. The first one of a place is in the log at once; those of the minute after it are added to its
    /// entry when the minute is over, or the service stops.
    pub(super) async fn record(self: &Arc<Self>, context: &RequestContext, at: Timestamp) {
        let place = Place::of(context.ip.as_deref()).narrow().to_owned();
        let Some((place, first)) = self.places.add(place, context.origin(), at) else { return };
        self.write(first).await;
        let failures = Arc::clone(self);
        tokio::spawn(async move {
            pause(&failures.stopping, WINDOW).await;
            if let Some(counted) = failures.places.end(&place)
                && counted.count > 1
            {
                failures.write(counted).await;
            }
        });
    }

    async fn write(&self, counted: Counted) {
        let Counted { entry, origin, at, count } = counted;
        if let Err(error) = self.store.session_failed_unknown(entry, count, origin, at).await {
            tracing::warn!(%error, count, "failed sign-ins could not be recorded");
        }
    }
}

impl Places {
    /// Counts one; returns it with its place where it is the first of a minute.
    fn add(&self, mut place: String, origin: Origin, at: Timestamp) -> Option<(String, Counted)> {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if places.len() >= PLACES_MAX && !places.contains_key(&place) {
            place = String::new();
        }
        if let Some(counted) = places.get_mut(&place) {
            counted.count += 1;
            return None;
        }
        let first = Counted { entry: AuditId::new(), origin, at, count: 1 };
        places.insert(place.clone(), first.clone());
        Some((place, first))
    }

    fn end(&self, place: &str) -> Option<Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_of_a_place_and_minute_are_one() {
        let (places, at) = (Places::default(), Timestamp::from_seconds(0));
        let add = |place: &str| places.add(place.to_owned(), Origin::default(), at).is_some();
        assert!(add("here") && !add("here") && add("there") && !add("here"));
        assert_eq!(places.end("here").unwrap().count, 3);
        assert!(add("here"));
    }

    #[test]
    fn many_places_are_counted_together() {
        let (places, at) = (Places::default(), Timestamp::from_seconds(0));
        let new = (0..PLACES_MAX + 50).filter(|n| places.add(n.to_string(), Origin::default(), at).is_some());
        assert_eq!(new.count(), PLACES_MAX + 1);
    }
}
