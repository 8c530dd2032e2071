//! Maintenance of the database.

use async_trait::async_trait;

use crate::StoreResult;

/// A broken invariant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The invariant's stable snake_case name.
    pub invariant: &'static str,
    /// The row that breaks it.
    pub detail: String,
}

/// Invariants that earlier versions could break: they used a request's time of arrival, and had no bounds on what
/// clients keep. A record is not changed afterwards, so violations are notes, not damage.
const NOTES: [&str; 4] = ["history_in_order", "audit_log_in_order", "given_while_active", "object_within_bounds"];

impl Finding {
    /// Whether this is only a note: something that an earlier version wrote, otherwise harmless.
    pub fn is_note(&self) -> bool {
        NOTES.contains(&self.invariant)
    }
}

/// Statistics for the metrics endpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statistics {
    /// The number of requests waiting for a connection or the writer.
    pub waiting: u64,
    /// The size of the database in bytes, if it is cheap to know.
    pub bytes: Option<u64>,
    /// The size of the WAL in bytes (SQLite).
    pub wal_bytes: Option<u64>,
    /// What lists are found in.
    pub lists: ListsInMemory,
}

/// What a process holds in memory to find lists in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ListsInMemory {
    /// The number of opportunities; 0: lists are found by SQL.
    pub rows: u64,
    /// Whether the texts are there, too: otherwise searches are by SQL.
    pub has_texts: bool,
}

/// Maintenance of the database.
#[async_trait]
pub trait Maintenance: Send + Sync {
    /// The engine's name: `sqlite` or `postgres`.
    fn engine(&self) -> &'static str;

    /// Checks that the database responds.
    async fn ready(&self) -> StoreResult<()>;

    /// Verifies every invariant of the stored data: holders exist, history chains are complete and lead to the current
    /// state, counters are correct, search texts match their contacts, a contact has at most one live opportunity, no
    /// history runs backwards, and nothing was given to anybody while they were inactive. At most `limit` findings of
    /// each kind.
    async fn check(&self, limit: usize) -> StoreResult<Vec<Finding>>;

    /// Deletes expired rows (idempotency keys, refresh tokens), a bounded number at a time, without a scan. Returns how
    /// many were deleted.
    async fn expire(&self, now: reparto_domain::Timestamp) -> StoreResult<u64>;

    /// Makes search texts and keys anew that were made by other rules than this program's (by an earlier version, or for
    /// numbers of another country), a bounded number at a time. Returns how many; 0 if nothing is left.
    async fn fold_anew(&self) -> StoreResult<u64>;

    /// Deletes old data: the sets, errors and exports of jobs that ended before `jobs` (the jobs themselves stay and
    /// can be undone), and deliveries created before `deliveries`. A bounded number of rows per call, without a scan.
    /// Returns how many were deleted; 0 if nothing that old is left.
    async fn trim(
        &self,
        now: reparto_domain::Timestamp,
        jobs: reparto_domain::Timestamp,
        deliveries: reparto_domain::Timestamp,
    ) -> StoreResult<u64>;

    /// Returns statistics for the metrics endpoint.
    async fn statistics(&self) -> StoreResult<Statistics>;

    /// Finishes pending work and closes the store; later calls fail with
    /// [`StoreError::Unavailable`](crate::StoreError::Unavailable).
    async fn close(&self);
}
