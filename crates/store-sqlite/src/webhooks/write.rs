//! Creating, changing and removing webhooks.

use reparto_domain::{
    Caller, Refusal, WebhookId,
    audit::{EntityType, action},
    idempotency::{Answer, Keyed},
    json::ObjectText,
    webhooks::{NewWebhook, WEBHOOKS_MAX, Webhook, WebhookChanges},
};
use reparto_store::StoreResult;
use reparto_store_rows::{
    columns::{self, WEBHOOK_CHANGED, WEBHOOK_MADE},
    numbers::signed,
};
use rusqlite::{Connection, params};
use secrecy::ExposeSecret as _;
use serde_json::json;

use super::rows::{self, events_stored};
use crate::{
    SqliteStore,
    actor::{Actor, administrator},
    audit,
    engine::Conn as _,
    events, idempotency,
    rows::value,
    statements::statements,
};

statements! {
    INSERT => columns::insert_with('?', "webhooks", &WEBHOOK_MADE, &[("is_active", "true"), ("updated_at", "{created_at}")]);
    COUNT = "SELECT count(*) FROM webhooks WHERE deleted_at IS NULL";
    UPDATE => columns::update('?', "webhooks", &WEBHOOK_CHANGED);
    MARK_DELETED = "UPDATE webhooks SET deleted_at = ?2, is_active = 0 WHERE seq = ?1";
    ANY_DELETED = "SELECT seq FROM webhooks WHERE deleted_at IS NOT NULL LIMIT 1";
    DROP_QUEUE = "DELETE FROM delivery_queue WHERE (webhook, opportunity, delivery) IN \
        (SELECT webhook, opportunity, delivery FROM delivery_queue WHERE webhook = ?1 LIMIT ?2)";
    DROP_DELIVERIES = "DELETE FROM deliveries WHERE seq IN \
        (SELECT seq FROM deliveries WHERE webhook = ?1 ORDER BY seq LIMIT ?2)";
    DELETE = "DELETE FROM webhooks WHERE seq = ?1";
}

/// The number of rows that one step removes.
const STEP: usize = 500;

fn record(
    conn: &Connection,
    caller: &Caller,
    actor: &Actor,
    action: &'static str,
    id: WebhookId,
    details: impl Into<ObjectText>,
) -> StoreResult<()> {
    let entity_id = Some(*id.as_bytes());
    let entry =
        audit::Entry { action, entity: EntityType::Webhook, entity_id, operation: None, details: details.into() };
    audit::record(conn, caller, actor, &entry)
}

pub(super) fn create(
    conn: &Connection,
    caller: &Caller,
    webhook: &NewWebhook,
    keyed: Option<&Keyed<Webhook>>,
) -> StoreResult<Answer<Webhook>> {
    let actor = administrator(conn, caller)?;
    idempotency::once(conn, caller, &actor, keyed, |conn| {
        let count: i64 = conn.one(COUNT, [], value)?;
        if count.unsigned_abs() >= WEBHOOKS_MAX {
            return Err(Refusal::TooManyWebhooks { max: WEBHOOKS_MAX }.into());
        }
        let (id, since) = (WebhookId::new(), events::end(conn)?);
        conn.run(
            &INSERT,
            params![
                id.as_bytes(),
                webhook.url,
                events_stored(&webhook.events),
                webhook.secret.expose_secret(),
                since.operation,
                since.job,
                caller.at.micros(),
            ],
        )?;
        let details = json!({ "url": webhook.url, "events": webhook.events });
        record(conn, caller, &actor, action::WEBHOOK_CREATED, id, details)?;
        Ok(rows::get(conn, id)?.webhook)
    })
}

pub(super) fn update(
    conn: &Connection,
    caller: &Caller,
    id: WebhookId,
    changes: &WebhookChanges,
) -> StoreResult<Webhook> {
    let actor = administrator(conn, caller)?;
    let stored = rows::get(conn, id)?;
    let before = stored.webhook;
    let after = changes.applied_to(&before);
    let secret = changes.secret.as_ref().unwrap_or(&stored.secret).expose_secret();
    let new_secret = secret != stored.secret.expose_secret();
    if after == before && !new_secret {
        return Ok(before);
    }
    conn.run(
        &UPDATE,
        params![after.url, events_stored(&after.events), secret, after.is_active, caller.at.micros(), stored.seq],
    )?;
    let shown =
        |webhook: &Webhook| json!({ "url": webhook.url, "events": webhook.events, "is_active": webhook.is_active });
    let mut details = audit::changes(&shown(&before), &shown(&after))?;
    if new_secret {
        // Records that the secret changed, never the secret itself.
        details = details.with([("secret", json!("changed"))]);
    }
    record(conn, caller, &actor, action::WEBHOOK_UPDATED, id, details)?;
    Ok(rows::get(conn, id)?.webhook)
}

/// Removes a webhook: it disappears at once, its deliveries are removed in steps.
pub(super) async fn delete(store: &SqliteStore, caller: &Caller, id: WebhookId) -> StoreResult<()> {
    let webhook = store.write_for(caller, move |conn, caller| hide(conn, caller, id)).await?;
    while store.write(move |conn| drop_step(conn, webhook)).await? {}
    Ok(())
}

fn hide(conn: &Connection, caller: &Caller, id: WebhookId) -> StoreResult<i64> {
    let actor = administrator(conn, caller)?;
    let stored = rows::get(conn, id)?;
    conn.run(MARK_DELETED, params![stored.seq, caller.at.micros()])?;
    record(conn, caller, &actor, action::WEBHOOK_DELETED, id, json!({ "url": stored.webhook.url }))?;
    Ok(stored.seq)
}

/// Removes part of a webhook's data, and finally the webhook itself; returns whether more is left.
fn drop_step(conn: &Connection, webhook: i64) -> StoreResult<bool> {
    for part in [DROP_QUEUE, DROP_DELIVERIES] {
        if conn.run(part, params![webhook, signed(STEP)])? == STEP {
            return Ok(true);
        }
    }
    conn.run(DELETE, [webhook])?;
    Ok(false)
}

/// Continues a removal interrupted by a crash, if there is one. Returns an upper bound of the removed rows.
pub(crate) fn expire(conn: &Connection) -> StoreResult<u64> {
    let hidden: Option<i64> = conn.opt(ANY_DELETED, [], value)?;
    let Some(webhook) = hidden else { return Ok(0) };
    drop_step(conn, webhook)?;
    Ok(STEP as u64)
}
