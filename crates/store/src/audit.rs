//! The audit log.

use async_trait::async_trait;
use reparto_domain::{
    audit::{AuditEntry, AuditQuery},
    page::Page,
};

use crate::StoreResult;

/// Read access to the audit log. Entries are written by the methods that they record.
#[async_trait]
pub trait Audit: Send + Sync {
    /// Lists part of the log, newest first.
    async fn audit_list(&self, query: AuditQuery) -> StoreResult<Page<AuditEntry>>;
}
