//! From the feed to deliveries, in the transaction that advances the position in the feed.

use std::sync::Arc;

use reparto_domain::{
    Caller, Refusal, Timestamp, WebhookId,
    events::{EventType, FeedPosition},
    idempotency::{Answer, Keyed},
    ids::DeliveryId,
    webhooks::Delivery,
};
use reparto_store::RenderEvent;
use reparto_store_rows::columns::{self, DELIVERY_MADE};

use super::{queue, rows};
use crate::{
    actor::administrator,
    engine::{
        errors::Db,
        params::{At, Text},
        tx::Conn,
    },
    events::{self, FeedEntry},
    idempotency::once,
    statements::statements,
};

statements! {
    PLACE = "SELECT operation, job FROM delivery_place";
    LOCK_PLACE = "SELECT operation, job FROM delivery_place FOR UPDATE";
    MOVE = "UPDATE delivery_place SET operation = $1, job = $2";
    INSERT => columns::insert_with('$', "deliveries", &DELIVERY_MADE, &[("next_at", "{created_at}")]) + " RETURNING seq";
    LOCK_SHARED = "SELECT FROM webhooks WHERE id = $1 FOR SHARE";
}

/// The number of items after which the deliveries are written, so that senders do not wait long.
const ITEMS: i64 = 1_000;

/// The position up to which the feed has been turned into deliveries.
pub(super) async fn place(conn: &mut Conn) -> Db<FeedPosition> {
    let row = conn.one(PLACE, &[]).await?;
    Ok(FeedPosition { operation: row.try_get(0)?, job: row.try_get(1)? })
}

/// Turns part of the events, up to `end`, into deliveries. Returns how many events were processed.
pub(super) async fn enqueue(
    tx: &mut Conn,
    now: Timestamp,
    end: FeedPosition,
    limit: u64,
    render: &RenderEvent,
) -> Db<u64> {
    // Locked until the commit, so that each event is turned into deliveries only once.
    let row = tx.one(LOCK_PLACE, &[]).await?;
    let place = FeedPosition { operation: row.try_get(0)?, job: row.try_get(1)? };
    let webhooks = rows::lock_active(tx).await?;
    if webhooks.is_empty() {
        // Events that happen while there is no webhook are skipped.
        let end = FeedPosition { operation: end.operation.max(place.operation), job: end.job.max(place.job) };
        tx.run(MOVE, &[&end.operation, &end.job]).await?;
        return Ok(0);
    }
    let events = events::after(tx, place, end.operation, limit, ITEMS).await?;
    for entry in &events {
        let mut body = None;
        for webhook in webhooks.iter().filter(|webhook| webhook.wants(&entry.event)) {
            let body = body.get_or_insert_with(|| Arc::clone(render)(&entry.event));
            deliver(tx, now, webhook.seq, entry, body).await?;
        }
    }
    if let Some(last) = events.last() {
        let place = last.event.position;
        tx.run(MOVE, &[&place.operation, &place.job]).await?;
    }
    Ok(events.len() as u64)
}

async fn deliver(tx: &mut Conn, now: Timestamp, webhook: i64, entry: &FeedEntry, body: &str) -> Db<()> {
    let seq = insert(tx, now, webhook, entry.event.body.event_type(), &entry.opportunities, body).await?;
    queue::push(tx, webhook, seq, &entry.opportunities).await
}

/// Inserts a delivery that is due at once; returns its seq.
async fn insert(
    tx: &mut Conn,
    now: Timestamp,
    webhook: i64,
    event: EventType,
    opportunities: &Vec<i64>,
    body: &str,
) -> Db<i64> {
    let params: [&dyn crate::engine::params::Param; 6] =
        [&DeliveryId::new().uuid(), &webhook, &event.number(), &At(now), opportunities, &Text(body)];
    tx.count(&INSERT, &params).await
}

/// Sends a webhook a test message.
pub(super) async fn test(
    tx: &mut Conn,
    caller: &Caller,
    webhook: WebhookId,
    body: &str,
    keyed: Option<&Keyed<Delivery>>,
) -> Db<Answer<Delivery>> {
    let actor = administrator(tx, caller).await?;
    once!(tx, caller, &actor, keyed, test_message(tx, caller, webhook, body))
}

async fn test_message(tx: &mut Conn, caller: &Caller, webhook: WebhookId, body: &str) -> Db<Delivery> {
    // Locked, so that it is neither deactivated nor removed before the message is written.
    tx.run(LOCK_SHARED, &[&webhook.uuid()]).await?;
    let stored = rows::get(tx, webhook).await?;
    if !stored.webhook.is_active {
        return Err(Refusal::WebhookInactive.into());
    }
    let seq = insert(tx, caller.at, stored.seq, EventType::Test, &Vec::new(), body).await?;
    rows::by_seq(tx, seq).await
}
