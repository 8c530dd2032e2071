//! Verifies a whole database through the store's interface: after every rule, and after a process was killed.
//!
//! [`findings`] looks for contradictions in the data; [`answered`] compares it with the responses that clients
//! received.

#[cfg(test)]
mod tests;
pub mod times;

use std::collections::{HashMap, HashSet};

use reparto_domain::{
    OperationId, OpportunityId, Role, Status, UserId, Viewer,
    audit::{AuditEntry, AuditQuery, action},
    operations::{HistoryEntry, Operation, OperationKind, OperationQuery},
    opportunities::{Opportunity, OpportunityQuery, Position},
    page::Slice,
};
use reparto_store::{Store, StoreResult};

use crate::fixture::{ALL_OPERATIONS, all_opportunities};

/// A viewer who sees everything.
fn viewer() -> Viewer {
    Viewer { id: UserId::from_bytes([0; 16]), role: Role::Superuser }
}

/// Every opportunity that is not deleted, read page by page by cursor.
pub async fn opportunities(store: &dyn Store) -> StoreResult<Vec<Opportunity>> {
    let mut query: OpportunityQuery = all_opportunities();
    let mut all = Vec::new();
    loop {
        let page = store.opportunity_list(query.clone()).await?;
        all.extend(page.items);
        match page.next {
            Some(cursor) => query.position = Position::After(cursor),
            None => return Ok(all),
        }
    }
}

/// Every matching operation, newest first.
pub async fn operations(store: &dyn Store, mut query: OperationQuery) -> StoreResult<Vec<Operation>> {
    let mut all = Vec::new();
    loop {
        let walk = store.operation_list(query.clone()).await?;
        all.extend(walk.items);
        match walk.next {
            Some(cursor) => query.after = Some(cursor),
            None => return Ok(all),
        }
    }
}

/// The whole history of an opportunity, newest first.
pub async fn history(store: &dyn Store, id: OpportunityId) -> StoreResult<Vec<HistoryEntry>> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let walk = store.opportunity_history(&viewer(), id, after, 100).await?;
        all.extend(walk.items);
        match walk.next {
            Some(cursor) => after = Some(cursor),
            None => return Ok(all),
        }
    }
}

/// The entries of an action, newest first.
pub async fn log_of(store: &dyn Store, action: &str) -> StoreResult<Vec<AuditEntry>> {
    let mut all = Vec::new();
    loop {
        let query = AuditQuery {
            user: None,
            action: Some(action.to_owned()),
            from: None,
            to: None,
            text: None,
            slice: Slice { skip: all.len() as u64, limit: 1_000 },
        };
        let page = store.audit_list(query).await?;
        let read = page.items.len();
        all.extend(page.items);
        if read == 0 || all.len() as u64 >= page.total {
            return Ok(all);
        }
    }
}

/// Panics with a list of everything wrong with the database.
pub async fn assert_whole(store: &dyn Store) {
    let findings = findings(store).await.expect("the database can be read after the rule");
    assert!(findings.is_empty(), "after the rule, the database is not whole:\n{}", findings.join("\n"));
}

/// Everything wrong with the database: the findings of the store's own check, and contradictions between its responses:
/// history and state, operations and history, audit log and operations.
pub async fn findings(store: &dyn Store) -> StoreResult<Vec<String>> {
    let mut found: Vec<String> =
        store.check(20).await?.into_iter().map(|f| format!("check: {}: {}", f.invariant, f.detail)).collect();
    let mut steps: HashMap<(OperationId, OpportunityId), HistoryEntry> = HashMap::new();
    let (mut live, mut gifts) = (HashSet::new(), Vec::new());
    for opportunity in opportunities(store).await? {
        let id = opportunity.id;
        live.insert(id);
        let history = history(store, id).await?;
        let (given, backwards) = times::history_findings(&opportunity, &history);
        gifts.extend(given);
        found.extend(backwards);
        let state = (opportunity.holder.map(|person| person.id), opportunity.status);
        found.extend(chain_findings(id, state, &history));
        for step in history {
            if steps.insert((step.operation_id, id), step).is_some() {
                found.push(format!("history of {id}: an operation occurs twice"));
            }
        }
    }
    for operation in operations(store, ALL_OPERATIONS).await? {
        let detail = store.operation_get(operation.id).await?;
        if detail.operation != operation {
            found.push(format!("operation {}: the list and the single answer differ", operation.id));
        }
        if detail.items.len() as u64 != operation.assigned_count {
            found.push(format!("operation {}: its count is not that of its items", operation.id));
        }
        for item in detail.items.iter().filter(|item| live.contains(&item.opportunity_id)) {
            match steps.remove(&(operation.id, item.opportunity_id)) {
                Some(step)
                    if (step.from_id, step.to_id, step.previous_status, step.new_status)
                        == (item.from_id, item.to_id, item.previous_status, item.new_status) => {}
                Some(step) => found.push(format!("operation {}: {item:?} is not its step {step:?}", operation.id)),
                None => found.push(format!(
                    "operation {}: {} does not know it in its history",
                    operation.id, item.opportunity_id
                )),
            }
        }
    }
    found.extend(steps.keys().map(|(operation, id)| format!("history of {id}: no operation {operation} has it")));
    found.extend(audit_findings(store).await?);
    found.extend(times::log_findings(store, &gifts).await?);
    Ok(found)
}

/// What is wrong with a history: each step must start where the previous one ended, the first one must create the
/// opportunity, and the newest must lead to the current state.
pub fn chain_findings(
    id: OpportunityId,
    state: (Option<UserId>, Status),
    newest_first: &[HistoryEntry],
) -> Vec<String> {
    let mut found = Vec::new();
    match newest_first.first() {
        Some(newest) if (newest.to_id, newest.new_status) == state => {}
        newest => found.push(format!("history of {id}: the newest step is {newest:?}, the state {state:?}")),
    }
    for pair in newest_first.windows(2) {
        let (newer, older) = (&pair[0], &pair[1]);
        if (newer.from_id, newer.previous_status) != (older.to_id, Some(older.new_status)) {
            found.push(format!("history of {id}: {newer:?} does not follow {older:?}"));
        }
    }
    if let Some(oldest) = newest_first.last() {
        let made = matches!(oldest.kind, OperationKind::Create | OperationKind::Import);
        if !made || oldest.from_id.is_some() || oldest.previous_status.is_some() {
            found.push(format!("history of {id}: it begins with {oldest:?}"));
        }
    }
    found
}

/// Bulk operations without exactly one matching audit entry.
async fn audit_findings(store: &dyn Store) -> StoreResult<Vec<String>> {
    let mut found = Vec::new();
    for (kind, action) in [
        (OperationKind::BulkAssign, action::BULK_ASSIGN),
        (OperationKind::BulkUnassign, action::BULK_UNASSIGN),
        (OperationKind::AssignRandom, action::ASSIGN_RANDOM),
    ] {
        let mut entries: HashMap<String, Vec<AuditEntry>> = HashMap::new();
        for entry in log_of(store, action).await? {
            if let Some(operation) = entry.details.to_value()["operation_id"].as_str() {
                entries.entry(operation.to_owned()).or_default().push(entry);
            }
        }
        for operation in operations(store, OperationQuery { kind: Some(kind), ..ALL_OPERATIONS }).await? {
            let entries = entries.remove(&operation.id.to_string()).unwrap_or_default();
            let [entry] = entries.as_slice() else {
                found.push(format!("operation {}: {} audit entries, not one", operation.id, entries.len()));
                continue;
            };
            let items = store.operation_get(operation.id).await?.items;
            let ids: Vec<String> = items.iter().map(|item| item.opportunity_id.to_string()).collect();
            if entry.details.to_value()["opportunity_ids"] != serde_json::json!(ids)
                || entry.actor_id != operation.actor_id
            {
                found.push(format!("operation {}: its audit entry says {}", operation.id, entry.details));
            }
        }
        found.extend(entries.keys().map(|operation| format!("audit log: there is no {kind} operation {operation}")));
    }
    Ok(found)
}

/// A bulk assignment requested by a client.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The ids of the request, all of which exist.
    pub ids: Vec<OpportunityId>,
    /// The assignee.
    pub to: UserId,
    /// A note unique to the request, which identifies the operation if there was no response.
    pub note: String,
    /// The operation in the response, if there was one.
    pub answered: Option<OperationId>,
}

/// What contradicts the clients: a request that got a response must be stored completely, one without a response
/// completely or not at all, and none twice. Empty if all is well.
pub async fn answered(store: &dyn Store, asked: &[Asked]) -> StoreResult<Vec<String>> {
    let mut found = Vec::new();
    let mut by_note: HashMap<String, Vec<Operation>> = HashMap::new();
    let query = OperationQuery { kind: Some(OperationKind::BulkAssign), ..ALL_OPERATIONS };
    for operation in operations(store, query).await? {
        if let Some(note) = operation.note.clone() {
            by_note.entry(note).or_default().push(operation);
        }
    }
    for request in asked {
        let stored = by_note.remove(&request.note).unwrap_or_default();
        match (request.answered, stored.as_slice()) {
            (None, []) => continue,
            (None, [_]) => {}
            (Some(id), [operation]) if operation.id == id => {}
            (answer, stored) => {
                found.push(format!("request {:?}: answered {answer:?}, stored {stored:?}", request.note));
                continue;
            }
        }
        let items = store.operation_get(stored[0].id).await?.items;
        let ids: Vec<OpportunityId> = items.iter().map(|item| item.opportunity_id).collect();
        if ids != request.ids || items.iter().any(|item| item.to_id != Some(request.to)) {
            found.push(format!("request {:?}: half of it is stored: {items:?}", request.note));
        }
    }
    Ok(found)
}
