//! The audit log.

use async_trait::async_trait;
use reparto_domain::{
    Caller,
    audit::{AuditEntry, AuditQuery, Look},
    page::Page,
};

use crate::StoreResult;

/// The audit log. Entries about writes are written by the methods that they record.
#[async_trait]
pub trait Audit: Send + Sync {
    /// Lists part of the log, newest first.
    async fn audit_list(&self, query: AuditQuery) -> StoreResult<Page<AuditEntry>>;

    /// Records that the caller has read something, whatever has become of the account since.
    async fn audit_record_look(&self, caller: &Caller, look: Look) -> StoreResult<()>;
}
