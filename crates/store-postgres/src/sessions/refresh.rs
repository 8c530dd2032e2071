//! Refresh tokens: each may be used once; late reuse ends its session.

use reparto_domain::{
    Refusal, SessionId, Timestamp, UserId,
    audit::{EntityType, action},
    sessions::{Exchange, RefreshSession, SignedIn, StoredToken, TokenHash},
};
use reparto_store_rows::audit::user_agent;
use uuid::Uuid;

use crate::{
    audit::By,
    engine::{
        errors::Db,
        params::{At, Bytes, Text, opt},
        tx::Conn,
    },
    rows::Reader,
    statements::statements,
};

statements! {
    // Locks the user's row first, as everywhere: a deactivation locks it before the sessions.
    USER = "SELECT u.seq, u.email, u.is_active AND u.deleted_at IS NULL, u.id, u.role, u.token_generation, \
            u.must_change_password FROM users u \
        WHERE u.seq = (SELECT s.user_seq FROM refresh_tokens t JOIN sessions s ON s.seq = t.session_seq \
            WHERE t.hash = $1) FOR KEY SHARE";
    TOKEN = "SELECT s.seq, s.id, s.created_at, s.second_factor, t.expires_at, t.used_at, s.ended_at IS NOT NULL \
        FROM refresh_tokens t JOIN sessions s ON s.seq = t.session_seq WHERE t.hash = $1 FOR UPDATE";
    USE = "UPDATE refresh_tokens SET used_at = $2 WHERE hash = $1";
    // The replacement of a token is always the same: the first use has stored it already.
    ISSUE = "INSERT INTO refresh_tokens (hash, session_seq, issued_at, expires_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (hash) DO UPDATE SET expires_at = refresh_tokens.expires_at RETURNING expires_at";
    LAST_USED = "UPDATE sessions SET last_used_at = $2, ip_address = $3, user_agent = $4 WHERE seq = $1";
}

/// Exchanges a token. A refusal is returned as a value rather than an error, because one that ends a session must be
/// committed.
pub(super) async fn refresh(tx: &mut Conn, command: &RefreshSession) -> Db<Result<SignedIn, Refusal>> {
    let refused = Ok(Err(Refusal::RefreshTokenInvalid));
    let Some(found) = find(tx, command.token).await? else { return refused };
    match command.decide(&found.token) {
        Exchange::Refuse => refused,
        Exchange::EndSession => {
            super::end(tx, found.session, command.at).await?;
            let by = By { seq: Some(found.user), email: &found.email, origin: &command.origin, at: command.at };
            let session = Some(found.session_id);
            super::record(tx, by, action::TOKEN_REUSE_FAILED, EntityType::Session, session).await?;
            refused
        }
        Exchange::Issue { first_use } => {
            if first_use {
                tx.run(USE, &[&Bytes(&command.token.0), &At(command.at)]).await?;
            }
            let expires_at = command.replacement_expires(found.token.session_began);
            let refresh_expires_at = issue(tx, found.session, command.replacement, command.at, expires_at).await?;
            let (ip, agent) = (opt(&command.origin.ip), user_agent(&command.origin).map(Text));
            tx.run(LAST_USED, &[&found.session, &At(command.at), &ip, &agent]).await?;
            Ok(Ok(SignedIn { refresh_expires_at, ..found.signed_in }))
        }
    }
}

/// Stores a token of a session, unless it is there already. Returns when it expires.
pub(super) async fn issue(
    tx: &mut Conn,
    session: i64,
    token: TokenHash,
    at: Timestamp,
    expires_at: Timestamp,
) -> Db<Timestamp> {
    Reader::new(&tx.one(ISSUE, &[&Bytes(&token.0), &session, &At(at), &At(expires_at)]).await?).time()
}

/// A token with its session and its user.
struct Found {
    user: i64,
    email: String,
    signed_in: SignedIn,
    session: i64,
    session_id: Uuid,
    token: StoredToken,
}

async fn find(tx: &mut Conn, token: TokenHash) -> Db<Option<Found>> {
    let hash = Bytes(&token.0);
    let Some(user) = tx.opt(USER, &[&hash]).await? else { return Ok(None) };
    let Some(token) = tx.opt(TOKEN, &[&hash]).await? else { return Ok(None) };
    let mut row = Reader::new(&user);
    let (user, email, may_sign_in) = (row.next()?, row.next()?, row.next()?);
    let (id, role, generation) = (UserId::from_uuid(row.next()?), row.role()?, row.next()?);
    let must_change_password = row.next()?;
    let mut row = Reader::new(&token);
    let (session, session_id): (i64, Uuid) = (row.next()?, row.next()?);
    let (session_began, second_factor) = (row.time()?, row.next()?);
    let (expires_at, used_at, has_ended) = (row.time()?, row.time_or_none()?, row.next()?);
    let signed_in = SignedIn {
        user: id,
        role,
        generation,
        session: SessionId::from_uuid(session_id),
        session_began,
        refresh_expires_at: expires_at,
        must_change_password,
        second_factor,
    };
    let token = StoredToken { expires_at, used_at, session_began, has_ended, may_sign_in };
    Ok(Some(Found { user, email, signed_in, session, session_id, token }))
}
