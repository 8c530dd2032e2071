//! Reading jobs.

use reparto_domain::{
    JobId, Refusal, Status, UserId,
    cursor::SequenceCursor,
    jobs::{Job, JobKind, JobStatus},
    page::{CursorPage, rows_to_read},
};
use reparto_store::StoreResult;
use reparto_store_rows::{job_columns, jobs::StoredJob};
use rusqlite::{Connection, params};

use crate::{engine::Conn as _, rows::Reader, statements::statements};

macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT ",
            job_columns!(),
            " FROM jobs j JOIN users m ON m.seq = j.actor LEFT JOIN users a ON a.seq = j.assignee \
             LEFT JOIN jobs t ON t.seq = j.undoes WHERE ",
            $condition
        )
    };
}

statements! {
    BY_ID = select!("j.id = ?1");
    NEWEST = select!("j.seq < ?1 ORDER BY j.seq DESC LIMIT ?2");
}

fn job(row: &mut Reader<'_>) -> StoreResult<StoredJob> {
    Ok(StoredJob {
        seq: row.next()?,
        job: Job {
            id: JobId::from_bytes(row.next()?),
            kind: row.number(JobKind::from_number)?,
            status: row.number(JobStatus::from_number)?,
            actor_id: UserId::from_bytes(row.next()?),
            assignee_id: row.user_or_none()?,
            undoes: row.next::<Option<[u8; 16]>>()?.map(JobId::from_bytes),
            failure: row.next()?,
            total: row.amount()?,
            done: row.amount()?,
            failed: row.amount()?,
            created_at: row.time()?,
            started_at: row.time_or_none()?,
            finished_at: row.time_or_none()?,
        },
        new_status: row.number_or_none(Status::from_number)?,
        note: row.next()?,
        creator: row.next()?,
        is_trimmed: row.next()?,
        include_do_not_contact: row.next()?,
    })
}

/// The job with this id.
pub(super) fn get(conn: &Connection, id: JobId) -> StoreResult<StoredJob> {
    let found = conn.opt(BY_ID, [id.as_bytes()], job)?;
    found.ok_or_else(|| Refusal::JobNotFound.into())
}

/// A page of the jobs, newest first.
pub(super) fn list(
    conn: &Connection,
    after: Option<SequenceCursor>,
    limit: u64,
) -> StoreResult<CursorPage<Job, SequenceCursor>> {
    let after = after.map_or(i64::MAX, |SequenceCursor(after)| after);
    let found = conn.all(NEWEST, params![after, rows_to_read(limit)], job)?;
    Ok(CursorPage::cut(found.into_iter().map(|stored| (stored.seq, stored.job)).collect(), limit))
}
