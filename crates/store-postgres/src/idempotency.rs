//! Idempotency keys: the answer is stored in the transaction of the change, so that either both are stored or neither.

use reparto_domain::{
    Caller, ContactId, Refusal,
    idempotency::{Keyed, StoredAnswer},
};
use reparto_store_rows::{
    columns::{self, ANSWER_WRITTEN},
    idempotency::{pack, unpack},
};

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
    // While the lock is held, concurrent requests with the same key are told "still running"; it ends with the
    // transaction. The answer is looked up by a later statement, so that it sees what the previous holder committed.
    LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended($2, $1))";
    // For the statement of bulk requests, which checks the keys itself: sent ahead of it, so that it can see which locks
    // were obtained.
    LOCK_AHEAD = "SELECT set_config('reparto.keys_are_free', ( \
            SELECT array_agg(pg_try_advisory_xact_lock(hashtextextended(k.key, u.seq)) ORDER BY k.member)::text \
            FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS k (actor, key, member) \
                LEFT JOIN users u ON u.id = k.actor), true)";
    SELECT = "SELECT fingerprint, status, location, etag, body FROM idempotency_keys \
        WHERE user_seq = $1 AND key = $2 AND expires_at > $3";
    // An expired row counts as absent.
    STORE => columns::upsert('$', "idempotency_keys", &ANSWER_WRITTEN, 2);
}

/// The answer stored for this request; a key that came with another request, or whose request is still running, is
/// refused. The actor's authority and rights must be checked before: a demoted user gets no stored answer. For the
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
    let found = stored_answer(tx, caller, user, keyed).await?;
    if found.is_none() && running { Err(Refusal::IdempotencyKeyRunning.into()) } else { Ok(found) }
}

/// The answer stored for this request of a user; a key that came with another request is refused.
pub(crate) async fn stored_answer<T>(
    tx: &mut Conn,
    caller: &Caller,
    user: i64,
    keyed: &Keyed<T>,
) -> Db<Option<StoredAnswer>> {
    let found = tx.opt(SELECT, &[&user, &Text(&keyed.key), &At(caller.at)]).await?;
    let Some(found) = found else { return Ok(None) };
    let mut row = Reader::new(&found);
    if row.next::<&[u8]>()? != keyed.fingerprint {
        return Err(Refusal::IdempotencyKeyReused.into());
    }
    let status: i16 = row.next()?;
    let (location, etag) = (row.next()?, row.next()?);
    let body = unpack(row.next()?, &keyed.request)?;
    Ok(Some(StoredAnswer { status: status.unsigned_abs(), location, etag, body, contact: None, names_users: false }))
}

/// Stores the answer for an outcome; sent with COMMIT.
pub(crate) fn store_answer<T>(tx: &mut Conn, user: Option<i64>, keyed: Option<&Keyed<T>>, outcome: &T) {
    let (Some(keyed), Some(user)) = (keyed, user) else { return };
    let StoredAnswer { status, location, etag, body, contact, names_users } = (keyed.render)(outcome);
    tx.send_with_commit(
        &STORE,
        vec![
            Box::new(user),
            Box::new(Owned(keyed.key.clone())),
            Box::new(OwnedBytes(keyed.fingerprint.to_vec())),
            Box::new(i16::try_from(status).unwrap_or(i16::MAX)),
            Box::new(location.map(Owned)),
            Box::new(etag.map(Owned)),
            Box::new(OwnedBytes(pack(body, &keyed.request))),
            Box::new(At(keyed.expires_at)),
            Box::new(contact.map(ContactId::uuid)),
            Box::new(names_users),
        ],
    );
}

/// Executes a change once for each key: `once!(tx, caller, &actor, keyed, change)`, where the change is a future that
/// uses the transaction. An answer about one object that the actor may lose from sight is returned only if `visible`, a
/// future that uses the transaction, passes it: `once!(tx, caller, &actor, keyed, answer => visible, change)`.
macro_rules! once {
    ($tx:expr, $caller:expr, $actor:expr, $keyed:expr, $change:expr) => {
        $crate::idempotency::once!($tx, $caller, $actor, $keyed, _answer => async { $crate::engine::errors::Db::Ok(()) }, $change)
    };
    ($tx:expr, $caller:expr, $actor:expr, $keyed:expr, $answer:ident => $visible:expr, $change:expr) => {{
        match $crate::idempotency::stored($tx, $caller, $actor, $keyed).await? {
            Some(answer) => {
                let $answer = &answer;
                $visible.await?;
                Ok(reparto_domain::idempotency::Answer::Stored(answer))
            }
            None => {
                let outcome = $change.await?;
                $crate::idempotency::store_answer($tx, $actor.seq, $keyed, &outcome);
                Ok(reparto_domain::idempotency::Answer::Fresh(outcome))
            }
        }
    }};
}
pub(crate) use once;
