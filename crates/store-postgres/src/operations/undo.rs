//! Taking an operation back.

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
    /// The operation, what it took back, what that took back, and so on.
    NESTED = "WITH RECURSIVE nested (seq, undoes) AS ( \
            SELECT seq, undoes FROM operations WHERE id = $1 \
            UNION ALL SELECT p.seq, p.undoes FROM nested n JOIN operations p ON p.seq = n.undoes) \
        SELECT seq FROM nested";
    // In order of seq, oldest first: two undos of one another wait, and never in a circle.
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
    once!(tx, caller, &actor, keyed, carry_out(tx, caller, &actor, &undo))
}

/// What is taken back.
struct Undo<'a> {
    id: OperationId,
    /// The job that it is a chunk of.
    job: Option<JobId>,
    /// Only the items of these opportunities.
    only: Option<&'a HashSet<OpportunityId>>,
    assignable: &'a Roles,
}

/// Takes those items of an operation back that belong to a job's chunk. The actor's right is the caller's to check.
pub(crate) async fn undo_chunk(
    tx: &mut Conn,
    caller: &Caller,
    actor: &Actor,
    (id, job): (OperationId, JobId),
    only: &HashSet<OpportunityId>,
    assignable: &Roles,
) -> Db<UndoOutcome> {
    carry_out(tx, caller, actor, &Undo { id, job: Some(job), only: Some(only), assignable }).await
}

/// An item that can be given back, and the place it has in the operation.
struct GivenBack {
    place: usize,
    item: Item,
    effective: i64,
}

/// The operation to take back, and what it took back itself, and so on.
struct Nest(HashMap<i64, Stored>);

impl Nest {
    fn get(&self, seq: i64) -> Db<&Stored> {
        self.0.get(&seq).ok_or_else(|| Fault::inconsistent(format!("operations has no row with seq {seq}")))
    }
}

async fn carry_out(tx: &mut Conn, caller: &Caller, actor: &Actor, undo: &Undo<'_>) -> Db<UndoOutcome> {
    let seqs = tx.all(NESTED, &[&undo.id.uuid()]).await?;
    let seqs: Vec<i64> = seqs.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    let target = *seqs.first().ok_or(Refusal::OperationNotFound)?;
    let rows = tx.all(TAKE, &[&seqs]).await?;
    let nest = Nest(rows.iter().map(|row| stored(row).map(|stored| (stored.seq, stored))).collect::<Db<_>>()?);
    let target = nest.get(target)?;
    if !target.kind.can_be_undone() {
        return Err(Refusal::NotUndoable.into());
    }
    if target.undone {
        return Err(Refusal::AlreadyUndone.into());
    }
    let (given_back, mut done, failed, follows) = sort_out(tx, &nest, target, undo).await?;
    let caller = &tx.taking_effect(caller, follows);
    for item in &mut done {
        item.updated_at = caller.at;
    }
    let operation = write(tx, caller, actor, &nest, (target, undo.job), &given_back, failed.len()).await?;
    let entry = audit::Entry {
        action: action::OPERATION_UNDONE,
        entity: EntityType::Operation,
        entity_id: Some(target.id.uuid()),
        operation: operation.map(|(seq, _)| seq),
        details: json!({
            "undone_operation_id": target.id,
            "assigned_count": done.len(),
            "failed_count": failed.len(),
        }),
    };
    audit::record(tx, caller, actor, &entry).await?;
    Ok(UndoOutcome { operation: operation.map(|(_, id)| id), done, failed })
}

/// Locks what the operation may give back, and says of each item whether it does; and the times that this follows.
async fn sort_out(
    tx: &mut Conn,
    nest: &Nest,
    target: &Stored,
    undo: &Undo<'_>,
) -> Db<(Vec<GivenBack>, Vec<BulkItem>, Vec<ItemFailure>, Vec<Timestamp>)> {
    let mut open: Vec<(usize, Item)> =
        target.items.iter().copied().enumerate().filter(|(place, _)| !target.marks[*place]).collect();
    let ids = detail::heads(tx, open.iter().map(|(_, item)| item.opportunity).collect()).await?;
    if let Some(only) = undo.only {
        open.retain(|(_, item)| ids.get(&item.opportunity).is_some_and(|(_, id)| only.contains(id)));
    }
    let holders = open.iter().filter_map(|(_, item)| item.before.and_then(|before| before.holder)).collect();
    let holders = hold(tx, holders).await?;
    let seqs: Vec<i64> = open.iter().map(|(_, item)| item.opportunity).collect();
    let hots: HashMap<i64, Hot> = hot::take_many(tx, seqs).await?.into_iter().map(|hot| (hot.seq, hot)).collect();
    let touched = touched(tx, nest, target, &open, &hots).await?;
    let (mut given_back, mut done, mut failed) = (Vec::new(), Vec::new(), Vec::new());
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
                given_back.push(GivenBack { place, item, effective: before.effective_operation });
            }
        }
    }
    Ok((given_back, done, failed, follows))
}

/// What the operation left as the source of an item's state: itself, or for an undo what stood before the one that it
/// took back.
fn left(nest: &Nest, target: &Stored, opportunity: i64) -> Db<i64> {
    let Some(undone) = target.undoes else { return Ok(target.seq) };
    let item = nest.get(undone)?.items.iter().find(|item| item.opportunity == opportunity);
    let before = item.and_then(|item| item.before);
    let broken =
        || Fault::inconsistent(format!("operations.seq {undone}: lacks what operations.seq {} took back", target.seq));
    before.map(|before| before.effective_operation).ok_or_else(broken)
}

/// What keeps items from being given back: by opportunity, the newest operation that touched it since.
async fn touched(
    tx: &mut Conn,
    nest: &Nest,
    target: &Stored,
    open: &[(usize, Item)],
    hots: &HashMap<i64, Hot>,
) -> Db<HashMap<i64, ItemError>> {
    let mut heads = Vec::new();
    for (_, item) in open {
        if let Some(hot) = hots.get(&item.opportunity).filter(|hot| !hot.deleted)
            && hot.effective_operation != left(nest, target, item.opportunity)?
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

/// Whether an item can be given back: the hot row as it is, and as it shall be again.
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

/// Writes the undo, the notes, and the marks on what it took back.
async fn write(
    tx: &mut Conn,
    caller: &Caller,
    actor: &Actor,
    nest: &Nest,
    (target, job): (&Stored, Option<JobId>),
    given_back: &[GivenBack],
    failed: usize,
) -> Db<Option<(i64, OperationId)>> {
    if given_back.is_empty() {
        return Ok(None);
    }
    let mut operation = NewOperation::new(OperationKind::Undo, actor.seq, caller.at);
    operation.failed = failed;
    operation.job = job;
    operation.undoes = Some(target.seq);
    let changed: Vec<Item> = given_back.iter().map(|each| each.item).collect();
    let effective: Vec<i64> = given_back.iter().map(|each| each.effective).collect();
    let seq = hot::record(tx, &operation, &changed, Some(effective)).await?;
    notes(tx, caller, nest, target, &changed).await?;
    let places: HashSet<usize> = given_back.iter().map(|each| each.place).collect();
    mark(tx, target, &places, true, seq).await?;
    // What the target took back holds again, what that took back does not, and so on.
    let opportunities: HashSet<i64> = changed.iter().map(|item| item.opportunity).collect();
    let (mut outer, mut marked, mut by) = (target.undoes, true, target.seq);
    while let Some(next) = outer {
        let inner = nest.get(next)?;
        marked = !marked;
        let places = inner.items.iter().enumerate().filter(|(_, item)| opportunities.contains(&item.opportunity));
        mark(tx, inner, &places.map(|(place, _)| place).collect(), marked, by).await?;
        by = inner.seq;
        outer = inner.undoes;
    }
    Ok(Some((seq, operation.id)))
}

/// Marks items as given back by the operation `by`, or takes the marks away.
async fn mark(tx: &mut Conn, operation: &Stored, places: &HashSet<usize>, marked: bool, by: i64) -> Db<()> {
    let mut marks = operation.marks.clone();
    for &place in places {
        if let Some(mark) = marks.get_mut(place) {
            *mark = marked;
        }
    }
    let undone_by = (marked && all_given_back(tx, operation, &marks).await?).then_some(by);
    let marks = marks.contains(&true).then_some(marks);
    tx.run(MARK, &[&operation.seq, &marks, &undone_by]).await?;
    Ok(())
}

/// Whether everything that can ever be given back is: a deleted opportunity cannot.
async fn all_given_back(tx: &mut Conn, operation: &Stored, marks: &[bool]) -> Db<bool> {
    let rest: Vec<i64> =
        operation.items.iter().zip(marks).filter(|(_, marked)| !**marked).map(|(item, _)| item.opportunity).collect();
    Ok(rest.is_empty() || tx.all(LIVE, &[&rest]).await?.is_empty())
}

/// Takes the note back that the operation added; an undo of an undo adds it again.
async fn notes(tx: &mut Conn, caller: &Caller, nest: &Nest, target: &Stored, changed: &[Item]) -> Db<()> {
    let (mut note, mut outer, mut takes_back) = (target.note.as_deref(), target.undoes, true);
    while let Some(next) = outer {
        let inner = nest.get(next)?;
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
