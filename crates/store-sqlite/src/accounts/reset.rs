//! Links with which a user sets a new password.

use reparto_domain::{
    Caller, Refusal, Timestamp, UserId,
    audit::{EntityType, action},
    sessions::{Credentials, TokenHash},
};
use reparto_store::{ResetPassword, StoreResult};
use rusqlite::{Connection, params};

use super::CREDENTIALS;
use crate::{actor, audit::By, engine::Conn as _, sessions, statements::statements, users};

statements! {
    OFFER = "INSERT INTO password_resets (user_seq, hash, created_at, expires_at) VALUES (?1, ?2, ?3, ?4) \
        ON CONFLICT (user_seq) DO UPDATE SET hash = excluded.hash, created_at = excluded.created_at, \
            expires_at = excluded.expires_at";
    FIND = "SELECT u.seq, u.id, u.email FROM password_resets r JOIN users u ON u.seq = r.user_seq \
        WHERE r.hash = ?1 AND r.expires_at > ?2 AND u.is_active = 1 AND u.deleted_at IS NULL";
    WITHDRAW = "DELETE FROM password_resets WHERE user_seq = ?1";
}

pub(super) fn offer(
    conn: &Connection,
    caller: &Caller,
    user: UserId,
    token: TokenHash,
    expires_at: Timestamp,
) -> StoreResult<()> {
    let actor = actor::administrator(conn, caller)?;
    let (seq, target) = users::rows::find(conn, user)?;
    actor.require_may_manage(target.role)?;
    if actor.seq == Some(seq) {
        return Err(Refusal::ResetOfOneself.into());
    }
    conn.run(OFFER, params![seq, token.0, caller.at.micros(), expires_at.micros()])?;
    let by = By { seq: actor.seq, email: &actor.email, origin: &caller.origin, at: caller.at };
    sessions::record(conn, by, action::PASSWORD_RESET_OFFERED, EntityType::User, Some(*user.as_bytes()))
}

pub(super) fn credentials(conn: &Connection, token: TokenHash, at: Timestamp) -> StoreResult<Credentials> {
    let (seq, ..) = find(conn, token, at)?;
    conn.one(CREDENTIALS, [seq], sessions::read_credentials)
}

pub(super) fn reset(conn: &Connection, command: &ResetPassword) -> StoreResult<()> {
    let (seq, id, email) = find(conn, command.token, command.at)?;
    users::rows::end_tokens(conn, seq, command.at)?;
    users::rows::set_password(conn, seq, &command.password, false, command.at)?;
    let by = By { seq: Some(seq), email: &email, origin: &command.origin, at: command.at };
    sessions::record(conn, by, action::PASSWORD_RESET, EntityType::User, Some(*id.as_bytes()))
}

/// The seq, id and address of the user whose link this is.
fn find(conn: &Connection, token: TokenHash, at: Timestamp) -> StoreResult<(i64, UserId, String)> {
    let found = conn.opt(FIND, params![token.0, at.micros()], |row| {
        Ok((row.next()?, UserId::from_bytes(row.next()?), row.next()?))
    })?;
    found.ok_or_else(|| Refusal::ResetTokenInvalid.into())
}

/// Drops a user's link.
pub(crate) fn withdraw(conn: &Connection, seq: i64) -> StoreResult<()> {
    conn.run(WITHDRAW, [seq])?;
    Ok(())
}
