//! Second factors and recovery codes.

use reparto_domain::{
    Caller, Refusal, UserId,
    audit::{EntityType, action},
    second_factor::{ConfirmSecondFactor, Proof, SealedSecret, SecondFactor, is_unused},
    users::PasswordHash,
};
use reparto_store::StoreResult;
use rusqlite::{Connection, params};

use super::require_current;
use crate::{actor, audit::By, engine::Conn as _, sessions, statements::statements, users};

statements! {
    FIND = "SELECT f.secret, f.confirmed_at, (SELECT count(*) FROM recovery_codes r WHERE r.user_seq = f.user_seq) \
        FROM second_factors f WHERE f.user_seq = ?1";
    BEGIN = "INSERT INTO second_factors (user_seq, secret, created_at) VALUES (?1, ?2, ?3) ON CONFLICT (user_seq) \
        DO UPDATE SET secret = excluded.secret, created_at = excluded.created_at, last_step = 0 \
        WHERE confirmed_at IS NULL";
    CONFIRM = "UPDATE second_factors SET confirmed_at = ?2, last_step = ?3 \
        WHERE user_seq = ?1 AND confirmed_at IS NULL AND secret = ?4";
    STEP = "UPDATE second_factors SET last_step = ?2 WHERE user_seq = ?1";
    REMOVE = "DELETE FROM second_factors WHERE user_seq = ?1";
    CODE = "INSERT INTO recovery_codes (user_seq, hash) VALUES (?1, ?2)";
    USE_CODE = "DELETE FROM recovery_codes WHERE user_seq = ?1 AND hash = ?2";
    CODES = "DELETE FROM recovery_codes WHERE user_seq = ?1";
    SHOWN = "UPDATE sessions SET second_factor = 1 WHERE id = ?1";
    SHOWN_NO_MORE = "UPDATE sessions SET second_factor = 0 WHERE user_seq = ?1 AND ended_at IS NULL";
}

pub(super) fn find(conn: &Connection, caller: &Caller) -> StoreResult<Option<SecondFactor>> {
    let (seq, _) = actor::authorize(conn, caller)?.oneself()?;
    conn.opt(FIND, [seq], |row| {
        let (secret, confirmed_at) = (SealedSecret(row.next()?), row.time_or_none()?);
        Ok(SecondFactor { secret, confirmed_at, recovery_codes: row.amount()? })
    })
}

pub(super) fn begin(conn: &Connection, caller: &Caller, secret: &SealedSecret) -> StoreResult<()> {
    let (seq, _) = actor::authorize(conn, caller)?.oneself()?;
    let begun = conn.run(BEGIN, params![seq, secret.0, caller.at.micros()])?;
    if begun > 0 { Ok(()) } else { Err(Refusal::TotpExists.into()) }
}

pub(super) fn confirm(conn: &Connection, caller: &Caller, command: &ConfirmSecondFactor) -> StoreResult<()> {
    let actor = actor::authorize(conn, caller)?;
    let (seq, id) = actor.oneself()?;
    if conn.run(CONFIRM, params![seq, caller.at.micros(), command.step, command.secret.0])? == 0 {
        return Err(Refusal::TotpNotFound.into());
    }
    conn.run(CODES, [seq])?;
    for code in &command.recovery_codes {
        conn.run(CODE, params![seq, code.0])?;
    }
    if let Some(session) = caller.session() {
        conn.run(SHOWN, [session.as_bytes()])?;
    }
    // The others were opened by a password alone, and could take the factor away again.
    sessions::end_others(conn, seq, caller.session(), caller.at)?;
    let by = By { seq: actor.seq, email: &actor.email, origin: &caller.origin, at: caller.at };
    sessions::record(conn, by, action::SECOND_FACTOR_CONFIRMED, EntityType::User, Some(*id.as_bytes()))
}

pub(super) fn remove(
    conn: &Connection,
    caller: &Caller,
    user: UserId,
    current: Option<&PasswordHash>,
) -> StoreResult<()> {
    let actor = actor::authorize(conn, caller)?;
    let seq = if actor.id == Some(user) {
        let (seq, _) = actor.oneself()?;
        require_current(conn, seq, current)?;
        seq
    } else {
        actor.require_administrator(Refusal::AdministratorsOnly)?;
        let (seq, target) = users::rows::find(conn, user)?;
        actor.require_may_manage(target.role)?;
        seq
    };
    if !forget(conn, seq)? {
        return Err(Refusal::TotpNotFound.into());
    }
    conn.run(SHOWN_NO_MORE, [seq])?;
    let by = By { seq: actor.seq, email: &actor.email, origin: &caller.origin, at: caller.at };
    sessions::record(conn, by, action::SECOND_FACTOR_DELETED, EntityType::User, Some(*user.as_bytes()))
}

/// Deletes a user's second factor and recovery codes; returns whether there was one.
pub(crate) fn forget(conn: &Connection, seq: i64) -> StoreResult<bool> {
    conn.run(CODES, [seq])?;
    Ok(conn.run(REMOVE, [seq])? > 0)
}

/// Uses what was shown of a user's second factor at a sign-in. `last_step` is the step of the last code used; `None`:
/// the user has no second factor. Returns whether one was shown; refuses one that is missing, wrong or used.
pub(crate) fn shown(
    conn: &Connection,
    user: UserId,
    by: By<'_>,
    last_step: Option<i64>,
    proof: Option<Proof>,
) -> StoreResult<bool> {
    let (Some(last_step), Some(seq)) = (last_step, by.seq) else { return Ok(false) };
    match proof.ok_or(Refusal::TotpRequired)? {
        Proof::Step(step) if is_unused(step, last_step) => {
            conn.run(STEP, params![seq, step])?;
        }
        Proof::Recovery(code) if conn.run(USE_CODE, params![seq, code.0])? > 0 => {
            sessions::record(conn, by, action::RECOVERY_CODE_USED, EntityType::User, Some(*user.as_bytes()))?;
        }
        _ => return Err(Refusal::TotpCodeWrong.into()),
    }
    Ok(true)
}
