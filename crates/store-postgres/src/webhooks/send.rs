//! Deliveries: made of events, sent when they are due, and what came of each.

use std::sync::Arc;

use reparto_domain::{
    Caller, Refusal, Timestamp, WebhookId,
    events::{EventType, FeedPosition},
    idempotency::{Answer, Keyed},
    ids::DeliveryId,
    webhooks::{AttemptResult, Delivery, DeliveryStatus, DueDelivery, RETRY_SECONDS},
};
use reparto_store::RenderEvent;
use reparto_store_rows::webhooks::in_turn;
use uuid::Uuid;

use super::{queue, rows};
use crate::{
    actor::authorize,
    engine::{
        errors::Db,
        params::{At, Text, opt},
        tx::Conn,
    },
    feed::{self, Told},
    idempotency::once,
    rows::Reader,
    statements::statements,
};

statements! {
    PLACE = "SELECT operation, job FROM delivery_place";
    HOLD_PLACE = "SELECT operation, job FROM delivery_place FOR UPDATE";
    MOVE = "UPDATE delivery_place SET operation = $1, job = $2";
    NEW = "INSERT INTO deliveries (id, webhook, event, next_at, created_at, opportunities, body) \
        VALUES ($1, $2, $3, $4, $4, $5, $6) RETURNING seq";
    DUE = "SELECT seq FROM deliveries WHERE webhook = $1 AND status = 0 AND blocked = 0 AND next_at <= $2 \
        ORDER BY next_at, seq LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED";
    SHARE = "SELECT FROM webhooks WHERE id = $1 FOR SHARE";
    LEASE = "UPDATE deliveries SET next_at = $2 WHERE seq = $1";
    HOLD = "SELECT FROM webhooks WHERE seq = (SELECT webhook FROM deliveries WHERE id = $1) FOR NO KEY UPDATE";
    BY_ID = "SELECT seq, webhook, status, attempts, opportunities, resent FROM deliveries WHERE id = $1 \
        FOR NO KEY UPDATE";
    ATTEMPTED = "UPDATE deliveries SET status = $2, attempts = $3, next_at = $4, last_status = $5, last_error = $6 \
        WHERE seq = $1";
    AGAIN = "UPDATE deliveries SET status = 0, attempts = 0, next_at = $2, resent = resent + 1 WHERE seq = $1";
    OLD = "WITH gone AS (DELETE FROM deliveries WHERE seq IN (SELECT seq FROM deliveries \
            WHERE created_at <= $1 AND status <> 0 ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING 1) \
        SELECT count(*) FROM gone";
    OLD_PENDING = "SELECT id FROM deliveries WHERE created_at <= $1 AND status = 0 ORDER BY created_at LIMIT $2";
    DROP = "DELETE FROM deliveries WHERE seq = $1";
}

/// After so many items, what was read is written, so that senders do not wait long.
const ITEMS: i64 = 1_000;

/// How far the feed was turned into deliveries.
pub(super) async fn place(conn: &mut Conn) -> Db<FeedPosition> {
    let row = conn.one(PLACE, &[]).await?;
    Ok(FeedPosition { operation: row.try_get(0)?, job: row.try_get(1)? })
}

/// Turns a part of the feed, up to `end`, into deliveries. Returns how many events were looked at.
pub(super) async fn enqueue(
    tx: &mut Conn,
    now: Timestamp,
    end: FeedPosition,
    limit: u64,
    render: &RenderEvent,
) -> Db<u64> {
    // Held until the commit: each event is turned into deliveries once, whoever calls.
    let row = tx.one(HOLD_PLACE, &[]).await?;
    let place = FeedPosition { operation: row.try_get(0)?, job: row.try_get(1)? };
    let webhooks = rows::hold_active(tx).await?;
    if webhooks.is_empty() {
        // Nobody is told of what happens while there is no webhook.
        let end = FeedPosition { operation: end.operation.max(place.operation), job: end.job.max(place.job) };
        tx.query(MOVE, &[&end.operation, &end.job]).await?;
        return Ok(0);
    }
    let events = feed::after(tx, place, end.operation, limit, ITEMS).await?;
    for told in &events {
        let mut body = None;
        for webhook in webhooks.iter().filter(|webhook| webhook.wants(&told.event)) {
            let body = body.get_or_insert_with(|| Arc::clone(render)(&told.event));
            deliver(tx, now, webhook.seq, told, body).await?;
        }
    }
    if let Some(last) = events.last() {
        let place = last.event.position;
        tx.query(MOVE, &[&place.operation, &place.job]).await?;
    }
    Ok(events.len() as u64)
}

async fn deliver(tx: &mut Conn, now: Timestamp, webhook: i64, told: &Told, body: &str) -> Db<()> {
    let seq = insert(tx, now, webhook, told.event.body.event_type(), &told.opportunities, body).await?;
    queue::enter(tx, webhook, seq, &told.opportunities).await
}

/// Writes a delivery that is due at once; gives its seq.
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
    tx.count(NEW, &params).await
}

/// Sends a webhook a message that tells of no event.
pub(super) async fn test(
    tx: &mut Conn,
    caller: &Caller,
    webhook: WebhookId,
    body: &str,
    keyed: Option<&Keyed<Delivery>>,
) -> Db<Answer<Delivery>> {
    let actor = authorize(tx, caller).await?;
    actor.require_administrator(Refusal::AdministratorsOnly)?;
    once!(tx, caller, &actor, keyed, test_message(tx, caller, webhook, body))
}

async fn test_message(tx: &mut Conn, caller: &Caller, webhook: WebhookId, body: &str) -> Db<Delivery> {
    // Held, so that it is neither switched off nor removed before the message is there.
    tx.query(SHARE, &[&webhook.uuid()]).await?;
    let stored = rows::get(tx, webhook).await?;
    if !stored.webhook.is_active {
        return Err(Refusal::WebhookInactive.into());
    }
    let seq = insert(tx, caller.at, stored.seq, EventType::Test, &Vec::new(), body).await?;
    rows::by_seq(tx, seq).await
}

/// Takes deliveries that are due, of each webhook in turn: one that has many waiting does not hold up another.
pub(super) async fn claim(tx: &mut Conn, now: Timestamp, lease: Timestamp, limit: u64) -> Db<Vec<DueDelivery>> {
    let wanted = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut waiting = Vec::new();
    for webhook in rows::active(tx).await? {
        let due = tx.query(DUE, &[&webhook.seq, &At(now), &wanted]).await?;
        let due: Vec<i64> = due.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        waiting.push((webhook, due));
    }
    let mut claimed = Vec::new();
    for (webhook, seq) in in_turn(&waiting, limit) {
        tx.query(LEASE, &[seq, &At(lease)]).await?;
        let delivery = rows::by_seq(tx, *seq).await?;
        claimed.push(DueDelivery { delivery, url: webhook.webhook.url.clone(), secret: webhook.secret.clone() });
    }
    Ok(claimed)
}

/// A delivery, as far as its state goes.
struct Pending {
    seq: i64,
    webhook: i64,
    status: DeliveryStatus,
    attempts: i32,
    opportunities: Vec<i64>,
    resent: i64,
}

/// Deliveries that one step of a removal takes at most, and how many of those that still wait.
const STEP: i64 = 500;
const STEP_PENDING: i64 = 20;

/// The delivery of this id, held together with its webhook until the transaction ends.
async fn hold(tx: &mut Conn, id: DeliveryId) -> Db<Option<Pending>> {
    let id: Uuid = id.uuid();
    tx.query(HOLD, &[&id]).await?;
    let Some(found) = tx.opt(BY_ID, &[&id]).await? else { return Ok(None) };
    let mut row = Reader::new(&found);
    Ok(Some(Pending {
        seq: row.next()?,
        webhook: row.next()?,
        status: row.number(DeliveryStatus::from_number)?,
        attempts: row.next()?,
        opportunities: row.next()?,
        resent: row.next()?,
    }))
}

/// Records what came of an attempt. One whose webhook was removed meanwhile, one that somebody asked to send again
/// meanwhile, and a late failure of what was delivered or given up already, change nothing.
pub(super) async fn attempted(
    tx: &mut Conn,
    (id, resent): (DeliveryId, u64),
    at: Timestamp,
    result: &AttemptResult,
) -> Db<()> {
    let held = hold(tx, id).await?.filter(|delivery| delivery.resent.unsigned_abs() == resent);
    let Some(delivery) = held else { return Ok(()) };
    let failed = result.error.is_some();
    let is_pending = delivery.status == DeliveryStatus::Pending;
    if !is_pending && (failed || delivery.status == DeliveryStatus::Delivered) {
        return Ok(());
    }
    let attempts = delivery.attempts.saturating_add(1);
    let pause = usize::try_from(attempts - 1).ok().and_then(|tried| RETRY_SECONDS.get(tried));
    let (status, next_at) = match (failed, pause) {
        (false, _) => (DeliveryStatus::Delivered, None),
        (true, Some(seconds)) => (DeliveryStatus::Pending, Some(at.plus_seconds(*seconds))),
        (true, None) => (DeliveryStatus::Dead, None),
    };
    let last_status = result.status.map(|status| status as i16);
    let params: [&dyn crate::engine::params::Param; 6] =
        [&delivery.seq, &status.number(), &attempts, &next_at.map(At), &last_status, &opt(&result.error)];
    tx.query(ATTEMPTED, &params).await?;
    if is_pending && status != DeliveryStatus::Pending {
        queue::leave(tx, delivery.webhook, delivery.seq, &delivery.opportunities).await?;
    }
    Ok(())
}

/// Sends a delivery of a webhook again.
pub(super) async fn resend(
    tx: &mut Conn,
    caller: &Caller,
    which: (WebhookId, DeliveryId),
    keyed: Option<&Keyed<Delivery>>,
) -> Db<Answer<Delivery>> {
    let actor = authorize(tx, caller).await?;
    actor.require_administrator(Refusal::AdministratorsOnly)?;
    once!(tx, caller, &actor, keyed, again(tx, caller, which))
}

async fn again(tx: &mut Conn, caller: &Caller, (webhook, id): (WebhookId, DeliveryId)) -> Db<Delivery> {
    let webhook = rows::get(tx, webhook).await?;
    let delivery = hold(tx, id).await?.filter(|delivery| delivery.webhook == webhook.seq);
    let delivery = delivery.ok_or(Refusal::DeliveryNotFound)?;
    tx.query(AGAIN, &[&delivery.seq, &At(caller.at)]).await?;
    if delivery.status != DeliveryStatus::Pending {
        queue::enter(tx, delivery.webhook, delivery.seq, &delivery.opportunities).await?;
    }
    rows::by_seq(tx, delivery.seq).await
}

/// Removes a part of the deliveries that were made before and wait for nothing. Returns how many went.
pub(crate) async fn trim(conn: &mut Conn, before: Timestamp) -> Db<u64> {
    Ok(conn.count(OLD, &[&At(before), &STEP]).await?.unsigned_abs())
}

/// Removes a part of the deliveries that were made before and still wait: each makes room for the next about its
/// opportunities. Returns how many went.
pub(crate) async fn trim_pending(tx: &mut Conn, before: Timestamp) -> Db<u64> {
    let old = tx.query(OLD_PENDING, &[&At(before), &STEP_PENDING]).await?;
    let mut removed = 0;
    for row in old {
        let id = DeliveryId::from_uuid(row.try_get(0)?);
        let Some(delivery) = hold(tx, id).await? else { continue };
        if delivery.status == DeliveryStatus::Pending {
            queue::leave(tx, delivery.webhook, delivery.seq, &delivery.opportunities).await?;
        }
        tx.query(DROP, &[&delivery.seq]).await?;
        removed += 1;
    }
    Ok(removed)
}
