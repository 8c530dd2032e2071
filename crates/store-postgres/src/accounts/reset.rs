//! Links with which a user sets a new password.

use reparto_domain::{
    Caller, Refusal, Timestamp, UserId,
    audit::{EntityType, action},
    sessions::{Credentials, TokenHash},
};
use reparto_store::ResetPassword;
use uuid::Uuid;

use super::{CREDENTIALS, by};
use crate::{
    actor,
    audit::By,
    engine::{
        errors::Db,
        params::{At, Bytes},
        tx::Conn,
    },
    rows::Reader,
    sessions,
    statements::statements,
    users,
};

statements! {
    OFFER = "INSERT INTO password_resets (user_seq, hash, created_at, expires_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (user_seq) DO UPDATE SET hash = excluded.hash, created_at = excluded.created_at, \
            expires_at = excluded.expires_at";
    FIND = "SELECT u.seq, u.id, u.email FROM password_resets r JOIN users u ON u.seq = r.user_seq \
        WHERE r.hash = $1 AND r.expires_at > $2 AND u.is_active AND u.deleted_at IS NULL";
    WITHDRAW = "DELETE FROM password_resets WHERE user_seq = $1";
}

pub(super) async fn offer(
    tx: &mut Conn,
    caller: &Caller,
    user: UserId,
    token: TokenHash,
    expires_at: Timestamp,
) -> Db<()> {
    users::write::one_at_a_time(tx).await?;
    let actor = actor::administrator(tx, caller).await?;
    let (seq, target) = users::rows::lock(tx, user).await?;
    actor.require_may_manage(target.role)?;
    if actor.seq == Some(seq) {
        return Err(Refusal::ResetOfOneself.into());
    }
    let caller = &tx.taking_effect(caller, []);
    tx.run(OFFER, &[&seq, &Bytes(&token.0), &At(caller.at), &At(expires_at)]).await?;
    sessions::record(tx, by(caller, &actor), action::PASSWORD_RESET_OFFERED, EntityType::User, Some(user.uuid())).await
}

pub(super) async fn credentials(conn: &mut Conn, token: TokenHash, at: Timestamp) -> Db<Credentials> {
    let (seq, ..) = find(conn, token, at).await?;
    sessions::read_credentials(&conn.one(CREDENTIALS, &[&seq]).await?)
}

pub(super) async fn reset(tx: &mut Conn, command: &ResetPassword) -> Db<()> {
    // Of two requests with the same link, the second finds it gone.
    users::write::one_at_a_time(tx).await?;
    let (seq, id, email) = find(tx, command.token, command.at).await?;
    users::rows::lock(tx, UserId::from_uuid(id)).await?;
    users::rows::end_tokens(tx, seq, command.at).await?;
    users::rows::set_password(tx, seq, &command.password, false, command.at).await?;
    let by = By { seq: Some(seq), email: &email, origin: &command.origin, at: command.at };
    sessions::record(tx, by, action::PASSWORD_RESET, EntityType::User, Some(id)).await
}

/// The seq, id and address of the user whose link this is.
async fn find(conn: &mut Conn, token: TokenHash, at: Timestamp) -> Db<(i64, Uuid, String)> {
    let found = conn.opt(FIND, &[&Bytes(&token.0), &At(at)]).await?.ok_or(Refusal::ResetTokenInvalid)?;
    let mut row = Reader::new(&found);
    Ok((row.next()?, row.next()?, row.next()?))
}

/// Drops a user's link.
pub(crate) async fn withdraw(tx: &mut Conn, seq: i64) -> Db<()> {
    tx.run(WITHDRAW, &[&seq]).await
}
