//! Refresh tokens: each may be used once; late reuse ends its session.

use reparto_domain::{
    Refusal, Timestamp, UserId,
    audit::{EntityType, action},
    sessions::{Exchange, RefreshSession, SignedIn, StoredToken, TokenHash},
};
use reparto_store::StoreResult;
use rusqlite::{Connection, params};

use crate::{audit::By, engine::Conn as _, statements::statements};

statements! {
    USE = "UPDATE refresh_tokens SET used_at = ?2 WHERE hash = ?1";
    ISSUE = "INSERT INTO refresh_tokens (hash, session_seq, issued_at, expires_at) VALUES (?1, ?2, ?3, ?4)";
    TOKEN = "SELECT u.seq, u.email, u.is_active AND u.deleted_at IS NULL, u.id, u.role, u.token_generation, s.seq, s.id, \
        t.expires_at, t.used_at, s.ended_at IS NOT NULL FROM refresh_tokens t JOIN sessions s ON s.seq = t.session_seq \
        JOIN users u ON u.seq = s.user_seq WHERE t.hash = ?1";
}

/// Exchanges a token. A refusal is returned as a value rather than an error, because one that ends a session must be
/// committed.
pub(super) fn refresh(conn: &Connection, command: &RefreshSession) -> StoreResult<Result<SignedIn, Refusal>> {
    let refused = Ok(Err(Refusal::RefreshTokenInvalid));
    let Some(found) = find(conn, command.token)? else { return refused };
    match command.decide(&found.token) {
        Exchange::Refuse => refused,
        Exchange::EndSession => {
            super::end(conn, found.session, command.at)?;
            let by = By { seq: Some(found.user), email: &found.email, origin: &command.origin, at: command.at };
            let session = Some(found.session_id);
            super::record(conn, by, action::TOKEN_REUSE_FAILED, EntityType::Session, session)?;
            refused
        }
        Exchange::Issue { first_use } => {
            if first_use {
                conn.run(USE, params![command.token.0, command.at.micros()])?;
            }
            issue(conn, found.session, command.replacement, command.at, command.expires_at)?;
            Ok(Ok(found.signed_in))
        }
    }
}

/// Stores a token of a session.
pub(super) fn issue(
    conn: &Connection,
    session: i64,
    token: TokenHash,
    at: Timestamp,
    expires_at: Timestamp,
) -> StoreResult<()> {
    conn.run(ISSUE, params![token.0, session, at.micros(), expires_at.micros()])?;
    Ok(())
}

/// A token with its session and its user.
struct Found {
    user: i64,
    email: String,
    signed_in: SignedIn,
    session: i64,
    session_id: [u8; 16],
    token: StoredToken,
}

fn find(conn: &Connection, token: TokenHash) -> StoreResult<Option<Found>> {
    conn.opt(TOKEN, [token.0], |row| {
        let (user, email, may_sign_in) = (row.next()?, row.next()?, row.next()?);
        let signed_in = SignedIn { user: UserId::from_bytes(row.next()?), role: row.role()?, generation: row.next()? };
        let (session, session_id) = (row.next()?, row.next()?);
        let (expires_at, used_at, has_ended) = (row.time()?, row.time_or_none()?, row.next()?);
        let token = StoredToken { expires_at, used_at, has_ended, may_sign_in };
        Ok(Found { user, email, signed_in, session, session_id, token })
    })
}
