//! The change feed: operations by number, as far as they are final (see [`last_final`]), and ends of jobs. The end of a
//! job comes after the operations that had a number when it ended.

pub(crate) mod last_final;

use std::collections::HashMap;

use async_trait::async_trait;
use reparto_domain::{
    JobId, OperationId, Timestamp, UserId,
    events::{Event, EventBody, EventItem, FeedPosition},
    jobs::{JobKind, JobStatus},
    operations::OperationKind,
};
use reparto_store::{Feed, StoreResult};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::{
    PostgresStore,
    engine::{
        errors::{Db, Fault},
        tx::{Conn, read},
    },
    items::{Item, item_columns, items},
    operations::{detail, people::people},
    rows::Reader,
    statements::statements,
};

statements! {
    END = "SELECT coalesce(max(ended), 0) FROM jobs WHERE ended_after <= $1";
    OPERATIONS = concat!("SELECT p.seq, p.id, p.kind, p.actor, p.at, p.job, \
            (SELECT u.id FROM operations u WHERE u.seq = p.undoes), ", item_columns!(),
        " FROM operations p WHERE p.seq > $1 AND p.seq <= $2 ORDER BY p.seq LIMIT $3");
    SIZES = "SELECT item_count FROM operations WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT $3";
    ENDS = "SELECT j.ended, j.ended_after, j.id, j.kind, j.status, m.id, j.total, j.done, j.failed, j.finished_at \
        FROM jobs j JOIN users m ON m.seq = j.actor WHERE j.ended > $1 AND j.ended_after <= $2 \
        ORDER BY j.ended LIMIT $3";
}

#[async_trait]
impl Feed for PostgresStore {
    async fn feed_end(&self) -> StoreResult<FeedPosition> {
        end(self).await
    }

    async fn feed_after(&self, position: FeedPosition, limit: u64) -> StoreResult<Vec<Event>> {
        let last = last_final::last_final(self).await?;
        let entries = read!(self, conn => after(conn, position, last, limit, i64::MAX))?;
        Ok(entries.into_iter().map(|entry| entry.event).collect())
    }
}

/// Where the feed ends.
pub(crate) async fn end(store: &PostgresStore) -> StoreResult<FeedPosition> {
    let operation = last_final::last_final(store).await?;
    let job = read!(store, conn => conn.count(END, &[&operation]))?;
    Ok(FeedPosition { operation, job })
}

/// An event, and the opportunities it concerns, by seq.
#[derive(Debug)]
pub(crate) struct FeedEntry {
    pub event: Event,
    pub opportunities: Vec<i64>,
}

/// An operation before its people and opportunities are known.
struct Operation {
    seq: i64,
    id: OperationId,
    kind: OperationKind,
    actor: Option<i64>,
    at: Timestamp,
    job: Option<JobId>,
    undoes: Option<OperationId>,
    items: Vec<Item>,
}

/// The end of a job, and the newest operation before it.
struct Ended {
    number: i64,
    after: i64,
    at: Timestamp,
    body: EventBody,
}

/// At most `limit` events after a position and up to the operation `last`, in order, with little more than `items_max`
/// items.
pub(crate) async fn after(
    conn: &mut Conn,
    mut position: FeedPosition,
    last: i64,
    limit: u64,
    items_max: i64,
) -> Db<Vec<FeedEntry>> {
    let mut wanted = i64::try_from(limit).unwrap_or(i64::MAX);
    let ends: Vec<Ended> =
        conn.all(ENDS, &[&position.job, &last, &wanted]).await?.iter().map(ended).collect::<Db<_>>()?;
    let mut whole = true;
    if items_max < i64::MAX {
        let (mut items, mut some) = (0_i64, 0_i64);
        for row in conn.all(SIZES, &[&position.operation, &last, &wanted]).await? {
            if items >= items_max {
                whole = false;
                break;
            }
            items += i64::from(row.try_get::<_, i32>(0)?);
            some += 1;
        }
        wanted = some;
    }
    let rows = conn.all(OPERATIONS, &[&position.operation, &last, &wanted]).await?;
    let operations: Vec<Operation> = rows.iter().map(operation).collect::<Db<_>>()?;
    let names = Names::of(conn, &operations).await?;
    // If the operations stop short of `last`, ends of jobs after the last one are left for the next call.
    let bound = if whole { i64::MAX } else { operations.last().map_or(0, |operation| operation.seq) };
    let mut ends = ends.into_iter().peekable();
    let mut entries = Vec::new();
    let mut operations = operations.into_iter().peekable();
    while (entries.len() as u64) < limit {
        let next = operations.peek().map(|operation| operation.seq);
        let is_next = |ended: &Ended| next.map_or(ended.after <= bound, |seq| seq > ended.after);
        if let Some(ended) = ends.next_if(is_next) {
            position.job = ended.number;
            let event = Event { position, at: ended.at, body: ended.body };
            entries.push(FeedEntry { event, opportunities: Vec::new() });
            continue;
        }
        let Some(operation) = operations.next() else { break };
        position.operation = operation.seq;
        entries.push(names.entry(operation, position)?);
    }
    Ok(entries)
}

fn operation(row: &Row) -> Db<Operation> {
    let mut row = Reader::new(row);
    Ok(Operation {
        seq: row.next()?,
        id: OperationId::from_uuid(row.next()?),
        kind: row.number(OperationKind::from_number)?,
        actor: row.next()?,
        at: row.time()?,
        job: row.next::<Option<Uuid>>()?.map(JobId::from_uuid),
        undoes: row.next::<Option<Uuid>>()?.map(OperationId::from_uuid),
        items: items(&mut row)?,
    })
}

fn ended(row: &Row) -> Db<Ended> {
    let mut row = Reader::new(row);
    let (number, after, id) = (row.next()?, row.next()?, JobId::from_uuid(row.next()?));
    let (kind, status) = (row.number(JobKind::from_number)?, row.number(JobStatus::from_number)?);
    let actor_id = UserId::from_uuid(row.next()?);
    let (total, done, failed): (i64, i64, i64) = (row.next()?, row.next()?, row.next()?);
    let (total, done, failed) = (total.unsigned_abs(), done.unsigned_abs(), failed.unsigned_abs());
    let body = EventBody::Job { id, kind, status, actor_id, total, done, failed };
    Ok(Ended { number, after, at: row.time()?, body })
}

/// The ids behind the seqs.
struct Names {
    users: HashMap<i64, UserId>,
    opportunities: HashMap<i64, reparto_domain::OpportunityId>,
}

impl Names {
    async fn of(conn: &mut Conn, operations: &[Operation]) -> Db<Self> {
        let items = || operations.iter().flat_map(|operation| &operation.items);
        let holders = items().flat_map(|item| [item.holder, item.before.and_then(|before| before.holder)]);
        let users = operations.iter().map(|operation| operation.actor).chain(holders).flatten().collect();
        let users = people(conn, users).await?.into_iter().map(|(seq, user)| (seq, user.id)).collect();
        let mut seqs: Vec<i64> = items().map(|item| item.opportunity).collect();
        seqs.sort_unstable();
        seqs.dedup();
        let heads = detail::heads(conn, seqs).await?;
        Ok(Self { users, opportunities: heads.into_iter().map(|(seq, (_, id))| (seq, id)).collect() })
    }

    fn entry(&self, operation: Operation, position: FeedPosition) -> Db<FeedEntry> {
        let user = |seq: Option<i64>| seq.and_then(|seq| self.users.get(&seq).copied());
        let (mut items, mut opportunities) = (Vec::new(), Vec::new());
        for item in operation.items {
            let id = self.opportunities.get(&item.opportunity).copied();
            let missing = || Fault::inconsistent(format!("opportunities has no row with seq {}", item.opportunity));
            opportunities.push(item.opportunity);
            items.push(EventItem {
                opportunity_id: id.ok_or_else(missing)?,
                from_id: user(item.before.and_then(|before| before.holder)),
                to_id: user(item.holder),
                previous_status: item.before.map(|before| before.status),
                new_status: item.status,
            });
        }
        let body = EventBody::Operation {
            id: operation.id,
            kind: operation.kind,
            actor_id: user(operation.actor),
            job_id: operation.job,
            undoes: operation.undoes,
            items,
        };
        Ok(FeedEntry { event: Event { position, at: operation.at, body }, opportunities })
    }
}
