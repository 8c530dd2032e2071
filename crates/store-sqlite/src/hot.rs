//! The hot rows: holder and status of each opportunity. Every change of one is an operation, and goes through
//! [`record`], which writes operation, hot rows and counts together.

use std::collections::BTreeMap;

use reparto_domain::{ImportId, JobId, OpportunityId, Status, Timestamp, operations::OperationKind};
use reparto_store::StoreResult;
use reparto_store_rows::numbers::signed;
pub(crate) use reparto_store_rows::operations::{Hot, NewOperation};
use rusqlite::{Connection, params};

use crate::{
    engine::{Conn as _, errors::IntoStore as _},
    items::{self, Item},
    rows::Reader,
    statements::statements,
};

statements! {
    BY_ID = "SELECT a.seq, a.holder, a.status, a.last_operation, a.effective_operation, a.deleted, a.updated_at, \
        a.do_not_contact FROM opportunities o CROSS JOIN assignments a ON a.seq = o.seq WHERE o.id = ?1";
    BY_SEQ = "SELECT seq, holder, status, last_operation, effective_operation, deleted, updated_at, \
        do_not_contact FROM assignments WHERE seq = ?1";
    OPERATION = "INSERT INTO operations (id, kind, actor, at, note, new_holder, item_count, failed_count, job, undoes, \
        items, import) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    CREATED = "INSERT INTO assignments (seq, holder, status, updated_at, last_operation, effective_operation) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    CHANGED = "UPDATE assignments SET holder = ?2, status = ?3, updated_at = ?4, last_operation = ?5, \
        effective_operation = ?6 WHERE seq = ?1";
    DELETED = "UPDATE assignments SET deleted = 1, updated_at = ?2, last_operation = ?3, effective_operation = ?3 \
        WHERE seq = ?1";
    EDITED = "UPDATE assignments SET updated_at = ?2 WHERE seq = ?1";
    MARK_HOT = "UPDATE assignments SET do_not_contact = 1 WHERE seq = ?1";
    MARK = "UPDATE opportunities SET do_not_contact = 1 WHERE seq = ?1";
    COUNT = "INSERT INTO assignment_counts (status, holder, n) VALUES (?1, ?2, ?3) \
        ON CONFLICT (status, holder) DO UPDATE SET n = n + excluded.n";
}

fn hot(row: &mut Reader<'_>) -> StoreResult<Hot> {
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

/// The hot row of an opportunity that exists and is not deleted.
pub(crate) fn live(conn: &Connection, id: OpportunityId) -> StoreResult<Option<Hot>> {
    let found = conn.opt(BY_ID, [id.as_bytes()], hot)?;
    Ok(found.filter(|hot| !hot.deleted))
}

/// The hot row with this seq, deleted or not.
pub(crate) fn by_seq(conn: &Connection, seq: i64) -> StoreResult<Option<Hot>> {
    conn.opt(BY_SEQ, [seq], hot)
}

/// Records the time of a change that is not an operation: an edit of other fields of an opportunity.
pub(crate) fn edited(conn: &Connection, seq: i64, at: Timestamp) -> StoreResult<()> {
    conn.run(EDITED, params![seq, at.micros()])?;
    Ok(())
}

/// Marks a new opportunity as that of a contact who does not want to be contacted.
pub(crate) fn mark_do_not_contact(conn: &Connection, seq: i64) -> StoreResult<()> {
    conn.run(MARK_HOT, [seq])?;
    conn.run(MARK, [seq])?;
    Ok(())
}

/// Writes an operation, its hot rows and the counts; returns the operation's seq. An item without `before` creates the
/// hot row; an operation of kind `delete` marks it as deleted. `effective` is passed by an undo: for each item, the
/// operation that its state comes from; otherwise that is the new operation.
pub(crate) fn record(
    conn: &Connection,
    operation: &NewOperation<'_>,
    changed: &[Item],
    effective: Option<&[i64]>,
) -> StoreResult<i64> {
    let mut holders = changed.iter().map(|item| item.holder);
    let first = holders.next().flatten();
    let one_holder = first.filter(|_| holders.all(|holder| holder == first));
    let seq = conn.insert(
        OPERATION,
        params![
            operation.id.as_bytes(),
            operation.kind.number(),
            operation.actor,
            operation.at.micros(),
            operation.note,
            one_holder,
            signed(changed.len()),
            signed(operation.failed),
            operation.job.as_ref().map(JobId::as_bytes),
            operation.undoes,
            items::pack(changed),
            operation.import.as_ref().map(ImportId::as_bytes),
        ],
    )?;
    let at = operation.at.micros();
    // In the order of the table, so that neighbouring rows are written together.
    let mut order: Vec<usize> = (0..changed.len()).collect();
    order.sort_unstable_by_key(|&place| changed[place].opportunity);
    let mut created = conn.prepared(CREATED)?;
    let mut updated = conn.prepared(CHANGED)?;
    let mut deleted = conn.prepared(DELETED)?;
    let mut counts = Counts::default();
    for place in order {
        let item = &changed[place];
        let effective = effective.and_then(|each| each.get(place).copied()).unwrap_or(seq);
        let status = item.status.number();
        if operation.kind == OperationKind::Delete {
            deleted.execute(params![item.opportunity, at, seq]).into_store()?;
        } else {
            let statement = if item.before.is_some() { &mut updated } else { &mut created };
            statement.execute(params![item.opportunity, item.holder, status, at, seq, effective]).into_store()?;
            counts.add(item.status, item.holder, 1);
        }
        if let Some(before) = item.before {
            counts.add(before.status, before.holder, -1);
        }
    }
    counts.write(conn)?;
    Ok(seq)
}

/// How the counts by status and holder change.
#[derive(Debug, Default)]
struct Counts(BTreeMap<(i16, i64), i64>);

impl Counts {
    fn add(&mut self, status: Status, holder: Option<i64>, n: i64) {
        *self.0.entry((status.number(), holder.unwrap_or(0))).or_default() += n;
    }

    fn write(self, conn: &Connection) -> StoreResult<()> {
        let mut statement = conn.prepared(COUNT)?;
        for ((status, holder), n) in self.0 {
            if n != 0 {
                statement.execute(params![status, holder, n]).into_store()?;
            }
        }
        Ok(())
    }
}
