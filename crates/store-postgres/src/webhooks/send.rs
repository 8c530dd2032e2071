//! Sending deliveries: which are due, and the result of each attempt.

use reparto_domain::{
    Caller, Refusal, Timestamp, WebhookId,
    idempotency::{Answer, Keyed},
    ids::DeliveryId,
    webhooks::{AttemptResult, Delivery, DeliveryState, DeliveryStatus, DueDelivery},
};
use reparto_store_rows::{names::named, webhooks::round_robin};
use uuid::Uuid;

use super::{queue, rows};
use crate::{
    actor::administrator,
    engine::{
        errors::Db,
        params::{At, opt},
        tx::Conn,
    },
    idempotency::once,
    rows::Reader,
    statements::statements,
};

statements! {
    DUE => named("SELECT seq FROM deliveries WHERE webhook = $1 AND status = {delivery.pending} AND blocked = 0 AND next_at <= $2 \
        ORDER BY next_at, seq LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED");
    LEASE = "UPDATE deliveries SET next_at = $2 WHERE seq = $1";
    LOCK_WEBHOOK = "SELECT FROM webhooks WHERE seq = (SELECT webhook FROM deliveries WHERE id = $1) FOR NO KEY UPDATE";
    BY_ID = "SELECT seq, webhook, status, attempts, resent, opportunities FROM deliveries WHERE id = $1 \
        FOR NO KEY UPDATE";
    ATTEMPTED = "UPDATE deliveries SET status = $2, attempts = $3, next_at = $4, last_status = $5, last_error = $6 \
        WHERE seq = $1";
    AGAIN => named("UPDATE deliveries SET status = {delivery.pending}, attempts = 0, next_at = $2, resent = resent + 1 WHERE seq = $1");
    OLD => named("WITH gone AS (DELETE FROM deliveries WHERE seq IN (SELECT seq FROM deliveries \
            WHERE created_at <= $1 AND status <> {delivery.pending} ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING 1) \
        SELECT count(*) FROM gone");
    OLD_PENDING => named("SELECT id FROM deliveries WHERE created_at <= $1 AND status = {delivery.pending} ORDER BY created_at LIMIT $2");
    DROP = "DELETE FROM deliveries WHERE seq = $1";
}

/// Claims due deliveries, from each webhook in turn, so that one with many does not delay the others.
pub(super) async fn claim(tx: &mut Conn, now: Timestamp, lease: Timestamp, limit: u64) -> Db<Vec<DueDelivery>> {
    let wanted = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut waiting = Vec::new();
    for webhook in rows::active(tx).await? {
        let due = tx.all(&DUE, &[&webhook.seq, &At(now), &wanted]).await?;
        let due: Vec<i64> = due.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        waiting.push((webhook, due));
    }
    let mut claimed = Vec::new();
    for (webhook, seq) in round_robin(&waiting, limit) {
        tx.run(LEASE, &[seq, &At(lease)]).await?;
        let delivery = rows::by_seq(tx, *seq).await?;
        claimed.push(DueDelivery { delivery, url: webhook.webhook.url.clone(), secret: webhook.secret.clone() });
    }
    Ok(claimed)
}

/// A delivery's state.
struct Pending {
    seq: i64,
    webhook: i64,
    state: DeliveryState,
    opportunities: Vec<i64>,
}

/// The maximum number of deliveries that one step removes, and of pending ones among them.
const STEP: i64 = 500;
const STEP_PENDING: i64 = 20;

/// Locks the delivery with this id, and its webhook, until the transaction ends.
async fn lock(tx: &mut Conn, id: DeliveryId) -> Db<Option<Pending>> {
    let id: Uuid = id.uuid();
    tx.run(LOCK_WEBHOOK, &[&id]).await?;
    let Some(found) = tx.opt(BY_ID, &[&id]).await? else { return Ok(None) };
    let mut row = Reader::new(&found);
    Ok(Some(Pending {
        seq: row.next()?,
        webhook: row.next()?,
        state: DeliveryState {
            status: row.number(DeliveryStatus::from_number)?,
            attempts: row.next::<i32>()?.unsigned_abs(),
            resent: row.amount()?,
        },
        opportunities: row.next()?,
    }))
}

/// Records the result of an attempt. Ignored if the webhook was removed meanwhile.
pub(super) async fn attempted(
    tx: &mut Conn,
    (id, resent): (DeliveryId, u64),
    at: Timestamp,
    result: &AttemptResult,
) -> Db<()> {
    let Some(delivery) = lock(tx, id).await? else { return Ok(()) };
    let Some(after) = delivery.state.after_attempt(resent, at, result) else { return Ok(()) };
    let (attempts, last_status) = (i32::try_from(after.attempts).unwrap_or(i32::MAX), result.status.map(stored_status));
    let params: [&dyn crate::engine::params::Param; 6] =
        [&delivery.seq, &after.status.number(), &attempts, &after.next_at.map(At), &last_status, &opt(&result.error)];
    tx.run(ATTEMPTED, &params).await?;
    if after.is_settled {
        queue::remove(tx, delivery.webhook, delivery.seq, &delivery.opportunities).await?;
    }
    Ok(())
}

/// An HTTP status, as stored.
fn stored_status(status: u16) -> i16 {
    i16::try_from(status).unwrap_or(i16::MAX)
}

/// Sends a delivery of a webhook again.
pub(super) async fn resend(
    tx: &mut Conn,
    caller: &Caller,
    which: (WebhookId, DeliveryId),
    keyed: Option<&Keyed<Delivery>>,
) -> Db<Answer<Delivery>> {
    let actor = administrator(tx, caller).await?;
    once!(tx, caller, &actor, keyed, again(tx, caller, which))
}

async fn again(tx: &mut Conn, caller: &Caller, (webhook, id): (WebhookId, DeliveryId)) -> Db<Delivery> {
    let webhook = rows::get(tx, webhook).await?;
    let delivery = lock(tx, id).await?.filter(|delivery| delivery.webhook == webhook.seq);
    let delivery = delivery.ok_or(Refusal::DeliveryNotFound)?;
    tx.run(&AGAIN, &[&delivery.seq, &At(caller.at)]).await?;
    if delivery.state.status != DeliveryStatus::Pending {
        queue::push(tx, delivery.webhook, delivery.seq, &delivery.opportunities).await?;
    }
    rows::by_seq(tx, delivery.seq).await
}

/// Removes part of the settled deliveries created before a time. Returns how many were removed.
pub(crate) async fn trim(conn: &mut Conn, before: Timestamp) -> Db<u64> {
    Ok(conn.count(&OLD, &[&At(before), &STEP]).await?.unsigned_abs())
}

/// Removes part of the pending deliveries created before a time; each unblocks the next about its opportunities.
/// Returns how many were removed.
pub(crate) async fn trim_pending(tx: &mut Conn, before: Timestamp) -> Db<u64> {
    let old = tx.all(&OLD_PENDING, &[&At(before), &STEP_PENDING]).await?;
    let mut removed = 0;
    for row in old {
        let id = DeliveryId::from_uuid(row.try_get(0)?);
        let Some(delivery) = lock(tx, id).await? else { continue };
        if delivery.state.status == DeliveryStatus::Pending {
            queue::remove(tx, delivery.webhook, delivery.seq, &delivery.opportunities).await?;
        }
        tx.run(DROP, &[&delivery.seq]).await?;
        removed += 1;
    }
    Ok(removed)
}
