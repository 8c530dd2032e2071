//! The audit log: written in the transaction of what it records.

mod details;
mod list;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use reparto_domain::{
    AuditId, Caller, Origin, Timestamp,
    audit::{AuditEntry, AuditQuery, EntityType, Look, SYSTEM_ACTOR, UNKNOWN_ACTOR, action},
    erasures::EverythingReading,
    page::Page,
};
use reparto_store::{Audit, StoreResult};
use reparto_store_rows::audit::user_agent;
pub(crate) use reparto_store_rows::audit::{By, changes};
use reparto_store_rows::columns::{self, AUDIT_WRITTEN};
use rusqlite::{Connection, params};
use serde_json::json;

use crate::{
    SqliteStore,
    actor::Actor,
    engine::Conn as _,
    rows::{time, time_or_none, value},
    statements::statements,
};

#[async_trait]
impl Audit for SqliteStore {
    async fn audit_list(&self, query: AuditQuery) -> StoreResult<Page<AuditEntry>> {
        self.read(move |conn| list::list(conn, &query)).await
    }

    async fn audit_record_look(&self, caller: &Caller, look: Look) -> StoreResult<()> {
        self.write_for(caller, move |conn, caller| record_look(conn, caller, &look)).await
    }
}

/// What an audit entry records.
pub(crate) type Entry = reparto_store_rows::audit::Entry<[u8; 16]>;

/// Records what an actor did.
pub(crate) fn record(conn: &Connection, caller: &Caller, actor: &Actor, entry: &Entry) -> StoreResult<()> {
    let by = By { seq: actor.seq, email: &actor.email, origin: &caller.origin, at: caller.at };
    record_by(conn, by, entry)
}

/// Records what a caller has read.
fn record_look(conn: &Connection, caller: &Caller, look: &Look) -> StoreResult<()> {
    let found: Option<(i64, String)> = match caller.user() {
        Some(id) => conn.opt(WHO, [id.as_bytes()], |row| Ok((row.next()?, row.next()?)))?,
        None => None,
    };
    let (seq, email) = found.as_ref().map_or((None, SYSTEM_ACTOR), |(seq, email)| (Some(*seq), email.as_str()));
    let entry = Entry {
        action: look.looked.action(),
        entity: look.looked.entity(),
        entity_id: look.looked.entity_id().map(uuid::Uuid::into_bytes),
        operation: None,
        details: look.details().into(),
    };
    record_by(conn, By { seq, email, origin: &caller.origin, at: caller.at }, &entry)
}

/// Records an action, or an attempt, without a signed-in actor (a sign-in, a refresh).
pub(crate) fn record_by(conn: &Connection, by: By<'_>, entry: &Entry) -> StoreResult<()> {
    conn.run(
        &INSERT,
        params![
            AuditId::new().as_bytes(),
            by.seq,
            by.email,
            entry.action,
            entry.entity.as_str(),
            entry.entity_id,
            entry.operation,
            entry.details.clone().shortened().as_str(),
            by.origin.ip,
            by.user_agent(),
            by.at.micros(),
            by.request_id(),
        ],
    )?;
    Ok(())
}

/// Records failed sign-ins that belong to no account, or how many they have become. The count of such an entry is the
/// only thing in the log that changes.
pub(crate) fn record_unknown(
    conn: &Connection,
    entry: AuditId,
    count: u64,
    origin: &Origin,
    at: Timestamp,
) -> StoreResult<()> {
    let details = json!({ "count": count }).to_string();
    let (ip, agent, entity) = (&origin.ip, user_agent(origin), EntityType::User.as_str());
    let values =
        params![entry.as_bytes(), UNKNOWN_ACTOR, action::LOGIN_FAILED, entity, details, ip, agent, at.micros()];
    conn.run(UNKNOWN, values)?;
    Ok(())
}

statements! {
    UNKNOWN = "INSERT INTO audit_logs (id, actor_email, action, entity_type, details, ip_address, user_agent, created_at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO UPDATE SET details = excluded.details";
    // The times of the entries about one entity never decrease, even if the clock does: an entry is never earlier than
    // the newest one about the same entity.
    INSERT => columns::insert_with('?', "audit_logs", &AUDIT_WRITTEN, &[("created_at", "max({created_at}, coalesce((SELECT created_at FROM audit_logs \
        WHERE entity_id = {entity_id} ORDER BY seq DESC LIMIT 1), {created_at}))")]);
    ABOUT = "SELECT seq FROM audit_logs WHERE entity_id = ?1";
    WHO = "SELECT seq, email FROM users WHERE id = ?1";
    NEWEST = "SELECT max(created_at) FROM audit_logs";
    NEWEST_ABOUT = "SELECT created_at FROM audit_logs WHERE entity_id = ?1 ORDER BY seq DESC LIMIT 1";
}

/// As many of the entries about any of these resources as are asked for, newest first, and the number of all.
pub(crate) fn about(
    conn: &Connection,
    entities: &[[u8; 16]],
    reading: &mut EverythingReading,
) -> StoreResult<(Vec<AuditEntry>, u64)> {
    let mut seqs: Vec<i64> = Vec::new();
    for entity in entities {
        seqs.extend(conn.all(ABOUT, [entity], value::<i64>)?);
    }
    seqs.sort_unstable_by_key(|seq| std::cmp::Reverse(*seq));
    let total = seqs.len() as u64;
    let number = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
    let (skip, limit) = reading.slice();
    let mut entries = Vec::new();
    for seq in seqs.into_iter().skip(number(skip)).take(number(limit)) {
        let entry = list::entry(conn, seq)?;
        reading.entry(entry.details.as_str().len())?;
        entries.push(entry);
    }
    Ok((entries, total))
}

/// The latest time in the log, hence of all writes: every write has an entry.
pub(crate) fn newest(conn: &Connection) -> StoreResult<Option<Timestamp>> {
    conn.one(NEWEST, [], time_or_none)
}

/// The time of the newest entry about a resource.
pub(crate) fn newest_about(conn: &Connection, entity: &[u8; 16]) -> StoreResult<Option<Timestamp>> {
    conn.opt(NEWEST_ABOUT, [entity], time)
}
