//! Erasing people: everything that says who somebody was goes, in one transaction. Statistics of columns, which hold
//! samples of values, are taken anew.

mod contact;
mod everything;
pub(crate) mod known;
mod user;

use async_trait::async_trait;
use reparto_domain::{
    Caller, ContactId, Timestamp, UserId,
    erasures::{Erase, Erased, ErasedEntity, Erasure, Everything, EverythingExtent, bared},
    idempotency::{Answer, Keyed},
};
use reparto_store::{Erasures, StoreResult};
use uuid::Uuid;

use crate::{
    PostgresStore,
    engine::{
        errors::Db,
        params::{At, Text},
        tx::{Conn, read, transact},
    },
    rows::Reader,
    statements::statements,
};

statements! {
    ALONE = "SELECT FROM locks WHERE name = 'erase' FOR UPDATE";
    TOGETHER = "SELECT FROM locks WHERE name = 'erase' FOR SHARE";
    REMEMBER = "INSERT INTO erasures (entity_type, entity_id, erased_at, actor, reason) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (entity_id) DO NOTHING";
    ERASED_AT = "SELECT erased_at FROM erasures WHERE entity_id = $1";
    LIST = "SELECT seq, entity_type, entity_id, erased_at, reason FROM erasures WHERE seq > $1 ORDER BY seq LIMIT $2";
    ABOUT = "SELECT seq, details FROM audit_logs WHERE entity_id = $1";
    BARE = "UPDATE audit_logs SET details = $2 WHERE seq = $1";
}

#[async_trait]
impl Erasures for PostgresStore {
    async fn contact_erase(
        &self,
        caller: &Caller,
        id: ContactId,
        erase: Erase,
        keyed: Option<Keyed<Erased>>,
    ) -> StoreResult<Answer<Erased>> {
        let erased = transact!(self, tx => contact::erase(tx, caller, id, &erase, keyed.as_ref()))?;
        self.new_statistics(SAMPLED).await;
        Ok(erased)
    }

    async fn user_erase(&self, caller: &Caller, id: UserId, erase: Erase) -> StoreResult<Erased> {
        let erased = transact!(self, tx => user::erase(tx, caller, id, &erase))?;
        self.new_statistics("ANALYZE users, audit_logs (actor_email), import_rows (cells, details)").await;
        Ok(erased)
    }

    async fn contact_everything(
        &self,
        caller: &Caller,
        id: ContactId,
        extent: EverythingExtent,
    ) -> StoreResult<Everything> {
        transact!(self, tx => everything::read(tx, caller, id, extent))
    }

    async fn erasure_list(&self, after: i64, limit: u64) -> StoreResult<Vec<Erasure>> {
        read!(self, conn => list(conn, after, limit))
    }
}

impl PostgresStore {
    async fn sample(&self, command: &'static str) -> StoreResult<()> {
        read!(self, conn => conn.command(command))
    }

    /// Has the server sample tables anew: its statistics may hold values of who was erased. A server that refuses does
    /// so by itself later.
    async fn new_statistics(&self, command: &'static str) {
        if let Err(error) = self.sample(command).await {
            tracing::warn!(%error, "statistics with values of erased people were not taken anew; ANALYZE does that");
        }
    }
}

/// The statistics of what an erasure of a contact empties.
const SAMPLED: &str = "ANALYZE contacts, opportunities, operations (note), jobs (note), imports (name), \
    import_rows (cells, details), audit_logs (details)";

/// Held by who keeps a copy of what it reads: nobody is erased meanwhile.
pub(crate) async fn hold_off(tx: &mut Conn) -> Db<()> {
    tx.run(TOGETHER, &[]).await
}

async fn list(conn: &mut Conn, after: i64, limit: u64) -> Db<Vec<Erasure>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = conn.all(LIST, &[&after, &limit]).await?;
    let erasures = rows.iter().map(|row| {
        let mut row = Reader::new(row);
        let seq = row.next()?;
        let (entity, id): (String, Uuid) = (row.next()?, row.next()?);
        let is = |kind: ErasedEntity| entity == kind.as_str();
        Ok(Erasure {
            seq,
            contact: is(ErasedEntity::Contact).then(|| ContactId::from_uuid(id)),
            user: is(ErasedEntity::User).then(|| UserId::from_uuid(id)),
            erased_at: row.time()?,
            reason: row.next()?,
        })
    });
    erasures.collect()
}

/// Records that somebody was erased; returns when, which is the first time.
async fn remember(
    tx: &mut Conn,
    entity: ErasedEntity,
    id: Uuid,
    at: Timestamp,
    (actor, reason): (Option<i64>, Option<&str>),
) -> Db<Timestamp> {
    tx.run(REMEMBER, &[&Text(entity.as_str()), &id, &At(at), &actor, &reason.map(Text)]).await?;
    Reader::new(&tx.one(ERASED_AT, &[&id]).await?).time()
}

/// Takes the values out of the audit log's entries about an entity; returns how many had any.
async fn bare_entries(tx: &mut Conn, entity: Uuid) -> Db<u64> {
    let mut count = 0;
    for row in tx.all(ABOUT, &[&entity]).await? {
        let mut row = Reader::new(&row);
        let (seq, stored): (i64, String) = (row.next()?, row.next()?);
        if let Some(bare) = bared(&stored) {
            tx.run(BARE, &[&seq, &Text(&bare)]).await?;
            count += 1;
        }
    }
    Ok(count)
}
