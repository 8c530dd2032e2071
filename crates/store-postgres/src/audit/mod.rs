//! The audit log: written in the transaction of what it records.

mod list;

use async_trait::async_trait;
use reparto_domain::{
    AuditId, Caller, Origin, Timestamp,
    audit::{AuditEntry, AuditQuery, EntityType},
    page::Page,
};
use reparto_store::{Audit, StoreError, StoreResult};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    PostgresStore,
    actor::Actor,
    engine::{
        errors::Db,
        params::{At, Text, opt},
        tx::{Conn, ask},
    },
    rows::Reader,
    statements::statements,
};

#[async_trait]
impl Audit for PostgresStore {
    async fn audit_list(&self, query: AuditQuery) -> StoreResult<Page<AuditEntry>> {
        ask!(self, conn => list::list(conn, &query))
    }
}

/// What an entry says beside who, when and from where.
#[derive(Debug)]
pub(crate) struct Entry {
    /// What was done: one of [`reparto_domain::audit::action`].
    pub action: &'static str,
    /// What it is about.
    pub entity: EntityType,
    /// Which one, where it is one.
    pub entity_id: Option<Uuid>,
    /// The seq of the operation; the ids of a bulk action are read from it.
    pub operation: Option<i64>,
    /// The rest, as an object. Never a secret.
    pub details: Value,
}

/// Who an entry names as its actor.
#[derive(Debug, Clone, Copy)]
pub(crate) struct By<'a> {
    /// The user's seq, where it is known.
    pub seq: Option<i64>,
    /// The address they had then, or what was tried.
    pub email: &'a str,
    /// From where.
    pub origin: &'a Origin,
    /// When.
    pub at: Timestamp,
}

statements! {
    // The entries about one resource are in the order of their times, whatever the clocks do: where the use case has no
    // time of the resource to go by (a session, a webhook, a job), the newest entry about it is that.
    INSERT = "INSERT INTO audit_logs (id, actor, actor_email, action, entity_type, entity_id, operation, details, \
        ip_address, user_agent, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, greatest($11, \
        (SELECT l.created_at FROM audit_logs l WHERE l.entity_id = $6 ORDER BY l.seq DESC LIMIT 1)))";
    NEWEST = "SELECT max(created_at) FROM audit_logs";
    NEWEST_ABOUT = "SELECT created_at FROM audit_logs WHERE entity_id = $1 ORDER BY seq DESC LIMIT 1";
}

/// The latest time in the log: every write has an entry.
pub(crate) async fn newest(tx: &mut Conn) -> Db<Option<Timestamp>> {
    Reader::new(&tx.one(NEWEST, &[]).await?).time_or_none()
}

/// The time of the newest entry about a resource.
pub(crate) async fn newest_about(tx: &mut Conn, entity: Uuid) -> Db<Option<Timestamp>> {
    let found = tx.opt(NEWEST_ABOUT, &[&entity]).await?;
    found.map(|row| Reader::new(&row).time()).transpose()
}

/// Records what an actor did.
pub(crate) async fn record(tx: &mut Conn, caller: &Caller, actor: &Actor, entry: &Entry) -> Db<()> {
    let by = By { seq: actor.seq, email: &actor.email, origin: &caller.origin, at: caller.at };
    record_by(tx, by, entry).await
}

/// Records what was done, or tried, by somebody who is no signed-in actor (a sign-in, a refresh).
pub(crate) async fn record_by(tx: &mut Conn, by: By<'_>, entry: &Entry) -> Db<()> {
    let params: [&dyn crate::engine::params::Param; 11] = [
        &AuditId::new().uuid(),
        &by.seq,
        &Text(by.email),
        &Text(entry.action),
        &Text(entry.entity.as_str()),
        &entry.entity_id,
        &entry.operation,
        &Text(&entry.details.to_string()),
        &opt(&by.origin.ip),
        &by.origin.user_agent.as_deref().map(|text| Text(first_512(text))),
        &At(by.at),
    ];
    tx.query(INSERT, &params).await?;
    Ok(())
}

/// At most 512 characters of what a client calls itself.
pub(crate) fn first_512(text: &str) -> &str {
    text.char_indices().nth(512).map_or(text, |(end, _)| &text[..end])
}

/// What changed between two values of one type: `{field: {from, to}}`.
pub(crate) fn changes<T: serde::Serialize>(before: &T, after: &T) -> Db<Value> {
    let object = |value: &T| match serde_json::to_value(value) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(StoreError::Internal("what is compared for the audit log is no object".to_owned())),
    };
    let (before, after) = (object(before)?, object(after)?);
    let changed = after.into_iter().filter(|(field, to)| before.get(field) != Some(to)).map(|(field, to)| {
        let from = before.get(&field).cloned().unwrap_or_default();
        (field, json!({ "from": from, "to": to }))
    });
    Ok(Value::Object(changed.collect()))
}
