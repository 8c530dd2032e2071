//! An operation as it is stored, with its items.

use reparto_domain::{
    ImportId, JobId, OperationId, Timestamp, UserId,
    operations::{Operation, OperationKind},
    users::display_name,
};
use reparto_store_rows::numbers::counted;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::{
    engine::errors::{Db, Fault},
    items::{Item, items},
    rows::Reader,
};

/// The columns of `operations p`, `users u` (the actor) and `operations b` (its undo) that make an [`Operation`], after
/// its seq.
macro_rules! operation_columns {
    () => {
        "p.seq, p.id, p.kind, p.at, p.note, p.job, p.import, p.item_count, p.failed_count, b.id, p.actor, u.id, u.email, \
         u.full_name, u.first_name, u.last_name"
    };
}

/// The tables of [`operation_columns`].
macro_rules! operation_tables {
    () => {
        "operations p LEFT JOIN users u ON u.seq = p.actor LEFT JOIN operations b ON b.seq = p.undone_by"
    };
}

pub(crate) use {operation_columns, operation_tables};

/// The seq and the operation in the next columns; see [`operation_columns`].
pub(super) fn operation(row: &mut Reader<'_>) -> Db<(i64, Operation)> {
    let seq = row.next()?;
    let id = OperationId::from_uuid(row.next()?);
    let (kind, at, note) = (row.number(OperationKind::from_number)?, row.time()?, row.next()?);
    let job_id = row.next::<Option<Uuid>>()?.map(JobId::from_uuid);
    let import_id = row.next::<Option<Uuid>>()?.map(ImportId::from_uuid);
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
        import_id,
        undone_by,
        assigned_count: counted(assigned.into()),
        failed_count: counted(failed.into()),
    };
    Ok((seq, operation))
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

/// The operation in the columns of [`super::undo::LOCK`].
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
