//! Reading webhooks and deliveries.

use reparto_domain::{
    Refusal, WebhookId,
    cursor::SequenceCursor,
    events::EventType,
    ids::DeliveryId,
    page::{CursorPage, rows_to_read},
    webhooks::{Delivery, DeliveryQuery, DeliveryStatus, Webhook},
};
use reparto_store_rows::{delivery_columns, webhook_columns, webhooks::StoredWebhook};
use tokio_postgres::Row;

use crate::{
    engine::{
        errors::{Db, Fault},
        tx::Conn,
    },
    rows::{Reader, meaningless},
    statements::statements,
};

macro_rules! webhooks {
    ($condition:literal) => {
        concat!("SELECT ", webhook_columns!(), " FROM webhooks w WHERE w.deleted_at IS NULL ", $condition)
    };
}

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
    ALL = webhooks!("ORDER BY w.seq");
    BY_ID = webhooks!("AND w.id = $1");
    // Locked by every transaction that queues or removes deliveries of a webhook, so that each sees the changes of the
    // previous one.
    LOCK_ACTIVE = webhooks!("AND w.is_active ORDER BY w.seq FOR NO KEY UPDATE");
    ACTIVE = webhooks!("AND w.is_active ORDER BY w.seq");
    DELIVERIES = deliveries!("d.webhook = $1 AND d.seq < $2 ORDER BY d.seq DESC LIMIT $3");
    DELIVERIES_IN = deliveries!("d.webhook = $1 AND d.seq < $2 AND d.status = $4 ORDER BY d.seq DESC LIMIT $3");
    DELIVERY = deliveries!("d.seq = $1");
}

fn webhook(row: &Row) -> Db<StoredWebhook> {
    let mut row = Reader::new(row);
    let (seq, id, url) = (row.next()?, WebhookId::from_uuid(row.next()?), row.next()?);
    let events = row.next::<Vec<i16>>()?.into_iter().map(i64::from);
    let events = events.map(|number| EventType::from_number(number).ok_or_else(|| meaningless("type of event")));
    let webhook = Webhook {
        id,
        url,
        events: events.collect::<Db<_>>()?,
        is_active: row.next()?,
        created_at: row.time()?,
        updated_at: row.time()?,
    };
    let secret = row.next::<String>()?.into();
    Ok(StoredWebhook { seq, webhook, secret, since_operation: row.next()?, since_job: row.next()? })
}

/// All webhooks, oldest first.
pub(super) async fn all(conn: &mut Conn) -> Db<Vec<Webhook>> {
    conn.all(ALL, &[]).await?.iter().map(|row| Ok(webhook(row)?.webhook)).collect()
}

/// The active webhooks.
pub(super) async fn active(conn: &mut Conn) -> Db<Vec<StoredWebhook>> {
    conn.all(ACTIVE, &[]).await?.iter().map(webhook).collect()
}

/// Like [`active`], but locks them until the transaction ends.
pub(super) async fn lock_active(tx: &mut Conn) -> Db<Vec<StoredWebhook>> {
    tx.all(LOCK_ACTIVE, &[]).await?.iter().map(webhook).collect()
}

/// The webhook with this id.
pub(super) async fn get(conn: &mut Conn, id: WebhookId) -> Db<StoredWebhook> {
    webhook(&conn.opt(BY_ID, &[&id.uuid()]).await?.ok_or(Refusal::WebhookNotFound)?)
}

fn delivery(row: &Row) -> Db<(i64, Delivery)> {
    let mut row = Reader::new(row);
    let (seq, id, webhook) = (row.next()?, DeliveryId::from_uuid(row.next()?), WebhookId::from_uuid(row.next()?));
    let (event, status) = (row.number(EventType::from_number)?, row.number(DeliveryStatus::from_number)?);
    let attempts: i32 = row.next()?;
    let next_at = row.time_or_none()?;
    let last_status: Option<i16> = row.next()?;
    let delivery = Delivery {
        id,
        webhook,
        event,
        status,
        attempts: attempts.unsigned_abs(),
        next_at,
        last_status: last_status.map(i16::unsigned_abs),
        last_error: row.next()?,
        created_at: row.time()?,
        body: row.next()?,
        resent: row.next::<i64>()?.unsigned_abs(),
    };
    Ok((seq, delivery))
}

/// The delivery with this seq.
pub(super) async fn by_seq(conn: &mut Conn, seq: i64) -> Db<Delivery> {
    let found = conn.opt(DELIVERY, &[&seq]).await?;
    let found = found.ok_or_else(|| Fault::inconsistent(format!("deliveries has no row with seq {seq}")))?;
    delivery(&found).map(|(_, delivery)| delivery)
}

/// A page of a webhook's deliveries, newest first.
pub(super) async fn deliveries(
    conn: &mut Conn,
    id: WebhookId,
    query: DeliveryQuery,
) -> Db<CursorPage<Delivery, SequenceCursor>> {
    let webhook = get(conn, id).await?.seq;
    let after = query.after.map_or(i64::MAX, |SequenceCursor(after)| after);
    let wanted = rows_to_read(query.limit);
    let found = match query.status {
        None => conn.page(DELIVERIES, &[&webhook, &after, &wanted], true, delivery).await?,
        Some(status) => {
            conn.page(DELIVERIES_IN, &[&webhook, &after, &wanted, &status.number()], true, delivery).await?
        }
    };
    Ok(CursorPage::cut(found, query.limit))
}
