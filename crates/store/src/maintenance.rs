//! What an operator needs of a database.

use async_trait::async_trait;

use crate::StoreResult;

/// A broken invariant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which invariant, by its stable snake_case name.
    pub invariant: &'static str,
    /// Where it is broken: names the row.
    pub detail: String,
}

/// Invariants of times. Versions that took a request's arrival as the time of what it did could break them, and what is
/// written is not changed afterwards: so what breaks one is a note and no damage.
const TIMES: [&str; 3] = ["history_in_order", "audit_log_in_order", "given_while_active"];

impl Finding {
    /// Whether this is a note only: a time from before histories were kept in order. Nothing else is wrong with it.
    pub fn is_note(&self) -> bool {
        TIMES.contains(&self.invariant)
    }
}

/// Figures for the metrics page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Requests that wait for a connection or the writer.
    pub waiting: u64,
    /// The size of the database, in bytes, where it is known cheaply.
    pub bytes: Option<u64>,
    /// The size of what is not yet checkpointed, in bytes (SQLite's WAL).
    pub wal_bytes: Option<u64>,
}

/// Care of the database.
#[async_trait]
pub trait Maintenance: Send + Sync {
    /// The engine's name: `sqlite` or `postgres`.
    fn engine(&self) -> &'static str;

    /// Whether the database answers.
    async fn ready(&self) -> StoreResult<()>;

    /// Verifies every invariant of the stored data: holders exist, history chains are whole and lead to the present
    /// state, counters are right, search texts are those of their contacts, a contact has at most one live
    /// opportunity, no history runs backwards, and nothing was given to anybody while they were inactive. At most `limit` findings of each kind.
    async fn check(&self, limit: usize) -> StoreResult<Vec<Finding>>;

    /// Removes what has expired (idempotency keys, refresh tokens), a bounded number of rows at a time, without a
    /// scan. Returns how many were removed.
    async fn expire(&self, now: reparto_domain::Timestamp) -> StoreResult<u64>;

    /// Removes a part of what is too old: the sets, errors and exports of jobs that ended before `jobs` (the jobs
    /// themselves stay, and can be taken back), and deliveries that were made before `deliveries`. A bounded number of
    /// rows, without a scan. Returns how many went; 0: nothing more is that old.
    async fn trim(
        &self,
        now: reparto_domain::Timestamp,
        jobs: reparto_domain::Timestamp,
        deliveries: reparto_domain::Timestamp,
    ) -> StoreResult<u64>;

    /// Figures for the metrics page.
    async fn statistics(&self) -> StoreResult<Statistics>;

    /// Finishes what is under way and closes; later calls fail with
    /// [`StoreError::Unavailable`](crate::StoreError::Unavailable).
    async fn close(&self);
}
