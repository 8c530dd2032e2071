//! The audit log: written in the transaction of what it records.

mod details;
mod list;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use reparto_domain::{
    AuditId, Caller, Origin, Timestamp,
    audit::{AuditEntry, AuditQuery, EntityType},
    page::Page,
};
use reparto_store::{Audit, StoreError, StoreResult};
use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::{Value, json};

use crate::{SqliteStore, actor::Actor, error::Sql as _, rows, statements::statements};

/// The statements of this module that stand outside `statements!`.
#[cfg(test)]
pub(crate) fn statements() -> Vec<(&'static str, String)> {
    Vec::new()
}

#[async_trait]
impl Audit for SqliteStore {
    async fn audit_list(&self, query: AuditQuery) -> StoreResult<Page<AuditEntry>> {
        self.read(move |conn| list::list(conn, &query)).await
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
    pub entity_id: Option<[u8; 16]>,
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

/// Records what an actor did.
pub(crate) fn record(conn: &Connection, caller: &Caller, actor: &Actor, entry: &Entry) -> StoreResult<()> {
    let by = By { seq: actor.seq, email: &actor.email, origin: &caller.origin, at: caller.at };
    record_by(conn, by, entry)
}

/// Records what was done, or tried, by somebody who is no signed-in actor (a sign-in, a refresh).
pub(crate) fn record_by(conn: &Connection, by: By<'_>, entry: &Entry) -> StoreResult<()> {
    conn.prepare_cached(INSERT)
        .sql()?
        .execute(params![
            AuditId::new().as_bytes(),
            by.seq,
            by.email,
            entry.action,
            entry.entity.as_str(),
            entry.entity_id,
            entry.operation,
            entry.details.to_string(),
            by.origin.ip,
            by.origin.user_agent.as_deref().map(first_512),
            by.at.micros(),
        ])
        .sql()?;
    Ok(())
}

/// At most 512 characters of what a client calls itself.
fn first_512(text: &str) -> &str {
    text.char_indices().nth(512).map_or(text, |(end, _)| &text[..end])
}

statements! {
    // The entries about one resource are in the order of their times, whatever the clock does: where the use case has
    // no time of the resource to go by (a session, a webhook, a job), the newest entry about it is that.
    INSERT = "INSERT INTO audit_logs (id, actor, actor_email, action, entity_type, entity_id, operation, details, \
        ip_address, user_agent, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, max(?11, coalesce( \
        (SELECT created_at FROM audit_logs WHERE entity_id = ?6 ORDER BY seq DESC LIMIT 1), ?11)))";
    NEWEST = "SELECT max(created_at) FROM audit_logs";
    NEWEST_ABOUT = "SELECT created_at FROM audit_logs WHERE entity_id = ?1 ORDER BY seq DESC LIMIT 1";
}

/// The latest time in the log: every write has an entry.
pub(crate) fn newest(conn: &Connection) -> StoreResult<Option<Timestamp>> {
    conn.prepare_cached(NEWEST).sql()?.query_row([], |row| rows::time_or_none(row, 0)).sql()
}

/// The time of the newest entry about a resource.
pub(crate) fn newest_about(conn: &Connection, entity: &[u8; 16]) -> StoreResult<Option<Timestamp>> {
    conn.prepare_cached(NEWEST_ABOUT).sql()?.query_row([entity], |row| rows::time(row, 0)).optional().sql()
}

/// What changed between two values of one type: `{field: {from, to}}`.
pub(crate) fn changes<T: serde::Serialize>(before: &T, after: &T) -> StoreResult<Value> {
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
