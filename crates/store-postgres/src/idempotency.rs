//! Idempotency keys: the answer is stored in the transaction of the change, so that both are there or neither.

use reparto_domain::{
    Caller, Refusal,
    idempotency::{Keyed, StoredAnswer},
};

use crate::{
    actor::Actor,
    engine::{
        errors::Db,
        params::{At, Bytes, Text, opt},
        tx::Conn,
    },
    rows::Reader,
    statements::statements,
};

statements! {
    // The lock says "still running" to whoever comes with the same key meanwhile; it ends with the transaction. The
    // statement that looks for the answer comes after it, so that it sees what the one before has committed.
    LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended($2, $1))";
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
    let found = tx.opt(SELECT, &[&user, &key, &At(caller.at)]).await?;
    let Some(found) = found else {
        return if running { Err(Refusal::IdempotencyKeyRunning.into()) } else { Ok(None) };
    };
    let mut row = Reader::new(&found);
    if row.next::<&[u8]>()? != keyed.fingerprint {
        return Err(Refusal::IdempotencyKeyReused.into());
    }
    let status: i16 = row.next()?;
    Ok(Some(StoredAnswer { status: status as u16, location: row.next()?, etag: row.next()?, body: row.next()? }))
}

/// Stores the answer of an outcome.
pub(crate) async fn keep<T>(tx: &mut Conn, actor: &Actor, keyed: Option<&Keyed<T>>, outcome: &T) -> Db<()> {
    let (Some(keyed), Some(user)) = (keyed, actor.seq) else { return Ok(()) };
    let answer = (keyed.render)(outcome);
    tx.query(
        KEEP,
        &[
            &user,
            &Text(&keyed.key),
            &Bytes(&keyed.fingerprint),
            &(answer.status as i16),
            &opt(&answer.location),
            &opt(&answer.etag),
            &Bytes(&answer.body),
            &At(keyed.expires_at),
        ],
    )
    .await?;
    Ok(())
}

/// Carries a change out once for each key: `once!(tx, caller, &actor, keyed, change)`, where the change is a future
/// that uses the transaction.
macro_rules! once {
    ($tx:expr, $caller:expr, $actor:expr, $keyed:expr, $change:expr) => {{
        match $crate::idempotency::stored($tx, $caller, $actor, $keyed).await? {
            Some(answer) => Ok(reparto_domain::idempotency::Answer::Stored(answer)),
            None => {
                let outcome = $change.await?;
                $crate::idempotency::keep($tx, $actor, $keyed, &outcome).await?;
                Ok(reparto_domain::idempotency::Answer::Fresh(outcome))
            }
        }
    }};
}
pub(crate) use once;
