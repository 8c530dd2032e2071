//! Bulk assigning and unassigning: one transaction, one operation, one audit entry.

use std::collections::HashMap;

use reparto_domain::{
    Caller, JobId, OperationId, Refusal, Roles, Status, Timestamp, UserId,
    audit::{EntityType, action},
    effective_at,
    idempotency::{Answer, Keyed},
    operations::{NoteChange, OperationKind},
    opportunities::{
        BulkAssign, BulkIds, BulkItem, BulkMode, BulkOutcome, BulkUnassign, ExpectedHolder, ItemError, ItemFailure,
    },
    users::Person,
};
use reparto_store::{StoreError, StoreResult};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::{
    actor::{Actor, authorize},
    assignee::{Holder, user_for_assignment},
    audit,
    engine::Conn as _,
    hot::{self, Hot, NewOperation},
    idempotency,
    items::Item,
    notes,
    operations::people::People,
    rows::value,
    statements::statements,
};

statements! {
    USER = "SELECT seq FROM users WHERE id = ?1";
}

/// The common parameters of bulk requests and chunks of jobs.
pub(super) struct Bulk<'a> {
    pub kind: OperationKind,
    pub action: &'static str,
    pub job: Option<JobId>,
    pub note: Option<&'a str>,
    pub holder: Option<&'a Holder>,
}

impl Bulk<'_> {
    /// When it takes effect, disregarding its items, whose times are taken into account as they are read.
    pub(super) fn begin(&self, caller: &Caller) -> Timestamp {
        effective_at(caller.at, self.holder.map(|holder| holder.updated_at))
    }
}

pub(super) fn assign(
    conn: &Connection,
    caller: &Caller,
    command: &BulkAssign,
    assignable: &Roles,
    keyed: Option<&Keyed<BulkOutcome>>,
) -> StoreResult<Answer<BulkOutcome>> {
    let actor = authorize(conn, caller)?;
    actor.require_standing(&caller.authority, command.mode.standing)?;
    actor.require_administrator(Refusal::BulkAssignAdministratorsOnly)?;
    idempotency::once(conn, caller, &actor, keyed, |conn| {
        let holder = user_for_assignment(conn, command.assignee, assignable)?;
        let bulk = Bulk {
            kind: OperationKind::BulkAssign,
            action: action::BULK_ASSIGN,
            job: command.job,
            note: command.note.as_deref().filter(|note| !note.is_empty()),
            holder: Some(&holder),
        };
        execute(conn, caller, &actor, &command.ids, command.mode, &bulk, |present| command.status.unwrap_or(present))
    })
}

pub(super) fn unassign(
    conn: &Connection,
    caller: &Caller,
    command: &BulkUnassign,
    keyed: Option<&Keyed<BulkOutcome>>,
) -> StoreResult<Answer<BulkOutcome>> {
    let actor = authorize(conn, caller)?;
    actor.require_standing(&caller.authority, command.mode.standing)?;
    actor.require_administrator(Refusal::BulkUnassignAdministratorsOnly)?;
    idempotency::once(conn, caller, &actor, keyed, |conn| {
        let bulk = Bulk {
            kind: OperationKind::BulkUnassign,
            action: action::BULK_UNASSIGN,
            job: command.job,
            note: None,
            holder: None,
        };
        execute(conn, caller, &actor, &command.ids, command.mode, &bulk, Status::after_unassign)
    })
}

fn execute(
    conn: &Connection,
    caller: &Caller,
    actor: &Actor,
    ids: &BulkIds,
    mode: BulkMode,
    bulk: &Bulk<'_>,
    becomes: impl Fn(Status) -> Status,
) -> StoreResult<BulkOutcome> {
    let expected = expected(conn, mode.expected_holder)?;
    let mut people = People::new(conn);
    let (mut changed, mut done, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    let mut at = bulk.begin(caller);
    for requested in ids {
        let found = match requested.id {
            Some(id) => hot::live(conn, id)?.map(|hot| (id, hot)),
            None => None,
        };
        let error = match &found {
            None => Some(ItemError::NotFound),
            Some((_, hot)) if expected.is_some_and(|expected| !expected.allows(hot)) => {
                let holder = hot.holder.map(|seq| people.get(seq)).transpose()?;
                Some(ItemError::HeldByAnother { holder: holder.map(|holder| (holder.id, holder.name)) })
            }
            Some((_, hot)) if bulk.holder.is_some() && hot.do_not_contact && !mode.include_do_not_contact => {
                Some(ItemError::DoNotContact)
            }
            Some(_) => None,
        };
        match (found, error) {
            (Some((id, hot)), None) => {
                at = effective_at(at, [hot.updated_at]);
                let item = hot.becomes(bulk.holder.map(|holder| holder.seq), becomes(hot.status));
                done.push(BulkItem {
                    id,
                    assigned_to_id: bulk.holder.map(|holder| holder.id),
                    status: item.status,
                    updated_at: caller.at,
                });
                changed.push(item);
            }
            (_, error) => {
                failed.push(ItemFailure { sent: requested.sent.clone(), error: error.unwrap_or(ItemError::NotFound) });
            }
        }
    }
    for item in &mut done {
        item.updated_at = at;
    }
    if mode.all_or_nothing && !failed.is_empty() {
        return Err(Refusal::NothingDone { failed }.into());
    }
    if mode.dry_run {
        let taken_from = taken_from(&mut people, &changed)?;
        return Ok(BulkOutcome { operation: None, done, failed, taken_from });
    }
    let operation = write(conn, &Caller { at, ..caller.clone() }, actor, bulk, &changed, &failed)?;
    Ok(BulkOutcome { operation: operation.map(|(_, id)| id), done, failed, taken_from: Vec::new() })
}

/// Writes the operation, the notes and the audit entry. Without items there is no operation, only an audit entry.
pub(super) fn write(
    conn: &Connection,
    caller: &Caller,
    actor: &Actor,
    bulk: &Bulk<'_>,
    changed: &[Item],
    failed: &[ItemFailure],
) -> StoreResult<Option<(i64, OperationId)>> {
    let mut operation = NewOperation::new(bulk.kind, actor.seq, caller.at);
    operation.note = bulk.note;
    operation.failed = failed.len();
    operation.job = bulk.job;
    let seq = if changed.is_empty() { None } else { Some(hot::record(conn, &operation, changed, None)?) };
    if let Some(note) = bulk.note {
        for item in changed {
            notes::change(conn, item.opportunity, NoteChange::Add(note), caller.at)?;
        }
    }
    let mut details = serde_json::Map::new();
    if !failed.is_empty() {
        let failed_ids: Vec<&str> = failed.iter().map(|failure| failure.sent.as_str()).collect();
        details.insert("failed_ids".into(), json!(failed_ids));
    }
    if seq.is_none() {
        // Otherwise the list of audit entries takes these from the operation.
        details.insert("assigned_count".into(), json!(0));
        details.insert("failed_count".into(), json!(failed.len()));
        details.insert("assigned_to_id".into(), json!(bulk.holder.map(|holder| holder.id)));
    }
    let details = Value::Object(details);
    let entry = audit::Entry {
        action: bulk.action,
        entity: EntityType::Opportunity,
        entity_id: None,
        operation: seq,
        details: details.into(),
    };
    audit::record(conn, caller, actor, &entry)?;
    Ok(seq.map(|seq| (seq, operation.id)))
}

/// The expected holder of each item.
#[derive(Debug, Clone, Copy)]
enum Expected {
    Nobody,
    User(i64),
    Unknown,
}

impl Expected {
    fn allows(self, hot: &Hot) -> bool {
        match self {
            Self::Nobody => hot.holder.is_none(),
            Self::User(seq) => hot.holder == Some(seq),
            Self::Unknown => false,
        }
    }
}

fn expected(conn: &Connection, expected: Option<ExpectedHolder>) -> StoreResult<Option<Expected>> {
    Ok(match expected {
        None => None,
        Some(ExpectedHolder::Nobody) => Some(Expected::Nobody),
        Some(ExpectedHolder::Unknown) => Some(Expected::Unknown),
        Some(ExpectedHolder::User(id)) => Some(user_seq(conn, id)?.map_or(Expected::Unknown, Expected::User)),
    })
}

/// The seq of a user, deleted or not.
pub(crate) fn user_seq(conn: &Connection, id: UserId) -> StoreResult<Option<i64>> {
    conn.opt(USER, [id.as_bytes()], value)
}

/// How many items each current holder would lose, largest number first.
fn taken_from(people: &mut People<'_>, changed: &[Item]) -> StoreResult<Vec<(Option<Person>, u64)>> {
    let mut counts: HashMap<Option<i64>, u64> = HashMap::new();
    for item in changed {
        let before = item.before.ok_or_else(|| StoreError::Internal("an item without a before".into()))?;
        *counts.entry(before.holder).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_unstable_by_key(|(holder, n)| (std::cmp::Reverse(*n), *holder));
    counts.into_iter().map(|(holder, n)| Ok((holder.map(|seq| people.get(seq)).transpose()?, n))).collect()
}
