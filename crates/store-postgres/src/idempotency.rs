//! Idempotency keys: the answer is stored in the transaction of the change, so that both are there or neither.

use reparto_domain::{
    Caller, Refusal,
    idempotency::{Keyed, StoredAnswer},
};
use reparto_store_rows::answers;

use crate::{
    actor::Actor,
    engine::{
        errors::Db,
        params::{At, Owned, OwnedBytes, Text},
        tx::Conn,
    },
    rows::Reader,
    statements::statements,
};

statements! {
    // The lock says "still running" to whoever comes with the same key meanwhile; it ends with the transaction. The
    // statement that looks for the answer comes after it, so that it sees what the one before has committed.
    LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended($2, $1))";
    // For a statement that asks by itself whether the request may be carried out, and is sent along: it finds there
    // whether the lock was to be had.
    LOCK_AHEAD = "SELECT set_config('reparto.key_is_free', \
            pg_try_advisory_xact_lock(hashtextextended($2, u.seq))::text, true) FROM users u WHERE u.id = $1";
    SELECT = "SELECT fingerprint, status, location, etag, body FROM idempotency_keys \
        WHERE user_seq = $1 AND key = $2 AND expires_at > $3";
    // An expired row of the same key counts as absent.
    KEEP = "INSERT INTO idempotency_keys (user_seq, key, fingerprint, status, location, etag, body, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (user_seq, key) DO UPDATE SET \
        fingerprint = excluded.fingerprint, status = excluded.status, location = excluded.location, \
        etag = excluded.etag, body = excluded.body, expires_at = excluded.expires_at";
}

/// The answer that is stored for this request; a key that came with another request, or whose request still runs, is
/// refused. The actor's authority and right are checked before: who was demoted since gets no stored answer. For the
/// system, or without a key, nothing is stored.
pub(crate) async fn stored<T>(
    tx: &mut Conn,
    caller: &Caller,
    actor: &Actor,
    keyed: Option<&Keyed<T>>,
) -> Db<Option<StoredAnswer>> {
    let (Some(keyed), Some(user)) = (keyed, actor.seq) else { return Ok(None) };
    let key = Text(&keyed.key);
    let running = !tx.one(LOCK, &[&user, &key]).await?.try_get::<_, bool>(0)?;
    let found = look(tx, caller, user, keyed).await?;
    if found.is_none() && running { Err(Refusal::IdempotencyKeyRunning.into()) } else { Ok(found) }
}

/// The answer that is kept for this request of a user's; a key that came with another request is refused.
pub(crate) async fn look<T>(tx: &mut Conn, caller: &Caller, user: i64, keyed: &Keyed<T>) -> Db<Option<StoredAnswer>> {
    let found = tx.opt(SELECT, &[&user, &Text(&keyed.key), &At(caller.at)]).await?;
    let Some(found) = found else { return Ok(None) };
    let mut row = Reader::new(&found);
    if row.next::<&[u8]>()? != keyed.fingerprint {
        return Err(Refusal::IdempotencyKeyReused.into());
    }
    let status: i16 = row.next()?;
    let (location, etag) = (row.next()?, row.next()?);
    let body = answers::unpack(row.next()?, &keyed.request)?;
    Ok(Some(StoredAnswer { status: status as u16, location, etag, body }))
}

/// Stores the answer of an outcome, at the end of the transaction.
pub(crate) fn keep<T>(tx: &mut Conn, user: Option<i64>, keyed: Option<&Keyed<T>>, outcome: &T) {
    let (Some(keyed), Some(user)) = (keyed, user) else { return };
    let StoredAnswer { status, location, etag, body } = (keyed.render)(outcome);
    tx.at_the_end(
        KEEP,
        vec![
            Box::new(user),
            Box::new(Owned(keyed.key.clone())),
            Box::new(OwnedBytes(keyed.fingerprint.to_vec())),
            Box::new(status as i16),
            Box::new(location.map(Owned)),
            Box::new(etag.map(Owned)),
            Box::new(OwnedBytes(answers::pack(body, &keyed.request))),
            Box::new(At(keyed.expires_at)),
        ],
    );
}

/// Carries a change out once for each key: `once!(tx, caller, &actor, keyed, change)`, where the change is a future
/// that uses the transaction.
macro_rules! once {
    ($tx:expr, $caller:expr, $actor:expr, $keyed:expr, $change:expr) => {{
        match $crate::idempotency::stored($tx, $caller, $actor, $keyed).await? {
            Some(answer) => Ok(reparto_domain::idempotency::Answer::Stored(answer)),
            None => {
                let outcome = $change.await?;
                $crate::idempotency::keep($tx, $actor.seq, $keyed, &outcome);
                Ok(reparto_domain::idempotency::Answer::Fresh(outcome))
            }
        }
    }};
}
pub(crate) use once;
