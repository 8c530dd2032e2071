//! What is kept too long.

use async_trait::async_trait;
use reparto_domain::{
    ContactId, Timestamp,
    retention::{Cutoffs, Overdue, RetentionCounts},
};
use reparto_store::{Retention, StoreResult};
use reparto_store_rows::names::named;

use crate::{
    PostgresStore,
    engine::{
        errors::Db,
        params::At,
        tx::{Conn, read, transact},
    },
    statements::statements,
};

/// The maximum number of entries of the audit log that one call looks at.
const BATCH: i64 = 1_000;

statements! {
    LOST => named("SELECT c.id FROM assignments a JOIN opportunities o ON o.seq = a.seq \
        JOIN contacts c ON c.seq = o.contact_seq \
        WHERE a.status = {status.lost} AND NOT a.deleted AND a.updated_at < $1 AND c.erased_at IS NULL LIMIT $2");
    LOST_COUNT => named("SELECT count(*) FROM assignments a JOIN opportunities o ON o.seq = a.seq \
        JOIN contacts c ON c.seq = o.contact_seq \
        WHERE a.status = {status.lost} AND NOT a.deleted AND a.updated_at < $1 AND c.erased_at IS NULL");
    DELETED = "SELECT id FROM contacts WHERE deleted_at < $1 AND erased_at IS NULL LIMIT $2";
    DELETED_COUNT = "SELECT count(*) FROM contacts WHERE deleted_at < $1 AND erased_at IS NULL";
    // The entries after the last one that was looked at, up to the first that is not old enough.
    OLD = "SELECT coalesce(max(seq), 0), count(*) FROM (SELECT seq, created_at FROM audit_logs \
        WHERE seq > (SELECT audit FROM retention_place FOR UPDATE) ORDER BY seq LIMIT $2) AS old WHERE created_at < $1";
    OLD_COUNT = "SELECT count(*) FROM audit_logs WHERE seq > (SELECT audit FROM retention_place) AND created_at < $1 \
        AND (ip_address IS NOT NULL OR user_agent IS NOT NULL)";
    BARE = "UPDATE audit_logs SET ip_address = NULL, user_agent = NULL \
        WHERE seq > (SELECT audit FROM retention_place) AND seq <= $2 AND created_at < $1 \
        AND (ip_address IS NOT NULL OR user_agent IS NOT NULL)";
    PLACE = "UPDATE retention_place SET audit = $1";
}

#[async_trait]
impl Retention for PostgresStore {
    async fn retention_due(&self, cutoffs: Cutoffs) -> StoreResult<RetentionCounts> {
        read!(self, conn => due(conn, cutoffs))
    }

    async fn retention_overdue(&self, overdue: Overdue, limit: u64) -> StoreResult<Vec<ContactId>> {
        read!(self, conn => list(conn, overdue, limit))
    }

    async fn retention_addresses(&self, before: Timestamp) -> StoreResult<u64> {
        transact!(self, tx => addresses(tx, before))
    }
}

async fn due(conn: &mut Conn, cutoffs: Cutoffs) -> Db<RetentionCounts> {
    Ok(RetentionCounts {
        lost_leads: count(conn, &LOST_COUNT, cutoffs.lost_leads).await?,
        deleted_contacts: count(conn, DELETED_COUNT, cutoffs.deleted_contacts).await?,
        audit_addresses: count(conn, OLD_COUNT, cutoffs.audit_addresses).await?,
    })
}

async fn count(conn: &mut Conn, sql: &str, before: Option<Timestamp>) -> Db<u64> {
    match before {
        Some(before) => Ok(conn.count(sql, &[&At(before)]).await?.unsigned_abs()),
        None => Ok(0),
    }
}

async fn list(conn: &mut Conn, overdue: Overdue, limit: u64) -> Db<Vec<ContactId>> {
    let (sql, before): (&str, _) = match overdue {
        Overdue::Lost(before) => (&LOST, before),
        Overdue::Deleted(before) => (DELETED, before),
    };
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = conn.all(sql, &[&At(before), &limit]).await?;
    rows.iter().map(|row| Ok(ContactId::from_uuid(row.try_get(0)?))).collect()
}

async fn addresses(tx: &mut Conn, before: Timestamp) -> Db<u64> {
    let row = tx.one(OLD, &[&At(before), &BATCH]).await?;
    let (last, looked_at): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    if looked_at == 0 {
        return Ok(0);
    }
    tx.run(BARE, &[&At(before), &last]).await?;
    tx.run(PLACE, &[&last]).await?;
    Ok(looked_at.unsigned_abs())
}
