//! The details of a bulk action are not repeated in its entry: they are read from its operation.

use reparto_domain::{
    OperationId, OpportunityId, UserId,
    audit::{AuditEntry, action},
};
use reparto_store::StoreResult;
use rusqlite::Connection;
use serde_json::{Map, Value, json};

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
    if !entry.details.is_object() {
        entry.details = Value::Object(Map::new());
    }
    let Value::Object(details) = &mut entry.details else { return Ok(()) };
    let mut add = |key: &str, value: Value| {
        if !details.contains_key(key) {
            details.insert(key.to_owned(), value);
        }
    };
    add("operation_id", json!(bulk.operation));
    if !is_bulk(&entry.action) {
        return Ok(());
    }
    add("assigned_count", json!(bulk.done));
    add("failed_count", json!(bulk.failed));
    add("assigned_to_id", json!(bulk.holder));
    let mut ids = Vec::new();
    for item in Items::new(&bulk.items)?.take(IDS_MAX) {
        let id: [u8; 16] = conn.one(ID, [item?.opportunity], value)?;
        ids.push(OpportunityId::from_bytes(id));
    }
    add("opportunity_ids", json!(ids));
    if bulk.done > IDS_MAX as i64 {
        add("opportunity_ids_truncated", json!(true));
    }
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
