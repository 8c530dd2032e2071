//! The details of a bulk action are not repeated in its entry: they are read from its operation.

use reparto_domain::{
    OperationId, OpportunityId, UserId,
    audit::{AuditEntry, action},
};
use reparto_store::StoreResult;
use reparto_store_rows::numbers::signed;
use rusqlite::Connection;
use serde_json::json;

use crate::{engine::Conn as _, items::Items, rows::value, statements::statements};

/// The maximum number of ids that an entry repeats; the operation has all of them.
const IDS_MAX: usize = 1_000;

/// What an entry needs of its operation.
pub(super) struct Bulk {
    pub operation: OperationId,
    pub items: Vec<u8>,
    pub done: i64,
    pub failed: i64,
    pub holder: Option<UserId>,
}

statements! {
    ID = "SELECT id FROM opportunities WHERE seq = ?1";
}

/// Adds details from the operation; those of the entry itself take precedence.
pub(super) fn expand(conn: &Connection, entry: &mut AuditEntry, bulk: &Bulk) -> StoreResult<()> {
    let mut added = vec![("operation_id", json!(bulk.operation))];
    if is_bulk(&entry.action) {
        added.push(("assigned_count", json!(bulk.done)));
        added.push(("failed_count", json!(bulk.failed)));
        added.push(("assigned_to_id", json!(bulk.holder)));
        let mut ids = Vec::new();
        for item in Items::new(&bulk.items)?.take(IDS_MAX) {
            let id: [u8; 16] = conn.one(ID, [item?.opportunity], value)?;
            ids.push(OpportunityId::from_bytes(id));
        }
        added.push(("opportunity_ids", json!(ids)));
        if bulk.done > signed(IDS_MAX) {
            added.push(("opportunity_ids_truncated", json!(true)));
        }
    }
    entry.details = std::mem::take(&mut entry.details).with(added);
    Ok(())
}

fn is_bulk(action: &str) -> bool {
    [
        action::BULK_ASSIGN,
        action::BULK_UNASSIGN,
        action::BULK_STATUS,
        action::ASSIGN_RANDOM,
        action::OPERATION_UNDONE,
        action::IMPORT,
    ]
    .contains(&action)
}
