//! The acting user, looked up in the transaction that relies on it.

use reparto_domain::{Authority, Caller, Refusal, SessionId, UserId};
use reparto_store::StoreResult;
pub(crate) use reparto_store_rows::actor::Actor;
use reparto_store_rows::actor::{TokenState, require_valid};
use rusqlite::{Connection, params};

use crate::{engine::Conn as _, statements::statements};

statements! {
    AUTHORITY = "SELECT u.seq, u.email, u.role, u.must_change_password, coalesce(s.second_factor, 0), \
            u.is_active AND u.deleted_at IS NULL, u.token_generation, u.tokens_valid_from, \
            s.seq IS NOT NULL AND s.ended_at IS NULL \
        FROM users u LEFT JOIN sessions s ON s.id = ?2 AND s.user_seq = u.seq WHERE u.id = ?1";
    PRESENT = "SELECT id, email, role, is_active AND deleted_at IS NULL FROM users WHERE seq = ?1";
}

/// The caller, if the token's claims are still valid in this transaction; otherwise a 401 refusal.
pub(crate) fn authorize(conn: &Connection, caller: &Caller) -> StoreResult<Actor> {
    authority(conn, &caller.authority)
}

/// The actor of a caller, who has to be an administrator.
pub(crate) fn administrator(conn: &Connection, caller: &Caller) -> StoreResult<Actor> {
    let actor = authorize(conn, caller)?;
    actor.require_administrator(Refusal::AdministratorsOnly)?;
    Ok(actor)
}

/// Like [`authorize`], for an authority without the rest of a caller.
pub(crate) fn authority(conn: &Connection, authority: &Authority) -> StoreResult<Actor> {
    let Authority::User { id, issued_at, generation, session } = *authority else { return Ok(Actor::system()) };
    let found = conn.opt(AUTHORITY, params![id.as_bytes(), session.as_ref().map(SessionId::as_bytes)], |row| {
        let actor = Actor {
            seq: Some(row.next()?),
            id: Some(id),
            email: row.next()?,
            role: row.role()?,
            must_change_password: row.next()?,
            second_factor: row.next()?,
        };
        let may_act: bool = row.next()?;
        let (generation, valid_from) = (row.next()?, row.time_or_none()?);
        Ok((actor, may_act, TokenState { generation, valid_from, session_alive: row.next()? }))
    })?;
    let Some((actor, true, state)) = found else { return Err(Refusal::AccountInactive.into()) };
    require_valid(issued_at, generation, session, state)?;
    Ok(actor)
}

/// A user as the actor of what they asked for earlier, whatever has become of them.
pub(crate) fn named(conn: &Connection, seq: i64) -> StoreResult<Actor> {
    conn.one(PRESENT, [seq], |row| {
        let (id, email, role) = (UserId::from_bytes(row.next()?), row.next()?, row.role()?);
        Ok(Actor { seq: Some(seq), id: Some(id), email, role, must_change_password: false, second_factor: true })
    })
}

/// A user as an actor with their current rights, for work done without a token (a job's chunk). Inactive and deleted
/// users are refused.
pub(crate) fn present(conn: &Connection, seq: i64) -> StoreResult<Actor> {
    let found = conn.opt(PRESENT, [seq], |row| {
        let id = UserId::from_bytes(row.next()?);
        let (email, role) = (row.next()?, row.role()?);
        let actor =
            Actor { seq: Some(seq), id: Some(id), email, role, must_change_password: false, second_factor: true };
        Ok((actor, row.next()?))
    })?;
    match found {
        Some((actor, true)) => Ok(actor),
        _ => Err(Refusal::AccountInactive.into()),
    }
}
