//! Building a mirror: all live rows, read in one snapshot, some thousands at a time.

use std::time::Instant;

use reparto_store::{StoreError, StoreResult};
use reparto_store_rows::{
    lists::{Facts, Lists, Searches, Texts},
    numbers::signed,
};
use tokio_postgres::Row;
use uuid::Uuid;

use super::{
    Mirror, cache, catch_up,
    columns::{Change, Columns, Record, number, row_number},
};
use crate::{
    PostgresStore,
    engine::{
        errors::Db,
        tx::{Conn, Retry},
    },
    events::last_final,
    rows::Reader,
    statements::statements,
};

/// The columns of `opportunities o` that make a [`Record`], after its seq.
macro_rules! record_columns {
    () => {
        "o.id, o.detected_at, o.created_at, o.score, o.priority, o.attempt_count < 5 AND NOT o.call_completed, \
         o.do_not_contact, o.contact_seq"
    };
}
pub(super) use record_columns;

/// Identifies the run of the server. After a failover, numbers of transactions and operations may be reused.
macro_rules! server {
    () => {
        "(extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint"
    };
}
pub(super) use server;

statements! {
    // Includes the server's start and its last number of an operation.
    OLDEST = concat!("SELECT pg_snapshot_xmin(pg_current_snapshot())::text, ", server!(), ", last_value \
        FROM operations_seq_seq");
    HIGHEST = "SELECT coalesce(max(seq), 0) FROM opportunities";
    NEWER = "SELECT coalesce(array_agg(seq), '{}') FROM (SELECT seq FROM operations WHERE seq > $1 LIMIT $2) AS newer";
    ROWS = concat!("SELECT o.seq, ", record_columns!(), ", a.status, a.holder FROM opportunities o \
        JOIN assignments a ON a.seq = o.seq WHERE o.deleted_at IS NULL AND o.seq > $1 AND o.seq <= $2");
    HIGHEST_CONTACT = "SELECT coalesce(max(seq), 0) FROM contacts";
    // A row for many contacts: a million rows would each be an allocation.
    TEXTS = "SELECT array_agg(seq ORDER BY seq), array_agg(search_text ORDER BY seq) FROM contacts \
        WHERE deleted_at IS NULL AND seq > $1 AND seq <= $2";
}

/// The number of rows read at a time.
const STEP: i64 = 8_192;
/// The maximum number of operations after the last final one; with more, some transaction has been running for long.
const NEWER_AT_MOST: i64 = 100_000;

/// The outcome of a build.
pub(super) enum Built {
    Columns(Box<Columns>),
    /// The mirror would have this many rows, more than the limit.
    TooMany(u64),
}

/// Builds a mirror.
pub(super) async fn build(store: &PostgresStore) -> StoreResult<Built> {
    // Read before the rows: who restores the tables afterwards leaves other files.
    let tables = if store.mirror().folder.is_some() { cache::tables(store).await? } else { Vec::new() };
    // Operations final now are included in all later snapshots.
    let last = last_final::last_final(store).await?;
    let mut conn = store.snapshot().await?;
    let outcome = read(&mut conn, last, store.mirror()).await;
    let made = conn.finish(outcome).await.unwrap_or_else(|Retry(fault)| Err(fault.into_store(false)))?;
    let Built::Columns(mut columns) = made else { return Ok(made) };
    columns.tables = tables;
    let sorting = tokio::task::spawn_blocking(move || {
        columns.sort();
        columns
    });
    sorting.await.map(Built::Columns).map_err(|error| StoreError::Internal(format!("a mirror was not made: {error}")))
}

async fn read(conn: &mut Conn, last: i64, mirror: &Mirror) -> Db<Built> {
    let started = Instant::now();
    let row = conn.one(OLDEST, &[]).await?;
    let (oldest, server, drawn) = (catch_up::transaction(row.try_get(0)?)?, row.try_get(1)?, row.try_get::<_, i64>(2)?);
    if drawn < last {
        return Err(StoreError::Internal("the server has lost operations".into()).into());
    }
    let highest = conn.count(HIGHEST, &[]).await?.max(0);
    if highest.unsigned_abs() > mirror.most() {
        return Ok(Built::TooMany(highest.unsigned_abs()));
    }
    let newer: Vec<i64> = conn.one(NEWER, &[&last, &(NEWER_AT_MOST + 1)]).await?.try_get(0)?;
    if signed(newer.len()) > NEWER_AT_MOST {
        return Err(StoreError::Internal("lists are found by SQL: a transaction runs for long".into()).into());
    }
    let mut columns = Columns::of(server, oldest, last);
    columns.note_operations(newer);
    columns.make_room(number(highest)? + number(highest)? / 64);
    let mut from = 0;
    while from < highest {
        for row in conn.all_once(ROWS, &[&from, &(from + STEP)]).await? {
            let seq = number(row.try_get(0)?)?;
            let (record, mut row) = record(&row, 1)?;
            let status = i64::from(row.next::<i16>()?);
            let holder = catch_up::user(row.next()?)?;
            columns.put(seq, &record);
            columns.apply(Change { row: seq, holder, status });
        }
        from += STEP;
        tokio::task::yield_now().await;
    }
    // The orders are made at the end, of four bytes a row each.
    let rows = columns.bytes() + number(highest)? * 4 * size_of::<u32>();
    columns.searches = texts(conn, &mirror.lists, rows).await?.map(Searches::new);
    tracing::debug!(rows = highest, took = ?started.elapsed(), "rows were read for a mirror");
    Ok(Built::Columns(Box::new(columns)))
}

/// The texts of all contacts, and the oldest transaction whose changes they may not include. `None`: there is no room for
/// them beside rows of so many bytes.
pub(super) async fn all_texts(store: &PostgresStore, rows: usize) -> StoreResult<Option<(Texts, u64)>> {
    let mut conn = store.snapshot().await?;
    let outcome = with_oldest(&mut conn, &store.mirror().lists, rows).await;
    conn.finish(outcome).await.unwrap_or_else(|Retry(fault)| Err(fault.into_store(false)))
}

async fn with_oldest(conn: &mut Conn, lists: &Lists, rows: usize) -> Db<Option<(Texts, u64)>> {
    let row = conn.one(OLDEST, &[]).await?;
    let oldest = catch_up::transaction(row.try_get(0)?)?;
    Ok(texts(conn, lists, rows).await?.map(|texts| (texts, oldest)))
}

/// The texts of all contacts; `None`: there is no room for them beside the rows.
async fn texts(conn: &mut Conn, lists: &Lists, rows: usize) -> Db<Option<Texts>> {
    let highest = conn.count(HIGHEST_CONTACT, &[]).await?;
    let mut texts = Texts::default();
    let mut from = 0;
    while from < highest {
        for row in conn.all_once(TEXTS, &[&from, &(from + STEP)]).await? {
            let (seqs, found): (Option<Vec<i64>>, Option<Vec<&str>>) = (row.try_get(0)?, row.try_get(1)?);
            for (seq, text) in seqs.unwrap_or_default().into_iter().zip(found.unwrap_or_default()) {
                if !texts.push(row_number(seq)?, text) {
                    return Ok(None);
                }
            }
        }
        if !lists.has_room(rows + texts.bytes()) {
            return Ok(None);
        }
        from += STEP;
        tokio::task::yield_now().await;
    }
    texts.shrink();
    Ok(Some(texts))
}

/// Reads the record in the columns from this one on.
pub(super) fn record(row: &Row, from: usize) -> Db<(Record, Reader<'_>)> {
    let mut row = Reader::new(row);
    row.skip(from);
    let id = *row.next::<Uuid>()?.as_bytes();
    let (detected_at, created_at) = (row.time()?.micros(), row.time()?.micros());
    let (score, priority): (i16, i16) = (row.next()?, row.next()?);
    let facts = Facts::new(score.into(), priority.into(), row.next()?).with_do_not_contact(row.next()?);
    let contact = row_number(row.next()?)?;
    Ok((Record { facts, contact, id, detected_at, created_at }, row))
}
