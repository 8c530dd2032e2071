//! An operation as it is stored, with its items.

use reparto_domain::{
    JobId, OperationId, Status, Timestamp, UserId,
    operations::{Operation, OperationKind},
    users::display_name,
};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::{
    engine::errors::{Db, Fault},
    hot::{Before, Item},
    rows::{Reader, meaningless},
};

/// The columns of `operations p`, `users u` (the actor) and `operations b` (its undo) that make an [`Operation`], after
/// its seq.
macro_rules! operation_columns {
    () => {
        "p.seq, p.id, p.kind, p.at, p.note, p.job, p.item_count, p.failed_count, b.id, p.actor, u.id, u.email, \
         u.full_name, u.first_name, u.last_name"
    };
}

/// The tables of [`operation_columns`].
macro_rules! operation_tables {
    () => {
        "operations p LEFT JOIN users u ON u.seq = p.actor LEFT JOIN operations b ON b.seq = p.undone_by"
    };
}

/// The columns of the items of `operations p`.
macro_rules! item_columns {
    () => {
        "p.item_seqs, p.previous_holders, p.previous_statuses, p.previous_operations, p.previous_effectives, \
         p.new_holder, p.new_holders, p.new_status, p.new_statuses"
    };
}
pub(crate) use {item_columns, operation_columns, operation_tables};

/// The seq and the operation in the next columns; see [`operation_columns`].
pub(super) fn operation(row: &mut Reader<'_>) -> Db<(i64, Operation)> {
    let seq = row.next()?;
    let id = OperationId::from_uuid(row.next()?);
    let (kind, at, note) = (row.number(OperationKind::from_number)?, row.time()?, row.next()?);
    let job_id = row.next::<Option<Uuid>>()?.map(JobId::from_uuid);
    let (assigned, failed): (i32, i32) = (row.next()?, row.next()?);
    let undone_by = row.next::<Option<Uuid>>()?.map(OperationId::from_uuid);
    let actor: Option<i64> = row.next()?;
    let actor_id = row.next::<Option<Uuid>>()?.map(UserId::from_uuid);
    if actor.is_some() && actor_id.is_none() {
        return Err(Fault::inconsistent(format!("operations.seq {seq}: its actor is no user")));
    }
    let email: Option<&str> = row.next()?;
    let (full, first, last) = (row.next()?, row.next()?, row.next()?);
    let actor_name = email.map(|email| display_name(full, first, last, email));
    let operation = Operation {
        id,
        kind,
        actor_id,
        actor_name,
        at,
        note,
        job_id,
        undone_by,
        assigned_count: assigned.max(0) as u64,
        failed_count: failed.max(0) as u64,
    };
    Ok((seq, operation))
}

/// The items in the next columns; see [`item_columns`].
pub(crate) fn items(row: &mut Reader<'_>) -> Db<Vec<Item>> {
    let seqs: Vec<i64> = row.next()?;
    let holders: Vec<Option<i64>> = row.next()?;
    let statuses: Vec<Option<i16>> = row.next()?;
    let (operations, effectives): (Vec<Option<i64>>, Vec<Option<i64>>) = (row.next()?, row.next()?);
    let new_holder: Option<i64> = row.next()?;
    let new_holders: Option<Vec<Option<i64>>> = row.next()?;
    let new_status: Option<i16> = row.next()?;
    let new_statuses: Option<Vec<i16>> = row.next()?;
    let whole = [holders.len(), statuses.len(), operations.len(), effectives.len()].iter().all(|n| *n == seqs.len())
        && new_holders.as_ref().is_none_or(|all| all.len() == seqs.len())
        && new_statuses.as_ref().is_none_or(|all| all.len() == seqs.len());
    if !whole {
        return Err(Fault::inconsistent("operations: arrays of one row differ in length"));
    }
    let status = |number: i16| Status::from_number(number.into()).ok_or_else(|| meaningless("status"));
    let mut items = Vec::with_capacity(seqs.len());
    for (place, opportunity) in seqs.into_iter().enumerate() {
        let before = match (statuses[place], operations[place], effectives[place]) {
            (Some(number), Some(last_operation), Some(effective_operation)) => {
                Some(Before { holder: holders[place], status: status(number)?, last_operation, effective_operation })
            }
            _ => None,
        };
        let holder = new_holders.as_ref().map_or(new_holder, |all| all[place]);
        let number = new_statuses.as_ref().map(|all| all[place]).or(new_status);
        let number = number.ok_or_else(|| Fault::inconsistent("operations: a row without a new status"))?;
        items.push(Item { opportunity, before, holder, status: status(number)? });
    }
    Ok(items)
}

/// An operation with the data that an undo needs.
#[derive(Debug)]
pub(super) struct Stored {
    pub seq: i64,
    pub id: OperationId,
    pub kind: OperationKind,
    pub at: Timestamp,
    pub note: Option<String>,
    pub undoes: Option<i64>,
    pub undone: bool,
    pub marks: Vec<bool>,
    pub items: Vec<Item>,
}

/// The operation in the columns of [`super::undo::TAKE`].
pub(super) fn stored(row: &Row) -> Db<Stored> {
    let mut row = Reader::new(row);
    let (seq, id) = (row.next()?, OperationId::from_uuid(row.next()?));
    let (kind, at) = (row.number(OperationKind::from_number)?, row.time()?);
    let (note, undoes) = (row.next()?, row.next()?);
    let undone = row.next::<Option<i64>>()?.is_some();
    let marks: Option<Vec<bool>> = row.next()?;
    let items = items(&mut row)?;
    let marks = marks.filter(|marks| marks.len() == items.len()).unwrap_or_else(|| vec![false; items.len()]);
    Ok(Stored { seq, id, kind, at, note, undoes, undone, marks, items })
}

/// An operation in the chain of one opportunity.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub opportunity: i64,
    pub seq: i64,
    pub id: OperationId,
    pub at: Timestamp,
    pub actor: Option<i64>,
    pub undoes: Option<i64>,
}
