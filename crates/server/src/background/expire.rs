//! Removal of what has expired and what is too old.

use std::time::{Duration, Instant};

use reparto_domain::Timestamp;
use reparto_store::{Store, StoreResult};

use crate::telemetry::{self, Removed};

/// How long a round may take. What is left then waits for the next one.
pub const BUDGET: Duration = Duration::from_secs(20);

/// What is older than these times is too old.
#[derive(Debug, Clone, Copy)]
pub struct Keep {
    /// The end of a job, whose details go.
    pub jobs: Timestamp,
    /// The creation of a delivery.
    pub deliveries: Timestamp,
}

/// What a round removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Round {
    /// How many rows went.
    pub rows: u64,
    /// Whether nothing is left: otherwise the time was up.
    pub whole: bool,
}

/// Removes everything that has expired by now, until nothing is left or the time is up.
pub async fn expired(store: &dyn Store, now: Timestamp, budget: Duration) -> StoreResult<Round> {
    steps(store, now, None, budget).await
}

/// Removes everything that is too old, likewise.
pub async fn old(store: &dyn Store, now: Timestamp, keep: Keep, budget: Duration) -> StoreResult<Round> {
    steps(store, now, Some(keep), budget).await
}

/// Repeats a step, which removes a bounded number of rows, and pauses for as long as it took: half of the time is left
/// to requests that write.
async fn steps(store: &dyn Store, now: Timestamp, keep: Option<Keep>, budget: Duration) -> StoreResult<Round> {
    let kind = if keep.is_some() { Removed::Old } else { Removed::Expired };
    let begun = Instant::now();
    let mut round = Round { rows: 0, whole: false };
    loop {
        let started = Instant::now();
        let removed = match keep {
            None => store.expire(now).await?,
            Some(keep) => store.trim(now, keep.jobs, keep.deliveries).await?,
        };
        if removed == 0 {
            round.whole = true;
            break;
        }
        telemetry::removed(kind, removed);
        round.rows += removed;
        if begun.elapsed() >= budget {
            break;
        }
        tokio::time::sleep(started.elapsed()).await;
    }
    telemetry::removal_behind(kind, !round.whole);
    Ok(round)
}
