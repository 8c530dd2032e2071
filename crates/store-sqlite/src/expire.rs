//! Removal of what has expired, by index, a bounded number of rows at a time.

use reparto_domain::Timestamp;
use reparto_store::StoreResult;
use rusqlite::{Connection, params};

use crate::{error::Sql as _, jobs, webhooks};

/// Rows of each kind that one call removes at most, so that no writer waits long for it.
pub(crate) const BATCH: u32 = 1_000;

/// Removes expired idempotency keys and refresh tokens, the sessions that have no token left, and what a crash has left
/// of a job that was being made or a webhook that was being removed. Returns how many rows went; 0: nothing more is
/// there.
pub(crate) fn expire(conn: &Connection, now: Timestamp) -> StoreResult<u64> {
    let keys = conn
        .prepare_cached(
            "DELETE FROM idempotency_keys WHERE (user_seq, key) IN
                 (SELECT user_seq, key FROM idempotency_keys WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)",
        )
        .sql()?
        .execute(params![now.micros(), BATCH])
        .sql()?;
    let sessions: Vec<i64> = conn
        .prepare_cached(
            "DELETE FROM refresh_tokens WHERE hash IN
                 (SELECT hash FROM refresh_tokens WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)
             RETURNING session_seq",
        )
        .sql()?
        .query_map(params![now.micros(), BATCH], |row| row.get(0))
        .sql()?
        .collect::<rusqlite::Result<_>>()
        .sql()?;
    let tokens = sessions.len();
    let mut forget = conn
        .prepare_cached(
            "DELETE FROM sessions WHERE seq = ?1
             AND NOT EXISTS (SELECT 1 FROM refresh_tokens t WHERE t.session_seq = ?1)",
        )
        .sql()?;
    for session in sessions {
        forget.execute([session]).sql()?;
    }
    Ok((keys + tokens) as u64 + jobs::expire(conn, now)? + webhooks::expire(conn)?)
}
