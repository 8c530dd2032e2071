//! Refresh tokens: each is used once, and what comes back late ends its family.

use reparto_domain::{
    Refusal, Timestamp, UserId,
    audit::{EntityType, action},
    sessions::{RefreshSession, SignedIn, TokenHash},
};
use uuid::Uuid;

use crate::{
    audit::By,
    engine::{
        errors::Db,
        params::{At, Bytes},
        tx::Conn,
    },
    rows::Reader,
    statements::statements,
};

statements! {
    // The user's row first, as everywhere: whoever deactivates the user takes it before the sessions.
    USER = "SELECT u.seq, u.email, u.is_active AND u.deleted_at IS NULL, u.id, u.role, u.token_generation FROM users u \
        WHERE u.seq = (SELECT s.user_seq FROM refresh_tokens t JOIN sessions s ON s.seq = t.session_seq \
            WHERE t.hash = $1) FOR KEY SHARE";
    TOKEN = "SELECT s.seq, s.id, t.expires_at, t.used_at, s.ended_at IS NOT NULL \
        FROM refresh_tokens t JOIN sessions s ON s.seq = t.session_seq WHERE t.hash = $1 FOR UPDATE";
    USE = "UPDATE refresh_tokens SET used_at = $2 WHERE hash = $1";
    ISSUE = "INSERT INTO refresh_tokens (hash, session_seq, issued_at, expires_at) VALUES ($1, $2, $3, $4)";
}

/// Exchanges a token. A refusal comes as a value, not as an error, because the one that ends a family must be kept.
pub(super) async fn refresh(tx: &mut Conn, command: &RefreshSession) -> Db<Result<SignedIn, Refusal>> {
    let refused = Ok(Err(Refusal::RefreshTokenInvalid));
    let hash = Bytes(&command.token.0);
    let Some(user) = tx.opt(USER, &[&hash]).await? else { return refused };
    let Some(token) = tx.opt(TOKEN, &[&hash]).await? else { return refused };
    let mut user = Reader::new(&user);
    let (user_seq, email, may_sign_in): (i64, String, bool) = (user.next()?, user.next()?, user.next()?);
    let signed_in = SignedIn { user: UserId::from_uuid(user.next()?), role: user.role()?, generation: user.next()? };
    let mut token = Reader::new(&token);
    let (session, session_id): (i64, Uuid) = (token.next()?, token.next()?);
    let (expires_at, used_at, ended) = (token.time()?, token.time_or_none()?, token.next::<bool>()?);
    if ended || !may_sign_in || expires_at <= command.at {
        return refused;
    }
    match used_at {
        None => {
            tx.query(USE, &[&hash, &At(command.at)]).await?;
        }
        // Two tabs raced, or the answer got lost on its way.
        Some(used) if command.at <= used.plus_seconds(command.grace_seconds) => {}
        Some(_) => {
            super::end(tx, session, command.at).await?;
            let by = By { seq: Some(user_seq), email: &email, origin: &command.origin, at: command.at };
            super::record(tx, by, action::TOKEN_REUSE_FAILED, EntityType::Session, Some(session_id)).await?;
            return refused;
        }
    }
    issue(tx, session, command.replacement, command.at, command.expires_at).await?;
    Ok(Ok(signed_in))
}

/// Stores a token of a session.
pub(super) async fn issue(
    tx: &mut Conn,
    session: i64,
    token: TokenHash,
    at: Timestamp,
    expires_at: Timestamp,
) -> Db<()> {
    tx.query(ISSUE, &[&Bytes(&token.0), &session, &At(at), &At(expires_at)]).await?;
    Ok(())
}
