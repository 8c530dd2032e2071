//! What is kept too long.

use async_trait::async_trait;
use reparto_domain::{
    ContactId, Timestamp,
    retention::{Cutoffs, Overdue, RetentionCounts},
};
use reparto_store::{Retention, StoreResult};
use reparto_store_rows::names::named;
use rusqlite::{Connection, params};

use crate::{SqliteStore, engine::Conn as _, maintenance::BATCH, rows::amount, statements::statements};

statements! {
    LOST => named("SELECT c.id FROM assignments a \
        CROSS JOIN opportunities o ON o.seq = a.seq CROSS JOIN contacts c ON c.seq = o.contact_seq \
        WHERE a.status = {status.lost} AND a.deleted = 0 AND a.updated_at < ?1 AND c.erased_at IS NULL LIMIT ?2");
    LOST_COUNT => named("SELECT count(*) FROM assignments a \
        CROSS JOIN opportunities o ON o.seq = a.seq CROSS JOIN contacts c ON c.seq = o.contact_seq \
        WHERE a.status = {status.lost} AND a.deleted = 0 AND a.updated_at < ?1 AND c.erased_at IS NULL");
    DELETED = "SELECT id FROM contacts INDEXED BY contacts_deleted_at WHERE deleted_at < ?1 AND deleted_at IS NOT NULL \
        AND erased_at IS NULL LIMIT ?2";
    DELETED_COUNT = "SELECT count(*) FROM contacts INDEXED BY contacts_deleted_at WHERE deleted_at < ?1 \
        AND deleted_at IS NOT NULL AND erased_at IS NULL";
    // The entries after the last one that was looked at, up to the first that is not old enough.
    OLD = "SELECT coalesce(max(seq), 0), count(*) FROM (SELECT seq, created_at FROM audit_logs \
        WHERE seq > (SELECT audit FROM retention_place) ORDER BY seq LIMIT ?2) WHERE created_at < ?1";
    OLD_COUNT = "SELECT count(*) FROM audit_logs WHERE seq > (SELECT audit FROM retention_place) AND created_at < ?1 \
        AND (ip_address IS NOT NULL OR user_agent IS NOT NULL)";
    BARE = "UPDATE audit_logs SET ip_address = NULL, user_agent = NULL \
        WHERE seq > (SELECT audit FROM retention_place) AND seq <= ?2 AND created_at < ?1 \
        AND (ip_address IS NOT NULL OR user_agent IS NOT NULL)";
    PLACE = "UPDATE retention_place SET audit = ?1";
}

#[async_trait]
impl Retention for SqliteStore {
    async fn retention_due(&self, cutoffs: Cutoffs) -> StoreResult<RetentionCounts> {
        self.read(move |conn| due(conn, cutoffs)).await
    }

    async fn retention_overdue(&self, overdue: Overdue, limit: u64) -> StoreResult<Vec<ContactId>> {
        self.read(move |conn| list(conn, overdue, limit)).await
    }

    async fn retention_addresses(&self, before: Timestamp) -> StoreResult<u64> {
        self.write(move |conn| addresses(conn, before)).await
    }
}

fn due(conn: &Connection, cutoffs: Cutoffs) -> StoreResult<RetentionCounts> {
    let count = |sql: &str, before: Option<Timestamp>| match before {
        Some(before) => conn.one(sql, [before.micros()], amount),
        None => Ok(0),
    };
    Ok(RetentionCounts {
        lost_leads: count(&LOST_COUNT, cutoffs.lost_leads)?,
        deleted_contacts: count(DELETED_COUNT, cutoffs.deleted_contacts)?,
        audit_addresses: count(OLD_COUNT, cutoffs.audit_addresses)?,
    })
}

fn list(conn: &Connection, overdue: Overdue, limit: u64) -> StoreResult<Vec<ContactId>> {
    let (sql, before): (&str, _) = match overdue {
        Overdue::Lost(before) => (&LOST, before),
        Overdue::Deleted(before) => (DELETED, before),
    };
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    conn.all(sql, params![before.micros(), limit], |row| Ok(ContactId::from_bytes(row.next()?)))
}

fn addresses(conn: &Connection, before: Timestamp) -> StoreResult<u64> {
    let (last, looked_at) =
        conn.one(OLD, params![before.micros(), BATCH], |row| Ok((row.next::<i64>()?, row.amount()?)))?;
    if looked_at == 0 {
        return Ok(0);
    }
    conn.run(BARE, params![before.micros(), last])?;
    conn.run(PLACE, [last])?;
    Ok(looked_at)
}
