//! Reading jobs.

use reparto_domain::{
    JobId, Refusal, Status, UserId,
    cursor::SequenceCursor,
    jobs::{Job, JobKind, JobStatus},
    page::{CursorPage, rows_to_read},
};
use reparto_store_rows::jobs::StoredJob;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::{
    engine::{errors::Db, tx::Conn},
    rows::Reader,
    statements::statements,
};

/// A statement that reads jobs: what [`stored`] reads, and then other columns.
macro_rules! select {
    ($condition:literal) => {
        select!("" "" $condition)
    };
    ($columns:literal $tables:literal $condition:literal) => {
        concat!(
            "SELECT ",
            reparto_store_rows::job_columns!(),
            $columns,
            " FROM jobs j JOIN users m ON m.seq = j.actor LEFT JOIN users a ON a.seq = j.assignee \
             LEFT JOIN jobs t ON t.seq = j.undoes",
            $tables,
            " WHERE ",
            $condition
        )
    };
}

pub(super) use select;

statements! {
    BY_ID = select!("j.id = $1");
    NEWEST = select!("j.seq < $1 ORDER BY j.seq DESC LIMIT $2");
}

fn job(row: &Row) -> Db<StoredJob> {
    stored(&mut Reader::new(row))
}

/// The job in the next columns.
pub(super) fn stored(row: &mut Reader<'_>) -> Db<StoredJob> {
    Ok(StoredJob {
        seq: row.next()?,
        job: Job {
            id: JobId::from_uuid(row.next()?),
            kind: row.number(JobKind::from_number)?,
            status: row.number(JobStatus::from_number)?,
            actor_id: UserId::from_uuid(row.next()?),
            assignee_id: row.user_or_none()?,
            undoes: row.next::<Option<Uuid>>()?.map(JobId::from_uuid),
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
pub(super) async fn get(conn: &mut Conn, id: JobId) -> Db<StoredJob> {
    job(&conn.opt(BY_ID, &[&id.uuid()]).await?.ok_or(Refusal::JobNotFound)?)
}

/// The job as shown to users.
pub(super) async fn shown(conn: &mut Conn, id: JobId) -> Db<Job> {
    get(conn, id).await.map(|stored| stored.job)
}

/// A page of the jobs, newest first.
pub(super) async fn list(
    conn: &mut Conn,
    after: Option<SequenceCursor>,
    limit: u64,
) -> Db<CursorPage<Job, SequenceCursor>> {
    let after = after.map_or(i64::MAX, |SequenceCursor(after)| after);
    let rows = conn.all(NEWEST, &[&after, &rows_to_read(limit)]).await?;
    let found = rows.iter().map(|row| job(row).map(|stored| (stored.seq, stored.job)));
    Ok(CursorPage::cut(found.collect::<Db<_>>()?, limit))
}
