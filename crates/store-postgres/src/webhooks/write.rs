//! Making, changing and removing webhooks.

use reparto_domain::{
    Caller, Refusal, WebhookId,
    audit::{EntityType, action},
    events::{EventType, FeedPosition},
    idempotency::{Answer, Keyed},
    webhooks::{NewWebhook, Webhook, WebhookChanges},
};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::rows;
use crate::{
    actor::{Actor, authorize},
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
    CREATE = "INSERT INTO webhooks (id, url, events, secret, is_active, since_operation, since_job, created_at, \
        updated_at) VALUES ($1, $2, $3, $4, true, $5, $6, $7, $7)";
    HOLD = "SELECT FROM webhooks WHERE id = $1 FOR NO KEY UPDATE";
    CHANGE = "UPDATE webhooks SET url = $2, events = $3, secret = $4, is_active = $5, updated_at = $6 WHERE seq = $1";
    DROP = "DELETE FROM webhooks WHERE seq = $1";
}

async fn administrator(tx: &mut Conn, caller: &Caller) -> Db<Actor> {
    let actor = authorize(tx, caller).await?;
    actor.require_administrator(Refusal::AdministratorsOnly)?;
    Ok(actor)
}

async fn record(
    tx: &mut Conn,
    caller: &Caller,
    actor: &Actor,
    action: &'static str,
    id: WebhookId,
    details: Value,
) -> Db<()> {
    let entity_id = Some(id.uuid());
    let entry = audit::Entry { action, entity: EntityType::Webhook, entity_id, operation: None, details };
    audit::record(tx, caller, actor, &entry).await
}

fn numbers(events: &[EventType]) -> Vec<i16> {
    events.iter().map(|event| event.number()).collect()
}

/// Makes a webhook that is told of what comes after `since`.
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
    let id = WebhookId::new();
    tx.query(
        CREATE,
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
    tx.query(HOLD, &[&id.uuid()]).await?;
    let stored = rows::get(tx, id).await?;
    let before = stored.webhook;
    let after = Webhook {
        url: changes.url.clone().unwrap_or_else(|| before.url.clone()),
        events: changes.events.clone().unwrap_or_else(|| before.events.clone()),
        is_active: changes.is_active.unwrap_or(before.is_active),
        ..before.clone()
    };
    let secret = changes.secret.as_ref().unwrap_or(&stored.secret).expose_secret();
    let new_secret = secret != stored.secret.expose_secret();
    if after == before && !new_secret {
        return Ok(before);
    }
    let events = numbers(&after.events);
    let params: [&dyn crate::engine::params::Param; 6] =
        [&stored.seq, &Text(&after.url), &events, &Text(secret), &after.is_active, &At(caller.at)];
    tx.query(CHANGE, &params).await?;
    let shown =
        |webhook: &Webhook| json!({ "url": webhook.url, "events": webhook.events, "is_active": webhook.is_active });
    let mut details = audit::changes(&shown(&before), &shown(&after))?;
    if new_secret && let Value::Object(details) = &mut details {
        // That it changed, never what it is.
        details.insert("secret".to_owned(), json!("changed"));
    }
    record(tx, caller, &actor, action::WEBHOOK_UPDATED, id, details).await?;
    Ok(rows::get(tx, id).await?.webhook)
}

/// Removes a webhook and, by its references, its deliveries.
pub(super) async fn delete(tx: &mut Conn, caller: &Caller, id: WebhookId) -> Db<()> {
    let actor = administrator(tx, caller).await?;
    tx.query(HOLD, &[&id.uuid()]).await?;
    let stored = rows::get(tx, id).await?;
    tx.query(DROP, &[&stored.seq]).await?;
    record(tx, caller, &actor, action::WEBHOOK_DELETED, id, json!({ "url": stored.webhook.url })).await
}
