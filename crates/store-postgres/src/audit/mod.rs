//! The audit log: written in the transaction of what it records.

mod list;

use async_trait::async_trait;
use reparto_domain::{
    AuditId, Caller, Timestamp,
    audit::{AuditEntry, AuditQuery, EntityType},
    page::Page,
};
use reparto_store::{Audit, StoreResult};
pub(crate) use reparto_store_rows::audit::{By, changes};
use serde_json::Value;
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
        &by.user_agent().map(Text),
        &At(by.at),
    ];
    tx.run(INSERT, &params).await?;
    Ok(())
}
