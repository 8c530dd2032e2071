//! Retention: what is kept too long.

use async_trait::async_trait;
use reparto_domain::{
    ContactId, Timestamp,
    retention::{Cutoffs, Overdue, RetentionCounts},
};

use crate::StoreResult;

/// What is kept too long. People are erased by [`Erasures::contact_erase`](crate::Erasures::contact_erase).
#[async_trait]
pub trait Retention: Send + Sync {
    /// Counts what is older than these times.
    async fn retention_due(&self, cutoffs: Cutoffs) -> StoreResult<RetentionCounts>;

    /// Lists contacts, not erased yet, that are kept too long: at most `limit`.
    async fn retention_overdue(&self, overdue: Overdue, limit: u64) -> StoreResult<Vec<ContactId>>;

    /// Takes IP addresses and user agents out of entries of the audit log before this time, a bounded number per call.
    /// Returns how many entries it looked at; 0: none that old is left.
    async fn retention_addresses(&self, before: Timestamp) -> StoreResult<u64>;
}
