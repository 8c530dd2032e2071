//! The audit log: written in the transaction of what it records.

mod list;

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
use serde_json::json;
use uuid::Uuid;

use crate::{
    PostgresStore,
    actor::Actor,
    engine::{
        errors::Db,
        params::{At, Text, opt},
        tx::{Conn, read, transact},
    },
    rows::Reader,
    statements::statements,
};

#[async_trait]
impl Audit for PostgresStore {
    async fn audit_list(&self, query: AuditQuery) -> StoreResult<Page<AuditEntry>> {
        read!(self, conn => list::list(conn, &query))
    }

    async fn audit_record_look(&self, caller: &Caller, look: Look) -> StoreResult<()> {
        transact!(self, tx => record_look(tx, caller, &look))
    }
}

/// What an audit entry records.
pub(crate) type Entry = reparto_store_rows::audit::Entry<Uuid>;

/// Records failed sign-ins that belong to no account, or how many they have become. The count of such an entry is the
/// only thing in the log that changes.
pub(crate) async fn record_unknown(
    tx: &mut Conn,
    entry: AuditId,
    count: u64,
    origin: &Origin,
    at: Timestamp,
) -> Db<()> {
    let details = json!({ "count": count }).to_string();
    let params: [&dyn crate::engine::params::Param; 8] = [
        &entry.uuid(),
        &Text(UNKNOWN_ACTOR),
        &Text(action::LOGIN_FAILED),
        &Text(EntityType::User.as_str()),
        &Text(&details),
        &opt(&origin.ip),
        &user_agent(origin).map(Text),
        &At(at),
    ];
    tx.run(UNKNOWN, &params).await
}

statements! {
    UNKNOWN = "INSERT INTO audit_logs (id, actor_email, action, entity_type, details, ip_address, user_agent, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO UPDATE SET details = excluded.details";
    // The times of the entries about one entity never decrease, even if clocks differ: an entry is never earlier than
    // the newest one about the same entity.
    INSERT => columns::insert_with('$', "audit_logs", &AUDIT_WRITTEN, &[("created_at", "greatest({created_at}, (SELECT l.created_at FROM audit_logs l \
        WHERE l.entity_id = {entity_id} ORDER BY l.seq DESC LIMIT 1))")]);
    WHO = "SELECT seq, email FROM users WHERE id = $1";
    NEWEST = "SELECT max(created_at) FROM audit_logs";
    NEWEST_ABOUT = "SELECT created_at FROM audit_logs WHERE entity_id = $1 ORDER BY seq DESC LIMIT 1";
}

/// As many of the entries about any of these resources as are asked for, newest first, and the number of all.
pub(crate) async fn about(
    tx: &mut Conn,
    entities: Vec<Uuid>,
    reading: &mut EverythingReading,
) -> Db<(Vec<AuditEntry>, u64)> {
    list::about(tx, entities, reading).await
}

/// The latest time in the log, hence of all writes: every write has an entry.
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

/// Records what a caller has read.
async fn record_look(tx: &mut Conn, caller: &Caller, look: &Look) -> Db<()> {
    let found = match caller.user() {
        Some(id) => tx.opt(WHO, &[&id.uuid()]).await?,
        None => None,
    };
    let (seq, email): (Option<i64>, &str) = match &found {
        Some(row) => (Some(row.try_get(0)?), row.try_get(1)?),
        None => (None, SYSTEM_ACTOR),
    };
    let entry = Entry {
        action: look.looked.action(),
        entity: look.looked.entity(),
        entity_id: look.looked.entity_id(),
        operation: None,
        details: look.details().into(),
    };
    let caller = &tx.taking_effect(caller, []);
    record_by(tx, By { seq, email, origin: &caller.origin, at: caller.at }, &entry).await
}

/// Records an action, or an attempt, without a signed-in actor (a sign-in, a refresh).
pub(crate) async fn record_by(tx: &mut Conn, by: By<'_>, entry: &Entry) -> Db<()> {
    let details = entry.details.clone().shortened();
    let params: [&dyn crate::engine::params::Param; 12] = [
        &AuditId::new().uuid(),
        &by.seq,
        &Text(by.email),
        &Text(entry.action),
        &Text(entry.entity.as_str()),
        &entry.entity_id,
        &entry.operation,
        &Text(details.as_str()),
        &opt(&by.origin.ip),
        &by.user_agent().map(Text),
        &At(by.at),
        &by.request_id().map(Text),
    ];
    tx.run(&INSERT, &params).await?;
    Ok(())
}
