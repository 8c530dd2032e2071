//! Undoing an operation.

use std::{collections::HashSet, rc::Rc};

use reparto_domain::{
    Caller, JobId, OperationId, Roles,
    audit::{EntityType, action},
    effective_at,
    idempotency::{Answer, Keyed},
    operations::{Mark, NoteChange, OperationKind, Touch, UndoItem, UndoOutcome, marks},
    opportunities::{BulkItem, ItemError, ItemFailure},
};
use reparto_store::{StoreError, StoreResult};
use rusqlite::{Connection, params};
use serde_json::json;

use super::{
    chain::{self, Chains, seq_of},
    detail::opportunity_id,
    people::People,
    stored::Stored,
};
use crate::{
    actor::{Actor, administrator},
    audit,
    engine::Conn as _,
    hot::{self, Hot, NewOperation},
    idempotency,
    items::{self, Before, Item, Items, Marks},
    notes,
    statements::statements,
};

statements! {
    /// The id of an opportunity.
    OPPORTUNITY = "SELECT id FROM opportunities WHERE seq = ?1";
    MARK = "UPDATE operations SET undone_items = ?2, undone_by = ?3 WHERE seq = ?1";
}

pub(super) fn undo(
    conn: &Connection,
    caller: &Caller,
    id: OperationId,
    assignable: &Roles,
    keyed: Option<&Keyed<UndoOutcome>>,
) -> StoreResult<Answer<UndoOutcome>> {
    let actor = administrator(conn, caller)?;
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
#[derive(Debug, Default)]
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
    target.kind.require_undoable(target.undone_by.is_some())?;
    let undone = Marks::of(target.undone_items.clone());
    let (mut restored, mut done, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    let mut at = effective_at(caller.at, [target.at]);
    for (place, item) in Items::new(&target.items)?.enumerate() {
        let item = item?;
        if undone.has(place) || undo.only.is_some_and(|only| !only.contains(&item.opportunity)) {
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
    let broken =
        || StoreError::Inconsistent(format!("operations.seq {}: an item that did not exist before", target.seq));
    let before = item.before.ok_or_else(broken)?;
    let present = hot::by_seq(conn, item.opportunity)?.filter(|hot| !hot.deleted);
    let touched_by = match &present {
        Some(hot) => touched_by(chains, people, target, hot)?,
        None => None,
    };
    let holder = before.holder.map(|seq| people.get(seq)).transpose()?;
    let item = UndoItem { present, touched_by, earlier_holder: holder.as_ref() };
    Ok(item.require_restorable(assignable).map(|hot| (hot, before)))
}

/// The newest operation that touched an opportunity since the target; `None` if it is as the target left it.
fn touched_by(
    chains: &mut Chains<'_>,
    people: &mut People<'_>,
    target: &Stored,
    hot: &Hot,
) -> StoreResult<Option<Touch>> {
    if hot.effective_operation == left(chains, target, hot.seq)? {
        return Ok(None);
    }
    let newest = match chains.touches(hot.seq, hot.last_operation, target.seq)?.pop() {
        Some(newest) => newest,
        None => chains.get(hot.last_operation)?,
    };
    chain::touch(people, &newest).map(Some)
}

/// An item's effective operation after the target: the target itself or, for an undo, the effective operation before
/// the one it undid.
fn left(chains: &mut Chains<'_>, target: &Stored, opportunity: i64) -> StoreResult<i64> {
    let Some(undone) = target.undoes else { return Ok(target.seq) };
    let before = chains.get(undone)?.item(opportunity)?.before;
    let broken =
        || StoreError::Inconsistent(format!("operations.seq {undone}: lacks what operations.seq {} undid", target.seq));
    before.map(|before| before.effective_operation).ok_or_else(broken)
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
    let mut operation = NewOperation::new(OperationKind::Undo, actor.seq, caller.at);
    operation.job = undo.job;
    operation.failed = failed;
    operation.undoes = Some(undo.target.seq);
    let changed: Vec<Item> = restored.iter().map(|each| each.item).collect();
    let effective: Vec<i64> = restored.iter().map(|each| each.effective).collect();
    let seq = hot::record(conn, &operation, &changed, Some(&effective))?;
    let nested = chains.nested(undo.target.seq)?;
    write_notes(conn, caller, &nested, &changed)?;
    let seqs: Vec<i64> = nested.iter().map(|operation| operation.seq).collect();
    for (operation, mark) in nested.iter().zip(marks(seq, &seqs)) {
        let places = if operation.seq == undo.target.seq {
            restored.iter().map(|each| each.place).collect()
        } else {
            places(operation, &changed)?
        };
        write_mark(conn, operation, &places, mark)?;
    }
    Ok(Some((seq, operation.id)))
}

/// The positions of these items' opportunities in an operation.
fn places(operation: &Stored, changed: &[Item]) -> StoreResult<Vec<usize>> {
    let found = changed.iter().map(|item| items::find(&operation.items, item.opportunity));
    found.filter_map(|found| found.map(|found| found.map(|(place, _)| place)).transpose()).collect()
}

/// Marks items of an operation as undone, or clears their marks.
fn write_mark(conn: &Connection, operation: &Stored, places: &[usize], mark: Mark<i64>) -> StoreResult<()> {
    let mut marks = Marks::of(operation.undone_items.clone());
    for &place in places {
        if mark.is_undone {
            marks.set(place);
        } else {
            marks.clear(place);
        }
    }
    let undone_by = if mark.is_undone && all_restored(conn, operation, &marks)? { Some(mark.by) } else { None };
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

/// Removes the note that the operation added, or adds it again.
fn write_notes(conn: &Connection, caller: &Caller, nested: &[Rc<Stored>], changed: &[Item]) -> StoreResult<()> {
    let added: Vec<Option<&str>> = nested.iter().map(|operation| operation.note.as_deref()).collect();
    let Some(change) = NoteChange::of(&added) else { return Ok(()) };
    for item in changed {
        notes::change(conn, item.opportunity, change, caller.at)?;
    }
    Ok(())
}
