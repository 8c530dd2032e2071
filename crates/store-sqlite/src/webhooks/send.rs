//! Sending deliveries: which are due, and what came of each.

use reparto_domain::{
    Caller, Refusal, Timestamp, WebhookId,
    idempotency::{Answer, Keyed},
    ids::DeliveryId,
    webhooks::{AttemptResult, Delivery, DeliveryStatus, DueDelivery, RETRY_SECONDS},
};
use reparto_store::StoreResult;
use reparto_store_rows::webhooks::in_turn;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{queue, rows};
use crate::{
    actor::authorize, assignments::ChunkItem, error::Sql as _, idempotency, jobs::packed::unpack, rows as columns,
    statements::statements,
};

statements! {
    DUE = "SELECT seq FROM deliveries INDEXED BY deliveries_due WHERE webhook = ?1 AND status = 0 AND blocked = 0 \
        AND next_at <= ?2 ORDER BY next_at, seq LIMIT ?3";
    LEASE = "UPDATE deliveries SET next_at = ?2 WHERE seq = ?1";
    BY_ID = "SELECT seq, webhook, status, attempts, opportunities, resent FROM deliveries WHERE id = ?1";
    ATTEMPTED = "UPDATE deliveries SET status = ?2, attempts = ?3, next_at = ?4, last_status = ?5, last_error = ?6 \
        WHERE seq = ?1";
    AGAIN = "UPDATE deliveries SET status = 0, attempts = 0, next_at = ?2, resent = resent + 1 WHERE seq = ?1";
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
    conn.prepare_cached(DUE)
        .sql()?
        .query_map(params![webhook, now.micros(), limit], |row| row.get(0))
        .sql()?
        .collect::<rusqlite::Result<_>>()
        .sql()
}

/// Takes deliveries that are due, of each webhook in turn: one that has many waiting does not hold up another.
pub(super) fn claim(conn: &Connection, now: Timestamp, lease: Timestamp, limit: u64) -> StoreResult<Vec<DueDelivery>> {
    let mut waiting = Vec::new();
    for webhook in rows::active(conn)? {
        let due = due(conn, webhook.seq, now, limit)?;
        waiting.push((webhook, due));
    }
    let mut claimed = Vec::new();
    for (webhook, seq) in in_turn(&waiting, limit) {
        conn.prepare_cached(LEASE).sql()?.execute(params![seq, lease.micros()]).sql()?;
        let delivery = rows::by_seq(conn, *seq)?;
        claimed.push(DueDelivery { delivery, url: webhook.webhook.url.clone(), secret: webhook.secret.clone() });
    }
    Ok(claimed)
}

/// A delivery, as far as its state goes.
struct Pending {
    seq: i64,
    webhook: i64,
    status: DeliveryStatus,
    attempts: usize,
    resent: u64,
    opportunities: Vec<i64>,
}

/// Deliveries that one step of a removal takes at most, and opportunities of those that still wait.
const STEP: u32 = 500;
const STEP_ITEMS: usize = 1_000;

fn by_id(conn: &Connection, id: DeliveryId) -> StoreResult<Option<Pending>> {
    let found = conn
        .prepare_cached(BY_ID)
        .sql()?
        .query_row([id.as_bytes()], |row| {
            let status = columns::number(row, 2, DeliveryStatus::from_number)?;
            let attempts = row.get::<_, u32>(3)? as usize;
            let resent = row.get::<_, i64>(5)?.unsigned_abs();
            let (seq, webhook) = (row.get(0)?, row.get(1)?);
            let pending = Pending { seq, webhook, status, attempts, resent, opportunities: vec![] };
            Ok((pending, row.get::<_, Vec<u8>>(4)?))
        })
        .optional()
        .sql()?;
    let Some((pending, packed)) = found else { return Ok(None) };
    Ok(Some(Pending { opportunities: seqs(&packed)?, ..pending }))
}

fn seqs(packed: &[u8]) -> StoreResult<Vec<i64>> {
    let seq = |item| if let ChunkItem::Seq(seq) = item { Some(seq) } else { None };
    Ok(unpack(packed)?.into_iter().filter_map(seq).collect())
}

/// Records what came of an attempt. One whose webhook was removed meanwhile, one that somebody asked to send again
/// meanwhile, and a late failure of what was delivered or given up already, change nothing.
pub(super) fn attempted(
    conn: &Connection,
    (id, resent): (DeliveryId, u64),
    at: Timestamp,
    result: &AttemptResult,
) -> StoreResult<()> {
    let Some(delivery) = by_id(conn, id)?.filter(|delivery| delivery.resent == resent) else { return Ok(()) };
    let failed = result.error.is_some();
    let is_pending = delivery.status == DeliveryStatus::Pending;
    if !is_pending && (failed || delivery.status == DeliveryStatus::Delivered) {
        return Ok(());
    }
    let attempts = delivery.attempts + 1;
    let (status, next_at) = match (failed, RETRY_SECONDS.get(attempts - 1)) {
        (false, _) => (DeliveryStatus::Delivered, None),
        (true, Some(seconds)) => (DeliveryStatus::Pending, Some(at.plus_seconds(*seconds))),
        (true, None) => (DeliveryStatus::Dead, None),
    };
    conn.prepare_cached(ATTEMPTED)
        .sql()?
        .execute(params![
            delivery.seq,
            status.number(),
            attempts as i64,
            next_at.map(Timestamp::micros),
            result.status,
            result.error,
        ])
        .sql()?;
    if is_pending && status != DeliveryStatus::Pending {
        queue::leave(conn, delivery.webhook, delivery.seq, &delivery.opportunities)?;
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
    let actor = authorize(conn, caller)?;
    actor.require_administrator(Refusal::AdministratorsOnly)?;
    idempotency::once(conn, caller, &actor, keyed, |conn| {
        let webhook = rows::get(conn, webhook)?;
        let delivery = by_id(conn, id)?.filter(|delivery| delivery.webhook == webhook.seq);
        let delivery = delivery.ok_or(Refusal::DeliveryNotFound)?;
        conn.prepare_cached(AGAIN).sql()?.execute(params![delivery.seq, caller.at.micros()]).sql()?;
        if delivery.status != DeliveryStatus::Pending {
            queue::enter(conn, delivery.webhook, delivery.seq, &delivery.opportunities)?;
        }
        rows::by_seq(conn, delivery.seq)
    })
}

/// Removes a part of the deliveries that were made before; one that still waits makes room for the next about its
/// opportunities. Returns how many went.
pub(crate) fn trim(conn: &Connection, before: Timestamp) -> StoreResult<u64> {
    let mut statement = conn.prepare_cached(OLD).sql()?;
    let old = statement
        .query_map(params![before.micros(), STEP], |row| {
            let status = columns::number(row, 2, DeliveryStatus::from_number)?;
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, status, row.get::<_, Vec<u8>>(3)?))
        })
        .sql()?
        .collect::<rusqlite::Result<Vec<_>>>()
        .sql()?;
    let (mut removed, mut items) = (0, 0);
    for (seq, webhook, status, packed) in old {
        if items >= STEP_ITEMS {
            break;
        }
        if status == DeliveryStatus::Pending {
            let opportunities = seqs(&packed)?;
            items += opportunities.len();
            queue::leave(conn, webhook, seq, &opportunities)?;
        }
        conn.prepare_cached(DROP).sql()?.execute([seq]).sql()?;
        removed += 1;
    }
    Ok(removed)
}
