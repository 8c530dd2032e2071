//! Sending deliveries: which are due, and the result of each attempt.

use reparto_domain::{
    Caller, Refusal, Timestamp, WebhookId,
    idempotency::{Answer, Keyed},
    ids::DeliveryId,
    webhooks::{AttemptResult, Delivery, DeliveryState, DeliveryStatus, DueDelivery},
};
use reparto_store::StoreResult;
use reparto_store_rows::{names::named, webhooks::round_robin};
use rusqlite::{Connection, params};

use super::{queue, rows};
use crate::{
    actor::administrator, assignments::ChunkItem, engine::Conn as _, idempotency, jobs::packed::unpack, rows::value,
    statements::statements,
};

statements! {
    DUE => named("SELECT seq FROM deliveries INDEXED BY deliveries_due WHERE webhook = ?1 AND status = {delivery.pending} AND blocked = 0 \
        AND next_at <= ?2 ORDER BY next_at, seq LIMIT ?3");
    LEASE = "UPDATE deliveries SET next_at = ?2 WHERE seq = ?1";
    BY_ID = "SELECT seq, webhook, status, attempts, resent, opportunities FROM deliveries WHERE id = ?1";
    ATTEMPTED = "UPDATE deliveries SET status = ?2, attempts = ?3, next_at = ?4, last_status = ?5, last_error = ?6 \
        WHERE seq = ?1";
    AGAIN => named("UPDATE deliveries SET status = {delivery.pending}, attempts = 0, next_at = ?2, resent = resent + 1 WHERE seq = ?1");
    OLD = "SELECT seq, webhook, status, opportunities FROM deliveries INDEXED BY deliveries_created_at \
        WHERE created_at <= ?1 ORDER BY created_at LIMIT ?2";
    DROP = "DELETE FROM deliveries WHERE seq = ?1";
}

/// Whether anything is due.
pub(super) fn is_anything_due(conn: &Connection, now: Timestamp) -> StoreResult<bool> {
    for webhook in rows::active(conn)? {
        if !due(conn, webhook.seq, now, 1)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn due(conn: &Connection, webhook: i64, now: Timestamp, limit: u64) -> StoreResult<Vec<i64>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    conn.all(&DUE, params![webhook, now.micros(), limit], value)
}

/// Claims due deliveries, from each webhook in turn, so that one with many does not delay the others.
pub(super) fn claim(conn: &Connection, now: Timestamp, lease: Timestamp, limit: u64) -> StoreResult<Vec<DueDelivery>> {
    let mut waiting = Vec::new();
    for webhook in rows::active(conn)? {
        let due = due(conn, webhook.seq, now, limit)?;
        waiting.push((webhook, due));
    }
    let mut claimed = Vec::new();
    for (webhook, seq) in round_robin(&waiting, limit) {
        conn.run(LEASE, params![seq, lease.micros()])?;
        let delivery = rows::by_seq(conn, *seq)?;
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

/// The maximum number of deliveries that one step removes, and of opportunities of pending ones.
const STEP: u32 = 500;
const STEP_ITEMS: usize = 1_000;

fn by_id(conn: &Connection, id: DeliveryId) -> StoreResult<Option<Pending>> {
    conn.opt(BY_ID, [id.as_bytes()], |row| {
        Ok(Pending {
            seq: row.next()?,
            webhook: row.next()?,
            state: DeliveryState {
                status: row.number(DeliveryStatus::from_number)?,
                attempts: row.next()?,
                resent: row.amount()?,
            },
            opportunities: seqs(row.bytes()?)?,
        })
    })
}

fn seqs(packed: &[u8]) -> StoreResult<Vec<i64>> {
    let seq = |item| if let ChunkItem::Seq(seq) = item { Some(seq) } else { None };
    Ok(unpack(packed)?.into_iter().filter_map(seq).collect())
}

/// Records the result of an attempt. Ignored if the webhook was removed meanwhile.
pub(super) fn attempted(
    conn: &Connection,
    (id, resent): (DeliveryId, u64),
    at: Timestamp,
    result: &AttemptResult,
) -> StoreResult<()> {
    let Some(delivery) = by_id(conn, id)? else { return Ok(()) };
    let Some(after) = delivery.state.after_attempt(resent, at, result) else { return Ok(()) };
    conn.run(
        ATTEMPTED,
        params![
            delivery.seq,
            after.status.number(),
            after.attempts,
            after.next_at.map(Timestamp::micros),
            result.status,
            result.error,
        ],
    )?;
    if after.is_settled {
        queue::remove(conn, delivery.webhook, delivery.seq, &delivery.opportunities)?;
    }
    Ok(())
}

/// Sends a delivery of a webhook again.
pub(super) fn resend(
    conn: &Connection,
    caller: &Caller,
    (webhook, id): (WebhookId, DeliveryId),
    keyed: Option<&Keyed<Delivery>>,
) -> StoreResult<Answer<Delivery>> {
    let actor = administrator(conn, caller)?;
    idempotency::once(conn, caller, &actor, keyed, |conn| {
        let webhook = rows::get(conn, webhook)?;
        let delivery = by_id(conn, id)?.filter(|delivery| delivery.webhook == webhook.seq);
        let delivery = delivery.ok_or(Refusal::DeliveryNotFound)?;
        conn.run(&AGAIN, params![delivery.seq, caller.at.micros()])?;
        if delivery.state.status != DeliveryStatus::Pending {
            queue::push(conn, delivery.webhook, delivery.seq, &delivery.opportunities)?;
        }
        rows::by_seq(conn, delivery.seq)
    })
}

/// Removes part of the deliveries created before a time; removing a pending one unblocks the next about its
/// opportunities. Returns how many were removed.
pub(crate) fn trim(conn: &Connection, before: Timestamp) -> StoreResult<u64> {
    let old = conn.all(OLD, params![before.micros(), STEP], |row| {
        let (seq, webhook): (i64, i64) = (row.next()?, row.next()?);
        Ok((seq, webhook, row.number(DeliveryStatus::from_number)?, row.next::<Vec<u8>>()?))
    })?;
    let (mut removed, mut items) = (0, 0);
    for (seq, webhook, status, packed) in old {
        if items >= STEP_ITEMS {
            break;
        }
        if status == DeliveryStatus::Pending {
            let opportunities = seqs(&packed)?;
            items += opportunities.len();
            queue::remove(conn, webhook, seq, &opportunities)?;
        }
        conn.run(DROP, [seq])?;
        removed += 1;
    }
    Ok(removed)
}
