//! The change feed. With one writer, the order of `seq` is the order of commits, so what was read is final. The end of
//! a job is told after the operations that were there when it ended.

use async_trait::async_trait;
use reparto_domain::{
    JobId, OperationId, Timestamp, UserId,
    events::{Event, EventBody, EventItem, FeedPosition},
    jobs::{JobKind, JobStatus},
    operations::OperationKind,
};
use reparto_store::{Feed, StoreError, StoreResult};
use rusqlite::{Connection, Row, params};

use crate::{
    SqliteStore,
    error::Sql as _,
    items::Items,
    operations::{opportunity_id, people::People},
    rows,
    statements::statements,
};

statements! {
    END = "SELECT (SELECT coalesce(max(seq), 0) FROM operations), (SELECT n FROM job_ends)";
    OPERATIONS = "SELECT p.seq, p.id, p.kind, p.actor, p.at, p.job, p.items, \
            (SELECT u.id FROM operations u WHERE u.seq = p.undoes) \
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
        let told = self.read(move |conn| after(conn, position, limit, usize::MAX)).await?;
        Ok(told.into_iter().map(|told| told.event).collect())
    }
}

/// An event, and the opportunities that it tells of, by seq.
#[derive(Debug)]
pub(crate) struct Told {
    pub event: Event,
    pub opportunities: Vec<i64>,
}

/// Where the feed ends.
pub(crate) fn end(conn: &Connection) -> StoreResult<FeedPosition> {
    let position = |row: &Row<'_>| Ok(FeedPosition { operation: row.get(0)?, job: row.get(1)? });
    conn.prepare_cached(END).sql()?.query_row([], position).sql()
}

/// The end of a job, and the newest operation before it.
struct Ended {
    number: i64,
    after: i64,
    at: Timestamp,
    body: EventBody,
}

/// At most `limit` events after a position, in order; after one that brings the items to `items_max`, no other follows.
pub(crate) fn after(
    conn: &Connection,
    mut position: FeedPosition,
    limit: u64,
    items_max: usize,
) -> StoreResult<Vec<Told>> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut ends = ends(conn, position.job, limit)?.into_iter().peekable();
    let mut statement = conn.prepare_cached(OPERATIONS).sql()?;
    let mut operations = statement.query([position.operation]).sql()?;
    let mut next = operations.next().sql()?;
    let (mut people, mut told, mut items) = (People::new(conn), Vec::new(), 0);
    while told.len() < limit && items < items_max {
        let seq: Option<i64> = next.map(|row| row.get(0)).transpose().sql()?;
        if let Some(ended) = ends.next_if(|ended| seq.is_none_or(|seq| seq > ended.after)) {
            position.job = ended.number;
            let event = Event { position, at: ended.at, body: ended.body };
            told.push(Told { event, opportunities: Vec::new() });
            continue;
        }
        let (Some(row), Some(seq)) = (next, seq) else { break };
        position.operation = seq;
        let one = operation(conn, &mut people, row, position)?;
        items += one.opportunities.len();
        told.push(one);
        next = operations.next().sql()?;
    }
    Ok(told)
}

fn operation(conn: &Connection, people: &mut People<'_>, row: &Row<'_>, position: FeedPosition) -> StoreResult<Told> {
    let blob = row.get_ref(6).sql()?.as_blob().map_err(|error| StoreError::Inconsistent(error.to_string()))?;
    let mut user = |seq: Option<i64>| -> StoreResult<Option<UserId>> {
        Ok(seq.map(|seq| people.get(seq)).transpose()?.map(|user| user.id))
    };
    let (mut items, mut opportunities) = (Vec::new(), Vec::new());
    for item in Items::new(blob)? {
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
    let body = EventBody::Operation {
        id: OperationId::from_bytes(row.get(1).sql()?),
        kind: rows::number(row, 2, OperationKind::from_number).sql()?,
        actor_id: user(row.get(3).sql()?)?,
        job_id: row.get::<_, Option<[u8; 16]>>(5).sql()?.map(JobId::from_bytes),
        undoes: row.get::<_, Option<[u8; 16]>>(7).sql()?.map(OperationId::from_bytes),
        items,
    };
    Ok(Told { event: Event { position, at: rows::time(row, 4).sql()?, body }, opportunities })
}

fn ends(conn: &Connection, after: i64, limit: usize) -> StoreResult<Vec<Ended>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let ended = |row: &Row<'_>| {
        let count = |column| Ok::<_, rusqlite::Error>(row.get::<_, i64>(column)?.unsigned_abs());
        let body = EventBody::Job {
            id: JobId::from_bytes(row.get(2)?),
            kind: rows::number(row, 3, JobKind::from_number)?,
            status: rows::number(row, 4, JobStatus::from_number)?,
            actor_id: UserId::from_bytes(row.get(5)?),
            total: count(6)?,
            done: count(7)?,
            failed: count(8)?,
        };
        Ok(Ended { number: row.get(0)?, after: row.get(1)?, at: rows::time(row, 9)?, body })
    };
    conn.prepare_cached(ENDS)
        .sql()?
        .query_map(params![after, limit], ended)
        .sql()?
        .collect::<rusqlite::Result<_>>()
        .sql()
}
