//! Undoing an operation.

use std::collections::HashSet;

use reparto_domain::{
    Caller, JobId, OperationId, Refusal, Roles,
    audit::{EntityType, action},
    effective_at,
    idempotency::{Answer, Keyed},
    operations::{OperationKind, UndoOutcome},
    opportunities::{BulkItem, ItemError, ItemFailure},
    text::{add_note, remove_note},
};
use reparto_store::{StoreError, StoreResult};
use rusqlite::{Connection, params};
use serde_json::json;

use super::{
    chain::{Chains, Stored, seq_of},
    detail::opportunity_id,
    people::People,
};
use crate::{
    actor::{Actor, authorize},
    audit,
    engine::Conn as _,
    hot::{self, Hot, NewOperation},
    idempotency,
    items::{self, Before, Item, Items, Marks},
    rows::value,
    statements::statements,
};

statements! {
    /// The id of an opportunity.
    OPPORTUNITY = "SELECT id FROM opportunities WHERE seq = ?1";
    NOTES = "SELECT notes FROM opportunities WHERE seq = ?1";
    NOTED = "UPDATE opportunities SET notes = ?2, updated_at = ?3, revision = revision + 1 WHERE seq = ?1";
    MARK = "UPDATE operations SET undone_items = ?2, undone_by = ?3 WHERE seq = ?1";
}

pub(super) fn undo(
    conn: &Connection,
    caller: &Caller,
    id: OperationId,
    assignable: &Roles,
    keyed: Option<&Keyed<UndoOutcome>>,
) -> StoreResult<Answer<UndoOutcome>> {
    let actor = authorize(conn, caller)?;
    actor.require_administrator(Refusal::AdministratorsOnly)?;
    idempotency::once(conn, caller, &actor, keyed, |conn| {
        let target = Chains::new(conn).get(seq_of(conn, id)?)?;
        let undo = Undo { target: &target, job: None, only: None, assignable };
        let (_, outcome) = execute(conn, caller, &actor, &undo)?;
        let failed = outcome
            .failed
            .into_iter()
            .map(|(opportunity, error)| Ok(ItemFailure { sent: opportunity_id(conn, opportunity)?.to_string(), error }))
            .collect::<StoreResult<_>>()?;
        Ok(UndoOutcome { operation: outcome.operation, done: outcome.done, failed })
    })
}

/// The parameters of an undo.
struct Undo<'a> {
    target: &'a Stored,
    /// The job, if it is part of a chunk.
    job: Option<JobId>,
    /// Only the items of these opportunities (by seq).
    only: Option<&'a HashSet<i64>>,
    assignable: &'a Roles,
}

/// The outcome of an undo, with failures by the opportunity's seq.
struct Outcome {
    operation: Option<OperationId>,
    done: Vec<BulkItem>,
    restored: HashSet<i64>,
    failed: Vec<(i64, ItemError)>,
}

/// Undoes those items of an operation that belong to a job's chunk. The caller checks the actor's rights.
pub(crate) fn undo_chunk(
    conn: &Connection,
    caller: &Caller,
    actor: &Actor,
    (target, job): (i64, JobId),
    only: &HashSet<i64>,
    assignable: &Roles,
) -> StoreResult<ChunkUndone> {
    let target = Chains::new(conn).get(target)?;
    let undo = Undo { target: &target, job: Some(job), only: Some(only), assignable };
    let (seq, outcome) = execute(conn, caller, actor, &undo)?;
    Ok(ChunkUndone { operation: seq, done: outcome.restored, failed: outcome.failed })
}

/// The outcome of [`undo_chunk`].
pub(crate) struct ChunkUndone {
    /// The seq of the undo; `None` if nothing could be restored.
    pub operation: Option<i64>,
    /// The seqs of the restored opportunities.
    pub done: HashSet<i64>,
    /// The seqs of the others, and why they failed.
    pub failed: Vec<(i64, ItemError)>,
}

/// An item that can be restored, and its position in the operation.
struct Restored {
    place: usize,
    item: Item,
    effective: i64,
}

fn execute(conn: &Connection, caller: &Caller, actor: &Actor, undo: &Undo<'_>) -> StoreResult<(Option<i64>, Outcome)> {
    let (mut people, mut chains) = (People::new(conn), Chains::new(conn));
    let target = undo.target;
    if !target.kind.can_be_undone() {
        return Err(Refusal::NotUndoable.into());
    }
    if target.undone_by.is_some() {
        return Err(Refusal::AlreadyUndone.into());
    }
    let marks = Marks::of(target.undone_items.clone());
    let (mut restored, mut done, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    let mut at = effective_at(caller.at, [target.at]);
    for (place, item) in Items::new(&target.items)?.enumerate() {
        let item = item?;
        if marks.has(place) || undo.only.is_some_and(|only| !only.contains(&item.opportunity)) {
            continue;
        }
        match check(conn, &mut chains, &mut people, target, item, undo.assignable)? {
            Err(error) => failed.push((item.opportunity, error)),
            Ok((hot, before)) => {
                let id = opportunity_id(conn, item.opportunity)?;
                let holder = before.holder.map(|seq| people.get(seq)).transpose()?;
                at = effective_at(at, [hot.updated_at].into_iter().chain(holder.as_ref().map(|to| to.updated_at)));
                let assigned_to_id = holder.map(|holder| holder.id);
                done.push(BulkItem { id, assigned_to_id, status: before.status, updated_at: at });
                let item = hot.becomes(before.holder, before.status);
                restored.push(Restored { place, item, effective: before.effective_operation });
            }
        }
    }
    for item in &mut done {
        item.updated_at = at;
    }
    let caller = &Caller { at, ..caller.clone() };
    let operation = write(conn, caller, actor, &mut chains, undo, &restored, failed.len())?;
    let entry = audit::Entry {
        action: action::OPERATION_UNDONE,
        entity: EntityType::Operation,
        entity_id: Some(*target.id.as_bytes()),
        operation: operation.map(|(seq, _)| seq),
        details:
            json!({ "undone_operation_id": target.id, "assigned_count": done.len(), "failed_count": failed.len() })
                .into(),
    };
    audit::record(conn, caller, actor, &entry)?;
    let (seq, operation) = operation.unzip();
    let restored = restored.iter().map(|each| each.item.opportunity).collect();
    Ok((seq, Outcome { operation, done, restored, failed }))
}

/// Whether an item can be restored: its current hot row, and the state to restore.
fn check(
    conn: &Connection,
    chains: &mut Chains<'_>,
    people: &mut People<'_>,
    target: &Stored,
    item: Item,
    assignable: &Roles,
) -> StoreResult<Result<(Hot, Before), ItemError>> {
    let broken = |what: &str| StoreError::Inconsistent(format!("operations.seq {}: {what}", target.seq));
    let Some(hot) = hot::by_seq(conn, item.opportunity)?.filter(|hot| !hot.deleted) else {
        return Ok(Err(ItemError::NotFound));
    };
    let before = item.before.ok_or_else(|| broken("an item that did not exist before"))?;
    // The effective operation after the target: the target itself or, for an undo, the effective operation before the
    // one it undid.
    let left = match target.undoes {
        None => target.seq,
        Some(undone) => {
            let undone = chains.get(undone)?.item(item.opportunity)?;
            undone.before.ok_or_else(|| broken("it took back what made the opportunity"))?.effective_operation
        }
    };
    if hot.effective_operation != left {
        let touches = chains.touches(item.opportunity, hot.last_operation, target.seq)?;
        let newest = match touches.into_iter().next_back() {
            Some(newest) => newest,
            None => chains.get(hot.last_operation)?,
        };
        let touch = super::chain::touch(people, &newest)?;
        return Ok(Err(ItemError::Touched { operation: touch.operation_id, actor: touch.actor_id, at: touch.at }));
    }
    if let Some(seq) = before.holder {
        let holder = people.get(seq)?;
        if !holder.is_active {
            return Ok(Err(ItemError::EarlierHolderInactive { holder: (holder.id, holder.name) }));
        }
        if !assignable.contains(holder.role_name) {
            return Ok(Err(ItemError::EarlierHolderNotAssignable { holder: (holder.id, holder.name) }));
        }
    }
    Ok(Ok((hot, before)))
}

/// Writes the undo, the notes, and the marks on the undone operations.
fn write(
    conn: &Connection,
    caller: &Caller,
    actor: &Actor,
    chains: &mut Chains<'_>,
    undo: &Undo<'_>,
    restored: &[Restored],
    failed: usize,
) -> StoreResult<Option<(i64, OperationId)>> {
    if restored.is_empty() {
        return Ok(None);
    }
    let target = undo.target;
    let mut operation = NewOperation::new(OperationKind::Undo, actor.seq, caller.at);
    operation.job = undo.job;
    operation.failed = failed;
    operation.undoes = Some(target.seq);
    let changed: Vec<Item> = restored.iter().map(|each| each.item).collect();
    let effective: Vec<i64> = restored.iter().map(|each| each.effective).collect();
    let seq = hot::record(conn, &operation, &changed, Some(&effective))?;
    notes(conn, caller, chains, target, &changed)?;
    let places: Vec<usize> = restored.iter().map(|each| each.place).collect();
    mark(conn, target, &places, true, seq)?;
    // The operation that the target had undone is in effect again, the one that this had undone is not, and so on.
    let (mut outer, mut marked) = (target.undoes, true);
    let mut by = target.seq;
    while let Some(next) = outer {
        let inner = chains.get(next)?;
        marked = !marked;
        let mut places = Vec::with_capacity(changed.len());
        for item in &changed {
            if let Some((place, _)) = items::find(&inner.items, item.opportunity)? {
                places.push(place);
            }
        }
        mark(conn, &inner, &places, marked, by)?;
        by = inner.seq;
        outer = inner.undoes;
    }
    Ok(Some((seq, operation.id)))
}

/// Marks items as undone by the operation `by`, or clears their marks.
fn mark(conn: &Connection, operation: &Stored, places: &[usize], marked: bool, by: i64) -> StoreResult<()> {
    let mut marks = Marks::of(operation.undone_items.clone());
    for &place in places {
        if marked {
            marks.set(place);
        } else {
            marks.clear(place);
        }
    }
    let undone_by = if marked && all_restored(conn, operation, &marks)? { Some(by) } else { None };
    conn.run(MARK, params![operation.seq, marks.stored(), undone_by])?;
    Ok(())
}

/// Whether everything that can be undone has been; a deleted opportunity cannot.
fn all_restored(conn: &Connection, operation: &Stored, marks: &Marks) -> StoreResult<bool> {
    for (place, item) in Items::new(&operation.items)?.enumerate() {
        if !marks.has(place) && hot::by_seq(conn, item?.opportunity)?.is_some_and(|hot| !hot.deleted) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Removes the note that the operation added; an undo of an undo adds it again.
fn notes(
    conn: &Connection,
    caller: &Caller,
    chains: &mut Chains<'_>,
    target: &Stored,
    changed: &[Item],
) -> StoreResult<()> {
    let (mut note, mut outer, mut takes_back) = (target.note.clone(), target.undoes, true);
    while let Some(next) = outer {
        let inner = chains.get(next)?;
        takes_back = !takes_back;
        (note, outer) = (inner.note.clone(), inner.undoes);
    }
    let Some(note) = note else { return Ok(()) };
    for item in changed {
        let present: Option<String> = conn.one(NOTES, [item.opportunity], value)?;
        let notes =
            if takes_back { remove_note(present.as_deref(), &note) } else { Some(add_note(present.as_deref(), &note)) };
        if notes != present {
            conn.run(NOTED, params![item.opportunity, notes, caller.at.micros()])?;
        }
    }
    Ok(())
}
