//! Ending a job: it gets a number among the ends of jobs, and its unprocessed items count as failed. Also resuming a
//! cancelled or failed job.

use reparto_domain::{
    Caller, JobId, Timestamp,
    audit::{EntityType, action},
    idempotency::{Answer, Keyed},
    jobs::{Job, JobStatus, Leftover},
};
use reparto_store::StoreResult;
use reparto_store_rows::names::named;
use rusqlite::{Connection, params};
use serde_json::json;

use super::{admit::admit, rows};
use crate::{
    actor::{Actor, administrator},
    audit,
    engine::Conn as _,
    idempotency,
    rows::value,
    statements::statements,
};

statements! {
    // After the job's own operations, so that the feed returns its end after them.
    END = "UPDATE jobs SET status = ?2, failure = ?3, finished_at = ?4, failed = total - done, \
        ended = (SELECT n FROM job_ends), \
        ended_after = (SELECT coalesce(max(seq), 0) FROM operations) \
        WHERE seq = ?1 AND ended IS NULL";
    // A resumed job gets a new number at its next end: events already published are not repeated.
    NUMBER = "UPDATE job_ends SET n = n + 1";
    LEFT = "SELECT EXISTS (SELECT 1 FROM job_chunks WHERE job = ?1 AND is_done = 0)";
    RESUME => named("UPDATE jobs SET status = CASE WHEN chunks_done > 0 THEN {job.running} ELSE {job.queued} END, failure = NULL, finished_at = NULL, ended = NULL, \
        ended_after = NULL, failed = (SELECT coalesce(sum(failed), 0) FROM job_chunks WHERE job = ?1 AND is_done = 1) \
        WHERE seq = ?1");
    // Releases chunks that were claimed when the job was stopped.
    RELEASE = "UPDATE job_chunks SET runner = NULL, leased_until = NULL WHERE job = ?1 AND is_done = 0 \
        AND runner IS NOT NULL";
}

/// Ends a job that has not ended.
pub(super) fn end(
    conn: &Connection,
    seq: i64,
    status: JobStatus,
    failure: Option<&str>,
    at: Timestamp,
) -> StoreResult<()> {
    conn.run(NUMBER, [])?;
    conn.run(END, params![seq, status.number(), failure, at.micros()])?;
    Ok(())
}

/// Stops a job.
pub(super) fn cancel(
    conn: &Connection,
    caller: &Caller,
    id: JobId,
    keyed: Option<&Keyed<Job>>,
) -> StoreResult<Answer<Job>> {
    let actor = administrator(conn, caller)?;
    idempotency::once(conn, caller, &actor, keyed, |conn| {
        let stored = rows::get(conn, id)?;
        stored.job.require_cancellable()?;
        end(conn, stored.seq, JobStatus::Cancelled, None, caller.at)?;
        record(conn, caller, &actor, action::JOB_CANCELLED, &stored.job)?;
        Ok(rows::get(conn, id)?.job)
    })
}

/// Resumes a job.
pub(super) fn resume(
    conn: &Connection,
    caller: &Caller,
    id: JobId,
    keyed: Option<&Keyed<Job>>,
) -> StoreResult<Answer<Job>> {
    let actor = administrator(conn, caller)?;
    idempotency::once(conn, caller, &actor, keyed, |conn| {
        let stored = rows::get(conn, id)?;
        let has_chunks = conn.one(LEFT, [stored.seq], value)?;
        stored.job.require_resumable(Leftover { has_chunks, is_trimmed: stored.is_trimmed })?;
        admit(conn, stored.creator)?;
        for statement in [RESUME.as_str(), RELEASE] {
            conn.run(statement, [stored.seq])?;
        }
        record(conn, caller, &actor, action::JOB_RESUMED, &stored.job)?;
        Ok(rows::get(conn, id)?.job)
    })
}

/// Records that a job was stopped or resumed, with its counts at that time.
fn record(conn: &Connection, caller: &Caller, actor: &Actor, action: &'static str, job: &Job) -> StoreResult<()> {
    let entry = audit::Entry {
        action,
        entity: EntityType::Job,
        entity_id: Some(*job.id.as_bytes()),
        operation: None,
        details: json!({ "total": job.total, "done": job.done }).into(),
    };
    audit::record(conn, caller, actor, &entry)
}
