//! The times of what was done: in the order in which it took effect, and nothing given to somebody inactive.

use std::collections::HashMap;

use reparto_domain::{
    OpportunityId, Timestamp, UserId,
    audit::{AuditEntry, AuditQuery, EntityType, action},
    operations::HistoryEntry,
    opportunities::Opportunity,
    page::Slice,
};
use reparto_store::{Store, StoreResult};

/// Something that was given to somebody.
#[derive(Debug)]
pub struct Gift {
    /// What.
    pub opportunity: OpportunityId,
    /// To whom.
    pub to: UserId,
    /// When.
    pub at: Timestamp,
}

/// What a history gives, and its entries that are earlier than the one below (or than the opportunity itself).
pub fn history_findings(opportunity: &Opportunity, newest_first: &[HistoryEntry]) -> (Vec<Gift>, Vec<String>) {
    let id = opportunity.id;
    let (mut gifts, mut found) = (Vec::new(), Vec::new());
    let mut before = opportunity.created_at;
    for entry in newest_first.iter().rev() {
        if entry.at < before {
            found.push(format!("history of {id}: {:?} at {:?} is earlier than {before:?}", entry.kind, entry.at));
        }
        before = before.max(entry.at);
        if let Some(to) = entry.to_id.filter(|_| entry.to_id != entry.from_id) {
            gifts.push(Gift { opportunity: id, to, at: entry.at });
        }
    }
    if opportunity.updated_at < before {
        found.push(format!("{id}: its updated_at is earlier than its history"));
    }
    (gifts, found)
}

/// Entries of the audit log that are earlier than an older one about the same resource, and gifts within a time in
/// which the receiver was inactive.
pub async fn log_findings(store: &dyn Store, gifts: &[Gift]) -> StoreResult<Vec<String>> {
    let mut found = Vec::new();
    let mut newest: HashMap<String, Timestamp> = HashMap::new();
    let mut activity: HashMap<String, Vec<(Timestamp, bool)>> = HashMap::new();
    for entry in oldest_first(store).await? {
        for about in resources(&entry) {
            let before = newest.entry(about).or_insert(entry.created_at);
            if entry.created_at < *before {
                found.push(format!("audit log: {entry:?} is earlier than {before:?}"));
            }
            *before = entry.created_at.max(*before);
        }
        if let (Some(user), Some(active)) = (&entry.entity_id, activity_after(&entry)) {
            activity.entry(user.clone()).or_default().push((entry.created_at, active));
        }
    }
    for gift in gifts {
        let changes = activity.get(&gift.to.to_string()).map_or(&[][..], Vec::as_slice);
        // The last change that was not later than the gift says whether the user was active.
        let last = changes.iter().rev().find(|(at, _)| *at <= gift.at);
        if last.is_none_or(|(_, active)| !active) {
            found.push(format!("{gift:?}, who was inactive then: {changes:?}"));
        }
    }
    Ok(found)
}

async fn oldest_first(store: &dyn Store) -> StoreResult<Vec<AuditEntry>> {
    let mut all = Vec::new();
    loop {
        let slice = Slice { skip: all.len() as u64, limit: 1_000 };
        let query = AuditQuery { user: None, action: None, from: None, to: None, text: None, slice };
        let page = store.audit_list(query).await?;
        let read = page.items.len();
        all.extend(page.items);
        if read == 0 || all.len() as u64 >= page.total {
            all.reverse();
            return Ok(all);
        }
    }
}

/// What an entry is about: its entity, or each of the opportunities of its operation.
fn resources(entry: &AuditEntry) -> Vec<String> {
    let details = entry.details.to_value();
    let ids = details["opportunity_ids"].as_array().into_iter().flatten();
    let ids = ids.filter_map(|id| id.as_str()).map(ToOwned::to_owned);
    entry.entity_id.iter().cloned().chain(ids).collect()
}

/// Whether a user is active after an entry that changes this.
fn activity_after(entry: &AuditEntry) -> Option<bool> {
    if entry.entity_type != EntityType::User.as_str() {
        return None;
    }
    match entry.action.as_str() {
        action::USER_CREATED => entry.details.to_value()["is_active"].as_bool(),
        action::USER_DELETED => Some(false),
        _ => entry.details.to_value()["changes"]["is_active"]["to"].as_bool(),
    }
}
