//! Running jobs: chunk by chunk, each taken by a runner for a while and carried out in one transaction with its mark
//! and the job's counts.

use std::collections::{HashMap, HashSet};

use reparto_domain::{
    Authority, Caller, JobId, OperationId, OpportunityId, Origin, Refusal, Roles, Status, Timestamp,
    audit::{EntityType, action},
    jobs::{Claim, ExportRows, Job, JobItemError, JobKind, JobStatus},
    operations::OperationKind,
    opportunities::{Assignee, BulkAssign, BulkIds, BulkMode, BulkUnassign, ItemError},
};
use reparto_store::{StoreError, StoreResult};
use reparto_store_rows::{job_errors, names::named};
use serde_json::json;
use uuid::Uuid;

use super::{
    end,
    rows::{self, Stored, select},
};
use crate::{
    PostgresStore,
    actor::{Actor, authorize},
    assignments::bulk::{assign_chunk, unassign_chunk},
    audit,
    engine::{
        errors::{Db, Fault},
        params::{At, Bytes, opt},
        tx::{Conn, ask, transact},
    },
    hot::{self, NewOperation},
    operations::undo::undo_chunk,
    opportunities::by_seqs,
    rows::Reader,
    statements::statements,
};

statements! {
    // By whose turn it is: the user's whose last turn is longest ago, and of his jobs the one served longest ago.
    // What takes a chunk need not be on disk when it is committed: a claim that a crash of the server took back is
    // nobody's any more, and what was carried out under it is on disk only after it.
    ALIVE = "SELECT j.seq, j.id, j.actor, set_config('synchronous_commit', 'off', true) FROM jobs j LEFT JOIN job_turns t ON t.user_seq = j.actor \
        WHERE j.ended IS NULL ORDER BY coalesce(t.served, 0), j.actor, j.served, j.seq";
    // $1 job   $2 its maker   $3 runner   $4 now   $5 until when. Nothing where no chunk waits, or the job was stopped.
    CLAIM => named("WITH waiting AS MATERIALIZED ( \
            SELECT seq, number FROM job_chunks WHERE job = $1 AND NOT is_done \
                AND (leased_until IS NULL OR leased_until <= $4) ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED), \
        turn AS ( \
            INSERT INTO job_turns (user_seq, served) SELECT $2::bigint, nextval('job_turn') FROM waiting \
            ON CONFLICT (user_seq) DO UPDATE SET served = excluded.served RETURNING served), \
        served AS ( \
            UPDATE jobs SET served = turn.served, status = {job.running}, started_at = coalesce(started_at, $4) \
            FROM turn WHERE seq = $1 AND ended IS NULL RETURNING 1) \
        UPDATE job_chunks c SET runner = $3, leased_until = $5 FROM waiting, served WHERE c.seq = waiting.seq \
        RETURNING c.number");
    // The chunk is held: whoever finds its lease at its end passes it over while it is carried out.
    HELD = select!(
        ", c.seq, c.target, c.ids, c.sent"
        " JOIN job_chunks c ON c.job = j.seq"
        "j.id = $1 AND j.ended IS NULL AND c.number = $2 AND NOT c.is_done AND c.runner = $3 FOR UPDATE OF c"
    );
    SEQS = "SELECT o.id, o.seq FROM opportunities o JOIN assignments a ON a.seq = o.seq \
        WHERE o.id = ANY($1) AND NOT a.deleted";
    // The last of a transaction: chunks that are carried out at once meet at the job's row, and only there. A job that
    // was stopped meanwhile is not counted any more: then nothing of the chunk counts.
    DONE = "WITH marked AS ( \
            UPDATE job_chunks SET is_done = true, runner = NULL, leased_until = NULL, done = $2, failed = $3, \
                operation = $4, errors = $5, output = $6 WHERE seq = $1) \
        UPDATE jobs SET done = done + $2, failed = failed + $3, chunks_done = chunks_done + 1 \
        WHERE seq = $7 AND ended IS NULL RETURNING chunks_done >= chunks, done, failed";
}

/// Chunks that a process carries out at once: while one waits for its commit or for a row, the server works for another.
pub(super) const CONCURRENCY: usize = 3;

/// Takes the next chunk for a runner.
pub(super) async fn claim(tx: &mut Conn, runner: Uuid, now: Timestamp, lease: Timestamp) -> Db<Option<Claim>> {
    for job in tx.all(ALIVE, &[]).await? {
        let mut row = Reader::new(&job);
        let (seq, id, maker): (i64, Uuid, i64) = (row.next()?, row.next()?, row.next()?);
        if let Some(taken) = tx.opt(&CLAIM, &[&seq, &maker, &runner, &At(now), &At(lease)]).await? {
            let number: i64 = taken.try_get(0)?;
            return Ok(Some(Claim { job: JobId::from_uuid(id), chunk: number.unsigned_abs(), runner }));
        }
    }
    Ok(None)
}

/// A claimed chunk.
struct Chunk {
    seq: i64,
    target: Option<OperationId>,
    ids: Vec<OpportunityId>,
    /// What was sent in place of ids, by place.
    sent: Vec<(usize, String)>,
}

impl Chunk {
    fn bulk_ids(&self) -> BulkIds {
        BulkIds::from_sent(self.ids.iter().copied(), self.sent.clone())
    }

    /// What was sent at a place.
    fn sent_at(&self, place: usize) -> String {
        match self.sent.binary_search_by_key(&place, |(malformed, _)| *malformed) {
            Ok(found) => self.sent[found].1.clone(),
            Err(_) => self.ids[place].to_string(),
        }
    }
}

/// What came of a chunk.
#[derive(Debug, Default)]
struct Outcome {
    operation: Option<OperationId>,
    failed: Vec<(usize, JobItemError)>,
    output: Option<Vec<u8>>,
}

/// Carries a claimed chunk out.
pub(super) async fn run(
    store: &PostgresStore,
    claim: Claim,
    at: Timestamp,
    assignable: &Roles,
    export: &dyn ExportRows,
) -> StoreResult<Job> {
    match transact!(store, tx => carry_out(tx, &claim, at, assignable, export)) {
        // The job was stopped while the chunk was carried out: all of it was taken back.
        Err(StoreError::Refused(Refusal::JobEnded)) => ask!(store, conn => rows::shown(conn, claim.job)),
        outcome => outcome,
    }
}

async fn carry_out(
    tx: &mut Conn,
    claim: &Claim,
    at: Timestamp,
    assignable: &Roles,
    export: &dyn ExportRows,
) -> Db<Job> {
    let params: [&dyn crate::engine::params::Param; 3] = [&claim.job.uuid(), &(claim.chunk as i64), &claim.runner];
    let Some(found) = tx.opt(HELD, &params).await? else { return rows::shown(tx, claim.job).await };
    let mut row = Reader::new(&found);
    let stored = rows::stored(&mut row)?;
    let chunk = Chunk {
        seq: row.next()?,
        target: row.next::<Option<Uuid>>()?.map(OperationId::from_uuid),
        ids: row.next::<Vec<Uuid>>()?.into_iter().map(OpportunityId::from_uuid).collect(),
        sent: job_errors::decode_sent(row.next::<Option<&str>>()?)?,
    };
    match work(tx, &stored, &chunk, at, assignable, export).await {
        Ok(outcome) => finish(tx, stored, &chunk, &outcome, at).await,
        // Nothing was written yet: what refuses a chunk as a whole is looked at first.
        Err(Fault::Store(StoreError::Refused(refusal))) => {
            end::end(tx, stored.seq, JobStatus::Failed, Some(refusal.code()), at).await?;
            rows::shown(tx, claim.job).await
        }
        Err(fault) => Err(fault),
    }
}

async fn work(
    tx: &mut Conn,
    stored: &Stored,
    chunk: &Chunk,
    at: Timestamp,
    assignable: &Roles,
    export: &dyn ExportRows,
) -> Db<Outcome> {
    let job = &stored.job;
    // Without a token there is nothing that could have been revoked: what counts is what the maker may do now.
    let authority = Authority::User { id: job.actor_id, issued_at: Timestamp::from_micros(i64::MAX), generation: None };
    let caller = Caller { authority, origin: Origin::default(), at };
    let inconsistent = |what: &str| Fault::inconsistent(format!("jobs.seq {}: {what}", stored.seq));
    let mode = BulkMode::default();
    let bulk = match job.kind {
        JobKind::BulkAssign => {
            let assignee = Assignee::User(job.assignee_id.ok_or_else(|| inconsistent("no assignee"))?);
            let (status, note) = (stored.new_status, stored.note.clone());
            let ids = chunk.bulk_ids();
            let command = BulkAssign { ids, assignee, status, note, mode, job: Some(job.id) };
            assign_chunk(tx, &caller, &command, assignable).await?
        }
        JobKind::BulkUnassign => {
            unassign_chunk(tx, &caller, &BulkUnassign { ids: chunk.bulk_ids(), mode, job: Some(job.id) }).await?
        }
        JobKind::SetStatus => {
            let maker = present_maker(tx, &caller).await?;
            let status = stored.new_status.ok_or_else(|| inconsistent("no status"))?;
            return set_status(tx, &caller, &maker, job.id, status, chunk).await;
        }
        JobKind::Export => {
            present_maker(tx, &caller).await?;
            return render(tx, &chunk.ids, export).await;
        }
        JobKind::Undo => {
            let maker = present_maker(tx, &caller).await?;
            let target = chunk.target.ok_or_else(|| inconsistent("a chunk that takes nothing back"))?;
            return take_back(tx, &caller, &maker, (target, job.id), &chunk.ids, assignable).await;
        }
    };
    let errors: HashMap<String, ItemError> =
        bulk.failed.into_iter().map(|failure| (failure.sent, failure.error)).collect();
    let mut failed = Vec::with_capacity(errors.len());
    if !errors.is_empty() {
        let error = |place| errors.get(&chunk.sent_at(place)).map(|error| (place, JobItemError::Item(error.clone())));
        failed.extend((0..chunk.ids.len()).filter_map(error));
    }
    Ok(Outcome { operation: bulk.operation, failed, output: None })
}

/// The job's maker, if they may still do what it does; the statement of a bulk request looks by itself.
async fn present_maker(tx: &mut Conn, caller: &Caller) -> Db<Actor> {
    let maker = authorize(tx, caller).await?;
    maker.require_administrator(Refusal::AdministratorsOnly)?;
    Ok(maker)
}

/// The seqs of those that are there, and the places of the others.
async fn present(tx: &mut Conn, ids: &[OpportunityId]) -> Db<(Vec<i64>, Vec<(usize, JobItemError)>)> {
    let asked: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let mut seqs: HashMap<Uuid, i64> = HashMap::with_capacity(ids.len());
    for row in tx.all(SEQS, &[&asked]).await? {
        seqs.insert(row.try_get(0)?, row.try_get(1)?);
    }
    let missing = asked.iter().enumerate().filter(|(_, id)| !seqs.contains_key(*id));
    let missing = missing.map(|(place, _)| (place, JobItemError::Item(ItemError::NotFound))).collect();
    Ok((asked.iter().filter_map(|id| seqs.get(id).copied()).collect(), missing))
}

/// Sets a status. What has it already is done, and no part of the operation.
async fn set_status(
    tx: &mut Conn,
    caller: &Caller,
    maker: &Actor,
    job: JobId,
    status: Status,
    chunk: &Chunk,
) -> Db<Outcome> {
    let ids = &chunk.ids;
    let (seqs, mut failed) = present(tx, ids).await?;
    let taken = hot::take_many(tx, seqs.clone()).await?;
    let gone: HashSet<i64> = taken.iter().filter(|hot| hot.deleted).map(|hot| hot.seq).collect();
    if !gone.is_empty() {
        // Deleted between the look and the lock.
        let (_, now) = present(tx, ids).await?;
        failed = now;
    }
    let by_seq: HashMap<i64, _> = taken.iter().filter(|hot| !hot.deleted).map(|hot| (hot.seq, hot)).collect();
    let changed: Vec<_> = seqs
        .iter()
        .filter_map(|seq| by_seq.get(seq))
        .filter(|hot| hot.status != status)
        .map(|hot| hot.becomes(hot.holder, status))
        .collect();
    let mut operation = NewOperation::new(OperationKind::Update, maker.seq, caller.at);
    (operation.failed, operation.job) = (failed.len(), Some(job));
    let seq = if changed.is_empty() { None } else { Some(hot::record(tx, &operation, &changed, None).await?) };
    let mut details = serde_json::Map::new();
    if !failed.is_empty() {
        let sent: Vec<_> = failed.iter().map(|(place, _)| chunk.sent_at(*place)).collect();
        details.insert("failed_ids".into(), json!(sent));
    }
    if seq.is_none() {
        // What an operation would say.
        details.insert("assigned_count".into(), json!(0));
        details.insert("failed_count".into(), json!(failed.len()));
        details.insert("assigned_to_id".into(), json!(null));
    }
    let entry = audit::Entry {
        action: action::BULK_STATUS,
        entity: EntityType::Opportunity,
        entity_id: None,
        operation: seq,
        details: details.into(),
    };
    audit::record(tx, caller, maker, &entry).await?;
    Ok(Outcome { operation: seq.map(|_| operation.id), failed, output: None })
}

async fn render(tx: &mut Conn, ids: &[OpportunityId], export: &dyn ExportRows) -> Db<Outcome> {
    let (seqs, failed) = present(tx, ids).await?;
    let output = Some(export.render(&by_seqs(tx, seqs).await?));
    Ok(Outcome { operation: None, failed, output })
}

/// Takes the chunk's part of an operation back. What somebody else has taken back in the meantime has failed.
async fn take_back(
    tx: &mut Conn,
    caller: &Caller,
    maker: &Actor,
    target: (OperationId, JobId),
    ids: &[OpportunityId],
    assignable: &Roles,
) -> Db<Outcome> {
    let only: HashSet<OpportunityId> = ids.iter().copied().collect();
    let gone = || JobItemError::Refused(Refusal::AlreadyUndone.code().to_owned());
    let undone = match undo_chunk(tx, caller, maker, target, &only, assignable).await {
        Ok(undone) => undone,
        Err(Fault::Store(StoreError::Refused(Refusal::AlreadyUndone))) => {
            let failed = (0..ids.len()).map(|place| (place, gone())).collect();
            return Ok(Outcome { failed, ..Outcome::default() });
        }
        Err(fault) => return Err(fault),
    };
    let done: HashSet<OpportunityId> = undone.done.iter().map(|item| item.id).collect();
    let errors: HashMap<String, ItemError> =
        undone.failed.into_iter().map(|failure| (failure.sent, failure.error)).collect();
    let failed = ids
        .iter()
        .enumerate()
        .filter(|(_, id)| !done.contains(id))
        .map(|(place, id)| (place, errors.get(&id.to_string()).cloned().map_or_else(gone, JobItemError::Item)));
    Ok(Outcome { operation: undone.operation, failed: failed.collect(), output: None })
}

/// Marks a chunk as done, counts it, and ends the job with its last; the job as it stands then.
async fn finish(tx: &mut Conn, stored: Stored, chunk: &Chunk, outcome: &Outcome, at: Timestamp) -> Db<Job> {
    let failed = outcome.failed.len() as i64;
    let done = chunk.ids.len() as i64 - failed;
    let errors = job_errors::encode(&outcome.failed)?;
    let operation = outcome.operation.map(OperationId::uuid);
    let output = outcome.output.as_deref().map(Bytes);
    let params: [&dyn crate::engine::params::Param; 7] =
        [&chunk.seq, &done, &failed, &operation, &opt(&errors), &output, &stored.seq];
    let counted = tx.opt(DONE, &params).await?.ok_or(Refusal::JobEnded)?;
    if counted.try_get::<_, bool>(0)? {
        end::end(tx, stored.seq, JobStatus::Finished, None, at).await?;
        return rows::shown(tx, stored.job.id).await;
    }
    let (done, failed): (i64, i64) = (counted.try_get(1)?, counted.try_get(2)?);
    Ok(Job { done: done.unsigned_abs(), failed: failed.unsigned_abs(), ..stored.job })
}
