//! Refresh tokens: each may be used once; late reuse ends its session.

use reparto_domain::{
    Refusal, SessionId, Timestamp, UserId,
    audit::{EntityType, action},
    sessions::{Exchange, RefreshSession, SignedIn, StoredToken, TokenHash},
};
use reparto_store::StoreResult;
use reparto_store_rows::audit::user_agent;
use rusqlite::{Connection, params};

use crate::{audit::By, engine::Conn as _, rows::time, statements::statements};

statements! {
    USE = "UPDATE refresh_tokens SET used_at = ?2 WHERE hash = ?1";
    // The replacement of a token is always the same: the first use has stored it already.
    ISSUE = "INSERT INTO refresh_tokens (hash, session_seq, issued_at, expires_at) VALUES (?1, ?2, ?3, ?4) \
        ON CONFLICT (hash) DO NOTHING";
    EXPIRES = "SELECT expires_at FROM refresh_tokens WHERE hash = ?1";
    LAST_USED = "UPDATE sessions SET last_used_at = ?2, ip_address = ?3, user_agent = ?4 WHERE seq = ?1";
    TOKEN = "SELECT u.seq, u.email, u.is_active AND u.deleted_at IS NULL, u.id, u.role, u.token_generation, \
        u.must_change_password, s.seq, s.id, s.created_at, s.second_factor, \
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
            let expires_at = command.replacement_expires(found.token.session_began);
            let refresh_expires_at = issue(conn, found.session, command.replacement, command.at, expires_at)?;
            let (ip, agent) = (&command.origin.ip, user_agent(&command.origin));
            conn.run(LAST_USED, params![found.session, command.at.micros(), ip, agent])?;
            Ok(Ok(SignedIn { refresh_expires_at, ..found.signed_in }))
        }
    }
}

/// Stores a token of a session, unless it is there already. Returns when it expires.
pub(super) fn issue(
    conn: &Connection,
    session: i64,
    token: TokenHash,
    at: Timestamp,
    expires_at: Timestamp,
) -> StoreResult<Timestamp> {
    if conn.run(ISSUE, params![token.0, session, at.micros(), expires_at.micros()])? > 0 {
        return Ok(expires_at);
    }
    conn.one(EXPIRES, [token.0], time)
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
        let (id, role, generation) = (UserId::from_bytes(row.next()?), row.role()?, row.next()?);
        let (must_change_password, session, session_id) = (row.next()?, row.next()?, row.next()?);
        let (session_began, second_factor) = (row.time()?, row.next()?);
        let (expires_at, used_at, has_ended) = (row.time()?, row.time_or_none()?, row.next()?);
        let signed_in = SignedIn {
            user: id,
            role,
            generation,
            session: SessionId::from_bytes(session_id),
            session_began,
            refresh_expires_at: expires_at,
            must_change_password,
            second_factor,
        };
        let token = StoredToken { expires_at, used_at, session_began, has_ended, may_sign_in };
        Ok(Found { user, email, signed_in, session, session_id, token })
    })
}
