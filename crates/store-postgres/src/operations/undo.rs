//! Undoing an operation.

use std::collections::{HashMap, HashSet};

use reparto_domain::{
    Caller, JobId, OperationId, OpportunityId, Refusal, Roles, Timestamp,
    audit::{EntityType, action},
    idempotency::{Answer, Keyed},
    operations::{Mark, NoteChange, OperationKind, Touch, UndoItem, UndoOutcome, marks},
    opportunities::{BulkItem, ItemError, ItemFailure},
    users::Person,
};
use serde_json::json;

use super::{
    chain, detail,
    people::{lock, people},
    stored::{Step, Stored, stored},
};
use crate::{
    actor::{Actor, administrator},
    audit,
    engine::{
        errors::{Db, Fault},
        params::At,
        tx::Conn,
    },
    hot::{self, Hot, NewOperation},
    idempotency::once,
    items::{Before, Item, item_columns},
    rows::Reader,
    sql::Folded,
    statements::statements,
};

statements! {
    /// The operation, the one that it undid, the one that this undid, and so on.
    NESTED = "WITH RECURSIVE nested (seq, undoes) AS ( \
            SELECT seq, undoes FROM operations WHERE id = $1 \
            UNION ALL SELECT p.seq, p.undoes FROM nested n JOIN operations p ON p.seq = n.undoes) \
        SELECT seq FROM nested";
    // In order of seq, oldest first, so that two undos of each other cannot deadlock.
    LOCK = concat!("SELECT p.seq, p.id, p.kind, p.at, p.note, p.undoes, p.undone_by, p.undone_items, ", item_columns!(),
        " FROM operations p WHERE p.seq = ANY($1) ORDER BY p.seq FOR UPDATE");
    NOTES = "SELECT seq, notes FROM opportunities WHERE seq = ANY($1)";
    SET_NOTES = "UPDATE opportunities o SET notes = n.notes, updated_at = $3, revision = o.revision + 1 \
        FROM unnest($1::bigint[], $2::text[]) AS n (seq, notes) WHERE o.seq = n.seq \
        AND NOT EXISTS (SELECT FROM contacts c WHERE c.seq = o.contact_seq AND c.erased_at IS NOT NULL)";
    MARK = "UPDATE operations SET undone_items = $2, undone_by = $3 WHERE seq = $1";
    LIVE = "SELECT seq FROM assignments WHERE seq = ANY($1) AND NOT deleted";
    NEWEST = "SELECT seq, id, at, actor, undoes FROM operations WHERE seq = $1";
}

pub(super) async fn undo(
    tx: &mut Conn,
    caller: &Caller,
    id: OperationId,
    assignable: &Roles,
    keyed: Option<&Keyed<UndoOutcome>>,
) -> Db<Answer<UndoOutcome>> {
    let actor = administrator(tx, caller).await?;
    let undo = Undo { id, job: None, only: None, assignable };
    once!(tx, caller, &actor, keyed, undo_all(tx, caller, &actor, &undo))
}

async fn undo_all(tx: &mut Conn, caller: &Caller, actor: &Actor, undo: &Undo<'_>) -> Db<UndoOutcome> {
    let outcome = execute(tx, caller, actor, undo).await?;
    let failed = outcome.failed.into_iter().map(|(id, error)| ItemFailure { sent: id.to_string(), error });
    Ok(UndoOutcome { operation: outcome.operation, done: outcome.done, failed: failed.collect() })
}

/// The parameters of an undo.
struct Undo<'a> {
    id: OperationId,
    /// The job, if it is part of a chunk.
    job: Option<JobId>,
    /// Only the items of these opportunities.
    only: Option<&'a HashSet<OpportunityId>>,
    assignable: &'a Roles,
}

/// Undoes those items of an operation that belong to a job's chunk. The caller checks the actor's rights.
pub(crate) async fn undo_chunk(
    tx: &mut Conn,
    caller: &Caller,
    actor: &Actor,
    (id, job): (OperationId, JobId),
    only: &HashSet<OpportunityId>,
    assignable: &Roles,
) -> Db<ChunkUndone> {
    let outcome = execute(tx, caller, actor, &Undo { id, job: Some(job), only: Some(only), assignable }).await?;
    let done = outcome.done.iter().map(|item| item.id).collect();
    Ok(ChunkUndone { operation: outcome.operation, done, failed: outcome.failed })
}

/// The outcome of [`undo_chunk`].
#[derive(Debug, Default)]
pub(crate) struct ChunkUndone {
    /// The undo; `None` if nothing could be restored.
    pub operation: Option<OperationId>,
    /// The restored opportunities.
    pub done: HashSet<OpportunityId>,
    /// The others, and why they failed.
    pub failed: Vec<(OpportunityId, ItemError)>,
}

/// The outcome of an undo.
struct Outcome {
    operation: Option<OperationId>,
    done: Vec<BulkItem>,
    failed: Vec<(OpportunityId, ItemError)>,
}

/// An item that can be restored, and its position in the operation.
struct Restored {
    place: usize,
    item: Item,
    effective: i64,
}

/// The operation to undo, the one that it undid itself, and so on.
struct Nested(Vec<Stored>);

impl Nested {
    fn seqs(&self) -> Vec<i64> {
        self.0.iter().map(|operation| operation.seq).collect()
    }

    /// The operation to undo.
    fn target(&self) -> Db<&Stored> {
        self.0.first().ok_or_else(|| Refusal::OperationNotFound.into())
    }

    /// An item's effective operation after the target: the target itself or, for an undo, the effective operation
    /// before the one it undid.
    fn left(&self, opportunity: i64) -> Db<i64> {
        let target = self.target()?;
        if target.undoes.is_none() {
            return Ok(target.seq);
        }
        let undone = self.0.get(1).and_then(|undone| undone.items.iter().find(|item| item.opportunity == opportunity));
        let before = undone.and_then(|item| item.before);
        let broken = || Fault::inconsistent(format!("operations.seq {}: an undo of what is not there", target.seq));
        before.map(|before| before.effective_operation).ok_or_else(broken)
    }
}

/// Locks an operation, the one that it undid, and so on, until the transaction ends.
async fn lock_nested(tx: &mut Conn, id: OperationId) -> Db<Nested> {
    let seqs = tx.all(NESTED, &[&id.uuid()]).await?;
    let seqs: Vec<i64> = seqs.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    let rows = tx.all(LOCK, &[&seqs]).await?;
    let mut operations: Vec<Stored> = rows.iter().map(stored).collect::<Db<_>>()?;
    // An undo is younger than what it undid.
    operations.sort_unstable_by_key(|operation| std::cmp::Reverse(operation.seq));
    Ok(Nested(operations))
}

async fn execute(tx: &mut Conn, caller: &Caller, actor: &Actor, undo: &Undo<'_>) -> Db<Outcome> {
    let nested = lock_nested(tx, undo.id).await?;
    let target = nested.target()?;
    target.kind.require_undoable(target.undone)?;
    let (restored, mut done, failed, follows) = split(tx, &nested, undo).await?;
    let caller = &tx.taking_effect(caller, follows);
    for item in &mut done {
        item.updated_at = caller.at;
    }
    let operation = write(tx, caller, actor, &nested, undo.job, &restored, failed.len()).await?;
    let entry = audit::Entry {
        action: action::OPERATION_UNDONE,
        entity: EntityType::Operation,
        entity_id: Some(target.id.uuid()),
        operation: operation.map(|(seq, _)| seq),
        details: json!({
            "undone_operation_id": target.id,
            "assigned_count": done.len(),
            "failed_count": failed.len(),
        })
        .into(),
    };
    audit::record(tx, caller, actor, &entry).await?;
    Ok(Outcome { operation: operation.map(|(_, id)| id), done, failed })
}

/// Locks what the undo may restore, and splits its items into those that can be restored and those that cannot; also
/// returns the times that it follows.
async fn split(
    tx: &mut Conn,
    nested: &Nested,
    undo: &Undo<'_>,
) -> Db<(Vec<Restored>, Vec<BulkItem>, Vec<(OpportunityId, ItemError)>, Vec<Timestamp>)> {
    let target = nested.target()?;
    let mut open: Vec<(usize, Item)> =
        target.items.iter().copied().enumerate().filter(|(place, _)| !target.marks[*place]).collect();
    let ids = detail::heads(tx, open.iter().map(|(_, item)| item.opportunity).collect()).await?;
    if let Some(only) = undo.only {
        open.retain(|(_, item)| ids.get(&item.opportunity).is_some_and(|(_, id)| only.contains(id)));
    }
    let holders = open.iter().filter_map(|(_, item)| item.before.and_then(|before| before.holder)).collect();
    let holders = lock(tx, holders).await?;
    let seqs: Vec<i64> = open.iter().map(|(_, item)| item.opportunity).collect();
    let hots: HashMap<i64, Hot> = hot::lock_many(tx, seqs).await?.into_iter().map(|hot| (hot.seq, hot)).collect();
    let touched = touched(tx, nested, &open, &hots).await?;
    let (mut restored, mut done, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    let mut follows = vec![target.at];
    for (place, item) in open {
        let (_, id) = ids.get(&item.opportunity).copied().ok_or_else(|| {
            Fault::inconsistent(format!(
                "opportunities has no row with seq {} of operations.seq {}",
                item.opportunity, target.seq
            ))
        })?;
        let hot = hots.get(&item.opportunity).filter(|hot| !hot.deleted);
        match check(hot, item, &touched, &holders, target, undo.assignable)? {
            Err(error) => failed.push((id, error)),
            Ok((hot, before)) => {
                let holder = before.holder.and_then(|seq| holders.get(&seq));
                follows.push(hot.updated_at);
                follows.extend(holder.map(|holder| holder.updated_at));
                let assigned_to_id = holder.map(|holder| holder.id);
                done.push(BulkItem { id, assigned_to_id, status: before.status, updated_at: hot.updated_at });
                let item = hot.becomes(before.holder, before.status);
                restored.push(Restored { place, item, effective: before.effective_operation });
            }
        }
    }
    Ok((restored, done, failed, follows))
}

/// The newest operation that touched each of the items that were touched since, by opportunity.
async fn touched(
    tx: &mut Conn,
    nested: &Nested,
    open: &[(usize, Item)],
    hots: &HashMap<i64, Hot>,
) -> Db<HashMap<i64, Touch>> {
    let target = nested.target()?;
    let mut heads = Vec::new();
    for (_, item) in open {
        if let Some(hot) = hots.get(&item.opportunity).filter(|hot| !hot.deleted)
            && hot.effective_operation != nested.left(item.opportunity)?
        {
            heads.push((hot.seq, hot.last_operation));
        }
    }
    let mut steps = chain::touches(tx, &heads, target.seq).await?;
    let mut newest: HashMap<i64, Step> = HashMap::new();
    for (opportunity, last) in heads {
        let step = match steps.remove(&opportunity).and_then(|mut steps| steps.pop()) {
            Some(step) => step,
            None => by_seq(tx, opportunity, last).await?,
        };
        newest.insert(opportunity, step);
    }
    let people = people(tx, newest.values().filter_map(|step| step.actor).collect()).await?;
    Ok(newest.into_iter().map(|(opportunity, step)| (opportunity, chain::shown(&step, &people))).collect())
}

async fn by_seq(tx: &mut Conn, opportunity: i64, seq: i64) -> Db<Step> {
    let found = tx.one(NEWEST, &[&seq]).await?;
    let mut row = Reader::new(&found);
    let (seq, id) = (row.next()?, OperationId::from_uuid(row.next()?));
    Ok(Step { opportunity, seq, id, at: row.time()?, actor: row.next()?, undoes: row.next()? })
}

/// Whether an item can be restored: its current hot row, and the state to restore.
fn check<'a>(
    present: Option<&'a Hot>,
    item: Item,
    touched: &HashMap<i64, Touch>,
    holders: &HashMap<i64, Person>,
    target: &Stored,
    assignable: &Roles,
) -> Db<Result<(&'a Hot, Before), ItemError>> {
    let broken = || Fault::inconsistent(format!("operations.seq {}: an item that did not exist before", target.seq));
    let before = item.before.ok_or_else(broken)?;
    let touched_by = touched.get(&item.opportunity).copied();
    let earlier_holder = before.holder.and_then(|seq| holders.get(&seq));
    let item = UndoItem { present, touched_by, earlier_holder };
    Ok(item.require_restorable(assignable).map(|hot| (hot, before)))
}

/// Writes the undo, the notes, and the marks on the undone operations.
async fn write(
    tx: &mut Conn,
    caller: &Caller,
    actor: &Actor,
    nested: &Nested,
    job: Option<JobId>,
    restored: &[Restored],
    failed: usize,
) -> Db<Option<(i64, OperationId)>> {
    if restored.is_empty() {
        return Ok(None);
    }
    let target = nested.target()?.seq;
    let mut operation = NewOperation::new(OperationKind::Undo, actor.seq, caller.at);
    operation.failed = failed;
    operation.job = job;
    operation.undoes = Some(target);
    let changed: Vec<Item> = restored.iter().map(|each| each.item).collect();
    let effective: Vec<i64> = restored.iter().map(|each| each.effective).collect();
    let seq = hot::record(tx, &operation, &changed, Some(effective)).await?;
    write_notes(tx, caller, nested, &changed).await?;
    let opportunities: HashSet<i64> = changed.iter().map(|item| item.opportunity).collect();
    for (operation, mark) in nested.0.iter().zip(marks(seq, &nested.seqs())) {
        let places: HashSet<usize> = if operation.seq == target {
            restored.iter().map(|each| each.place).collect()
        } else {
            let items = operation.items.iter().enumerate();
            items.filter(|(_, item)| opportunities.contains(&item.opportunity)).map(|(place, _)| place).collect()
        };
        write_mark(tx, operation, &places, mark).await?;
    }
    Ok(Some((seq, operation.id)))
}

/// Marks items of an operation as undone, or clears their marks.
async fn write_mark(tx: &mut Conn, operation: &Stored, places: &HashSet<usize>, mark: Mark<i64>) -> Db<()> {
    let mut marks = operation.marks.clone();
    for &place in places {
        if let Some(slot) = marks.get_mut(place) {
            *slot = mark.is_undone;
        }
    }
    let undone_by = (mark.is_undone && all_restored(tx, operation, &marks).await?).then_some(mark.by);
    let marks = marks.contains(&true).then_some(marks);
    tx.run(MARK, &[&operation.seq, &marks, &undone_by]).await?;
    Ok(())
}

/// Whether everything that can be undone has been; a deleted opportunity cannot.
async fn all_restored(tx: &mut Conn, operation: &Stored, marks: &[bool]) -> Db<bool> {
    let rest: Vec<i64> =
        operation.items.iter().zip(marks).filter(|(_, marked)| !**marked).map(|(item, _)| item.opportunity).collect();
    Ok(rest.is_empty() || tx.all(LIVE, &[&rest]).await?.is_empty())
}

/// Removes the note that the operation added, or adds it again.
async fn write_notes(tx: &mut Conn, caller: &Caller, nested: &Nested, changed: &[Item]) -> Db<()> {
    let added: Vec<Option<&str>> = nested.0.iter().map(|operation| operation.note.as_deref()).collect();
    let Some(change) = NoteChange::of(&added) else { return Ok(()) };
    let seqs: Vec<i64> = changed.iter().map(|item| item.opportunity).collect();
    let (mut written, mut texts) = (Vec::new(), Vec::new());
    for row in tx.all(NOTES, &[&seqs]).await? {
        if let Some(notes) = change.apply(row.try_get(1)?) {
            written.push(row.try_get::<_, i64>(0)?);
            texts.push(notes.map(Folded));
        }
    }
    if !written.is_empty() {
        tx.run(SET_NOTES, &[&written, &texts, &At(caller.at)]).await?;
    }
    Ok(())
}
