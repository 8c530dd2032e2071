//! The end of a job: it gets its place among the ends of jobs, and what was not carried out has failed.

use reparto_domain::{
    Caller, JobId, Refusal, Timestamp,
    audit::{EntityType, action},
    idempotency::{Answer, Keyed},
    jobs::{Job, JobStatus},
};
use reparto_store::StoreResult;
use rusqlite::{Connection, params};
use serde_json::json;

use super::rows;
use crate::{actor::authorize, audit, error::Sql as _, idempotency, statements::statements};

statements! {
    // After the operations that it wrote: the feed tells of its end behind them.
    END = "UPDATE jobs SET status = ?2, failure = ?3, finished_at = ?4, failed = total - done, \
        ended = (SELECT coalesce(max(ended), 0) + 1 FROM jobs), \
        ended_after = (SELECT coalesce(max(seq), 0) FROM operations) \
        WHERE seq = ?1 AND ended IS NULL";
}

/// Ends a job that has not ended.
pub(super) fn end(
    conn: &Connection,
    seq: i64,
    status: JobStatus,
    failure: Option<&str>,
    at: Timestamp,
) -> StoreResult<()> {
    conn.prepare_cached(END).sql()?.execute(params![seq, status.number(), failure, at.micros()]).sql()?;
    Ok(())
}

/// Stops a job.
pub(super) fn cancel(
    conn: &Connection,
    caller: &Caller,
    id: JobId,
    keyed: Option<&Keyed<Job>>,
) -> StoreResult<Answer<Job>> {
    let actor = authorize(conn, caller)?;
    actor.require_administrator(Refusal::AdministratorsOnly)?;
    idempotency::once(conn, caller, &actor, keyed, |conn| {
        let stored = rows::get(conn, id)?;
        if stored.job.status.is_ended() {
            return Err(Refusal::JobEnded.into());
        }
        end(conn, stored.seq, JobStatus::Cancelled, None, caller.at)?;
        let entry = audit::Entry {
            action: action::JOB_CANCELLED,
            entity: EntityType::Job,
            entity_id: Some(*id.as_bytes()),
            operation: None,
            details: json!({ "total": stored.job.total, "done": stored.job.done }),
        };
        audit::record(conn, caller, &actor, &entry)?;
        Ok(rows::get(conn, id)?.job)
    })
}
