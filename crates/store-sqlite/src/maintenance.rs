//! Maintenance of the database.

use async_trait::async_trait;
use reparto_domain::Timestamp;
use reparto_store::{Finding, Maintenance, Statistics, StoreResult};
use rusqlite::{Connection, params};

use crate::{
    SqliteStore, check, engine::Conn as _, folding, imports, jobs, rows::value, statements::statements, webhooks,
};

/// The maximum number of rows of each kind that one call removes, so that no writer waits long.
pub(crate) const BATCH: u32 = 1_000;

statements! {
    READY = "SELECT count(*) FROM (SELECT 1 FROM users LIMIT 1)";
    KEYS = "DELETE FROM idempotency_keys WHERE (user_seq, key) IN \
        (SELECT user_seq, key FROM idempotency_keys WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)";
    TOKENS = "DELETE FROM refresh_tokens WHERE hash IN \
        (SELECT hash FROM refresh_tokens WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2) RETURNING session_seq";
    RESETS = "DELETE FROM password_resets WHERE user_seq IN \
        (SELECT user_seq FROM password_resets WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)";
    SESSION = "DELETE FROM sessions WHERE seq = ?1 \
        AND NOT EXISTS (SELECT 1 FROM refresh_tokens t WHERE t.session_seq = ?1)";
}

#[async_trait]
impl Maintenance for SqliteStore {
    fn engine(&self) -> &'static str {
        "sqlite"
    }

    async fn ready(&self) -> StoreResult<()> {
        self.read(|conn| conn.one(READY, [], |_| Ok(()))).await
    }

    async fn check(&self, limit: usize) -> StoreResult<Vec<Finding>> {
        self.read(move |conn| check::check(conn, limit)).await
    }

    async fn expire(&self, now: Timestamp) -> StoreResult<u64> {
        self.write(move |conn| expire(conn, now)).await
    }

    async fn fold_anew(&self) -> StoreResult<u64> {
        self.write(folding::fold_anew).await
    }

    async fn trim(&self, now: Timestamp, jobs: Timestamp, deliveries: Timestamp) -> StoreResult<u64> {
        self.write(move |conn| {
            let ended = jobs::trim(conn, now, jobs)? + imports::trim(conn, now, jobs)?;
            Ok(ended + webhooks::trim(conn, deliveries)?)
        })
        .await
    }

    async fn statistics(&self) -> StoreResult<Statistics> {
        Ok(Statistics {
            waiting: self.waiting() as u64,
            bytes: std::fs::metadata(self.path()).ok().map(|file| file.len()),
            wal_bytes: Some(self.wal_bytes()),
            lists: self.mirror().size(),
        })
    }

    async fn close(&self) {
        self.shut_down().await;
    }
}

/// Removes expired idempotency keys, links for new passwords and refresh tokens, sessions without tokens, and what a crash left of a job being
/// created or a webhook being removed. Returns how many rows were removed; 0: nothing is left.
pub(crate) fn expire(conn: &Connection, now: Timestamp) -> StoreResult<u64> {
    let keys = conn.run(KEYS, params![now.micros(), BATCH])?;
    let resets = conn.run(RESETS, params![now.micros(), BATCH])?;
    let sessions: Vec<i64> = conn.all(TOKENS, params![now.micros(), BATCH], value)?;
    for session in &sessions {
        conn.run(SESSION, [session])?;
    }
    Ok((keys + resets + sessions.len()) as u64
        + jobs::expire(conn, now)?
        + imports::expire(conn, now)?
        + webhooks::expire(conn)?)
}
