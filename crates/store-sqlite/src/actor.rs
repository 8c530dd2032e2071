//! The acting user, looked up in the transaction that relies on it.

use reparto_domain::{Authority, Caller, Refusal, UserId};
use reparto_store::StoreResult;
pub(crate) use reparto_store_rows::actor::Actor;
use reparto_store_rows::actor::require_valid;
use rusqlite::Connection;

use crate::{engine::Conn as _, statements::statements};

statements! {
    AUTHORITY = "SELECT seq, email, role, is_active AND deleted_at IS NULL, token_generation, tokens_valid_from \
        FROM users WHERE id = ?1";
    PRESENT = "SELECT id, email, role, is_active AND deleted_at IS NULL FROM users WHERE seq = ?1";
}

/// The caller, if the token's claims are still valid in this transaction; otherwise a 401 refusal.
pub(crate) fn authorize(conn: &Connection, caller: &Caller) -> StoreResult<Actor> {
    authority(conn, &caller.authority)
}

/// Like [`authorize`], for an authority without the rest of a caller.
pub(crate) fn authority(conn: &Connection, authority: &Authority) -> StoreResult<Actor> {
    let Authority::User { id, issued_at, generation } = *authority else { return Ok(Actor::system()) };
    let found = conn.opt(AUTHORITY, [id.as_bytes()], |row| {
        let actor = Actor { seq: Some(row.next()?), id: Some(id), email: row.next()?, role: row.role()? };
        Ok((actor, row.next()?, row.next::<i64>()?, row.time_or_none()?))
    })?;
    let Some((actor, true, present, valid_from)) = found else { return Err(Refusal::AccountInactive.into()) };
    require_valid(issued_at, generation, present, valid_from)?;
    Ok(actor)
}

/// A user as an actor with their current rights, for work done without a token (a job's chunk). Inactive and deleted
/// users are refused.
pub(crate) fn present(conn: &Connection, seq: i64) -> StoreResult<Actor> {
    let found = conn.opt(PRESENT, [seq], |row| {
        let id = UserId::from_bytes(row.next()?);
        Ok((Actor { seq: Some(seq), id: Some(id), email: row.next()?, role: row.role()? }, row.next()?))
    })?;
    match found {
        Some((actor, true)) => Ok(actor),
        _ => Err(Refusal::AccountInactive.into()),
    }
}
