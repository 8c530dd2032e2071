//! Reading webhooks and deliveries.

use reparto_domain::{
    Refusal, WebhookId,
    cursor::SequenceCursor,
    events::EventType,
    ids::DeliveryId,
    page::Walk,
    webhooks::{Delivery, DeliveryQuery, DeliveryStatus, Webhook},
};
use reparto_store::{StoreError, StoreResult};
use reparto_store_rows::webhooks::StoredWebhook;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::{error::Sql as _, rows, statements::statements};

statements! {
    ALL = "SELECT seq, id, url, events, is_active, created_at, updated_at, secret, since_operation, since_job \
        FROM webhooks WHERE deleted_at IS NULL ORDER BY seq";
    BY_ID = "SELECT seq, id, url, events, is_active, created_at, updated_at, secret, since_operation, since_job \
        FROM webhooks WHERE id = ?1 AND deleted_at IS NULL";
    DELIVERIES = "SELECT d.seq, d.id, w.id, d.event, d.status, d.attempts, d.next_at, d.last_status, d.last_error, \
        d.created_at, d.body, d.resent FROM deliveries d JOIN webhooks w ON w.seq = d.webhook \
        WHERE d.webhook = ?1 AND d.seq < ?2 ORDER BY d.seq DESC LIMIT ?3";
    DELIVERIES_IN = "SELECT d.seq, d.id, w.id, d.event, d.status, d.attempts, d.next_at, d.last_status, d.last_error, \
        d.created_at, d.body, d.resent FROM deliveries d JOIN webhooks w ON w.seq = d.webhook \
        WHERE d.webhook = ?1 AND d.seq < ?2 AND d.status = ?4 ORDER BY d.seq DESC LIMIT ?3";
    DELIVERY = "SELECT d.seq, d.id, w.id, d.event, d.status, d.attempts, d.next_at, d.last_status, d.last_error, \
        d.created_at, d.body, d.resent FROM deliveries d JOIN webhooks w ON w.seq = d.webhook WHERE d.seq = ?1";
}

/// The types of events, as they are stored: their numbers in JSON.
pub(super) fn events_stored(events: &[EventType]) -> String {
    serde_json::json!(events.iter().map(|event| event.number()).collect::<Vec<_>>()).to_string()
}

fn webhook(row: &Row<'_>) -> rusqlite::Result<StoredWebhook> {
    let events = rows::json::<Vec<i64>>(row, 3)?
        .into_iter()
        .map(|number| EventType::from_number(number).ok_or_else(|| rows::meaningless(3, "no type of event")))
        .collect::<rusqlite::Result<_>>()?;
    Ok(StoredWebhook {
        seq: row.get(0)?,
        webhook: Webhook {
            id: WebhookId::from_bytes(row.get(1)?),
            url: row.get(2)?,
            events,
            is_active: row.get(4)?,
            created_at: rows::time(row, 5)?,
            updated_at: rows::time(row, 6)?,
        },
        secret: row.get::<_, String>(7)?.into(),
        since_operation: row.get(8)?,
        since_job: row.get(9)?,
    })
}

/// All webhooks, oldest first.
pub(super) fn all(conn: &Connection) -> StoreResult<Vec<StoredWebhook>> {
    conn.prepare_cached(ALL).sql()?.query_map([], webhook).sql()?.collect::<rusqlite::Result<_>>().sql()
}

/// Those that events are sent to.
pub(super) fn active(conn: &Connection) -> StoreResult<Vec<StoredWebhook>> {
    Ok(all(conn)?.into_iter().filter(|stored| stored.webhook.is_active).collect())
}

/// The webhook of this id.
pub(super) fn get(conn: &Connection, id: WebhookId) -> StoreResult<StoredWebhook> {
    let found = conn.prepare_cached(BY_ID).sql()?.query_row([id.as_bytes()], webhook).optional().sql()?;
    found.ok_or_else(|| Refusal::WebhookNotFound.into())
}

fn delivery(row: &Row<'_>) -> rusqlite::Result<(i64, Delivery)> {
    let delivery = Delivery {
        id: DeliveryId::from_bytes(row.get(1)?),
        webhook: WebhookId::from_bytes(row.get(2)?),
        event: rows::number(row, 3, EventType::from_number)?,
        status: rows::number(row, 4, DeliveryStatus::from_number)?,
        attempts: row.get(5)?,
        next_at: rows::time_or_none(row, 6)?,
        last_status: row.get(7)?,
        last_error: row.get(8)?,
        created_at: rows::time(row, 9)?,
        body: row.get(10)?,
        resent: row.get::<_, i64>(11)?.unsigned_abs(),
    };
    Ok((row.get(0)?, delivery))
}

/// The delivery of this seq.
pub(super) fn by_seq(conn: &Connection, seq: i64) -> StoreResult<Delivery> {
    let found = conn.prepare_cached(DELIVERY).sql()?.query_row([seq], delivery).optional().sql()?;
    let found = found.ok_or_else(|| StoreError::Inconsistent(format!("deliveries has no row with seq {seq}")))?;
    Ok(found.1)
}

/// A part of a webhook's deliveries, newest first.
pub(super) fn deliveries(
    conn: &Connection,
    id: WebhookId,
    query: DeliveryQuery,
) -> StoreResult<Walk<Delivery, SequenceCursor>> {
    let webhook = get(conn, id)?.seq;
    let after = query.after.map_or(i64::MAX, |SequenceCursor(after)| after);
    let wanted = i64::try_from(query.limit).unwrap_or(i64::MAX).saturating_add(1);
    let mut found: Vec<(i64, Delivery)> = match query.status {
        None => conn
            .prepare_cached(DELIVERIES)
            .sql()?
            .query_map(params![webhook, after, wanted], delivery)
            .sql()?
            .collect::<rusqlite::Result<_>>()
            .sql()?,
        Some(status) => conn
            .prepare_cached(DELIVERIES_IN)
            .sql()?
            .query_map(params![webhook, after, wanted, status.number()], delivery)
            .sql()?
            .collect::<rusqlite::Result<_>>()
            .sql()?,
    };
    let more = found.len() as u64 > query.limit;
    found.truncate(usize::try_from(query.limit).unwrap_or(usize::MAX));
    let next = found.last().filter(|_| more).map(|(seq, _)| SequenceCursor(*seq));
    Ok(Walk { items: found.into_iter().map(|(_, delivery)| delivery).collect(), next })
}
