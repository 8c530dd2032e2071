//! The change feed. With one writer, the order of `seq` is the order of commits, so whatever has been read is final.
//! The end of a job comes after the operations that existed when it ended.

use async_trait::async_trait;
use reparto_domain::{
    JobId, OperationId, Timestamp, UserId,
    events::{Event, EventBody, EventItem, FeedPosition},
    jobs::{JobKind, JobStatus},
    operations::OperationKind,
};
use reparto_store::{Feed, StoreResult};
use rusqlite::{Connection, params};

use crate::{
    SqliteStore,
    engine::Conn as _,
    items::Items,
    operations::{opportunity_id, people::People},
    rows::Reader,
    statements::statements,
};

statements! {
    END = "SELECT (SELECT coalesce(max(seq), 0) FROM operations), (SELECT n FROM job_ends)";
    OPERATIONS = "SELECT p.seq, p.id, p.kind, p.actor, p.at, p.job, \
            (SELECT u.id FROM operations u WHERE u.seq = p.undoes), p.items \
        FROM operations p WHERE p.seq > ?1 ORDER BY p.seq";
    ENDS = "SELECT j.ended, j.ended_after, j.id, j.kind, j.status, m.id, j.total, j.done, j.failed, j.finished_at \
        FROM jobs j JOIN users m ON m.seq = j.actor WHERE j.ended > ?1 ORDER BY j.ended LIMIT ?2";
}

#[async_trait]
impl Feed for SqliteStore {
    async fn feed_end(&self) -> StoreResult<FeedPosition> {
        self.read(end).await
    }

    async fn feed_after(&self, position: FeedPosition, limit: u64) -> StoreResult<Vec<Event>> {
        let entries = self.read(move |conn| after(conn, position, limit, usize::MAX)).await?;
        Ok(entries.into_iter().map(|entry| entry.event).collect())
    }
}

/// An event, and the opportunities it concerns, by seq.
#[derive(Debug)]
pub(crate) struct FeedEntry {
    pub event: Event,
    pub opportunities: Vec<i64>,
}

/// Where the feed ends.
pub(crate) fn end(conn: &Connection) -> StoreResult<FeedPosition> {
    conn.one(END, [], |row| Ok(FeedPosition { operation: row.next()?, job: row.next()? }))
}

/// The end of a job, and the newest operation before it.
struct Ended {
    number: i64,
    after: i64,
    at: Timestamp,
    body: EventBody,
}

/// At most `limit` events after a position, in order; ends with the event that reaches `items_max` items.
pub(crate) fn after(
    conn: &Connection,
    mut position: FeedPosition,
    limit: u64,
    items_max: usize,
) -> StoreResult<Vec<FeedEntry>> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut ends = ends(conn, position.job, limit)?.into_iter().peekable();
    let (mut people, mut entries, mut items) = (People::new(conn), Vec::new(), 0);
    // Appends the ends of jobs that come before the operation with this seq; `None`: all that are left.
    let mut push_ends = |entries: &mut Vec<FeedEntry>, position: &mut FeedPosition, seq: Option<i64>| {
        while entries.len() < limit
            && let Some(ended) = ends.next_if(|ended| seq.is_none_or(|seq| seq > ended.after))
        {
            position.job = ended.number;
            let event = Event { position: *position, at: ended.at, body: ended.body };
            entries.push(FeedEntry { event, opportunities: Vec::new() });
        }
    };
    conn.each(OPERATIONS, [position.operation], |row| {
        let seq = row.next()?;
        push_ends(&mut entries, &mut position, Some(seq));
        if entries.len() >= limit || items >= items_max {
            return Ok(false);
        }
        position.operation = seq;
        let one = operation(conn, &mut people, row, position)?;
        items += one.opportunities.len();
        entries.push(one);
        Ok(items < items_max)
    })?;
    if items < items_max {
        push_ends(&mut entries, &mut position, None);
    }
    Ok(entries)
}

fn operation(
    conn: &Connection,
    people: &mut People<'_>,
    row: &mut Reader<'_>,
    position: FeedPosition,
) -> StoreResult<FeedEntry> {
    let mut user = |seq: Option<i64>| -> StoreResult<Option<UserId>> {
        Ok(seq.map(|seq| people.get(seq)).transpose()?.map(|user| user.id))
    };
    let (id, kind) = (OperationId::from_bytes(row.next()?), row.number(OperationKind::from_number)?);
    let (actor_id, at) = (user(row.next()?)?, row.time()?);
    let job_id = row.next::<Option<[u8; 16]>>()?.map(JobId::from_bytes);
    let undoes = row.next::<Option<[u8; 16]>>()?.map(OperationId::from_bytes);
    let (mut items, mut opportunities) = (Vec::new(), Vec::new());
    for item in Items::new(row.bytes()?)? {
        let item = item?;
        opportunities.push(item.opportunity);
        items.push(EventItem {
            opportunity_id: opportunity_id(conn, item.opportunity)?,
            from_id: user(item.before.and_then(|before| before.holder))?,
            to_id: user(item.holder)?,
            previous_status: item.before.map(|before| before.status),
            new_status: item.status,
        });
    }
    let body = EventBody::Operation { id, kind, actor_id, job_id, undoes, items };
    Ok(FeedEntry { event: Event { position, at, body }, opportunities })
}

fn ends(conn: &Connection, after: i64, limit: usize) -> StoreResult<Vec<Ended>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    conn.all(ENDS, params![after, limit], |row| {
        let (number, after) = (row.next()?, row.next()?);
        let body = EventBody::Job {
            id: JobId::from_bytes(row.next()?),
            kind: row.number(JobKind::from_number)?,
            status: row.number(JobStatus::from_number)?,
            actor_id: UserId::from_bytes(row.next()?),
            total: row.amount()?,
            done: row.amount()?,
            failed: row.amount()?,
        };
        Ok(Ended { number, after, at: row.time()?, body })
    })
}
