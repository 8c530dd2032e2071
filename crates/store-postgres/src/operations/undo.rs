//! Undoing an operation.

use std::collections::{HashMap, HashSet};

use reparto_domain::{
    Caller, JobId, OperationId, OpportunityId, Refusal, Roles, Timestamp,
    audit::{EntityType, action},
    idempotency::{Answer, Keyed},
    operations::{OperationKind, UndoOutcome},
    opportunities::{BulkItem, ItemError, ItemFailure},
    text::{add_note, remove_note},
    users::Person,
};
use serde_json::json;

use super::{
    chain, detail,
    people::{hold, people},
    stored::{Step, Stored, item_columns, stored},
};
use crate::{
    actor::{Actor, authorize},
    audit,
    engine::{
        errors::{Db, Fault},
        params::At,
        tx::Conn,
    },
    hot::{self, Before, Hot, Item, NewOperation},
    idempotency::once,
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
    TAKE = concat!("SELECT p.seq, p.id, p.kind, p.at, p.note, p.undoes, p.undone_by, p.undone_items, ", item_columns!(),
        " FROM operations p WHERE p.seq = ANY($1) ORDER BY p.seq FOR UPDATE");
    NOTES = "SELECT seq, notes FROM opportunities WHERE seq = ANY($1)";
    NOTED = "UPDATE opportunities o SET notes = n.notes, updated_at = $3, revision = o.revision + 1 \
        FROM unnest($1::bigint[], $2::text[]) AS n (seq, notes) WHERE o.seq = n.seq";
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
    let actor = authorize(tx, caller).await?;
    actor.require_administrator(Refusal::AdministratorsOnly)?;
    let undo = Undo { id, job: None, only: None, assignable };
    once!(tx, caller, &actor, keyed, execute(tx, caller, &actor, &undo))
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
) -> Db<UndoOutcome> {
    execute(tx, caller, actor, &Undo { id, job: Some(job), only: Some(only), assignable }).await
}

/// An item that can be restored, and its position in the operation.
struct Restored {
    place: usize,
    item: Item,
    effective: i64,
}

/// The operation to undo, the one that it undid itself, and so on, by seq.
struct UndoChain(HashMap<i64, Stored>);

impl UndoChain {
    fn get(&self, seq: i64) -> Db<&Stored> {
        self.0.get(&seq).ok_or_else(|| Fault::inconsistent(format!("operations has no row with seq {seq}")))
    }
}

async fn execute(tx: &mut Conn, caller: &Caller, actor: &Actor, undo: &Undo<'_>) -> Db<UndoOutcome> {
    let seqs = tx.all(NESTED, &[&undo.id.uuid()]).await?;
    let seqs: Vec<i64> = seqs.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    let target = *seqs.first().ok_or(Refusal::OperationNotFound)?;
    let rows = tx.all(TAKE, &[&seqs]).await?;
    let undo_chain =
        UndoChain(rows.iter().map(|row| stored(row).map(|stored| (stored.seq, stored))).collect::<Db<_>>()?);
    let target = undo_chain.get(target)?;
    if !target.kind.can_be_undone() {
        return Err(Refusal::NotUndoable.into());
    }
    if target.undone {
        return Err(Refusal::AlreadyUndone.into());
    }
    let (restored, mut done, failed, follows) = sort_out(tx, &undo_chain, target, undo).await?;
    let caller = &tx.taking_effect(caller, follows);
    for item in &mut done {
        item.updated_at = caller.at;
    }
    let operation = write(tx, caller, actor, &undo_chain, (target, undo.job), &restored, failed.len()).await?;
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
    Ok(UndoOutcome { operation: operation.map(|(_, id)| id), done, failed })
}

/// Locks what the undo may restore, and sorts its items into restorable and failed ones; also returns the times that it
/// follows.
async fn sort_out(
    tx: &mut Conn,
    undo_chain: &UndoChain,
    target: &Stored,
    undo: &Undo<'_>,
) -> Db<(Vec<Restored>, Vec<BulkItem>, Vec<ItemFailure>, Vec<Timestamp>)> {
    let mut open: Vec<(usize, Item)> =
        target.items.iter().copied().enumerate().filter(|(place, _)| !target.marks[*place]).collect();
    let ids = detail::heads(tx, open.iter().map(|(_, item)| item.opportunity).collect()).await?;
    if let Some(only) = undo.only {
        open.retain(|(_, item)| ids.get(&item.opportunity).is_some_and(|(_, id)| only.contains(id)));
    }
    let holders = open.iter().filter_map(|(_, item)| item.before.and_then(|before| before.holder)).collect();
    let holders = hold(tx, holders).await?;
    let seqs: Vec<i64> = open.iter().map(|(_, item)| item.opportunity).collect();
    let hots: HashMap<i64, Hot> = hot::lock_many(tx, seqs).await?.into_iter().map(|hot| (hot.seq, hot)).collect();
    let touched = touched(tx, undo_chain, target, &open, &hots).await?;
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
            Err(error) => failed.push(ItemFailure { sent: id.to_string(), error }),
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

/// An item's effective operation after the target: the target itself or, for an undo, the effective operation before
/// the one it undid.
fn left(undo_chain: &UndoChain, target: &Stored, opportunity: i64) -> Db<i64> {
    let Some(undone) = target.undoes else { return Ok(target.seq) };
    let item = undo_chain.get(undone)?.items.iter().find(|item| item.opportunity == opportunity);
    let before = item.and_then(|item| item.before);
    let broken =
        || Fault::inconsistent(format!("operations.seq {undone}: lacks what operations.seq {} took back", target.seq));
    before.map(|before| before.effective_operation).ok_or_else(broken)
}

/// Errors of items that were touched since: by opportunity, naming the newest operation that touched it.
async fn touched(
    tx: &mut Conn,
    undo_chain: &UndoChain,
    target: &Stored,
    open: &[(usize, Item)],
    hots: &HashMap<i64, Hot>,
) -> Db<HashMap<i64, ItemError>> {
    let mut heads = Vec::new();
    for (_, item) in open {
        if let Some(hot) = hots.get(&item.opportunity).filter(|hot| !hot.deleted)
            && hot.effective_operation != left(undo_chain, target, item.opportunity)?
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
    let errors = newest.into_iter().map(|(opportunity, step)| {
        let touch = chain::shown(&step, &people);
        (opportunity, ItemError::Touched { operation: touch.operation_id, actor: touch.actor_id, at: touch.at })
    });
    Ok(errors.collect())
}

async fn by_seq(tx: &mut Conn, opportunity: i64, seq: i64) -> Db<Step> {
    let found = tx.one(NEWEST, &[&seq]).await?;
    let mut row = Reader::new(&found);
    let (seq, id) = (row.next()?, OperationId::from_uuid(row.next()?));
    Ok(Step { opportunity, seq, id, at: row.time()?, actor: row.next()?, undoes: row.next()? })
}

/// Whether an item can be restored: its current hot row, and the state to restore.
fn check<'a>(
    hot: Option<&'a Hot>,
    item: Item,
    touched: &HashMap<i64, ItemError>,
    holders: &HashMap<i64, Person>,
    target: &Stored,
    assignable: &Roles,
) -> Db<Result<(&'a Hot, Before), ItemError>> {
    let Some(hot) = hot else { return Ok(Err(ItemError::NotFound)) };
    let broken = || Fault::inconsistent(format!("operations.seq {}: an item that did not exist before", target.seq));
    let before = item.before.ok_or_else(broken)?;
    if let Some(error) = touched.get(&item.opportunity) {
        return Ok(Err(error.clone()));
    }
    if let Some(holder) = before.holder.and_then(|seq| holders.get(&seq)) {
        let named = (holder.id, holder.name.clone());
        if !holder.is_active {
            return Ok(Err(ItemError::EarlierHolderInactive { holder: named }));
        }
        if !assignable.contains(holder.role_name) {
            return Ok(Err(ItemError::EarlierHolderNotAssignable { holder: named }));
        }
    }
    Ok(Ok((hot, before)))
}

/// Writes the undo, the notes, and the marks on the undone operations.
async fn write(
    tx: &mut Conn,
    caller: &Caller,
    actor: &Actor,
    undo_chain: &UndoChain,
    (target, job): (&Stored, Option<JobId>),
    restored: &[Restored],
    failed: usize,
) -> Db<Option<(i64, OperationId)>> {
    if restored.is_empty() {
        return Ok(None);
    }
    let mut operation = NewOperation::new(OperationKind::Undo, actor.seq, caller.at);
    operation.failed = failed;
    operation.job = job;
    operation.undoes = Some(target.seq);
    let changed: Vec<Item> = restored.iter().map(|each| each.item).collect();
    let effective: Vec<i64> = restored.iter().map(|each| each.effective).collect();
    let seq = hot::record(tx, &operation, &changed, Some(effective)).await?;
    notes(tx, caller, undo_chain, target, &changed).await?;
    let places: HashSet<usize> = restored.iter().map(|each| each.place).collect();
    mark(tx, target, &places, true, seq).await?;
    // The operation that the target had undone is in effect again, the one that this had undone is not, and so on.
    let opportunities: HashSet<i64> = changed.iter().map(|item| item.opportunity).collect();
    let (mut outer, mut marked, mut by) = (target.undoes, true, target.seq);
    while let Some(next) = outer {
        let inner = undo_chain.get(next)?;
        marked = !marked;
        let places = inner.items.iter().enumerate().filter(|(_, item)| opportunities.contains(&item.opportunity));
        mark(tx, inner, &places.map(|(place, _)| place).collect(), marked, by).await?;
        by = inner.seq;
        outer = inner.undoes;
    }
    Ok(Some((seq, operation.id)))
}

/// Marks items as undone by the operation `by`, or clears their marks.
async fn mark(tx: &mut Conn, operation: &Stored, places: &HashSet<usize>, marked: bool, by: i64) -> Db<()> {
    let mut marks = operation.marks.clone();
    for &place in places {
        if let Some(mark) = marks.get_mut(place) {
            *mark = marked;
        }
    }
    let undone_by = (marked && all_restored(tx, operation, &marks).await?).then_some(by);
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

/// Removes the note that the operation added; an undo of an undo adds it again.
async fn notes(tx: &mut Conn, caller: &Caller, undo_chain: &UndoChain, target: &Stored, changed: &[Item]) -> Db<()> {
    let (mut note, mut outer, mut takes_back) = (target.note.as_deref(), target.undoes, true);
    while let Some(next) = outer {
        let inner = undo_chain.get(next)?;
        takes_back = !takes_back;
        (note, outer) = (inner.note.as_deref(), inner.undoes);
    }
    let Some(note) = note else { return Ok(()) };
    let seqs: Vec<i64> = changed.iter().map(|item| item.opportunity).collect();
    let (mut written, mut texts) = (Vec::new(), Vec::new());
    for row in tx.all(NOTES, &[&seqs]).await? {
        let (seq, present): (i64, Option<&str>) = (row.try_get(0)?, row.try_get(1)?);
        let notes = if takes_back { remove_note(present, note) } else { Some(add_note(present, note)) };
        if notes.as_deref() != present {
            written.push(seq);
            texts.push(notes.map(Folded));
        }
    }
    if !written.is_empty() {
        tx.run(NOTED, &[&written, &texts, &At(caller.at)]).await?;
    }
    Ok(())
}
