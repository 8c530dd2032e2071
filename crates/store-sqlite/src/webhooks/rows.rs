//! Reading webhooks and deliveries.

use reparto_domain::{
    Refusal, WebhookId,
    cursor::SequenceCursor,
    events::EventType,
    ids::DeliveryId,
    page::{CursorPage, Weight, rows_to_read},
    webhooks::{Delivery, DeliveryQuery, DeliveryStatus, Webhook},
};
use reparto_store::{StoreError, StoreResult};
use reparto_store_rows::{delivery_columns, webhook_columns, webhooks::StoredWebhook};
use rusqlite::{Connection, params};

use crate::{
    engine::Conn as _,
    rows::{Reader, inconsistent},
    statements::statements,
};

macro_rules! deliveries {
    ($condition:literal) => {
        concat!(
            "SELECT ",
            delivery_columns!(),
            " FROM deliveries d JOIN webhooks w ON w.seq = d.webhook WHERE ",
            $condition
        )
    };
}

statements! {
    ALL = concat!("SELECT ", webhook_columns!(), " FROM webhooks w WHERE w.deleted_at IS NULL ORDER BY w.seq");
    BY_ID = concat!("SELECT ", webhook_columns!(), " FROM webhooks w WHERE w.id = ?1 AND w.deleted_at IS NULL");
    DELIVERIES = deliveries!("d.webhook = ?1 AND d.seq < ?2 ORDER BY d.seq DESC LIMIT ?3");
    DELIVERIES_IN = deliveries!("d.webhook = ?1 AND d.seq < ?2 AND d.status = ?4 ORDER BY d.seq DESC LIMIT ?3");
    DELIVERY = deliveries!("d.seq = ?1");
}

/// The types of events, as they are stored: their numbers in JSON.
pub(super) fn events_stored(events: &[EventType]) -> String {
    serde_json::json!(events.iter().map(|event| event.number()).collect::<Vec<_>>()).to_string()
}

fn webhook(row: &mut Reader<'_>) -> StoreResult<StoredWebhook> {
    let (seq, id, url) = (row.next()?, WebhookId::from_bytes(row.next()?), row.next()?);
    let events = row.json::<Vec<i64>>()?.into_iter().map(EventType::from_number);
    let events = events.collect::<Option<_>>().ok_or_else(|| inconsistent("type of event"))?;
    let (is_active, created_at, updated_at) = (row.next()?, row.time()?, row.time()?);
    Ok(StoredWebhook {
        seq,
        webhook: Webhook { id, url, events, is_active, created_at, updated_at },
        secret: row.next::<String>()?.into(),
        since_operation: row.next()?,
        since_job: row.next()?,
    })
}

/// All webhooks, oldest first.
pub(super) fn all(conn: &Connection) -> StoreResult<Vec<StoredWebhook>> {
    conn.all(ALL, [], webhook)
}

/// The active webhooks.
pub(super) fn active(conn: &Connection) -> StoreResult<Vec<StoredWebhook>> {
    Ok(all(conn)?.into_iter().filter(|stored| stored.webhook.is_active).collect())
}

/// The webhook with this id.
pub(super) fn get(conn: &Connection, id: WebhookId) -> StoreResult<StoredWebhook> {
    let found = conn.opt(BY_ID, [id.as_bytes()], webhook)?;
    found.ok_or_else(|| Refusal::WebhookNotFound.into())
}

fn delivery(row: &mut Reader<'_>) -> StoreResult<(i64, Delivery)> {
    let seq = row.next()?;
    let delivery = Delivery {
        id: DeliveryId::from_bytes(row.next()?),
        webhook: WebhookId::from_bytes(row.next()?),
        event: row.number(EventType::from_number)?,
        status: row.number(DeliveryStatus::from_number)?,
        attempts: row.next()?,
        next_at: row.time_or_none()?,
        last_status: row.next()?,
        last_error: row.next()?,
        created_at: row.time()?,
        body: row.next()?,
        resent: row.amount()?,
    };
    Ok((seq, delivery))
}

/// The delivery with this seq.
pub(super) fn by_seq(conn: &Connection, seq: i64) -> StoreResult<Delivery> {
    let found = conn.opt(DELIVERY, [seq], delivery)?;
    let found = found.ok_or_else(|| StoreError::Inconsistent(format!("deliveries has no row with seq {seq}")))?;
    Ok(found.1)
}

/// A page of a webhook's deliveries, newest first.
pub(super) fn deliveries(
    conn: &Connection,
    id: WebhookId,
    query: DeliveryQuery,
) -> StoreResult<CursorPage<Delivery, SequenceCursor>> {
    let webhook = get(conn, id)?.seq;
    let after = query.after.map_or(i64::MAX, |SequenceCursor(after)| after);
    let wanted = rows_to_read(query.limit);
    let mut weight = Weight::default();
    let mut read = |row: &mut Reader<'_>| {
        let read = delivery(row)?;
        weight.add(row.weight())?;
        Ok(read)
    };
    let found: Vec<(i64, Delivery)> = match query.status {
        None => conn.all(DELIVERIES, params![webhook, after, wanted], &mut read)?,
        Some(status) => conn.all(DELIVERIES_IN, params![webhook, after, wanted, status.number()], &mut read)?,
    };
    Ok(CursorPage::cut(found, query.limit))
}
