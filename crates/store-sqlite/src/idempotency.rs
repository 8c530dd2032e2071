//! Idempotency keys: the answer is stored in the savepoint of the change, so that both are there or neither.

use reparto_domain::{
    Caller, Refusal,
    idempotency::{Answer, Keyed, StoredAnswer},
};
use reparto_store::{StoreError, StoreResult};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::{actor::Actor, error::Sql as _};

/// Carries a change out once for each key of a user: an answer that is stored for the same request is given again, a
/// key that came with another request is refused. The actor's authority (see [`crate::actor::authorize`]) and right are
/// checked *before* this is called: who was demoted since gets no stored answer. A refusal of `change` is not stored.
/// Without a key, or for the system, the change is simply carried out.
pub(crate) fn once<T>(
    conn: &Connection,
    caller: &Caller,
    actor: &Actor,
    keyed: Option<&Keyed<T>>,
    change: impl FnOnce(&Connection) -> StoreResult<T>,
) -> StoreResult<Answer<T>> {
    let (Some(keyed), Some(user)) = (keyed, actor.seq) else { return change(conn).map(Answer::Fresh) };
    let stored = conn
        .prepare_cached(SELECT)
        .sql()?
        .query_row(params![user, keyed.key, caller.at.micros()], |row| {
            let answer =
                StoredAnswer { status: row.get(1)?, location: row.get(2)?, etag: row.get(3)?, body: row.get(4)? };
            Ok((row.get::<_, [u8; 32]>(0)?, answer))
        })
        .optional()
        .sql()?;
    if let Some((fingerprint, answer)) = stored {
        return if fingerprint == keyed.fingerprint {
            Ok(Answer::Stored(answer))
        } else {
            Err(StoreError::Refused(Refusal::IdempotencyKeyReused))
        };
    }
    let outcome = change(conn)?;
    let answer = (keyed.render)(&outcome);
    conn.prepare_cached(KEEP)
        .sql()?
        .execute(params![
            user,
            keyed.key,
            keyed.fingerprint,
            answer.status,
            answer.location,
            answer.etag,
            answer.body,
            keyed.expires_at.micros(),
        ])
        .sql()?;
    Ok(Answer::Fresh(outcome))
}

const SELECT: &str = "
    SELECT fingerprint, status, location, etag, body FROM idempotency_keys
    WHERE user_seq = ?1 AND key = ?2 AND expires_at > ?3";

// An expired row of the same key counts as absent.
const KEEP: &str = "
    INSERT OR REPLACE INTO idempotency_keys (user_seq, key, fingerprint, status, location, etag, body, expires_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
