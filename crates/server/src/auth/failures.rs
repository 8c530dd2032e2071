//! Failed sign-ins that belong to no account: one entry in the audit log for each place and minute, which counts them.
//! Somebody who tries addresses must not be able to fill the log.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use reparto_domain::{AuditId, Origin, Timestamp};

use crate::{http::RequestContext, limits::Place, state::App};

/// How long failures are counted in one entry.
const WINDOW: Duration = Duration::from_secs(60);

/// Number of places from which on all others are counted together.
const PLACES_MAX: usize = 10_000;

/// The failures of the running minutes, by place.
#[derive(Debug, Default)]
pub struct Failures {
    places: Mutex<HashMap<String, Counted>>,
}

#[derive(Debug, Clone)]
struct Counted {
    entry: AuditId,
    origin: Origin,
    at: Timestamp,
    count: u64,
}

/// Records a failure. The first one of a place is in the log at once; those of the minute after it are added to its
/// entry when the minute is over, or the service stops.
pub(super) async fn record(app: &App, context: &RequestContext, at: Timestamp) {
    let place = Place::of(context.ip.as_deref()).narrow().to_owned();
    let Some((place, first)) = app.failures.add(place, context.origin(), at) else { return };
    write(app, first).await;
    let app = app.clone();
    tokio::spawn(async move {
        app.pause(WINDOW).await;
        if let Some(counted) = app.failures.end(&place)
            && counted.count > 1
        {
            write(&app, counted).await;
        }
    });
}

async fn write(app: &App, counted: Counted) {
    let Counted { entry, origin, at, count } = counted;
    if let Err(error) = app.store.session_failed_unknown(entry, count, origin, at).await {
        tracing::warn!(%error, count, "failed sign-ins could not be recorded");
    }
}

impl Failures {
    /// Counts one; returns it with its place where it is the first of a minute.
    fn add(&self, mut place: String, origin: Origin, at: Timestamp) -> Option<(String, Counted)> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
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
        self.places.lock().unwrap_or_else(PoisonError::into_inner).remove(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_failure_of_a_place_and_minute_is_new() {
        let (failures, at) = (Failures::default(), Timestamp::from_seconds(0));
        let add = |place: &str| failures.add(place.to_owned(), Origin::default(), at).is_some();
        assert!(add("here") && !add("here") && add("there") && !add("here"));
        assert_eq!(failures.end("here").unwrap().count, 3);
        assert!(add("here"));
    }

    #[test]
    fn many_places_are_counted_together() {
        let (failures, at) = (Failures::default(), Timestamp::from_seconds(0));
        let new = (0..PLACES_MAX + 50).filter(|n| failures.add(n.to_string(), Origin::default(), at).is_some());
        assert_eq!(new.count(), PLACES_MAX + 1);
    }
}
