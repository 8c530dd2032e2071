//! Idempotency keys: the answer is stored in the savepoint of the change, so that either both are stored or neither.

use reparto_domain::{
    Caller, Refusal,
    idempotency::{Answer, Keyed, StoredAnswer},
};
use reparto_store::StoreResult;
use reparto_store_rows::{
    columns::{self, ANSWER_WRITTEN},
    idempotency::{pack, unpack},
};
use rusqlite::{Connection, params};

use crate::{actor::Actor, engine::Conn as _, statements::statements};

statements! {
    SELECT = "SELECT fingerprint, status, location, etag, body FROM idempotency_keys WHERE user_seq = ?1 AND key = \
        ?2 AND expires_at > ?3";
    // An expired row counts as absent.
    STORE => columns::upsert('?', "idempotency_keys", &ANSWER_WRITTEN, 2);
}

/// Executes a change once for each key of a user: if an answer is stored for the same request, it is returned; a key
/// that came with another request is refused. The actor's authority (see [`crate::actor::authorize`]) and rights must
/// be checked *before* calling this: a demoted user gets no stored answer. A refusal by `change` is not stored. Without
/// a key, or for the system, the change is simply executed.
pub(crate) fn once<T>(
    conn: &Connection,
    caller: &Caller,
    actor: &Actor,
    keyed: Option<&Keyed<T>>,
    change: impl FnOnce(&Connection) -> StoreResult<T>,
) -> StoreResult<Answer<T>> {
    once_visible(conn, caller, actor, keyed, |_| Ok(()), change)
}

/// Like [`once`], for an answer about one object that the actor may lose from sight: it is returned only if `visible`
/// passes it.
pub(crate) fn once_visible<T>(
    conn: &Connection,
    caller: &Caller,
    actor: &Actor,
    keyed: Option<&Keyed<T>>,
    visible: impl FnOnce(&StoredAnswer) -> StoreResult<()>,
    change: impl FnOnce(&Connection) -> StoreResult<T>,
) -> StoreResult<Answer<T>> {
    let (Some(keyed), Some(user)) = (keyed, actor.seq) else { return change(conn).map(Answer::Fresh) };
    if let Some(answer) = stored(conn, caller, actor, Some(keyed))? {
        visible(&answer)?;
        return Ok(Answer::Stored(answer));
    }
    let outcome = change(conn)?;
    let answer = (keyed.render)(&outcome);
    conn.run(
        &STORE,
        params![
            user,
            keyed.key,
            keyed.fingerprint,
            answer.status,
            answer.location,
            answer.etag,
            pack(answer.body, &keyed.request),
            keyed.expires_at.micros(),
            answer.contact.map(|contact| *contact.as_bytes()),
            answer.names_users,
        ],
    )?;
    Ok(Answer::Fresh(outcome))
}

/// The answer stored for a request, if any; a key that came with another request is refused. For use cases that do much
/// before their last transaction, which must still go through [`once`].
pub(crate) fn stored<T>(
    conn: &Connection,
    caller: &Caller,
    actor: &Actor,
    keyed: Option<&Keyed<T>>,
) -> StoreResult<Option<StoredAnswer>> {
    let (Some(keyed), Some(user)) = (keyed, actor.seq) else { return Ok(None) };
    conn.opt(SELECT, params![user, keyed.key, caller.at.micros()], |row| {
        if row.next::<[u8; 32]>()? != keyed.fingerprint {
            return Err(Refusal::IdempotencyKeyReused.into());
        }
        let (status, location, etag) = (row.next()?, row.next()?, row.next()?);
        let body = unpack(row.next()?, &keyed.request)?;
        Ok(StoredAnswer { status, location, etag, body, contact: None, names_users: false })
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use reparto_domain::{
        Refusal, Role, Timestamp,
        idempotency::{Answer, Keyed, StoredAnswer},
    };
    use reparto_store::StoreResult;
    use rusqlite::Connection;

    use super::once;
    use crate::{
        actor::authorize,
        maintenance::expire,
        testing::{START, caller, database, one, refused, user},
    };

    fn answer(body: Vec<u8>) -> StoredAnswer {
        StoredAnswer { status: 200, location: None, etag: None, body, contact: None, names_users: false }
    }

    fn keyed(key: &str, request: u8, expires_at: Timestamp) -> Keyed<u8> {
        let render = |outcome: &u8| answer(vec![b'0' + *outcome]);
        let (fingerprint, request) = ([request; 32], Arc::from([request]));
        Keyed { key: key.to_owned(), fingerprint, request, expires_at, render: Arc::new(render) }
    }

    fn ask(
        conn: &Connection,
        user: reparto_domain::UserId,
        seconds: i64,
        keyed: &Keyed<u8>,
        outcome: u8,
    ) -> StoreResult<Answer<u8>> {
        let caller = caller(user, seconds);
        let actor = authorize(conn, &caller)?;
        once(conn, &caller, &actor, Some(keyed), |_| Ok(outcome))
    }

    #[test]
    fn a_request_runs_once_per_user_and_key() {
        let (_folder, conn) = database();
        let (ana, eva) = (user(&conn, "ana@x.org", Role::Admin), user(&conn, "eva@x.org", Role::Admin));
        let key = keyed("k", 1, START.plus_seconds(100));
        assert_eq!(ask(&conn, ana, 0, &key, 1).unwrap(), Answer::Fresh(1));
        assert_eq!(ask(&conn, ana, 99, &key, 2).unwrap(), Answer::Stored(answer(b"1".to_vec())));
        assert_eq!(ask(&conn, eva, 0, &key, 3).unwrap(), Answer::Fresh(3), "another user's key is another key");
        let other = keyed("k", 2, START.plus_seconds(100));
        assert_eq!(refused(ask(&conn, ana, 1, &other, 4)), Refusal::IdempotencyKeyReused);
    }

    #[test]
    fn an_expired_answer_counts_as_absent_and_is_replaced() {
        let (_folder, conn) = database();
        let ana = user(&conn, "ana@x.org", Role::Admin);
        ask(&conn, ana, 0, &keyed("k", 1, START.plus_seconds(100)), 1).unwrap();
        let again = keyed("k", 2, START.plus_seconds(200));
        assert_eq!(ask(&conn, ana, 100, &again, 2).unwrap(), Answer::Fresh(2));
        assert!(matches!(ask(&conn, ana, 199, &again, 3).unwrap(), Answer::Stored(_)));
        assert_eq!(expire(&conn, START.plus_seconds(199)).unwrap(), 0);
        assert_eq!(expire(&conn, START.plus_seconds(200)).unwrap(), 1);
    }

    #[test]
    fn refusals_are_not_stored_and_keys_are_optional() {
        let (_folder, conn) = database();
        let ana = user(&conn, "ana@x.org", Role::Admin);
        let caller = caller(ana, 0);
        let actor = authorize(&conn, &caller).unwrap();
        let key = keyed("k", 1, START.plus_seconds(100));
        let refusal = once(&conn, &caller, &actor, Some(&key), |_| Err(Refusal::ContactNotFound.into()));
        assert_eq!(refused(refusal), Refusal::ContactNotFound);
        assert_eq!(once(&conn, &caller, &actor, None, |_| Ok(7_u8)).unwrap(), Answer::Fresh(7));
        assert_eq!(one::<i64>(&conn, "SELECT count(*) FROM idempotency_keys"), 0);
        assert_eq!(once(&conn, &caller, &actor, Some(&key), |_| Ok(8)).unwrap(), Answer::Fresh(8));
    }
}
