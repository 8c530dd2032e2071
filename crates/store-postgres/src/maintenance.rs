//! What an operator needs of the database.

use async_trait::async_trait;
use reparto_domain::Timestamp;
use reparto_store::{Finding, Maintenance, Statistics, StoreResult};
use reparto_store_rows::numbers::counted;

use crate::{
    PostgresStore, check, counts,
    engine::{
        errors::Db,
        params::At,
        tx::{Conn, autocommit, read, transact},
    },
    folding, imports, mirror,
    statements::statements,
    webhooks::{send, write},
};

/// The maximum number of rows of each kind that one call removes, so that nobody waits long.
pub(crate) const BATCH: i64 = 1_000;

/// The number of chunks of an old job that one call removes: some megabytes.
const CHUNKS_AT_ONCE: i64 = 200;

/// The number of deltas folded in one go.
const FOLDED: i64 = 10_000;

statements! {
    READY = "SELECT 1";
    SIZE = "SELECT pg_database_size(current_database())";
    KEYS = "WITH gone AS (DELETE FROM idempotency_keys k USING (SELECT user_seq, key FROM idempotency_keys \
            WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED) AS e \
            WHERE k.user_seq = e.user_seq AND k.key = e.key RETURNING 1) SELECT count(*) FROM gone";
    TOKENS = "WITH gone AS (DELETE FROM refresh_tokens WHERE hash IN (SELECT hash FROM refresh_tokens \
            WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING session_seq) \
        SELECT session_seq FROM gone";
    // One at a time, oldest first: a job is marked with the first step of its removal.
    OLD_JOB = "SELECT coalesce( \
            (SELECT seq FROM jobs j WHERE trimmed_at IS NOT NULL \
                AND EXISTS (SELECT FROM job_chunks c WHERE c.job = j.seq) LIMIT 1), \
            (SELECT seq FROM jobs WHERE ended IS NOT NULL AND trimmed_at IS NULL AND finished_at <= $1 \
                ORDER BY finished_at LIMIT 1))";
    TRIM = "UPDATE jobs SET trimmed_at = coalesce(trimmed_at, $2) WHERE seq = $1 AND ended IS NOT NULL RETURNING seq";
    CHUNKS = "WITH gone AS (DELETE FROM job_chunks WHERE job = $1 AND number IN ( \
            SELECT number FROM job_chunks WHERE job = $1 ORDER BY number LIMIT $2) RETURNING 1) \
        SELECT count(*) FROM gone";
    ATTEMPTS = "WITH gone AS (DELETE FROM attempts WHERE subject IN (SELECT subject FROM attempts \
            WHERE ends_at <= $1 ORDER BY ends_at LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING 1) \
        SELECT count(*) FROM gone";
    RESETS = "WITH gone AS (DELETE FROM password_resets WHERE user_seq IN (SELECT user_seq FROM password_resets \
            WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING 1) \
        SELECT count(*) FROM gone";
    SESSIONS = "DELETE FROM sessions s WHERE s.seq = ANY($1) \
        AND NOT EXISTS (SELECT FROM refresh_tokens t WHERE t.session_seq = s.seq)";
}

#[async_trait]
impl Maintenance for PostgresStore {
    fn engine(&self) -> &'static str {
        "postgres"
    }

    async fn ready(&self) -> StoreResult<()> {
        read!(self, conn => async { conn.all(READY, &[]).await.map(|_| ()) })
    }

    async fn check(&self, limit: usize) -> StoreResult<Vec<Finding>> {
        check::check(self, limit).await
    }

    async fn expire(&self, now: Timestamp) -> StoreResult<u64> {
        fold(self).await?;
        autocommit!(self, conn => expire(conn, now))
    }

    async fn fold_anew(&self) -> StoreResult<u64> {
        transact!(self, tx => folding::fold_anew(tx))
    }

    async fn trim(&self, now: Timestamp, jobs: Timestamp, deliveries: Timestamp) -> StoreResult<u64> {
        let chunks: u64 = transact!(self, tx => trim_job(tx, now, jobs))?;
        let imported: u64 = transact!(self, tx => imports::trim(tx, now, jobs))?;
        let sent: u64 = autocommit!(self, conn => send::trim(conn, deliveries))?;
        let pending: u64 = transact!(self, tx => send::trim_pending(tx, deliveries))?;
        Ok(chunks + imported + sent + pending)
    }

    async fn statistics(&self) -> StoreResult<Statistics> {
        let waiting = self.waiting();
        let bytes: i64 = read!(self, conn => conn.count(SIZE, &[]))?;
        Ok(Statistics { waiting, bytes: Some(counted(bytes)), wal_bytes: None, lists: self.mirror().size() })
    }

    async fn close(&self) {
        if let Err(error) = mirror::cache::save(self).await {
            tracing::warn!(%error, "lists were not written to a file");
        }
        self.shut();
    }
}

/// Removes expired rows. Each step is a transaction of its own, so its result stands even if a later step fails.
async fn expire(conn: &mut Conn, now: Timestamp) -> Db<u64> {
    let keys = conn.count(KEYS, &[&At(now), &BATCH]).await?;
    let attempts = conn.count(ATTEMPTS, &[&At(now), &BATCH]).await?;
    let resets = conn.count(RESETS, &[&At(now), &BATCH]).await?;
    let tokens = conn.all(TOKENS, &[&At(now), &BATCH]).await?;
    let sessions: Vec<i64> = tokens.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    if !sessions.is_empty() {
        conn.run(SESSIONS, &[&sessions]).await?;
    }
    let removed = counted(keys) + counted(attempts) + counted(resets) + tokens.len() as u64;
    let pieces = imports::expire(conn, now).await?;
    Ok(removed + pieces + write::expire(conn).await?)
}

/// Removes part of the chunks of a job that ended long ago; the job itself stays. Returns how many rows were affected.
async fn trim_job(tx: &mut Conn, now: Timestamp, before: Timestamp) -> Db<u64> {
    let Some(job) = tx.one(OLD_JOB, &[&At(before)]).await?.try_get::<_, Option<i64>>(0)? else { return Ok(0) };
    if tx.opt(TRIM, &[&job, &At(now)]).await?.is_none() {
        // It has been resumed meanwhile.
        return Ok(0);
    }
    Ok(tx.count(CHUNKS, &[&job, &CHUNKS_AT_ONCE]).await?.unsigned_abs() + 1)
}

/// Folds deltas into the counts, as long as there are any.
pub(crate) async fn fold(store: &PostgresStore) -> StoreResult<()> {
    loop {
        let folded: i64 = autocommit!(store, conn => counts::fold(conn, FOLDED))?;
        if folded < FOLDED {
            return Ok(());
        }
    }
}
