//! Entering, changing and removing absences.

use reparto_domain::{
    AbsenceId, Caller, Refusal, Timestamp, UserId,
    absences::{Absence, AbsenceChanges, AbsenceVisibility, NewAbsence, require_may_enter},
    audit::{EntityType, action},
    idempotency::{Answer, Keyed},
    json::ObjectText,
};
use reparto_store::StoreResult;
use reparto_store_rows::columns::{self, ABSENCE_MADE, ABSENCE_WRITTEN};
use rusqlite::{Connection, params};
use serde_json::json;

use super::rows;
use crate::{
    actor::{Actor, authorize},
    audit,
    engine::Conn as _,
    idempotency,
    rows::value,
    statements::statements,
    teams::has_self_service,
};

statements! {
    USER = "SELECT seq FROM users WHERE id = ?1 AND deleted_at IS NULL";
    INSERT => columns::insert('?', "absences", &[&ABSENCE_WRITTEN[..], &ABSENCE_MADE].concat());
    UPDATE => columns::update('?', "absences", &ABSENCE_WRITTEN);
    DELETE = "DELETE FROM absences WHERE seq = ?1";
}

/// Records what was done to an absence. The entry is about the user, so that it is found, and erased, with others about
/// them.
fn record(
    conn: &Connection,
    caller: &Caller,
    actor: &Actor,
    action: &'static str,
    (id, user): (AbsenceId, UserId),
    details: impl Into<ObjectText>,
) -> StoreResult<()> {
    let details = details.into().with([("absence_id", json!(id))]);
    let entity_id = Some(*user.as_bytes());
    audit::record(
        conn,
        caller,
        actor,
        &audit::Entry { action, entity: EntityType::User, entity_id, operation: None, details },
    )
}

/// The actor, if they may enter, change and remove absences of this user.
fn require(conn: &Connection, actor: &Actor, user: Option<UserId>) -> StoreResult<()> {
    let is_own = actor.id.is_some() && actor.id == user;
    let has_self_service = match actor.id {
        Some(own) if is_own && !actor.role.is_administrator() => has_self_service(conn, own)?,
        _ => false,
    };
    Ok(require_may_enter(actor.role, is_own, has_self_service)?)
}

pub(super) fn create(
    conn: &Connection,
    caller: &Caller,
    new: &NewAbsence,
    keyed: Option<&Keyed<Absence>>,
) -> StoreResult<Answer<Absence>> {
    let actor = authorize(conn, caller)?;
    actor.require_staff()?;
    require(conn, &actor, new.user)?;
    idempotency::once(conn, caller, &actor, keyed, |conn| {
        let user = new.user.ok_or(Refusal::UserNotFound)?;
        let seq: Option<i64> = conn.opt(USER, [user.as_bytes()], value)?;
        let (seq, id, at) = (seq.ok_or(Refusal::UserNotFound)?, AbsenceId::new(), caller.at.micros());
        conn.run(
            &INSERT,
            params![
                new.period.starts_at().micros(),
                new.period.ends_at().map(Timestamp::micros),
                new.note,
                at,
                id.as_bytes(),
                seq,
                at,
            ],
        )?;
        let (_, absence) = rows::get(conn, id)?;
        record(conn, caller, &actor, action::ABSENCE_CREATED, (id, user), absence.shown())?;
        Ok(absence)
    })
}

/// An absence that the actor may change, and its seq.
fn find(conn: &Connection, actor: &Actor, id: AbsenceId) -> StoreResult<(i64, Absence)> {
    actor.require_staff()?;
    let (seq, absence) = rows::get(conn, id)?;
    if !actor.viewer().is_none_or(|viewer| AbsenceVisibility::of(viewer).allows(absence.user)) {
        return Err(Refusal::AbsenceNotFound.into());
    }
    require(conn, actor, Some(absence.user))?;
    Ok((seq, absence))
}

pub(super) fn update(
    conn: &Connection,
    caller: &Caller,
    id: AbsenceId,
    changes: &AbsenceChanges,
) -> StoreResult<Absence> {
    let actor = authorize(conn, caller)?;
    let (seq, before) = find(conn, &actor, id)?;
    let after = changes.apply(&before)?;
    if after == before {
        return Ok(before);
    }
    let caller = &caller.taking_effect(caller.at, [before.updated_at]);
    conn.run(
        &UPDATE,
        params![
            after.period.starts_at().micros(),
            after.period.ends_at().map(Timestamp::micros),
            after.note,
            caller.at.micros(),
            seq,
        ],
    )?;
    let mut details = audit::changes(&before.shown(), &after.shown())?;
    if after.note != before.note {
        details = details.with([("note", json!("changed"))]);
    }
    record(conn, caller, &actor, action::ABSENCE_UPDATED, (id, before.user), details)?;
    rows::get(conn, id).map(|(_, absence)| absence)
}

pub(super) fn delete(conn: &Connection, caller: &Caller, id: AbsenceId) -> StoreResult<()> {
    let actor = authorize(conn, caller)?;
    let (seq, absence) = find(conn, &actor, id)?;
    conn.run(DELETE, [seq])?;
    record(conn, caller, &actor, action::ABSENCE_DELETED, (id, absence.user), absence.shown())
}
