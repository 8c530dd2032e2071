//! Making, changing and crediting rotations.

use reparto_domain::{
    Caller, Refusal, RotationId,
    audit::{EntityType, action},
    idempotency::{Answer, Keyed},
    json::ObjectText,
    opportunities::IfMatch,
    rotations::{Credit, NewRotation, Rotation, RotationChanges, RotationEvent},
};
use reparto_store_rows::{
    columns::{self, ROTATION_CHANGED},
    rotations::settings_text,
};
use serde_json::json;

use super::{
    book,
    rows::{self, Row},
};
use crate::{
    actor::{Actor, administrator},
    audit,
    engine::{
        errors::{Db, Fault},
        params::{At, Text},
        tx::Conn,
    },
    idempotency::once,
    statements::statements,
    teams,
};

statements! {
    UPDATE => columns::update('$', "rotations", &ROTATION_CHANGED);
    // Users are locked before rotations; a reason is not written while its user is being erased.
    USER = "SELECT seq FROM users WHERE id = $1 AND erased_at IS NULL FOR KEY SHARE";
}

/// Records what was done to a rotation.
async fn record(
    tx: &mut Conn,
    caller: &Caller,
    actor: &Actor,
    action: &'static str,
    id: RotationId,
    details: impl Into<ObjectText>,
) -> Db<()> {
    let (entity, entity_id) = (EntityType::Rotation, Some(id.uuid()));
    let entry = audit::Entry { action, entity, entity_id, operation: None, details: details.into() };
    audit::record(tx, caller, actor, &entry).await
}

pub(super) async fn create(
    tx: &mut Conn,
    caller: &Caller,
    new: &NewRotation,
    keyed: Option<&Keyed<Rotation>>,
) -> Db<Answer<Rotation>> {
    let actor = administrator(tx, caller).await?;
    once!(tx, caller, &actor, keyed, insert(tx, caller, &actor, new))
}

async fn insert(tx: &mut Conn, caller: &Caller, actor: &Actor, new: &NewRotation) -> Db<Rotation> {
    let (team, of) = teams::rows::lock(tx, new.team.ok_or(Refusal::TeamNotFound)?).await?;
    let caller = &tx.taking_effect(caller, [of.updated_at]);
    let (id, name) = (RotationId::new(), new.name.as_deref().unwrap_or(&of.name));
    let seq = book::make(tx, team, id, (name, &new.settings), caller.at).await?;
    let Row { rotation, .. } = rows::by_seq(tx, seq).await?;
    let details = ObjectText::from(rotation.shown()).with([("team_id", json!(of.id))]);
    record(tx, caller, actor, action::ROTATION_CREATED, id, details).await?;
    Ok(rotation)
}

pub(super) async fn update(
    tx: &mut Conn,
    caller: &Caller,
    id: RotationId,
    changes: &RotationChanges,
    if_match: Option<&IfMatch>,
) -> Db<Rotation> {
    let actor = administrator(tx, caller).await?;
    let row = rows::lock(tx, id).await?;
    let before = &row.rotation;
    if !if_match.is_none_or(|condition| condition.allows(&before.tag())) {
        return Err(Refusal::PreconditionFailed.into());
    }
    let after = changes.apply(before);
    if after == *before {
        return Ok(after);
    }
    let caller = &tx.taking_effect(caller, [before.updated_at]);
    let mut book = book::open(tx, &row).await?;
    book.renew(book.roster().clone())?;
    if let Some(booked) = book.close() {
        let (name, settings) = (Text(&after.name), settings_text(&after.settings)?);
        let version = booked.head.version;
        tx.run(&UPDATE, &[&name, &Text(&settings), &version, &At(caller.at), &row.seq]).await?;
        book::write(tx, caller, &actor, (row.seq, &after.settings), &booked, None).await?;
    }
    let details = audit::changes(&before.shown(), &after.shown())?;
    record(tx, caller, &actor, action::ROTATION_UPDATED, id, details).await?;
    Ok(rows::by_seq(tx, row.seq).await?.rotation)
}

pub(super) async fn credit(
    tx: &mut Conn,
    caller: &Caller,
    id: RotationId,
    credit: &Credit,
    keyed: Option<&Keyed<RotationEvent>>,
) -> Db<Answer<RotationEvent>> {
    let actor = administrator(tx, caller).await?;
    once!(tx, caller, &actor, keyed, add(tx, caller, &actor, id, credit))
}

async fn add(tx: &mut Conn, caller: &Caller, actor: &Actor, id: RotationId, credit: &Credit) -> Db<RotationEvent> {
    rows::get(tx, id).await?;
    let user = credit.user.ok_or(Refusal::MemberNotFound)?;
    let found = tx.opt(USER, &[&user.uuid()]).await?.ok_or(Refusal::MemberNotFound)?;
    let row = rows::lock(tx, id).await?;
    let caller = &tx.taking_effect(caller, [row.rotation.updated_at]);
    let mut book = book::open(tx, &row).await?;
    book.credit(found.try_get(0)?, credit.turns)?;
    let booked = book.close().ok_or_else(|| Fault::inconsistent("a credit that changes nothing"))?;
    book::write(tx, caller, actor, (row.seq, &row.rotation.settings), &booked, Some(&credit.reason)).await?;
    // Without the reason, which may tell of somebody: it is erased with the user.
    let details = json!({ "member": user, "millionths": credit.turns, "event": booked.head.events });
    record(tx, caller, actor, action::ROTATION_CREDITED, id, details).await?;
    rows::written(tx, row.seq, booked.head.events).await
}
