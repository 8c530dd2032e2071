//! The hot rows: holder and status of each opportunity. Every change of one is an operation. Changes decided in several
//! steps go through [`record`]; bulk requests have a statement of their own (see [`crate::assignments::bulk`]).
//!
//! Locks are always taken in the same order: users, then hot rows by seq, then the facts of their opportunities. So
//! transactions may wait for each other, but never deadlock.

use std::collections::BTreeMap;

use reparto_domain::{ImportId, JobId, OpportunityId, Status, operations::OperationKind};
pub(crate) use reparto_store_rows::operations::{Before, Hot, Item, NewOperation};
use tokio_postgres::Row;

use crate::{
    engine::{
        errors::Db,
        params::{At, Text},
        tx::Conn,
    },
    rows::Reader,
    statements::statements,
};

statements! {
    // Two steps in one statement: the id gives the seq, then the newest version of the hot row is locked.
    LOCK = "SELECT a.seq, a.holder, a.status, a.last_operation, a.effective_operation, a.deleted, a.updated_at, \
        a.do_not_contact FROM assignments a \
        WHERE a.seq = (SELECT o.seq FROM opportunities o WHERE o.id = $1) FOR NO KEY UPDATE";
    LOCK_MANY = "SELECT a.seq, a.holder, a.status, a.last_operation, a.effective_operation, a.deleted, a.updated_at, \
        a.do_not_contact FROM assignments a WHERE a.seq = ANY($1) ORDER BY a.seq FOR NO KEY UPDATE";
    MARK = "WITH hot AS (UPDATE assignments SET do_not_contact = true WHERE seq = ANY($1)) \
        UPDATE opportunities SET do_not_contact = true WHERE seq = ANY($1)";
    RECORD = "WITH \
        op AS MATERIALIZED (SELECT nextval('operations_seq_seq') AS seq), \
        item AS MATERIALIZED ( \
            SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::smallint[], $5::bigint[]) \
                AS i (seq, holder, status, previous_status, effective)), \
        updated AS ( \
            UPDATE assignments a SET holder = i.holder, status = i.status, deleted = $6::boolean, updated_at = $7::timestamptz, \
                last_operation = op.seq, effective_operation = coalesce(i.effective, op.seq) \
            FROM item i, op WHERE a.seq = i.seq AND i.previous_status IS NOT NULL), \
        inserted AS ( \
            INSERT INTO assignments (seq, holder, status, updated_at, last_operation, effective_operation) \
            SELECT i.seq, i.holder, i.status, $7, op.seq, op.seq FROM item i, op WHERE i.previous_status IS NULL), \
        counted AS ( \
            INSERT INTO assignment_deltas (operation, statuses, holders, ns) \
            SELECT op.seq, $8, $9, $10 FROM op WHERE cardinality($8::smallint[]) > 0) \
        INSERT INTO operations (seq, id, kind, actor, at, note, new_holder, new_status, item_count, failed_count, job, \
            undoes, item_seqs, previous_holders, previous_statuses, previous_operations, previous_effectives, \
            new_holders, new_statuses, import) \
        SELECT op.seq, $11, $12, $13, $7, $14, $15, $16, cardinality($1), $17, $18, $19, $1, $20, $4, $21, $22, $23, $24, $25 \
        FROM op RETURNING seq";
}

/// The hot row in the columns of [`LOCK`].
pub(crate) fn hot(row: &Row) -> Db<Hot> {
    let mut row = Reader::new(row);
    Ok(Hot {
        seq: row.next()?,
        holder: row.next()?,
        status: row.number(Status::from_number)?,
        last_operation: row.next()?,
        effective_operation: row.next()?,
        deleted: row.next()?,
        updated_at: row.time()?,
        do_not_contact: row.next()?,
    })
}

/// Locks the hot row of an opportunity that exists and is not deleted, until the transaction ends.
pub(crate) async fn lock(tx: &mut Conn, id: OpportunityId) -> Db<Option<Hot>> {
    let found = tx.opt(LOCK, &[&id.uuid()]).await?;
    Ok(found.as_ref().map(hot).transpose()?.filter(|hot| !hot.deleted))
}

/// Locks the hot rows with these seqs, including deleted ones, in order of seq, until the transaction ends.
pub(crate) async fn lock_many(tx: &mut Conn, seqs: Vec<i64>) -> Db<Vec<Hot>> {
    tx.all(LOCK_MANY, &[&seqs]).await?.iter().map(hot).collect()
}

/// Marks new opportunities as those of contacts who do not want to be contacted.
pub(crate) async fn mark_do_not_contact(tx: &mut Conn, seqs: Vec<i64>) -> Db<()> {
    tx.run(MARK, &[&seqs]).await
}

/// Writes an operation, its hot rows (which the transaction has locked) and the deltas of the counts, in one statement;
/// returns the operation's seq. An item without `before` creates the hot row; an operation of kind `delete` marks it as
/// deleted. `effective` is passed by an undo: for each item, the operation that its state comes from; otherwise that is
/// the new operation.
pub(crate) async fn record(
    tx: &mut Conn,
    operation: &NewOperation<'_>,
    items: &[Item],
    effective: Option<Vec<i64>>,
) -> Db<i64> {
    let deleted = operation.kind == OperationKind::Delete;
    let deltas = Deltas::of(items, deleted);
    let holders: Vec<Option<i64>> = items.iter().map(|item| item.holder).collect();
    let statuses: Vec<i16> = items.iter().map(|item| item.status.number()).collect();
    let before = |what: fn(&Before) -> i64| -> Vec<Option<i64>> {
        items.iter().map(|item| item.before.as_ref().map(what)).collect()
    };
    let one_holder = one(&holders);
    let one_status = one(&statuses);
    let previous_holders: Vec<Option<i64>> = items.iter().map(|item| item.before.and_then(|b| b.holder)).collect();
    let previous_statuses: Vec<Option<i16>> = items.iter().map(|item| item.before.map(|b| b.status.number())).collect();
    let effective: Vec<Option<i64>> = match effective {
        Some(each) => each.into_iter().map(Some).collect(),
        None => vec![None; items.len()],
    };
    tx.count(
        RECORD,
        &[
            &items.iter().map(|item| item.opportunity).collect::<Vec<_>>(),
            &holders,
            &statuses,
            &previous_statuses,
            &effective,
            &deleted,
            &At(operation.at),
            &deltas.statuses,
            &deltas.holders,
            &deltas.ns,
            &operation.id.uuid(),
            &operation.kind.number(),
            &operation.actor,
            &operation.note.map(Text),
            &one_holder.flatten(),
            &one_status,
            &i32::try_from(operation.failed).unwrap_or(i32::MAX),
            &operation.job.map(JobId::uuid),
            &operation.undoes,
            &previous_holders,
            &before(|before| before.last_operation),
            &before(|before| before.effective_operation),
            &one_holder.is_none().then(|| holders.clone()),
            &one_status.is_none().then(|| statuses.clone()),
            &operation.import.map(ImportId::uuid),
        ],
    )
    .await
}

/// The value that all of them have.
fn one<T: Copy + PartialEq>(values: &[T]) -> Option<T> {
    let first = *values.first()?;
    values.iter().all(|value| *value == first).then_some(first)
}

/// How the counts by status and holder (0: nobody) change.
#[derive(Debug, Default)]
struct Deltas {
    statuses: Vec<i16>,
    holders: Vec<i64>,
    ns: Vec<i64>,
}

impl Deltas {
    fn of(items: &[Item], deleted: bool) -> Self {
        let mut sums: BTreeMap<(i16, i64), i64> = BTreeMap::new();
        for item in items {
            if let Some(before) = item.before {
                *sums.entry((before.status.number(), before.holder.unwrap_or(0))).or_default() -= 1;
            }
            if !deleted {
                *sums.entry((item.status.number(), item.holder.unwrap_or(0))).or_default() += 1;
            }
        }
        let mut deltas = Self::default();
        for ((status, holder), n) in sums {
            if n != 0 {
                deltas.statuses.push(status);
                deltas.holders.push(holder);
                deltas.ns.push(n);
            }
        }
        deltas
    }
}
