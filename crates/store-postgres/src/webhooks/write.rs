//! Creating, changing and removing webhooks.

use reparto_domain::{
    Caller, Refusal, WebhookId,
    audit::{EntityType, action},
    events::{EventType, FeedPosition},
    idempotency::{Answer, Keyed},
    json::ObjectText,
    webhooks::{NewWebhook, WEBHOOKS_MAX, Webhook, WebhookChanges},
};
use reparto_store_rows::columns::{self, WEBHOOK_CHANGED, WEBHOOK_MADE};
use secrecy::ExposeSecret as _;
use serde_json::json;

use super::rows;
use crate::{
    actor::{Actor, administrator},
    audit,
    engine::{
        errors::Db,
        params::{At, Text},
        tx::Conn,
    },
    idempotency::once,
    statements::statements,
};

statements! {
    INSERT => columns::insert_with('$', "webhooks", &WEBHOOK_MADE, &[("is_active", "true"), ("updated_at", "{created_at}")]);
    LOCK = "SELECT FROM webhooks WHERE id = $1 FOR NO KEY UPDATE";
    UPDATE => columns::update('$', "webhooks", &WEBHOOK_CHANGED);
    LOCK_COUNT = "SELECT FROM locks WHERE name = 'webhooks' FOR UPDATE";
    COUNT = "SELECT count(*) FROM webhooks WHERE deleted_at IS NULL";
    MARK_DELETED = "UPDATE webhooks SET deleted_at = $2, is_active = false WHERE seq = $1";
    ANY_DELETED = "SELECT seq FROM webhooks WHERE deleted_at IS NOT NULL LIMIT 1";
    DROP_QUEUE = "WITH gone AS (DELETE FROM delivery_queue q USING ( \
            SELECT webhook, opportunity, delivery FROM delivery_queue WHERE webhook = $1 LIMIT $2) AS part \
        WHERE q.webhook = part.webhook AND q.opportunity = part.opportunity AND q.delivery = part.delivery RETURNING 1) \
        SELECT count(*) FROM gone";
    DROP_DELIVERIES = "WITH gone AS (DELETE FROM deliveries WHERE seq IN ( \
            SELECT seq FROM deliveries WHERE webhook = $1 ORDER BY seq LIMIT $2) RETURNING 1) \
        SELECT count(*) FROM gone";
    DELETE = "DELETE FROM webhooks WHERE seq = $1 AND deleted_at IS NOT NULL";
}

/// The number of rows that one step removes.
const STEP: i64 = 500;

async fn record(
    tx: &mut Conn,
    caller: &Caller,
    actor: &Actor,
    action: &'static str,
    id: WebhookId,
    details: impl Into<ObjectText>,
) -> Db<()> {
    let entity_id = Some(id.uuid());
    let entry =
        audit::Entry { action, entity: EntityType::Webhook, entity_id, operation: None, details: details.into() };
    audit::record(tx, caller, actor, &entry).await
}

fn numbers(events: &[EventType]) -> Vec<i16> {
    events.iter().map(|event| event.number()).collect()
}

/// Creates a webhook that receives events after `since`.
pub(super) async fn create(
    tx: &mut Conn,
    caller: &Caller,
    webhook: &NewWebhook,
    since: FeedPosition,
    keyed: Option<&Keyed<Webhook>>,
) -> Db<Answer<Webhook>> {
    let actor = administrator(tx, caller).await?;
    once!(tx, caller, &actor, keyed, insert(tx, caller, &actor, webhook, since))
}

async fn insert(
    tx: &mut Conn,
    caller: &Caller,
    actor: &Actor,
    webhook: &NewWebhook,
    since: FeedPosition,
) -> Db<Webhook> {
    tx.run(LOCK_COUNT, &[]).await?;
    if tx.count(COUNT, &[]).await?.unsigned_abs() >= WEBHOOKS_MAX {
        return Err(Refusal::TooManyWebhooks { max: WEBHOOKS_MAX }.into());
    }
    let id = WebhookId::new();
    tx.run(
        &INSERT,
        &[
            &id.uuid(),
            &Text(&webhook.url),
            &numbers(&webhook.events),
            &Text(webhook.secret.expose_secret()),
            &since.operation,
            &since.job,
            &At(caller.at),
        ],
    )
    .await?;
    let details = json!({ "url": webhook.url, "events": webhook.events });
    record(tx, caller, actor, action::WEBHOOK_CREATED, id, details).await?;
    Ok(rows::get(tx, id).await?.webhook)
}

pub(super) async fn update(tx: &mut Conn, caller: &Caller, id: WebhookId, changes: &WebhookChanges) -> Db<Webhook> {
    let actor = administrator(tx, caller).await?;
    tx.run(LOCK, &[&id.uuid()]).await?;
    let stored = rows::get(tx, id).await?;
    let before = stored.webhook;
    let after = changes.applied_to(&before);
    let secret = changes.secret.as_ref().unwrap_or(&stored.secret).expose_secret();
    let new_secret = secret != stored.secret.expose_secret();
    if after == before && !new_secret {
        return Ok(before);
    }
    let events = numbers(&after.events);
    let params: [&dyn crate::engine::params::Param; 6] =
        [&Text(&after.url), &events, &Text(secret), &after.is_active, &At(caller.at), &stored.seq];
    tx.run(&UPDATE, &params).await?;
    let shown =
        |webhook: &Webhook| json!({ "url": webhook.url, "events": webhook.events, "is_active": webhook.is_active });
    let mut details = audit::changes(&shown(&before), &shown(&after))?;
    if new_secret {
        // Records that the secret changed, never the secret itself.
        details = details.with([("secret", json!("changed"))]);
    }
    record(tx, caller, &actor, action::WEBHOOK_UPDATED, id, details).await?;
    Ok(rows::get(tx, id).await?.webhook)
}

/// Marks a webhook as removed; returns its seq. Its data is removed in steps.
pub(super) async fn hide(tx: &mut Conn, caller: &Caller, id: WebhookId) -> Db<i64> {
    let actor = administrator(tx, caller).await?;
    tx.run(LOCK, &[&id.uuid()]).await?;
    let stored = rows::get(tx, id).await?;
    tx.run(MARK_DELETED, &[&stored.seq, &At(caller.at)]).await?;
    record(tx, caller, &actor, action::WEBHOOK_DELETED, id, json!({ "url": stored.webhook.url })).await?;
    Ok(stored.seq)
}

/// Removes part of a removed webhook's data, and finally the webhook itself; returns whether more is left.
pub(super) async fn drop_step(conn: &mut Conn, webhook: i64) -> Db<bool> {
    for part in [DROP_QUEUE, DROP_DELIVERIES] {
        if conn.count(part, &[&webhook, &STEP]).await? == STEP {
            return Ok(true);
        }
    }
    conn.run(DELETE, &[&webhook]).await?;
    Ok(false)
}

/// Continues an interrupted removal, if there is one. Returns an upper bound of the removed rows.
pub(crate) async fn expire(conn: &mut Conn) -> Db<u64> {
    let Some(hidden) = conn.opt(ANY_DELETED, &[]).await? else { return Ok(0) };
    drop_step(conn, hidden.try_get(0)?).await?;
    Ok(STEP.unsigned_abs())
}
