//! Texts that the service encrypts.

use async_trait::async_trait;
use reparto_domain::second_factor::SealedSecret;
use reparto_store::{
    StoreResult,
    sealed::{Sealed, SealedKind, SealedTexts},
};

use crate::{
    PostgresStore,
    engine::{
        errors::Db,
        params::Text,
        tx::{Conn, read, transact},
    },
    rows::Reader,
    statements::statements,
};

statements! {
    SECOND_FACTORS = "SELECT user_seq, secret FROM second_factors WHERE user_seq > $1 ORDER BY user_seq LIMIT $2";
    WEBHOOKS = "SELECT seq, secret FROM webhooks WHERE seq > $1 ORDER BY seq LIMIT $2";
    SECOND_FACTOR = "UPDATE second_factors SET secret = $3 WHERE user_seq = $1 AND secret = $2 RETURNING 1";
    WEBHOOK = "UPDATE webhooks SET secret = $3 WHERE seq = $1 AND secret = $2 RETURNING 1";
}

#[async_trait]
impl SealedTexts for PostgresStore {
    async fn sealed_list(&self, kind: SealedKind, after: i64, limit: u64) -> StoreResult<Vec<Sealed>> {
        read!(self, conn => list(conn, kind, after, limit))
    }

    async fn sealed_replace(&self, kind: SealedKind, sealed: Sealed, by: SealedSecret) -> StoreResult<bool> {
        transact!(self, tx => replace(tx, kind, &sealed, &by))
    }
}

async fn list(conn: &mut Conn, kind: SealedKind, after: i64, limit: u64) -> Db<Vec<Sealed>> {
    let found = match kind {
        SealedKind::SecondFactor => SECOND_FACTORS,
        SealedKind::Webhook => WEBHOOKS,
    };
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = conn.all(found, &[&after, &limit]).await?;
    let sealed = |row| {
        let mut row = Reader::new(row);
        Ok(Sealed { seq: row.next()?, text: SealedSecret(row.next()?) })
    };
    rows.iter().map(sealed).collect()
}

async fn replace(tx: &mut Conn, kind: SealedKind, sealed: &Sealed, by: &SealedSecret) -> Db<bool> {
    let change = match kind {
        SealedKind::SecondFactor => SECOND_FACTOR,
        SealedKind::Webhook => WEBHOOK,
    };
    Ok(tx.opt(change, &[&sealed.seq, &Text(&sealed.text.0), &Text(&by.0)]).await?.is_some())
}
