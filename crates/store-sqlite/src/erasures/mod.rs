//! Erasing people: everything that says who somebody was goes, in one transaction; then the write-ahead log is emptied,
//! so that old pages are gone from disk, too. Deleted content is overwritten (`secure_delete`).

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
use rusqlite::{Connection, params};

use crate::{SqliteStore, engine::Conn as _, rows::time, statements::statements};

statements! {
    REMEMBER = "INSERT INTO erasures (entity_type, entity_id, erased_at, actor, reason) VALUES (?1, ?2, ?3, ?4, ?5) \
        ON CONFLICT (entity_id) DO NOTHING";
    ERASED_AT = "SELECT erased_at FROM erasures WHERE entity_id = ?1";
    LIST = "SELECT seq, entity_type, entity_id, erased_at, reason FROM erasures WHERE seq > ?1 ORDER BY seq LIMIT ?2";
    NEWEST = "SELECT coalesce(max(seq), 0) FROM erasures";
    ABOUT = "SELECT seq, details FROM audit_logs WHERE entity_id = ?1";
    BARE = "UPDATE audit_logs SET details = ?2 WHERE seq = ?1";
}

#[async_trait]
impl Erasures for SqliteStore {
    async fn contact_erase(
        &self,
        caller: &Caller,
        id: ContactId,
        erase: Erase,
        keyed: Option<Keyed<Erased>>,
    ) -> StoreResult<Answer<Erased>> {
        let erased = self
            .write_for(caller, move |conn, caller| contact::erase(conn, caller, id, &erase, keyed.as_ref()))
            .await?;
        self.empty_wal().await;
        Ok(erased)
    }

    async fn user_erase(&self, caller: &Caller, id: UserId, erase: Erase) -> StoreResult<Erased> {
        let erased = self.write_for(caller, move |conn, caller| user::erase(conn, caller, id, &erase)).await?;
        self.empty_wal().await;
        Ok(erased)
    }

    async fn contact_everything(
        &self,
        caller: &Caller,
        id: ContactId,
        extent: EverythingExtent,
    ) -> StoreResult<Everything> {
        loop {
            let asked = caller.clone();
            let (everything, seen) =
                self.read(move |conn| Ok((everything::read(conn, &asked, id, extent)?, newest(conn)?))).await?;
            let found = everything::Found::of(&everything);
            let record = move |conn: &Connection, caller: &Caller| everything::record(conn, caller, id, (found, seen));
            // Whoever was erased meanwhile must not be shown.
            if self.write_for(caller, record).await? {
                return Ok(everything);
            }
        }
    }

    async fn erasure_list(&self, after: i64, limit: u64) -> StoreResult<Vec<Erasure>> {
        self.read(move |conn| list(conn, after, limit)).await
    }
}

/// The number of the newest erasure: what was read before it may show an erased person.
pub(crate) fn newest(conn: &Connection) -> StoreResult<i64> {
    conn.count(NEWEST, [])
}

fn list(conn: &Connection, after: i64, limit: u64) -> StoreResult<Vec<Erasure>> {
    conn.all(LIST, params![after, i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
        let seq = row.next()?;
        let (entity, id): (String, [u8; 16]) = (row.next()?, row.next()?);
        let is = |kind: ErasedEntity| entity == kind.as_str();
        Ok(Erasure {
            seq,
            contact: is(ErasedEntity::Contact).then(|| ContactId::from_bytes(id)),
            user: is(ErasedEntity::User).then(|| UserId::from_bytes(id)),
            erased_at: row.time()?,
            reason: row.next()?,
        })
    })
}

/// Records that somebody was erased; returns when, which is the first time.
fn remember(
    conn: &Connection,
    entity: ErasedEntity,
    id: &[u8; 16],
    at: Timestamp,
    (actor, reason): (Option<i64>, Option<&str>),
) -> StoreResult<Timestamp> {
    conn.run(REMEMBER, params![entity.as_str(), id, at.micros(), actor, reason])?;
    conn.one(ERASED_AT, [id], time)
}

/// Takes the values out of the audit log's entries about an entity; returns how many had any.
fn bare_entries(conn: &Connection, entity: &[u8; 16]) -> StoreResult<u64> {
    let entries: Vec<(i64, String)> = conn.all(ABOUT, [entity], |row| Ok((row.next()?, row.next()?)))?;
    let mut count = 0;
    for (seq, stored) in entries {
        if let Some(bare) = bared(&stored) {
            conn.run(BARE, params![seq, bare])?;
            count += 1;
        }
    }
    Ok(count)
}
