//! Refresh tokens: each is used once, and what comes back late ends its family.

use reparto_domain::{
    Refusal, Timestamp, UserId,
    audit::{EntityType, action},
    sessions::{RefreshSession, SignedIn, TokenHash},
};
use reparto_store::StoreResult;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::{audit::By, error::Sql as _, rows};

/// A token as it is stored, with its family and its user.
struct Stored {
    session: i64,
    session_id: [u8; 16],
    expires_at: Timestamp,
    used_at: Option<Timestamp>,
    ended: bool,
    user: i64,
    email: String,
    may_sign_in: bool,
    signed_in: SignedIn,
}

/// Exchanges a token. A refusal comes as a value, not as an error, because the one that ends a family must be kept.
pub(super) fn refresh(conn: &Connection, command: &RefreshSession) -> StoreResult<Result<SignedIn, Refusal>> {
    let Some(stored) = find(conn, command.token)? else { return Ok(Err(Refusal::RefreshTokenInvalid)) };
    if stored.ended || !stored.may_sign_in || stored.expires_at <= command.at {
        return Ok(Err(Refusal::RefreshTokenInvalid));
    }
    match stored.used_at {
        None => {
            conn.prepare_cached("UPDATE refresh_tokens SET used_at = ?2 WHERE hash = ?1")
                .sql()?
                .execute(params![command.token.0, command.at.micros()])
                .sql()?;
        }
        // Two tabs raced, or the answer got lost on its way.
        Some(used) if command.at <= used.plus_seconds(command.grace_seconds) => {}
        Some(_) => {
            super::end(conn, stored.session, command.at)?;
            let by = By { seq: Some(stored.user), email: &stored.email, origin: &command.origin, at: command.at };
            let session = Some(stored.session_id);
            super::record(conn, by, action::TOKEN_REUSE_FAILED, EntityType::Session, session)?;
            return Ok(Err(Refusal::RefreshTokenInvalid));
        }
    }
    issue(conn, stored.session, command.replacement, command.at, command.expires_at)?;
    Ok(Ok(stored.signed_in))
}

/// Stores a token of a session.
pub(super) fn issue(
    conn: &Connection,
    session: i64,
    token: TokenHash,
    at: Timestamp,
    expires_at: Timestamp,
) -> StoreResult<()> {
    conn.prepare_cached(
        "INSERT INTO refresh_tokens (hash, session_seq, issued_at, expires_at) VALUES (?1, ?2, ?3, ?4)",
    )
    .sql()?
    .execute(params![token.0, session, at.micros(), expires_at.micros()])
    .sql()?;
    Ok(())
}

fn find(conn: &Connection, token: TokenHash) -> StoreResult<Option<Stored>> {
    conn.prepare_cached(
        "SELECT s.seq, s.id, t.expires_at, t.used_at, s.ended_at IS NOT NULL, u.seq, u.email,
                u.is_active AND u.deleted_at IS NULL, u.id, u.role, u.token_generation
         FROM refresh_tokens t JOIN sessions s ON s.seq = t.session_seq JOIN users u ON u.seq = s.user_seq
         WHERE t.hash = ?1",
    )
    .sql()?
    .query_row([token.0], |row| {
        Ok(Stored {
            session: row.get(0)?,
            session_id: row.get(1)?,
            expires_at: rows::time(row, 2)?,
            used_at: rows::time_or_none(row, 3)?,
            ended: row.get(4)?,
            user: row.get(5)?,
            email: row.get(6)?,
            may_sign_in: row.get(7)?,
            signed_in: SignedIn {
                user: UserId::from_bytes(row.get(8)?),
                role: rows::role(row, 9)?,
                generation: row.get(10)?,
            },
        })
    })
    .optional()
    .sql()
}
