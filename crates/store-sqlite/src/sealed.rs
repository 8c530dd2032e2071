//! Texts that the service encrypts.

use async_trait::async_trait;
use reparto_domain::second_factor::SealedSecret;
use reparto_store::{
    StoreResult,
    sealed::{Sealed, SealedKind, SealedTexts},
};
use rusqlite::{Connection, params};

use crate::{SqliteStore, engine::Conn as _, statements::statements};

statements! {
    SECOND_FACTORS = "SELECT user_seq, secret FROM second_factors WHERE user_seq > ?1 ORDER BY user_seq LIMIT ?2";
    WEBHOOKS = "SELECT seq, secret FROM webhooks WHERE seq > ?1 ORDER BY seq LIMIT ?2";
    SECOND_FACTOR = "UPDATE second_factors SET secret = ?3 WHERE user_seq = ?1 AND secret = ?2";
    WEBHOOK = "UPDATE webhooks SET secret = ?3 WHERE seq = ?1 AND secret = ?2";
}

#[async_trait]
impl SealedTexts for SqliteStore {
    async fn sealed_list(&self, kind: SealedKind, after: i64, limit: u64) -> StoreResult<Vec<Sealed>> {
        self.read(move |conn| list(conn, kind, after, limit)).await
    }

    async fn sealed_replace(&self, kind: SealedKind, sealed: Sealed, by: SealedSecret) -> StoreResult<bool> {
        self.write(move |conn| replace(conn, kind, &sealed, &by)).await
    }
}

fn list(conn: &Connection, kind: SealedKind, after: i64, limit: u64) -> StoreResult<Vec<Sealed>> {
    let found = match kind {
        SealedKind::SecondFactor => SECOND_FACTORS,
        SealedKind::Webhook => WEBHOOKS,
    };
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    conn.all(found, params![after, limit], |row| Ok(Sealed { seq: row.next()?, text: SealedSecret(row.next()?) }))
}

fn replace(conn: &Connection, kind: SealedKind, sealed: &Sealed, by: &SealedSecret) -> StoreResult<bool> {
    let change = match kind {
        SealedKind::SecondFactor => SECOND_FACTOR,
        SealedKind::Webhook => WEBHOOK,
    };
    Ok(conn.run(change, params![sealed.seq, sealed.text.0, by.0])? > 0)
}
