//! The acting user, whose row stays locked until the transaction ends.
//!
//! A transaction that relies on a user's rights locks the user's row `FOR KEY SHARE`; one that changes rights (role,
//! activity, deletion, a new password) first locks it `FOR UPDATE`. So the two are ordered, while a sign-in or an edit
//! of a profile, which changes no rights, waits for neither: an `UPDATE` by itself does not conflict with `KEY SHARE`.

use reparto_domain::{Authority, Caller, Refusal, SessionId, UserId};

pub(crate) use reparto_store_rows::actor::Actor;
use reparto_store_rows::actor::{TokenState, require_valid};

use crate::{
    engine::{errors::Db, tx::Conn},
    rows::Reader,
    statements::statements,
};

statements! {
    // The session is read without a lock: signing out orders itself against requests that come later.
    LOCK_ACTOR = "SELECT u.seq, u.email, u.role, u.must_change_password, coalesce(s.second_factor, false), \
            u.is_active AND u.deleted_at IS NULL, u.token_generation, u.tokens_valid_from, \
            s.seq IS NOT NULL AND s.ended_at IS NULL \
        FROM users u LEFT JOIN sessions s ON s.id = $2 AND s.user_seq = u.seq WHERE u.id = $1 FOR KEY SHARE OF u";
    NAMED = "SELECT id, email, role FROM users WHERE seq = $1";
    SEEN = "SELECT u.seq, u.email, u.role, u.must_change_password, coalesce(s.second_factor, false), \
            u.is_active AND u.deleted_at IS NULL, u.token_generation, u.tokens_valid_from, \
            s.seq IS NOT NULL AND s.ended_at IS NULL \
        FROM users u LEFT JOIN sessions s ON s.id = $2 AND s.user_seq = u.seq WHERE u.id = $1";
}

/// The caller, if the token's claims are still valid; otherwise a 401 refusal. They stay valid until the transaction
/// ends.
pub(crate) async fn authorize(tx: &mut Conn, caller: &Caller) -> Db<Actor> {
    authority(tx, &caller.authority, LOCK_ACTOR).await
}

/// The actor of a caller, who has to be an administrator.
pub(crate) async fn administrator(tx: &mut Conn, caller: &Caller) -> Db<Actor> {
    let actor = authorize(tx, caller).await?;
    actor.require_administrator(Refusal::AdministratorsOnly)?;
    Ok(actor)
}

/// Like [`authorize`], but without locking the user's row: the result is only valid for this moment.
pub(crate) async fn look_up(conn: &mut Conn, of: &Authority) -> Db<Actor> {
    authority(conn, of, SEEN).await
}

/// A user as the actor of what they asked for earlier, whatever has become of them.
pub(crate) async fn named(conn: &mut Conn, seq: i64) -> Db<Actor> {
    let found = conn.one(NAMED, &[&seq]).await?;
    let mut row = Reader::new(&found);
    let id = Some(UserId::from_uuid(row.next()?));
    let (email, role) = (row.next()?, row.role()?);
    Ok(Actor { seq: Some(seq), id, email, role, must_change_password: false, second_factor: true })
}

async fn authority(conn: &mut Conn, authority: &Authority, statement: &str) -> Db<Actor> {
    let Authority::User { id, issued_at, generation, session } = *authority else { return Ok(Actor::system()) };
    let found = conn.opt(statement, &[&id.uuid(), &session.map(SessionId::uuid)]).await?;
    let found = found.ok_or(Refusal::AccountInactive)?;
    let mut row = Reader::new(&found);
    let actor = Actor {
        seq: Some(row.next()?),
        id: Some(id),
        email: row.next()?,
        role: row.role()?,
        must_change_password: row.next()?,
        second_factor: row.next()?,
    };
    if !row.next::<bool>()? {
        return Err(Refusal::AccountInactive.into());
    }
    let (of, valid_from) = (row.next()?, row.time_or_none()?);
    require_valid(
        issued_at,
        generation,
        session,
        TokenState { generation: of, valid_from, session_alive: row.next()? },
    )?;
    Ok(actor)
}
