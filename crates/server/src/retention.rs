//! Retention: erases who is kept too long, and takes old addresses out of the audit log.

use reparto_domain::{
    Caller, Timestamp,
    retention::{Keep, Overdue, RetentionCounts},
};
use reparto_store::{Store, StoreResult};

use crate::contacts::erase::command;

/// How many people are looked up at a time; each is erased in a transaction of their own.
const BATCH: u64 = 100;

/// Counts what is kept too long.
pub async fn due(store: &dyn Store, now: Timestamp, keep: Keep) -> StoreResult<RetentionCounts> {
    store.retention_due(keep.cutoffs(now)).await
}

/// Erases or removes everything that is kept too long. Returns how much.
pub async fn enforce(store: &dyn Store, now: Timestamp, keep: Keep) -> StoreResult<RetentionCounts> {
    let cutoffs = keep.cutoffs(now);
    let mut removed = RetentionCounts::default();
    if let Some(before) = cutoffs.lost_leads {
        removed.lost_leads = erase(store, now, Overdue::Lost(before)).await?;
    }
    if let Some(before) = cutoffs.deleted_contacts {
        removed.deleted_contacts = erase(store, now, Overdue::Deleted(before)).await?;
    }
    if let Some(before) = cutoffs.audit_addresses {
        loop {
            match store.retention_addresses(before).await? {
                0 => break,
                looked_at => removed.audit_addresses += looked_at,
            }
        }
    }
    Ok(removed)
}

async fn erase(store: &dyn Store, now: Timestamp, overdue: Overdue) -> StoreResult<u64> {
    let reason = match overdue {
        Overdue::Lost(_) => "retention: lost",
        Overdue::Deleted(_) => "retention: deleted",
    };
    let mut erased = 0;
    loop {
        let contacts = store.retention_overdue(overdue, BATCH).await?;
        if contacts.is_empty() {
            return Ok(erased);
        }
        for contact in contacts {
            store.contact_erase(&Caller::system(now), contact, command(reason.to_owned())?, None).await?;
            erased += 1;
        }
    }
}
