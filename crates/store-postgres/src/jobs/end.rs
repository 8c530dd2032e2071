//! Ending a job: it gets a number among the ends of jobs, and its unprocessed items count as failed. Also resuming a
//! cancelled or failed job.

use reparto_domain::{
    Caller, JobId, Refusal, Timestamp,
    audit::{EntityType, action},
    idempotency::{Answer, Keyed},
    jobs::{Job, JobStatus, Leftover},
};
use reparto_store_rows::names::named;
use serde_json::json;

use super::{
    admit::{admit, lock_count},
    rows,
};
use crate::{
    actor::{Actor, administrator},
    audit,
    engine::{
        errors::Db,
        params::{At, Text},
        tx::Conn,
    },
    idempotency::once,
    statements::statements,
};

statements! {
    // The row of `job_ends` is locked until the commit. All operations of the job have their numbers already, so the
    // feed returns its end after them.
    END = "WITH number AS (UPDATE job_ends SET n = n + 1 \
            WHERE EXISTS (SELECT FROM jobs WHERE seq = $1 AND ended IS NULL) RETURNING n) \
        UPDATE jobs j SET status = $2, failure = $3, finished_at = $4, failed = j.total - j.done, ended = number.n, \
            ended_after = (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM operations_seq_seq) \
        FROM number WHERE j.seq = $1 AND j.ended IS NULL RETURNING j.seq";
    LEFT = "SELECT EXISTS (SELECT FROM job_chunks WHERE job = $1 AND NOT is_done)";
    // It gets a new number at its next end: events already published are not repeated.
    RESUME => named("UPDATE jobs SET status = CASE WHEN chunks_done > 0 THEN {job.running} ELSE {job.queued} END, failure = NULL, \
        finished_at = NULL, ended = NULL, ended_after = NULL, failed = ( \
            SELECT coalesce(sum(c.failed), 0) FROM job_chunks c WHERE c.job = jobs.seq AND c.is_done) \
        WHERE seq = $1");
    // Releases chunks that were claimed when the job was stopped.
    RELEASE = "UPDATE job_chunks SET runner = NULL, leased_until = NULL WHERE job = $1 AND NOT is_done \
        AND runner IS NOT NULL";
    LOCK = "SELECT FROM jobs WHERE id = $1 FOR NO KEY UPDATE";
}

/// Ends a job; returns whether it had not ended before.
pub(super) async fn end(tx: &mut Conn, seq: i64, status: JobStatus, failure: Option<&str>, at: Timestamp) -> Db<bool> {
    let ended = tx.opt(END, &[&seq, &status.number(), &failure.map(Text), &At(at)]).await?;
    Ok(ended.is_some())
}

/// Stops a job.
pub(super) async fn cancel(tx: &mut Conn, caller: &Caller, id: JobId, keyed: Option<&Keyed<Job>>) -> Db<Answer<Job>> {
    let actor = administrator(tx, caller).await?;
    once!(tx, caller, &actor, keyed, stop(tx, caller, &actor, id))
}

async fn stop(tx: &mut Conn, caller: &Caller, actor: &Actor, id: JobId) -> Db<Job> {
    tx.run(LOCK, &[&id.uuid()]).await?;
    let stored = rows::get(tx, id).await?;
    stored.job.require_cancellable()?;
    if !end(tx, stored.seq, JobStatus::Cancelled, None, caller.at).await? {
        return Err(Refusal::JobEnded.into());
    }
    record(tx, caller, actor, action::JOB_CANCELLED, &stored.job).await?;
    rows::shown(tx, id).await
}

/// Resumes a job.
pub(super) async fn resume(tx: &mut Conn, caller: &Caller, id: JobId, keyed: Option<&Keyed<Job>>) -> Db<Answer<Job>> {
    let actor = administrator(tx, caller).await?;
    once!(tx, caller, &actor, keyed, resume_job(tx, caller, &actor, id))
}

async fn resume_job(tx: &mut Conn, caller: &Caller, actor: &Actor, id: JobId) -> Db<Job> {
    lock_count(tx).await?;
    tx.run(LOCK, &[&id.uuid()]).await?;
    let stored = rows::get(tx, id).await?;
    let has_chunks = tx.one(LEFT, &[&stored.seq]).await?.try_get(0)?;
    stored.job.require_resumable(Leftover { has_chunks, is_trimmed: stored.is_trimmed })?;
    admit(tx, stored.creator).await?;
    tx.run(&RESUME, &[&stored.seq]).await?;
    tx.run(RELEASE, &[&stored.seq]).await?;
    record(tx, caller, actor, action::JOB_RESUMED, &stored.job).await?;
    rows::shown(tx, id).await
}

/// Records that a job was stopped or resumed, with its counts at that time.
async fn record(tx: &mut Conn, caller: &Caller, actor: &Actor, action: &'static str, job: &Job) -> Db<()> {
    let entry = audit::Entry {
        action,
        entity: EntityType::Job,
        entity_id: Some(job.id.uuid()),
        operation: None,
        details: json!({ "total": job.total, "done": job.done }).into(),
    };
    audit::record(tx, caller, actor, &entry).await
}
