//! Freezing the set of a job: read in one go on a reader, then written in bounded steps, so that no writer waits long.
//! Only the job's own row, written last, makes its chunks claimable.

use std::collections::HashMap;

use reparto_domain::{
    OpportunityId, Refusal, Timestamp,
    jobs::{JobPreview, JobSet, NewJob},
    opportunities::OpportunityFilter,
};
use reparto_store::StoreResult;
use reparto_store_rows::{job_errors, numbers::signed};
use rusqlite::{Connection, params};

use super::packed::pack;
use crate::{
    SqliteStore,
    assignments::ChunkItem,
    engine::Conn as _,
    items::{Items, Marks},
    operations::people::People,
    opportunities::list,
    rows::value,
    statements::statements,
};

statements! {
    SEQ = "SELECT seq FROM opportunities WHERE id = ?1";
    HOLDER = "SELECT holder FROM assignments WHERE seq = ?1 AND deleted = 0 AND (?2 OR do_not_contact = 0)";
    OPERATIONS = "SELECT seq, undone_by, undone_items, items FROM operations WHERE job = ?1 ORDER BY seq DESC";
    NEW_SET = "INSERT INTO job_sets (created_at) VALUES (?1)";
    NEW_CHUNK = "INSERT INTO job_chunks (job, number, first, count, target, items, sent) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    EXISTS = "SELECT 1 FROM job_sets WHERE seq = ?1";
    LEFT_BEHIND = "SELECT s.seq FROM job_sets s WHERE s.created_at <= ?1 \
        AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.seq = s.seq) LIMIT 1";
    DROP_CHUNKS = "DELETE FROM job_chunks WHERE seq IN \
        (SELECT seq FROM job_chunks WHERE job = ?1 ORDER BY number LIMIT ?2)";
    OLD = "SELECT seq FROM jobs INDEXED BY jobs_to_trim WHERE ended IS NOT NULL AND trimmed_at IS NULL \
        AND finished_at <= ?1 ORDER BY finished_at LIMIT 1";
    TRIM = "UPDATE jobs SET trimmed_at = ?2 WHERE seq = ?1";
    // Finds a job whose removal was interrupted.
    HALF_TRIMMED = "SELECT seq FROM jobs j WHERE trimmed_at IS NOT NULL \
        AND EXISTS (SELECT 1 FROM job_chunks c WHERE c.job = j.seq) LIMIT 1";
    DROP_SET = "DELETE FROM job_sets WHERE seq = ?1";
}

/// The number of chunks that one step writes or removes: some 100 KiB.
pub(super) const STEP: usize = 200;

/// A set whose job was not created within this time is abandoned: the process that was creating it is gone.
const LEFT_BEHIND_SECONDS: i64 = 3_600;

/// A chunk before it is written.
#[derive(Debug, Clone)]
pub(super) struct NewChunk {
    count: usize,
    target: Option<i64>,
    items: Vec<u8>,
    sent: Option<String>,
}

/// A frozen set before it is written.
#[derive(Debug, Default)]
pub(super) struct Frozen {
    /// Its chunks, in order.
    pub chunks: Vec<NewChunk>,
    /// The number of items.
    pub total: u64,
}

impl Frozen {
    fn push(&mut self, items: &[ChunkItem], target: Option<i64>, sent: Option<String>) {
        self.total += items.len() as u64;
        self.chunks.push(NewChunk { count: items.len(), target, items: pack(items), sent });
    }
}

/// Freezes a set as of now.
pub(super) fn freeze(conn: &Connection, job: &NewJob) -> StoreResult<Frozen> {
    let (mut frozen, chunk) = (Frozen::default(), job.work.chunk());
    match &job.set {
        JobSet::Filter(filter) => {
            for seqs in list::matching(conn, filter)?.chunks(chunk) {
                let items: Vec<ChunkItem> = seqs.iter().copied().map(ChunkItem::Seq).collect();
                frozen.push(&items, None, None);
            }
        }
        JobSet::Ids(ids) | JobSet::Sent { ids, .. } => {
            for (number, ids) in ids.chunks(chunk).enumerate() {
                let items = ids.iter().map(|id| item(conn, *id)).collect::<StoreResult<Vec<_>>>()?;
                let malformed = job_errors::encode_sent(job.set.malformed(), number * chunk, items.len())?;
                frozen.push(&items, None, malformed);
            }
        }
    }
    Ok(frozen)
}

fn item(conn: &Connection, id: OpportunityId) -> StoreResult<ChunkItem> {
    let seq = conn.opt(SEQ, [id.as_bytes()], value)?;
    Ok(seq.map_or(ChunkItem::Unknown(id), ChunkItem::Seq))
}

/// Freezes what a job has done and nobody has undone yet, newest operation first: one chunk for each operation.
pub(super) fn freeze_undo(conn: &Connection, job: reparto_domain::JobId) -> StoreResult<Frozen> {
    let (mut frozen, mut any) = (Frozen::default(), false);
    conn.each(OPERATIONS, [job.as_bytes()], |row| {
        any = true;
        let (seq, undone_by, marks) = (row.next()?, row.next::<Option<i64>>()?, Marks::of(row.next()?));
        if undone_by.is_some() {
            return Ok(true);
        }
        let mut items = Vec::new();
        for (place, item) in Items::new(row.bytes()?)?.enumerate() {
            let item = item?;
            if !marks.has(place) {
                items.push(ChunkItem::Seq(item.opportunity));
            }
        }
        if !items.is_empty() {
            frozen.push(&items, Some(seq), None);
        }
        Ok(true)
    })?;
    if any && frozen.total == 0 { Err(Refusal::AlreadyUndone.into()) } else { Ok(frozen) }
}

/// The number of opportunities in total, and of those that would succeed by holder, largest number first.
pub(super) fn preview(conn: &Connection, job: &NewJob) -> StoreResult<JobPreview> {
    let mut counts: HashMap<i64, u64> = HashMap::new();
    let all = !job.leaves_out_do_not_contact();
    let total = match &job.set {
        JobSet::Filter(filter) if filter.is_counted() => {
            counts.extend(list::counted_by_holder(conn, filter)?);
            let total = counts.values().sum();
            if !all {
                let unwanted = OpportunityFilter { do_not_contact: Some(true), ..filter.clone() };
                for holder in holders(conn, list::matching(conn, &unwanted)?, true)? {
                    counts.entry(holder).and_modify(|n| *n = n.saturating_sub(1));
                }
            }
            total
        }
        JobSet::Filter(filter) => {
            let seqs = list::matching(conn, filter)?;
            let total = seqs.len() as u64;
            for holder in holders(conn, seqs, all)? {
                *counts.entry(holder).or_default() += 1;
            }
            total
        }
        JobSet::Ids(ids) | JobSet::Sent { ids, .. } => {
            let mut seqs = Vec::with_capacity(ids.len());
            for id in ids {
                if let ChunkItem::Seq(seq) = item(conn, *id)? {
                    seqs.push(seq);
                }
            }
            for holder in holders(conn, seqs, all)? {
                *counts.entry(holder).or_default() += 1;
            }
            ids.len() as u64
        }
    };
    let mut counts: Vec<(i64, u64)> = counts.into_iter().filter(|(_, n)| *n > 0).collect();
    counts.sort_unstable_by_key(|(holder, n)| (std::cmp::Reverse(*n), *holder));
    let mut people = People::new(conn);
    let by_holder = counts
        .into_iter()
        .map(|(holder, n)| Ok((if holder == 0 { None } else { Some(people.get(holder)?) }, n)))
        .collect::<StoreResult<_>>()?;
    Ok(JobPreview { total, by_holder })
}

/// The holder of each of these opportunities that is not deleted, 0 where there is none; of all of them, or of those
/// whose contacts may be contacted.
fn holders(conn: &Connection, seqs: Vec<i64>, all: bool) -> StoreResult<Vec<i64>> {
    let mut holders = Vec::with_capacity(seqs.len());
    for seq in seqs {
        let holder: Option<Option<i64>> = conn.opt(HOLDER, params![seq, all], value)?;
        holders.extend(holder.map(|holder| holder.unwrap_or(0)));
    }
    Ok(holders)
}

/// Writes a set in steps and returns its seq. If interrupted, it leaves no job that could run.
pub(super) async fn write(store: &SqliteStore, chunks: Vec<NewChunk>, at: Timestamp) -> StoreResult<i64> {
    let set = store.write(move |conn| conn.insert(NEW_SET, [at.micros()])).await?;
    let (mut number, mut first) = (0_i64, 0_i64);
    let mut chunks = chunks.into_iter();
    loop {
        let step: Vec<NewChunk> = chunks.by_ref().take(STEP).collect();
        if step.is_empty() {
            return Ok(set);
        }
        let (from, items) = (number, first);
        number += signed(step.len());
        first += step.iter().map(|chunk| signed(chunk.count)).sum::<i64>();
        store.write(move |conn| write_step(conn, set, from, items, &step)).await?;
    }
}

/// Writes a set of at most [`STEP`] chunks in one go and returns its seq.
pub(super) fn write_small(conn: &Connection, chunks: &[NewChunk], at: Timestamp) -> StoreResult<i64> {
    let set = conn.insert(NEW_SET, [at.micros()])?;
    write_step(conn, set, 0, 0, chunks)?;
    Ok(set)
}

fn write_step(conn: &Connection, set: i64, mut number: i64, mut first: i64, step: &[NewChunk]) -> StoreResult<()> {
    for chunk in step {
        let count = signed(chunk.count);
        conn.run(NEW_CHUNK, params![set, number, first, count, chunk.target, chunk.items, chunk.sent])?;
        number += 1;
        first += count;
    }
    Ok(())
}

/// Whether a set still exists.
pub(super) fn exists(conn: &Connection, set: i64) -> StoreResult<bool> {
    Ok(conn.opt(EXISTS, [set], |_| Ok(()))?.is_some())
}

/// Removes a set whose job was not created, in steps.
pub(super) async fn discard(store: &SqliteStore, set: i64) -> StoreResult<()> {
    while store.write(move |conn| drop_step(conn, set)).await? {}
    Ok(())
}

/// Removes part of a set, and finally the set itself; returns whether more is left.
fn drop_step(conn: &Connection, set: i64) -> StoreResult<bool> {
    let dropped = conn.run(DROP_CHUNKS, params![set, signed(STEP)])?;
    if dropped == STEP {
        return Ok(true);
    }
    conn.run(DROP_SET, [set])?;
    Ok(false)
}

/// Removes part of a set left behind by a crash, if there is one. Returns an upper bound of the removed rows.
pub(crate) fn expire(conn: &Connection, now: Timestamp) -> StoreResult<u64> {
    let before = now.plus_seconds(-LEFT_BEHIND_SECONDS).micros();
    let set = conn.opt(LEFT_BEHIND, [before], value)?;
    let Some(set) = set else { return Ok(0) };
    drop_step(conn, set)?;
    Ok(STEP as u64)
}

/// Removes part of the chunks of a job that ended long ago; the job itself stays. Returns how many rows were affected.
pub(crate) fn trim(conn: &Connection, now: Timestamp, before: Timestamp) -> StoreResult<u64> {
    let half = conn.opt(HALF_TRIMMED, [], value)?;
    let job: i64 = if let Some(job) = half {
        job
    } else {
        let old = conn.opt(OLD, [before.micros()], value)?;
        let Some(job) = old else { return Ok(0) };
        conn.run(TRIM, [job, now.micros()])?;
        job
    };
    let dropped = conn.run(DROP_CHUNKS, params![job, signed(STEP)])?;
    Ok(dropped as u64 + 1)
}
