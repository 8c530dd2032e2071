//! The set of a job: frozen by one statement, which reads and packs on the server.

use std::collections::HashMap;

use reparto_domain::{
    JobId, OpportunityId, Refusal,
    jobs::{CHUNK, EXPORT_CHUNK, JobPreview, JobSet, JobWork, NewJob},
    users::Person,
};
use reparto_store_rows::{job_errors, numbers::signed};
use uuid::Uuid;

use crate::{
    engine::{errors::Db, params::Text, tx::Conn},
    operations::people::people,
    opportunities::list::matching,
    statements::statements,
};

statements! {
    NEXT = "SELECT nextval(pg_get_serial_sequence('jobs', 'seq'))";
    // A million rows take seconds, without blocking anybody.
    PATIENT = "SET LOCAL statement_timeout = 0";
    IDS = "WITH requested AS (SELECT id, place - 1 + $6::bigint AS place \
            FROM unnest($2::uuid[]) WITH ORDINALITY AS r (id, place)), \
        written AS (INSERT INTO job_chunks (job, number, first, count, ids) \
            SELECT $1::bigint, least(place / $3::bigint, (place + $4::bigint) / $5::bigint), min(place), count(*), \
                array_agg(id ORDER BY place) \
            FROM requested GROUP BY 2 RETURNING count) \
        SELECT coalesce(sum(count), 0)::bigint, count(*) FROM written";
    SENT = "UPDATE job_chunks c SET sent = s.sent FROM unnest($2::bigint[], $3::text[]) AS s (number, sent) \
        WHERE c.job = $1 AND c.number = s.number";
    // Items not undone yet, newest operation first: one chunk for each operation.
    UNDO = "WITH open AS ( \
            SELECT p.seq, p.id, array_agg(o.id ORDER BY i.place) AS ids, count(*) AS n \
            FROM operations p, unnest(p.item_seqs) WITH ORDINALITY AS i (seq, place) \
                JOIN opportunities o ON o.seq = i.seq \
            WHERE p.job = $2 AND p.undone_by IS NULL \
                AND (p.undone_items IS NULL OR NOT p.undone_items[i.place]) \
            GROUP BY p.seq, p.id), \
        written AS (INSERT INTO job_chunks (job, number, first, count, target, ids) \
            SELECT $1::bigint, row_number() OVER (ORDER BY seq DESC) - 1, \
                (sum(n) OVER (ORDER BY seq DESC))::bigint - n, n, id, ids FROM open RETURNING count) \
        SELECT coalesce(sum(count), 0)::bigint, count(*) FROM written";
    ANY = "SELECT EXISTS (SELECT FROM operations WHERE job = $1)";
    HOLDERS = "SELECT a.holder, count(*), count(*) FILTER (WHERE $2 OR NOT a.do_not_contact) \
        FROM opportunities o JOIN assignments a ON a.seq = o.seq \
        WHERE o.id = ANY($1) AND NOT a.deleted GROUP BY a.holder";
}

/// Opportunities in a chunk of a large job: fewer operations, commits and round trips for the same items. A job begins
/// with [`SMALL`] chunks of [`CHUNK`], so that one of up to 10,000 is in as fine steps as on any engine.
const LARGE: usize = 1_000;

/// The number of chunks of [`CHUNK`] before those of [`LARGE`].
const SMALL: usize = 40;

/// What is added to a place before it is divided by [`LARGE`], so that the large chunks are numbered after the small
/// ones: the number of a chunk is the lesser of both quotients.
const OFFSET: usize = SMALL * (LARGE - CHUNK);

/// The number of ids sent to the server at once: whole chunks.
const STEP: usize = 50 * LARGE;
const _: () = assert!((STEP + OFFSET).is_multiple_of(LARGE) && STEP >= SMALL * CHUNK, "a step ends with a chunk");
const _: () = assert!(STEP.is_multiple_of(EXPORT_CHUNK), "a step of an export ends with a chunk");

/// How a set is cut into chunks.
#[derive(Debug, Clone, Copy)]
struct Cut {
    small: usize,
    offset: usize,
    large: usize,
}

impl Cut {
    const fn of(work: &JobWork) -> Self {
        match work {
            // All of one size, which bounds what is in memory.
            JobWork::Export => Self { small: EXPORT_CHUNK, offset: 0, large: EXPORT_CHUNK },
            _ => Self { small: CHUNK, offset: OFFSET, large: LARGE },
        }
    }

    /// The number of the chunk that the item of this place (from 0) is in, and the place of the chunk's first item.
    fn chunk_of(self, place: usize) -> (usize, usize) {
        let number = (place / self.small).min((place + self.offset) / self.large);
        (number, if number < SMALL { number * self.small } else { number * self.large - self.offset })
    }
}

/// A written set: the seq of its future job, and its numbers of items and chunks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frozen {
    pub seq: i64,
    pub total: i64,
    pub chunks: i64,
}

fn uuids(ids: &[OpportunityId]) -> Vec<Uuid> {
    ids.iter().map(|id| id.uuid()).collect()
}

/// Freezes a set; its chunks cannot be claimed before the job's own row exists.
pub(super) async fn freeze(tx: &mut Conn, job: &NewJob) -> Db<Frozen> {
    let (set, cut) = (&job.set, Cut::of(&job.work));
    tx.command(PATIENT).await?;
    let seq = tx.count(NEXT, &[]).await?;
    let row = match set {
        JobSet::Ids(ids) | JobSet::Sent { ids, .. } => {
            let frozen = freeze_ids(tx, seq, ids, cut).await?;
            keep_sent(tx, seq, set.malformed(), cut).await?;
            return Ok(frozen);
        }
        JobSet::Filter(filter) => {
            let (tables, mut conditions) = matching(tx, filter).await?;
            let (job, chunk) = (conditions.bind(seq), conditions.bind(signed(cut.small)));
            let (offset, large) = (conditions.bind(signed(cut.offset)), conditions.bind(signed(cut.large)));
            let sql = format!(
                "WITH found AS (SELECT o.id, row_number() OVER (ORDER BY o.seq) - 1 AS place FROM {tables} WHERE {}), \
                 written AS (INSERT INTO job_chunks (job, number, first, count, ids) \
                    SELECT {job}, least(place / {chunk}, (place + {offset}) / {large}), min(place), count(*), \
                        array_agg(id ORDER BY place) \
                    FROM found GROUP BY 2 RETURNING count) \
                 SELECT coalesce(sum(count), 0)::bigint, count(*) FROM written",
                conditions.sql()
            );
            let rows = conditions.query(tx, &sql).await?;
            rows.into_iter().next().ok_or_else(|| crate::engine::errors::Fault::inconsistent("a sum gave no row"))?
        }
    };
    Ok(Frozen { seq, total: row.try_get(0)?, chunks: row.try_get(1)? })
}

/// Freezes a list in steps, so that it is never in memory twice.
async fn freeze_ids(tx: &mut Conn, seq: i64, ids: &[OpportunityId], cut: Cut) -> Db<Frozen> {
    let (small, offset, large) = (signed(cut.small), signed(cut.offset), signed(cut.large));
    let mut frozen = Frozen { seq, total: 0, chunks: 0 };
    for step in ids.chunks(STEP) {
        let row = tx.one(IDS, &[&seq, &uuids(step), &small, &offset, &large, &frozen.total]).await?;
        frozen.total += row.try_get::<_, i64>(0)?;
        frozen.chunks += row.try_get::<_, i64>(1)?;
    }
    Ok(frozen)
}

/// Stores the malformed ids as sent with the chunks.
async fn keep_sent(tx: &mut Conn, job: i64, mut malformed: &[(usize, Box<str>)], cut: Cut) -> Db<()> {
    let (mut numbers, mut texts): (Vec<i64>, Vec<String>) = (Vec::new(), Vec::new());
    while let Some((place, _)) = malformed.first() {
        let (number, first) = cut.chunk_of(*place);
        let rest = malformed.partition_point(|(place, _)| cut.chunk_of(*place).0 <= number);
        texts.extend(job_errors::encode_sent(&malformed[..rest], first, cut.large)?);
        numbers.push(signed(number));
        malformed = &malformed[rest..];
    }
    if !numbers.is_empty() {
        let texts: Vec<Text<'_>> = texts.iter().map(|text| Text(text)).collect();
        tx.run(SENT, &[&job, &numbers, &texts]).await?;
    }
    Ok(())
}

/// Freezes what a job has done and nobody has undone yet.
pub(super) async fn freeze_undo(tx: &mut Conn, job: JobId) -> Db<Frozen> {
    tx.command(PATIENT).await?;
    let seq = tx.count(NEXT, &[]).await?;
    let row = tx.one(UNDO, &[&seq, &job.uuid()]).await?;
    let frozen = Frozen { seq, total: row.try_get(0)?, chunks: row.try_get(1)? };
    if frozen.total == 0 && tx.one(ANY, &[&job.uuid()]).await?.try_get::<_, bool>(0)? {
        return Err(Refusal::AlreadyUndone.into());
    }
    Ok(frozen)
}

/// The number of opportunities in total, and of those that would succeed by holder, largest number first.
pub(super) async fn preview(conn: &mut Conn, job: &NewJob) -> Db<JobPreview> {
    let (set, all) = (&job.set, !job.leaves_out_do_not_contact());
    let rows = match set {
        JobSet::Ids(ids) | JobSet::Sent { ids, .. } => {
            let mut rows = Vec::new();
            for step in ids.chunks(STEP) {
                rows.extend(conn.all(HOLDERS, &[&uuids(step), &all]).await?);
            }
            rows
        }
        JobSet::Filter(filter) => {
            let (tables, mut conditions) = matching(conn, filter).await?;
            let all = conditions.bind(all);
            let sql = format!(
                "SELECT h.holder, count(*), count(*) FILTER (WHERE {all}::boolean OR NOT h.do_not_contact) FROM {tables} JOIN assignments h ON h.seq = o.seq WHERE {} GROUP BY h.holder",
                conditions.sql()
            );
            conditions.query(conn, &sql).await?
        }
    };
    let (mut by_seq, mut found): (HashMap<Option<i64>, i64>, i64) = (HashMap::new(), 0);
    for row in &rows {
        found += row.try_get::<_, i64>(1)?;
        *by_seq.entry(row.try_get(0)?).or_default() += row.try_get::<_, i64>(2)?;
    }
    let mut counts: Vec<(Option<i64>, i64)> = by_seq.into_iter().filter(|(_, n)| *n > 0).collect();
    counts.sort_unstable_by_key(|(holder, n)| (std::cmp::Reverse(*n), *holder));
    let people = people(conn, counts.iter().filter_map(|(holder, _)| *holder).collect()).await?;
    let by_holder: Vec<(Option<Person>, u64)> = counts
        .into_iter()
        .map(|(holder, n)| (holder.and_then(|seq| people.get(&seq).cloned()), n.unsigned_abs()))
        .collect();
    let total = set.ids().map_or(found.unsigned_abs(), |ids| ids.len() as u64);
    Ok(JobPreview { total, by_holder })
}
