//! Running jobs chunk by chunk: each is leased to a runner, and executed in the same transaction that marks it as done
//! and updates the job's counts.

use std::collections::{HashMap, HashSet};

use reparto_domain::{
    Authority, Caller, JobId, OperationId, OpportunityId, Origin, Refusal, Roles, Status, Timestamp,
    audit::{EntityType, action},
    jobs::{Claim, ExportRows, Job, JobItemError, JobKind, JobStatus, not_restored},
    operations::OperationKind,
    opportunities::{Assignee, BulkAssign, BulkIds, BulkMode, BulkUnassign, ItemError},
};
use reparto_store::{StoreError, StoreResult};
use reparto_store_rows::{job_errors, jobs::StoredJob, names::named, numbers::signed};
use serde_json::json;
use uuid::Uuid;

use super::{
    end,
    rows::{self, select},
};
use crate::{
    PostgresStore,
    actor::{Actor, administrator},
    assignments::bulk::{assign_chunk, unassign_chunk},
    audit,
    engine::{
        errors::{Db, Fault},
        params::{At, Bytes, opt},
        tx::{Conn, read, transact},
    },
    erasures,
    hot::{self, NewOperation},
    operations::undo::{ChunkUndone, undo_chunk},
    opportunities::{EXPORT_PART, for_export},
    rows::Reader,
    statements::statements,
};

statements! {
    // Fair order: first the user served least recently, then of their jobs the one served least recently. A claim need
    // not be durable when it commits: if a crash of the server loses it, the chunk can be claimed again, and its
    // results cannot have been made durable before it.
    ALIVE = "SELECT j.seq, j.id, j.actor, set_config('synchronous_commit', 'off', true) FROM jobs j LEFT JOIN job_turns t ON t.user_seq = j.actor \
        WHERE j.ended IS NULL ORDER BY coalesce(t.served, 0), j.actor, j.served, j.seq";
    // $1 job   $2 its creator   $3 runner   $4 now   $5 end of the lease. Returns nothing if no chunk is waiting, or
    // the job was stopped.
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
    // The chunk stays locked: even if its lease expires, other runners skip it while it is being executed.
    LOCK_CHUNK = select!(
        ", c.seq, c.target, c.ids, c.sent"
        " JOIN job_chunks c ON c.job = j.seq"
        "j.id = $1 AND j.ended IS NULL AND c.number = $2 AND NOT c.is_done AND c.runner = $3 FOR UPDATE OF c"
    );
    SEQS = "SELECT o.id, o.seq FROM opportunities o JOIN assignments a ON a.seq = o.seq \
        WHERE o.id = ANY($1) AND NOT a.deleted";
    UNWANTED = "SELECT o.id, o.seq FROM opportunities o JOIN assignments a ON a.seq = o.seq \
        WHERE o.id = ANY($1) AND o.do_not_contact AND NOT a.deleted";
    // The last statement of its transaction, since concurrent chunks contend for the job's row. If the job was stopped
    // meanwhile, no row is updated, and the whole chunk is rolled back.
    DONE = "WITH marked AS ( \
            UPDATE job_chunks SET is_done = true, runner = NULL, leased_until = NULL, done = $2, failed = $3, \
                operation = $4, errors = $5, output = $6 WHERE seq = $1) \
        UPDATE jobs SET done = done + $2, failed = failed + $3, chunks_done = chunks_done + 1 \
        WHERE seq = $7 AND ended IS NULL RETURNING chunks_done >= chunks, done, failed";
}

/// The number of chunks that a process executes concurrently: while one waits for its commit or a row lock, the server
/// works on another.
pub(super) const CONCURRENCY: usize = 3;

/// Claims the next chunk for a runner.
pub(super) async fn claim(tx: &mut Conn, runner: Uuid, now: Timestamp, lease: Timestamp) -> Db<Option<Claim>> {
    for job in tx.all(ALIVE, &[]).await? {
        let mut row = Reader::new(&job);
        let (seq, id, creator): (i64, Uuid, i64) = (row.next()?, row.next()?, row.next()?);
        if let Some(taken) = tx.opt(&CLAIM, &[&seq, &creator, &runner, &At(now), &At(lease)]).await? {
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
    /// The malformed ids as sent, by position.
    sent: Vec<(usize, String)>,
}

impl Chunk {
    fn bulk_ids(&self) -> BulkIds {
        BulkIds::from_sent(self.ids.iter().copied(), self.sent.clone())
    }

    /// The text sent at this position.
    fn sent_at(&self, place: usize) -> String {
        match self.sent.binary_search_by_key(&place, |(malformed, _)| *malformed) {
            Ok(found) => self.sent[found].1.clone(),
            Err(_) => self.ids[place].to_string(),
        }
    }
}

/// The outcome of a chunk.
#[derive(Debug, Default)]
struct Outcome {
    operation: Option<OperationId>,
    failed: Vec<(usize, JobItemError)>,
    output: Option<Vec<u8>>,
}

/// Executes a claimed chunk.
pub(super) async fn run(
    store: &PostgresStore,
    claim: Claim,
    at: Timestamp,
    assignable: &Roles,
    export: &dyn ExportRows,
) -> StoreResult<Job> {
    match transact!(store, tx => execute(tx, &claim, at, assignable, export)) {
        // The job was stopped while the chunk was executed, so the chunk was rolled back.
        Err(StoreError::Refused(Refusal::JobEnded)) => read!(store, conn => rows::shown(conn, claim.job)),
        outcome => outcome,
    }
}

async fn execute(tx: &mut Conn, claim: &Claim, at: Timestamp, assignable: &Roles, export: &dyn ExportRows) -> Db<Job> {
    let params: [&dyn crate::engine::params::Param; 3] = [&claim.job.uuid(), &signed(claim.chunk), &claim.runner];
    let Some(found) = tx.opt(LOCK_CHUNK, &params).await? else { return rows::shown(tx, claim.job).await };
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
        // Nothing has been written yet: refusals of a whole chunk are checked first.
        Err(Fault::Store(StoreError::Refused(refusal))) => {
            end::end(tx, stored.seq, JobStatus::Failed, Some(refusal.code()), at).await?;
            rows::shown(tx, claim.job).await
        }
        Err(fault) => Err(fault),
    }
}

async fn work(
    tx: &mut Conn,
    stored: &StoredJob,
    chunk: &Chunk,
    at: Timestamp,
    assignable: &Roles,
    export: &dyn ExportRows,
) -> Db<Outcome> {
    let job = &stored.job;
    // There is no token that could have been revoked: only the creator's current rights matter.
    let authority = Authority::User {
        id: job.actor_id,
        issued_at: Timestamp::from_micros(i64::MAX),
        generation: None,
        session: None,
    };
    let caller = Caller { authority, origin: Origin::default(), at };
    let inconsistent = |what: &str| Fault::inconsistent(format!("jobs.seq {}: {what}", stored.seq));
    let include_do_not_contact = stored.include_do_not_contact;
    let mode = BulkMode { include_do_not_contact, ..BulkMode::default() };
    let bulk = match job.kind {
        JobKind::BulkAssign => {
            let assignee = Assignee::User(job.assignee_id.ok_or_else(|| inconsistent("no assignee"))?);
            let (status, note) = (stored.new_status, stored.note.clone());
            let ids = chunk.bulk_ids();
            let command = BulkAssign { ids, assignee, status, note, mode, job: Some(job.id) };
            assign_chunk(tx, &caller, command, assignable).await?
        }
        JobKind::BulkUnassign => {
            unassign_chunk(tx, &caller, BulkUnassign { ids: chunk.bulk_ids(), mode, job: Some(job.id) }).await?
        }
        JobKind::SetStatus => {
            let creator = authorize_creator(tx, &caller).await?;
            let status = stored.new_status.ok_or_else(|| inconsistent("no status"))?;
            return set_status(tx, &caller, &creator, job.id, status, chunk).await;
        }
        JobKind::Export => {
            authorize_creator(tx, &caller).await?;
            return render(tx, &chunk.ids, include_do_not_contact, export).await;
        }
        JobKind::Undo => {
            let creator = authorize_creator(tx, &caller).await?;
            let target = chunk.target.ok_or_else(|| inconsistent("a chunk that takes nothing back"))?;
            return undo_items(tx, &caller, &creator, (target, job.id), &chunk.ids, assignable).await;
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

/// The job's creator, if they still have the right to do this; the bulk statement checks this itself.
async fn authorize_creator(tx: &mut Conn, caller: &Caller) -> Db<Actor> {
    let creator = administrator(tx, caller).await?;
    Ok(creator)
}

/// The seqs of the existing opportunities, and the positions of the missing ones.
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

/// Sets a status. Items that already have it count as done, but are not part of the operation.
async fn set_status(
    tx: &mut Conn,
    caller: &Caller,
    creator: &Actor,
    job: JobId,
    status: Status,
    chunk: &Chunk,
) -> Db<Outcome> {
    let ids = &chunk.ids;
    let (seqs, mut failed) = present(tx, ids).await?;
    let taken = hot::lock_many(tx, seqs.clone()).await?;
    let gone: HashSet<i64> = taken.iter().filter(|hot| hot.deleted).map(|hot| hot.seq).collect();
    if !gone.is_empty() {
        // Some were deleted between the lookup and the lock.
        let (_, now) = present(tx, ids).await?;
        failed = now;
    }
    let by_seq: HashMap<i64, _> = taken.iter().filter(|hot| !hot.deleted).map(|hot| (hot.seq, hot)).collect();
    let caller = &tx.taking_effect(caller, by_seq.values().map(|hot| hot.updated_at));
    let changed: Vec<_> = seqs
        .iter()
        .filter_map(|seq| by_seq.get(seq))
        .filter(|hot| hot.status != status)
        .map(|hot| hot.becomes(hot.holder, status))
        .collect();
    let mut operation = NewOperation::new(OperationKind::Update, creator.seq, caller.at);
    (operation.failed, operation.job) = (failed.len(), Some(job));
    let seq = if changed.is_empty() { None } else { Some(hot::record(tx, &operation, &changed, None).await?) };
    let mut details = serde_json::Map::new();
    if !failed.is_empty() {
        let sent: Vec<_> = failed.iter().map(|(place, _)| chunk.sent_at(*place)).collect();
        details.insert("failed_ids".into(), json!(sent));
    }
    if seq.is_none() {
        // Otherwise the list of audit entries takes these from the operation.
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
    audit::record(tx, caller, creator, &entry).await?;
    Ok(Outcome { operation: seq.map(|_| operation.id), failed, output: None })
}

async fn render(
    tx: &mut Conn,
    ids: &[OpportunityId],
    include_do_not_contact: bool,
    export: &dyn ExportRows,
) -> Db<Outcome> {
    erasures::hold_off(tx).await?;
    let (mut seqs, mut failed) = present(tx, ids).await?;
    if !include_do_not_contact {
        let asked: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
        let mut unwanted: HashSet<i64> = HashSet::new();
        for row in tx.all(UNWANTED, &[&asked]).await? {
            unwanted.insert(row.try_get(1)?);
            let id: Uuid = row.try_get(0)?;
            failed.extend(
                asked
                    .iter()
                    .position(|asked| *asked == id)
                    .map(|place| (place, JobItemError::Item(ItemError::DoNotContact))),
            );
        }
        seqs.retain(|seq| !unwanted.contains(seq));
        failed.sort_by_key(|(place, _)| *place);
    }
    let mut output = Vec::new();
    for part in seqs.chunks(EXPORT_PART) {
        output.extend(export.render(&for_export(tx, part.to_vec()).await?));
    }
    let output = Some(output);
    Ok(Outcome { operation: None, failed, output })
}

/// Undoes the chunk's part of an operation. Items undone by somebody else in the meantime fail.
async fn undo_items(
    tx: &mut Conn,
    caller: &Caller,
    creator: &Actor,
    target: (OperationId, JobId),
    ids: &[OpportunityId],
    assignable: &Roles,
) -> Db<Outcome> {
    let only: HashSet<OpportunityId> = ids.iter().copied().collect();
    let undone = match undo_chunk(tx, caller, creator, target, &only, assignable).await {
        Err(Fault::Store(StoreError::Refused(Refusal::AlreadyUndone))) => ChunkUndone::default(),
        outcome => outcome?,
    };
    let errors = undone.failed.into_iter().collect();
    let failed = not_restored(ids.iter().copied(), &undone.done, &errors);
    Ok(Outcome { operation: undone.operation, failed, output: None })
}

/// Marks a chunk as done, updates the job's counts, and ends the job after its last chunk; returns the job.
async fn finish(tx: &mut Conn, stored: StoredJob, chunk: &Chunk, outcome: &Outcome, at: Timestamp) -> Db<Job> {
    let failed = signed(outcome.failed.len());
    let done = signed(chunk.ids.len()) - failed;
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
