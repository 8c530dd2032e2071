//! Reading jobs.

use reparto_domain::{
    JobId, Refusal, Status, UserId,
    cursor::SequenceCursor,
    jobs::{Job, JobKind, JobStatus},
    page::CursorPage,
};
use reparto_store::StoreResult;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::{error::Sql as _, rows};

/// A job as it is stored.
#[derive(Debug)]
pub(super) struct Stored {
    /// Its seq.
    pub seq: i64,
    /// As it is shown.
    pub job: Job,
    /// Who made it, by seq.
    pub maker: i64,
    /// The status that it sets.
    pub new_status: Option<Status>,
    /// What it notes.
    pub note: Option<String>,
    /// Whether its chunks were removed, or are being removed.
    pub trimmed: bool,
}

const SELECT: &str = "SELECT j.seq, j.id, j.kind, j.status, m.id, a.id, t.id, j.failure, j.total, j.done, j.failed, \
    j.created_at, j.started_at, j.finished_at, j.actor, j.new_status, j.note, j.trimmed_at IS NOT NULL \
    FROM jobs j JOIN users m ON m.seq = j.actor LEFT JOIN users a ON a.seq = j.assignee \
    LEFT JOIN jobs t ON t.seq = j.undoes";

fn by_id() -> String {
    format!("{SELECT} WHERE j.id = ?1")
}

fn newest() -> String {
    format!("{SELECT} WHERE j.seq < ?1 ORDER BY j.seq DESC LIMIT ?2")
}

/// The statements of this module, by name.
#[cfg(test)]
pub(super) fn statements() -> Vec<(&'static str, String)> {
    vec![("BY_ID", by_id()), ("NEWEST", newest())]
}

fn job(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let user = |column| Ok::<_, rusqlite::Error>(row.get::<_, Option<[u8; 16]>>(column)?.map(UserId::from_bytes));
    let count = |column| Ok::<_, rusqlite::Error>(row.get::<_, i64>(column)?.unsigned_abs());
    Ok(Stored {
        seq: row.get(0)?,
        job: Job {
            id: JobId::from_bytes(row.get(1)?),
            kind: rows::number(row, 2, JobKind::from_number)?,
            status: rows::number(row, 3, JobStatus::from_number)?,
            actor_id: UserId::from_bytes(row.get(4)?),
            assignee_id: user(5)?,
            undoes: row.get::<_, Option<[u8; 16]>>(6)?.map(JobId::from_bytes),
            failure: row.get(7)?,
            total: count(8)?,
            done: count(9)?,
            failed: count(10)?,
            created_at: rows::time(row, 11)?,
            started_at: rows::time_or_none(row, 12)?,
            finished_at: rows::time_or_none(row, 13)?,
        },
        maker: row.get(14)?,
        new_status: rows::number_or_none(row, 15, Status::from_number)?,
        note: row.get(16)?,
        trimmed: row.get(17)?,
    })
}

/// The job of this id.
pub(super) fn get(conn: &Connection, id: JobId) -> StoreResult<Stored> {
    let found = conn.prepare_cached(&by_id()).sql()?.query_row([id.as_bytes()], job).optional().sql()?;
    found.ok_or_else(|| Refusal::JobNotFound.into())
}

/// A part of the jobs, newest first.
pub(super) fn list(
    conn: &Connection,
    after: Option<SequenceCursor>,
    limit: u64,
) -> StoreResult<CursorPage<Job, SequenceCursor>> {
    let after = after.map_or(i64::MAX, |SequenceCursor(after)| after);
    let wanted = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let mut found: Vec<Stored> = conn
        .prepare_cached(&newest())
        .sql()?
        .query_map(params![after, wanted], job)
        .sql()?
        .collect::<rusqlite::Result<_>>()
        .sql()?;
    let more = found.len() as u64 > limit;
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = found.last().filter(|_| more).map(|last| SequenceCursor(last.seq));
    Ok(CursorPage { items: found.into_iter().map(|stored| stored.job).collect(), next })
}
