//! Second factors and recovery codes.

use reparto_domain::{
    Caller, Refusal, UserId,
    audit::{EntityType, action},
    second_factor::{ConfirmSecondFactor, Proof, SealedSecret, SecondFactor, is_unused},
    users::PasswordHash,
};

use super::{by, locked, require_current};
use crate::{
    actor,
    audit::By,
    engine::{
        errors::Db,
        params::{At, Bytes, Text},
        tx::Conn,
    },
    rows::Reader,
    sessions,
    statements::statements,
    users,
};

statements! {
    FIND = "SELECT f.secret, f.confirmed_at, (SELECT count(*) FROM recovery_codes r WHERE r.user_seq = f.user_seq) \
        FROM second_factors f WHERE f.user_seq = $1";
    BEGIN = "INSERT INTO second_factors AS f (user_seq, secret, created_at) VALUES ($1, $2, $3) ON CONFLICT (user_seq) \
        DO UPDATE SET secret = excluded.secret, created_at = excluded.created_at, last_step = 0 \
        WHERE f.confirmed_at IS NULL RETURNING user_seq";
    CONFIRM = "UPDATE second_factors SET confirmed_at = $2, last_step = $3 \
        WHERE user_seq = $1 AND confirmed_at IS NULL AND secret = $4 RETURNING user_seq";
    // Locked, so that a code is used once.
    LAST_STEP = "SELECT last_step FROM second_factors WHERE user_seq = $1 AND confirmed_at IS NOT NULL FOR UPDATE";
    STEP = "UPDATE second_factors SET last_step = $2 WHERE user_seq = $1";
    REMOVE = "DELETE FROM second_factors WHERE user_seq = $1 RETURNING user_seq";
    CODE = "INSERT INTO recovery_codes (user_seq, hash) VALUES ($1, $2)";
    USE_CODE = "DELETE FROM recovery_codes WHERE user_seq = $1 AND hash = $2 RETURNING user_seq";
    CODES = "DELETE FROM recovery_codes WHERE user_seq = $1";
    SHOWN = "UPDATE sessions SET second_factor = true WHERE id = $1";
    SHOWN_NO_MORE = "UPDATE sessions SET second_factor = false WHERE user_seq = $1 AND ended_at IS NULL";
}

pub(super) async fn find(conn: &mut Conn, caller: &Caller) -> Db<Option<SecondFactor>> {
    let (seq, _) = actor::look_up(conn, &caller.authority).await?.oneself()?;
    let Some(found) = conn.opt(FIND, &[&seq]).await? else { return Ok(None) };
    let mut row = Reader::new(&found);
    let (secret, confirmed_at) = (SealedSecret(row.next()?), row.time_or_none()?);
    Ok(Some(SecondFactor { secret, confirmed_at, recovery_codes: row.amount()? }))
}

pub(super) async fn begin(tx: &mut Conn, caller: &Caller, secret: &SealedSecret) -> Db<()> {
    let (seq, _) = actor::authorize(tx, caller).await?.oneself()?;
    let begun = tx.opt(BEGIN, &[&seq, &Text(&secret.0), &At(caller.at)]).await?;
    if begun.is_some() { Ok(()) } else { Err(Refusal::TotpExists.into()) }
}

pub(super) async fn confirm(tx: &mut Conn, caller: &Caller, command: &ConfirmSecondFactor) -> Db<()> {
    let (actor, seq, id) = locked(tx, caller).await?;
    let caller = &tx.taking_effect(caller, []);
    let confirmed = tx.opt(CONFIRM, &[&seq, &At(caller.at), &command.step, &Text(&command.secret.0)]).await?;
    confirmed.ok_or(Refusal::TotpNotFound)?;
    tx.run(CODES, &[&seq]).await?;
    for code in &command.recovery_codes {
        tx.run(CODE, &[&seq, &Bytes(&code.0)]).await?;
    }
    if let Some(session) = caller.session() {
        tx.run(SHOWN, &[&session.uuid()]).await?;
    }
    // The others were opened by a password alone, and could take the factor away again.
    sessions::end_others(tx, seq, caller.session(), caller.at).await?;
    sessions::record(tx, by(caller, &actor), action::SECOND_FACTOR_CONFIRMED, EntityType::User, Some(id.uuid())).await
}

pub(super) async fn remove(tx: &mut Conn, caller: &Caller, user: UserId, current: Option<&PasswordHash>) -> Db<()> {
    users::write::one_at_a_time(tx).await?;
    let actor = actor::authorize(tx, caller).await?;
    let seq = if actor.id == Some(user) {
        let (seq, _) = actor.oneself()?;
        require_current(tx, seq, current).await?;
        seq
    } else {
        actor.require_administrator(Refusal::AdministratorsOnly)?;
        let (seq, target) = users::rows::lock(tx, user).await?;
        actor.require_may_manage(target.role)?;
        seq
    };
    if !forget(tx, seq).await? {
        return Err(Refusal::TotpNotFound.into());
    }
    let caller = &tx.taking_effect(caller, []);
    tx.run(SHOWN_NO_MORE, &[&seq]).await?;
    sessions::record(tx, by(caller, &actor), action::SECOND_FACTOR_DELETED, EntityType::User, Some(user.uuid())).await
}

/// Deletes a user's second factor and recovery codes; returns whether there was one.
pub(crate) async fn forget(tx: &mut Conn, seq: i64) -> Db<bool> {
    tx.run(CODES, &[&seq]).await?;
    Ok(tx.opt(REMOVE, &[&seq]).await?.is_some())
}

/// Uses what was shown of a user's second factor at a sign-in. Returns whether one was shown (`false`: the user has
/// none); refuses one that is missing, wrong or used.
pub(crate) async fn shown(tx: &mut Conn, user: UserId, by: By<'_>, proof: Option<Proof>) -> Db<bool> {
    let Some(seq) = by.seq else { return Ok(false) };
    let Some(found) = tx.opt(LAST_STEP, &[&seq]).await? else { return Ok(false) };
    let last_step: i64 = found.try_get(0)?;
    match proof.ok_or(Refusal::TotpRequired)? {
        Proof::Step(step) if is_unused(step, last_step) => tx.run(STEP, &[&seq, &step]).await?,
        Proof::Recovery(code) if tx.opt(USE_CODE, &[&seq, &Bytes(&code.0)]).await?.is_some() => {
            sessions::record(tx, by, action::RECOVERY_CODE_USED, EntityType::User, Some(user.uuid())).await?;
        }
        _ => return Err(Refusal::TotpCodeWrong.into()),
    }
    Ok(true)
}
