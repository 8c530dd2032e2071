//! Running jobs chunk by chunk: each is leased to a runner, and executed in the same transaction that marks it as done
//! and updates the job's counts.

use std::{collections::HashSet, sync::Arc};

use reparto_domain::{
    Authority, Caller, JobId, Origin, Refusal, Roles, Timestamp,
    jobs::{Claim, ExportRows, Job, JobItemError, JobKind, JobStatus, not_restored},
    opportunities::{Assignee, ItemError},
};
use reparto_store::{StoreError, StoreResult};
use reparto_store_rows::{job_errors, jobs::StoredJob, names::named, numbers::signed};
use rusqlite::{Connection, params};

use super::{end, packed, rows};
use crate::{
    SqliteStore,
    actor::{self, Actor},
    assignee::user_for_assignment,
    assignments::{self, ChunkItem, ChunkWork},
    engine::Conn as _,
    erasures, hot, operations, opportunities,
    rows::value,
    statements::statements,
};

statements! {
    ANY_ALIVE = "SELECT EXISTS (SELECT 1 FROM jobs WHERE ended IS NULL)";
    // Fair order: first the user served least recently, then of their jobs the one served least recently.
    ALIVE = "SELECT j.seq, j.id, j.actor FROM jobs j LEFT JOIN job_turns t ON t.user_seq = j.actor \
        WHERE j.ended IS NULL ORDER BY coalesce(t.served, 0), j.actor, j.served, j.seq";
    WAITING = "SELECT seq, number FROM job_chunks INDEXED BY job_chunks_waiting WHERE job = ?1 AND is_done = 0 \
        AND (leased_until IS NULL OR leased_until <= ?2) ORDER BY number LIMIT 1";
    LEASE = "UPDATE job_chunks SET runner = ?2, leased_until = ?3 WHERE seq = ?1";
    TURN = "INSERT INTO job_turns (user_seq, served) VALUES (?1, (SELECT coalesce(max(served), 0) + 1 FROM job_turns)) \
        ON CONFLICT (user_seq) DO UPDATE SET served = excluded.served RETURNING served";
    SERVED => named("UPDATE jobs SET served = ?2, status = {job.running}, started_at = coalesce(started_at, ?3) WHERE seq = ?1");
    CHUNK = "SELECT seq, target, items, sent FROM job_chunks WHERE job = ?1 AND number = ?2 AND is_done = 0 AND runner = ?3";
    DONE = "UPDATE job_chunks SET is_done = 1, runner = NULL, leased_until = NULL, done = ?2, failed = ?3, \
        operation = ?4, errors = ?5, output = ?6 WHERE seq = ?1";
    COUNTED = "UPDATE jobs SET done = done + ?2, failed = failed + ?3, chunks_done = chunks_done + 1 WHERE seq = ?1 \
        RETURNING chunks_done >= chunks";
}

/// Whether any job has not ended.
pub(super) fn is_anything_alive(conn: &Connection) -> StoreResult<bool> {
    conn.one(ANY_ALIVE, [], value)
}

/// Claims the next chunk for a runner.
pub(super) fn claim(
    conn: &Connection,
    runner: uuid::Uuid,
    now: Timestamp,
    lease: Timestamp,
) -> StoreResult<Option<Claim>> {
    let mut claimed = None;
    conn.each(ALIVE, [], |row| {
        let (job, id, creator): (i64, [u8; 16], i64) = (row.next()?, row.next()?, row.next()?);
        let waiting = conn.opt(WAITING, params![job, now.micros()], |row| Ok((row.next::<i64>()?, row.amount()?)))?;
        let Some((chunk, number)) = waiting else { return Ok(true) };
        conn.run(LEASE, params![chunk, runner.as_bytes(), lease.micros()])?;
        let turn = conn.count(TURN, [creator])?;
        conn.run(&SERVED, params![job, turn, now.micros()])?;
        claimed = Some(Claim { job: JobId::from_bytes(id), chunk: number, runner });
        Ok(false)
    })?;
    Ok(claimed)
}

/// A claimed chunk of a job that has not ended.
struct Chunk {
    seq: i64,
    target: Option<i64>,
    items: Vec<ChunkItem>,
    /// The malformed ids as sent, by position.
    sent: Vec<(usize, String)>,
}

/// The claimed chunk, if the runner still has it and the job has not ended.
fn claimed(conn: &Connection, stored: &StoredJob, claim: &Claim) -> StoreResult<Option<Chunk>> {
    if stored.job.status.has_ended() {
        return Ok(None);
    }
    let found = conn.opt(CHUNK, params![stored.seq, signed(claim.chunk), claim.runner.as_bytes()], |row| {
        Ok((row.next()?, row.next()?, row.next::<Vec<u8>>()?, row.next::<Option<String>>()?))
    })?;
    let Some((seq, target, items, sent)) = found else { return Ok(None) };
    Ok(Some(Chunk { seq, target, items: packed::unpack(&items)?, sent: job_errors::decode_sent(sent.as_deref())? }))
}

/// The outcome of a chunk.
#[derive(Debug, Default)]
struct Outcome {
    operation: Option<i64>,
    failed: Vec<(usize, JobItemError)>,
    output: Option<Vec<u8>>,
    /// The newest erasure when an export was read.
    erasures: i64,
}

/// Executes a claimed chunk.
pub(super) async fn run(
    store: &SqliteStore,
    claim: Claim,
    at: Timestamp,
    assignable: Roles,
    export: Arc<dyn ExportRows>,
) -> StoreResult<Job> {
    // An export is read and rendered on a reader, so that the writer is not blocked.
    let exported = store.read(move |conn| render(conn, &claim, export.as_ref())).await?;
    let runner = Caller::system(at);
    store.write_for(&runner, move |conn, runner| execute(conn, &claim, runner.at, &assignable, exported)).await
}

/// The rows of a claimed chunk of an export.
fn render(conn: &Connection, claim: &Claim, export: &dyn ExportRows) -> StoreResult<Option<Outcome>> {
    let stored = rows::get(conn, claim.job)?;
    if stored.job.kind != JobKind::Export {
        return Ok(None);
    }
    let Some(chunk) = claimed(conn, &stored, claim)? else { return Ok(None) };
    let (mut seqs, mut failed) = (Vec::new(), Vec::new());
    for (place, item) in chunk.items.iter().enumerate() {
        let found = match item {
            ChunkItem::Seq(seq) => hot::by_seq(conn, *seq)?.filter(|hot| !hot.deleted),
            ChunkItem::Unknown(_) => None,
        };
        match found {
            None => failed.push((place, JobItemError::Item(ItemError::NotFound))),
            Some(hot) if hot.do_not_contact && !stored.include_do_not_contact => {
                failed.push((place, JobItemError::Item(ItemError::DoNotContact)));
            }
            Some(hot) => seqs.push(hot.seq),
        }
    }
    let mut output = Vec::new();
    for part in seqs.chunks(opportunities::EXPORT_PART) {
        output.extend(export.render(&opportunities::for_export(conn, part)?));
    }
    let output = Some(output);
    Ok(Some(Outcome { operation: None, failed, output, erasures: erasures::newest(conn)? }))
}

fn execute(
    conn: &Connection,
    claim: &Claim,
    at: Timestamp,
    assignable: &Roles,
    exported: Option<Outcome>,
) -> StoreResult<Job> {
    let stored = rows::get(conn, claim.job)?;
    let Some(chunk) = claimed(conn, &stored, claim)? else { return Ok(stored.job) };
    let outcome = authorize_creator(conn, &stored)
        .and_then(|creator| work(conn, &stored, &chunk, &creator, at, assignable, exported));
    match outcome {
        Ok(outcome) => finish(conn, &stored, &chunk, &outcome, at)?,
        // Nothing has been written yet: refusals of a whole chunk are checked first.
        Err(StoreError::Refused(refusal)) => {
            end::end(conn, stored.seq, JobStatus::Failed, Some(refusal.code()), at)?;
        }
        Err(error) => return Err(error),
    }
    Ok(rows::get(conn, claim.job)?.job)
}

/// The job's creator, if they still have the right to do this.
fn authorize_creator(conn: &Connection, stored: &StoredJob) -> StoreResult<Actor> {
    let creator = actor::present(conn, stored.creator)?;
    creator.require_administrator(Refusal::AdministratorsOnly)?;
    Ok(creator)
}

fn work(
    conn: &Connection,
    stored: &StoredJob,
    chunk: &Chunk,
    creator: &Actor,
    at: Timestamp,
    assignable: &Roles,
    exported: Option<Outcome>,
) -> StoreResult<Outcome> {
    let job = &stored.job;
    let authority = Authority::User { id: job.actor_id, issued_at: at, generation: None, session: None };
    let caller = Caller { authority, origin: Origin::default(), at };
    let holder = match (job.kind, job.assignee_id) {
        (JobKind::BulkAssign, Some(id)) => Some(user_for_assignment(conn, Assignee::User(id), assignable)?),
        _ => None,
    };
    let inconsistent = |what: &str| StoreError::Inconsistent(format!("jobs.seq {}: {what}", stored.seq));
    let work = match job.kind {
        JobKind::BulkAssign => {
            let holder = holder.as_ref().ok_or_else(|| inconsistent("no assignee"))?;
            ChunkWork::Assign {
                holder,
                status: stored.new_status,
                note: stored.note.as_deref(),
                include_do_not_contact: stored.include_do_not_contact,
            }
        }
        JobKind::BulkUnassign => ChunkWork::Unassign,
        JobKind::SetStatus => ChunkWork::SetStatus(stored.new_status.ok_or_else(|| inconsistent("no status"))?),
        JobKind::Export => {
            let exported = exported.ok_or_else(|| StoreError::Internal("a chunk that was not rendered".into()))?;
            // Somebody was erased since the rows were read: they are read once more.
            return if exported.erasures == erasures::newest(conn)? { Ok(exported) } else { Err(StoreError::Busy) };
        }
        JobKind::Undo => {
            let target = chunk.target.ok_or_else(|| inconsistent("a chunk that takes nothing back"))?;
            return undo_items(conn, &caller, creator, (target, job.id), &chunk.items, assignable);
        }
    };
    let outcome = assignments::chunk(conn, &caller, creator, job.id, &work, (&chunk.items, &chunk.sent))?;
    let failed = outcome.failed.into_iter().map(|(place, error)| (place, JobItemError::Item(error))).collect();
    Ok(Outcome { operation: outcome.operation, failed, ..Outcome::default() })
}

/// Undoes the chunk's part of an operation. Items undone by somebody else in the meantime fail.
fn undo_items(
    conn: &Connection,
    caller: &Caller,
    creator: &Actor,
    target: (i64, JobId),
    items: &[ChunkItem],
    assignable: &Roles,
) -> StoreResult<Outcome> {
    let seq = |item: &ChunkItem| if let ChunkItem::Seq(seq) = item { *seq } else { 0 };
    let only: HashSet<i64> = items.iter().map(seq).collect();
    let undone = match operations::undo_chunk(conn, caller, creator, target, &only, assignable) {
        Err(StoreError::Refused(Refusal::AlreadyUndone)) => operations::ChunkUndone::default(),
        outcome => outcome?,
    };
    let errors = undone.failed.into_iter().collect();
    let failed = not_restored(items.iter().map(seq), &undone.done, &errors);
    Ok(Outcome { operation: undone.operation, failed, ..Outcome::default() })
}

/// Marks a chunk as done, updates the job's counts, and ends the job after its last chunk.
fn finish(conn: &Connection, stored: &StoredJob, chunk: &Chunk, outcome: &Outcome, at: Timestamp) -> StoreResult<()> {
    let failed = outcome.failed.len();
    let done = chunk.items.len() - failed;
    let errors = job_errors::encode(&outcome.failed)?;
    conn.run(DONE, params![chunk.seq, signed(done), signed(failed), outcome.operation, errors, outcome.output])?;
    let last: bool = conn.one(COUNTED, params![stored.seq, signed(done), signed(failed)], value)?;
    if last { end::end(conn, stored.seq, JobStatus::Finished, None, at) } else { Ok(()) }
}
