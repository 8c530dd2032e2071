//! Entering, changing and removing absences.

use reparto_domain::{
    AbsenceId, Caller, Refusal, UserId,
    absences::{Absence, AbsenceChanges, AbsenceVisibility, NewAbsence, require_may_enter},
    audit::{EntityType, action},
    idempotency::{Answer, Keyed},
    json::ObjectText,
};
use reparto_store_rows::columns::{self, ABSENCE_MADE, ABSENCE_WRITTEN};
use serde_json::json;

use super::rows;
use crate::{
    actor::{Actor, authorize},
    audit,
    engine::{
        errors::Db,
        params::{At, opt},
        tx::Conn,
    },
    idempotency::once,
    statements::statements,
    teams::has_self_service,
};

statements! {
    // A note is not written while its user is being erased.
    USER = "SELECT seq FROM users WHERE id = $1 AND deleted_at IS NULL FOR KEY SHARE";
    OF = "SELECT FROM users u JOIN absences a ON a.user_seq = u.seq WHERE a.id = $1 FOR KEY SHARE OF u";
    INSERT => columns::insert('$', "absences", &[&ABSENCE_WRITTEN[..], &ABSENCE_MADE].concat());
    UPDATE => columns::update('$', "absences", &ABSENCE_WRITTEN);
    DELETE = "DELETE FROM absences WHERE seq = $1";
}

/// Records what was done to an absence. The entry is about the user, so that it is found, and erased, with others about
/// them.
async fn record(
    tx: &mut Conn,
    caller: &Caller,
    actor: &Actor,
    action: &'static str,
    (id, user): (AbsenceId, UserId),
    details: impl Into<ObjectText>,
) -> Db<()> {
    let details = details.into().with([("absence_id", json!(id))]);
    let entity_id = Some(user.uuid());
    let entry = audit::Entry { action, entity: EntityType::User, entity_id, operation: None, details };
    audit::record(tx, caller, actor, &entry).await
}

/// The actor, if they may enter, change and remove absences of this user.
async fn require(tx: &mut Conn, actor: &Actor, user: Option<UserId>) -> Db<()> {
    let is_own = actor.id.is_some() && actor.id == user;
    let has_self_service = match actor.id {
        Some(own) if is_own && !actor.role.is_administrator() => has_self_service(tx, own).await?,
        _ => false,
    };
    Ok(require_may_enter(actor.role, is_own, has_self_service)?)
}

pub(super) async fn create(
    tx: &mut Conn,
    caller: &Caller,
    new: &NewAbsence,
    keyed: Option<&Keyed<Absence>>,
) -> Db<Answer<Absence>> {
    let actor = authorize(tx, caller).await?;
    actor.require_staff()?;
    require(tx, &actor, new.user).await?;
    once!(tx, caller, &actor, keyed, insert(tx, caller, &actor, new))
}

async fn insert(tx: &mut Conn, caller: &Caller, actor: &Actor, new: &NewAbsence) -> Db<Absence> {
    let user = new.user.ok_or(Refusal::UserNotFound)?;
    let seq: i64 = tx.opt(USER, &[&user.uuid()]).await?.ok_or(Refusal::UserNotFound)?.try_get(0)?;
    let caller = &tx.taking_effect(caller, []);
    let (id, at) = (AbsenceId::new(), At(caller.at));
    let params: [&dyn crate::engine::params::Param; 7] =
        [&At(new.period.starts_at()), &new.period.ends_at().map(At), &opt(&new.note), &at, &id.uuid(), &seq, &at];
    tx.run(&INSERT, &params).await?;
    let (_, absence) = rows::get(tx, id).await?;
    record(tx, caller, actor, action::ABSENCE_CREATED, (id, user), absence.shown()).await?;
    Ok(absence)
}

/// An absence that the actor may change, and its seq.
async fn find(tx: &mut Conn, actor: &Actor, id: AbsenceId) -> Db<(i64, Absence)> {
    actor.require_staff()?;
    // Users are locked before what is theirs.
    tx.run(OF, &[&id.uuid()]).await?;
    let (seq, absence) = rows::lock(tx, id).await?;
    if !actor.viewer().is_none_or(|viewer| AbsenceVisibility::of(viewer).allows(absence.user)) {
        return Err(Refusal::AbsenceNotFound.into());
    }
    require(tx, actor, Some(absence.user)).await?;
    Ok((seq, absence))
}

pub(super) async fn update(tx: &mut Conn, caller: &Caller, id: AbsenceId, changes: &AbsenceChanges) -> Db<Absence> {
    let actor = authorize(tx, caller).await?;
    let (seq, before) = find(tx, &actor, id).await?;
    let after = changes.apply(&before)?;
    if after == before {
        return Ok(before);
    }
    let caller = &tx.taking_effect(caller, [before.updated_at]);
    let params: [&dyn crate::engine::params::Param; 5] =
        [&At(after.period.starts_at()), &after.period.ends_at().map(At), &opt(&after.note), &At(caller.at), &seq];
    tx.run(&UPDATE, &params).await?;
    let mut details = audit::changes(&before.shown(), &after.shown())?;
    if after.note != before.note {
        details = details.with([("note", json!("changed"))]);
    }
    record(tx, caller, &actor, action::ABSENCE_UPDATED, (id, before.user), details).await?;
    rows::get(tx, id).await.map(|(_, absence)| absence)
}

pub(super) async fn delete(tx: &mut Conn, caller: &Caller, id: AbsenceId) -> Db<()> {
    let actor = authorize(tx, caller).await?;
    let (seq, absence) = find(tx, &actor, id).await?;
    tx.run(DELETE, &[&seq]).await?;
    record(tx, caller, &actor, action::ABSENCE_DELETED, (id, absence.user), absence.shown()).await
}
