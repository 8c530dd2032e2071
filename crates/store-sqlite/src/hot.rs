//! The hot rows: who holds an opportunity and where it stands. Every change of one is an operation, and goes through
//! [`record`], which keeps operation, hot rows and counts in step.

use std::collections::BTreeMap;

use reparto_domain::{JobId, OperationId, OpportunityId, Status, Timestamp, operations::OperationKind};
use reparto_store::StoreResult;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::{
    error::Sql as _,
    items::{self, Before, Item},
    rows,
    statements::statements,
};

/// A hot row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hot {
    /// The opportunity's seq.
    pub seq: i64,
    /// Who holds it (a user's seq).
    pub holder: Option<i64>,
    /// Where it stands.
    pub status: Status,
    /// The newest operation in its history.
    pub last_operation: i64,
    /// The operation that its state comes from.
    pub effective_operation: i64,
    /// Whether the opportunity was deleted.
    pub deleted: bool,
    /// The time of the newest entry about it, in its history or in the audit log. Nothing that follows is earlier.
    pub updated_at: Timestamp,
}

impl Hot {
    /// What an operation that gives it to `holder` in `status` records.
    pub(crate) const fn becomes(&self, holder: Option<i64>, status: Status) -> Item {
        let before = Before {
            holder: self.holder,
            status: self.status,
            last_operation: self.last_operation,
            effective_operation: self.effective_operation,
        };
        Item { opportunity: self.seq, before: Some(before), holder, status }
    }
}

statements! {
    BY_ID = "SELECT a.seq, a.holder, a.status, a.last_operation, a.effective_operation, a.deleted, a.updated_at \
        FROM opportunities o CROSS JOIN assignments a ON a.seq = o.seq WHERE o.id = ?1";
    BY_SEQ = "SELECT seq, holder, status, last_operation, effective_operation, deleted, updated_at \
        FROM assignments WHERE seq = ?1";
    OPERATION = "INSERT INTO operations (id, kind, actor, at, note, new_holder, item_count, failed_count, job, undoes, \
        items) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    CREATED = "INSERT INTO assignments (seq, holder, status, updated_at, last_operation, effective_operation) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    CHANGED = "UPDATE assignments SET holder = ?2, status = ?3, updated_at = ?4, last_operation = ?5, \
        effective_operation = ?6 WHERE seq = ?1";
    DELETED = "UPDATE assignments SET deleted = 1, updated_at = ?2, last_operation = ?3, effective_operation = ?3 \
        WHERE seq = ?1";
    EDITED = "UPDATE assignments SET updated_at = ?2 WHERE seq = ?1";
    COUNT = "INSERT INTO assignment_counts (status, holder, n) VALUES (?1, ?2, ?3) \
        ON CONFLICT (status, holder) DO UPDATE SET n = n + excluded.n";
}

fn hot(row: &Row<'_>) -> rusqlite::Result<Hot> {
    Ok(Hot {
        seq: row.get(0)?,
        holder: row.get(1)?,
        status: rows::number(row, 2, Status::from_number)?,
        last_operation: row.get(3)?,
        effective_operation: row.get(4)?,
        deleted: row.get(5)?,
        updated_at: rows::time(row, 6)?,
    })
}

/// The hot row of an opportunity that is there and was not deleted.
pub(crate) fn live(conn: &Connection, id: OpportunityId) -> StoreResult<Option<Hot>> {
    let found = conn.prepare_cached(BY_ID).sql()?.query_row([id.as_bytes()], hot).optional().sql()?;
    Ok(found.filter(|hot| !hot.deleted))
}

/// The hot row of this seq, deleted or not.
pub(crate) fn by_seq(conn: &Connection, seq: i64) -> StoreResult<Option<Hot>> {
    conn.prepare_cached(BY_SEQ).sql()?.query_row([seq], hot).optional().sql()
}

/// Notes the time of a change that is no operation: an edit of what else is known about an opportunity.
pub(crate) fn edited(conn: &Connection, seq: i64, at: Timestamp) -> StoreResult<()> {
    conn.prepare_cached(EDITED).sql()?.execute(params![seq, at.micros()]).sql()?;
    Ok(())
}

/// What an operation is, beside its items.
#[derive(Debug)]
pub(crate) struct NewOperation<'a> {
    /// Its id.
    pub id: OperationId,
    /// What kind.
    pub kind: OperationKind,
    /// Who (a user's seq); `None`: the system.
    pub actor: Option<i64>,
    /// When it takes effect: not before the times of its hot rows, nor of the users who are given them.
    pub at: Timestamp,
    /// What was noted.
    pub note: Option<&'a str>,
    /// How many items of the request were not carried out.
    pub failed: usize,
    /// The job it is a part of.
    pub job: Option<JobId>,
    /// The seq of the operation that it takes back.
    pub undoes: Option<i64>,
}

impl NewOperation<'_> {
    /// An operation without note, failures or job.
    pub(crate) fn new(kind: OperationKind, actor: Option<i64>, at: Timestamp) -> Self {
        Self { id: OperationId::new(), kind, actor, at, note: None, failed: 0, job: None, undoes: None }
    }
}

/// Writes an operation, its hot rows and the counts; gives the operation's seq. An item without a before makes the
/// hot row; an operation of kind `delete` marks it. `effective`, for an undo, says for each item the operation that
/// its state comes from; otherwise that is this one.
pub(crate) fn record(
    conn: &Connection,
    operation: &NewOperation<'_>,
    changed: &[Item],
    effective: Option<&[i64]>,
) -> StoreResult<i64> {
    let mut holders = changed.iter().map(|item| item.holder);
    let first = holders.next().flatten();
    let one_holder = first.filter(|_| holders.all(|holder| holder == first));
    conn.prepare_cached(OPERATION)
        .sql()?
        .execute(params![
            operation.id.as_bytes(),
            operation.kind.number(),
            operation.actor,
            operation.at.micros(),
            operation.note,
            one_holder,
            changed.len() as i64,
            operation.failed as i64,
            operation.job.as_ref().map(JobId::as_bytes),
            operation.undoes,
            items::pack(changed),
        ])
        .sql()?;
    let seq = conn.last_insert_rowid();
    let at = operation.at.micros();
    // In the order of the table: rows that are neighbours are written one after the other.
    let mut order: Vec<usize> = (0..changed.len()).collect();
    order.sort_unstable_by_key(|&place| changed[place].opportunity);
    let mut created = conn.prepare_cached(CREATED).sql()?;
    let mut updated = conn.prepare_cached(CHANGED).sql()?;
    let mut deleted = conn.prepare_cached(DELETED).sql()?;
    let mut counts = Counts::default();
    for place in order {
        let item = &changed[place];
        let effective = effective.and_then(|each| each.get(place).copied()).unwrap_or(seq);
        let status = item.status.number();
        if operation.kind == OperationKind::Delete {
            deleted.execute(params![item.opportunity, at, seq]).sql()?;
        } else {
            let statement = if item.before.is_some() { &mut updated } else { &mut created };
            statement.execute(params![item.opportunity, item.holder, status, at, seq, effective]).sql()?;
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
        let mut statement = conn.prepare_cached(COUNT).sql()?;
        for ((status, holder), n) in self.0 {
            if n != 0 {
                statement.execute(params![status, holder, n]).sql()?;
            }
        }
        Ok(())
    }
}
