//! From the feed to deliveries. Events are read and rendered on a reader; then one short transaction writes the
//! deliveries and advances the position in the events, unless it has been advanced meanwhile.

use std::sync::Arc;

use reparto_domain::{
    Caller, Refusal, Timestamp, WebhookId,
    events::{Event, EventType, FeedPosition},
    idempotency::{Answer, Keyed},
    ids::DeliveryId,
    webhooks::Delivery,
};
use reparto_store::{RenderEvent, StoreResult};
use reparto_store_rows::columns::{self, DELIVERY_MADE};
use rusqlite::{Connection, params};

use super::{queue, rows};
use crate::{
    SqliteStore,
    actor::administrator,
    assignments::ChunkItem,
    engine::Conn as _,
    events::{self, FeedEntry},
    idempotency,
    jobs::packed::pack,
    statements::statements,
};

statements! {
    PLACE = "SELECT operation, job FROM delivery_place";
    MOVE = "UPDATE delivery_place SET operation = ?1, job = ?2";
    INSERT => columns::insert_with('?', "deliveries", &DELIVERY_MADE, &[("next_at", "{created_at}")]);
}

/// The number of items after which the deliveries are written, so that no other writer waits long.
const ITEMS: usize = 1_000;

/// A batch: the position up to which the feed had been turned into deliveries, and the events after it. No events are
/// read if no webhook wants any.
struct Read {
    place: FeedPosition,
    events: Option<Vec<(FeedEntry, String)>>,
}

/// Turns part of the feed into deliveries. Returns how many events were processed.
pub(super) async fn enqueue(store: &SqliteStore, now: Timestamp, limit: u64, render: RenderEvent) -> StoreResult<u64> {
    loop {
        let render = Arc::clone(&render);
        let Some(read) = store.read(move |conn| read(conn, limit, render.as_ref())).await? else { return Ok(0) };
        if let Some(looked_at) = store.write(move |conn| write(conn, now, &read)).await? {
            return Ok(looked_at);
        }
    }
}

fn place(conn: &Connection) -> StoreResult<FeedPosition> {
    conn.one(PLACE, [], |row| Ok(FeedPosition { operation: row.next()?, job: row.next()? }))
}

/// The next batch; `None` at the end of the feed.
fn read(conn: &Connection, limit: u64, render: &(dyn Fn(&Event) -> String + Send + Sync)) -> StoreResult<Option<Read>> {
    let place = place(conn)?;
    if place == events::end(conn)? || limit == 0 {
        return Ok(None);
    }
    if rows::active(conn)?.is_empty() {
        return Ok(Some(Read { place, events: None }));
    }
    let events = events::after(conn, place, limit, ITEMS)?
        .into_iter()
        .map(|entry| {
            let body = render(&entry.event);
            (entry, body)
        })
        .collect();
    Ok(Some(Read { place, events: Some(events) }))
}

/// Writes the deliveries and advances the position; `None` if the batch must be read again.
fn write(conn: &Connection, now: Timestamp, read: &Read) -> StoreResult<Option<u64>> {
    if place(conn)? != read.place {
        return Ok(None);
    }
    let webhooks = rows::active(conn)?;
    let Some(events) = &read.events else {
        if !webhooks.is_empty() {
            return Ok(None);
        }
        // Events that happen while there is no webhook are skipped.
        move_to(conn, events::end(conn)?)?;
        return Ok(Some(0));
    };
    for (entry, body) in events {
        for webhook in webhooks.iter().filter(|webhook| webhook.wants(&entry.event)) {
            deliver(conn, now, webhook.seq, entry, body)?;
        }
    }
    if let Some((last, _)) = events.last() {
        move_to(conn, last.event.position)?;
    }
    Ok(Some(events.len() as u64))
}

fn move_to(conn: &Connection, place: FeedPosition) -> StoreResult<()> {
    conn.run(MOVE, [place.operation, place.job])?;
    Ok(())
}

fn deliver(conn: &Connection, now: Timestamp, webhook: i64, entry: &FeedEntry, body: &str) -> StoreResult<()> {
    let delivery = insert(conn, now, webhook, entry.event.body.event_type(), &entry.opportunities, body)?;
    queue::push(conn, webhook, delivery, &entry.opportunities)
}

/// Inserts a delivery that is due at once; returns its seq.
fn insert(
    conn: &Connection,
    now: Timestamp,
    webhook: i64,
    event: EventType,
    opportunities: &[i64],
    body: &str,
) -> StoreResult<i64> {
    let opportunities: Vec<ChunkItem> = opportunities.iter().copied().map(ChunkItem::Seq).collect();
    conn.run(
        &INSERT,
        params![DeliveryId::new().as_bytes(), webhook, event.number(), now.micros(), pack(&opportunities), body,],
    )?;
    Ok(conn.last_insert_rowid())
}

/// Sends a webhook a test message.
pub(super) fn test(
    conn: &Connection,
    caller: &Caller,
    webhook: WebhookId,
    body: &str,
    keyed: Option<&Keyed<Delivery>>,
) -> StoreResult<Answer<Delivery>> {
    let actor = administrator(conn, caller)?;
    idempotency::once(conn, caller, &actor, keyed, |conn| {
        let stored = rows::get(conn, webhook)?;
        if !stored.webhook.is_active {
            return Err(Refusal::WebhookInactive.into());
        }
        let delivery = insert(conn, caller.at, stored.seq, EventType::Test, &[], body)?;
        rows::by_seq(conn, delivery)
    })
}
