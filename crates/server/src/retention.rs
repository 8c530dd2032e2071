//! Retention: erases who is kept too long, and takes old addresses out of the audit log.

use reparto_domain::{
    Caller, Timestamp,
    retention::{Keep, Overdue, Retained},
};
use reparto_store::{Store, StoreResult};

use crate::contacts::erase::command;

/// How many people are looked up at a time; each is erased in a transaction of their own.
const BATCH: u64 = 100;

/// Counts what is kept too long.
pub async fn due(store: &dyn Store, now: Timestamp, keep: Keep) -> StoreResult<Retained> {
    store.retention_due(keep.cutoffs(now)).await
}

/// Has everything go that is kept too long. Returns what went.
pub async fn retain(store: &dyn Store, now: Timestamp, keep: Keep) -> StoreResult<Retained> {
    let cutoffs = keep.cutoffs(now);
    let mut retained = Retained::default();
    if let Some(before) = cutoffs.lost_leads {
        retained.lost_leads = erase(store, now, Overdue::Lost(before)).await?;
    }
    if let Some(before) = cutoffs.deleted_contacts {
        retained.deleted_contacts = erase(store, now, Overdue::Deleted(before)).await?;
    }
    if let Some(before) = cutoffs.audit_addresses {
        loop {
            match store.retention_addresses(before).await? {
                0 => break,
                some => retained.audit_addresses += some,
            }
        }
    }
    Ok(retained)
}

async fn erase(store: &dyn Store, now: Timestamp, overdue: Overdue) -> StoreResult<u64> {
    let reason = match overdue {
        Overdue::Lost(_) => "retention: lost",
        Overdue::Deleted(_) => "retention: deleted",
    };
    let mut erased = 0;
    loop {
        let some = store.retention_overdue(overdue, BATCH).await?;
        if some.is_empty() {
            return Ok(erased);
        }
        for contact in some {
            store.contact_erase(&Caller::system(now), contact, command(reason.to_owned())?, None).await?;
            erased += 1;
        }
    }
}
