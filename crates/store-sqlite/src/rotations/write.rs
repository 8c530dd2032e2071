//! Making, changing and crediting rotations.

use reparto_domain::{
    Caller, Refusal, RotationId,
    audit::{EntityType, action},
    idempotency::{Answer, Keyed},
    json::ObjectText,
    opportunities::IfMatch,
    rotations::{Credit, NewRotation, Rotation, RotationChanges, RotationEvent},
};
use reparto_store::{StoreError, StoreResult};
use reparto_store_rows::{
    columns::{self, ROTATION_CHANGED},
    rotations::settings_text,
};
use rusqlite::{Connection, params};
use serde_json::json;

use super::{
    book,
    rows::{self, Row},
};
use crate::{
    actor::{Actor, administrator},
    assignments::user_seq,
    audit,
    engine::Conn as _,
    idempotency,
    statements::statements,
    teams,
};

statements! {
    UPDATE => columns::update('?', "rotations", &ROTATION_CHANGED);
}

/// Records what was done to a rotation.
fn record(
    conn: &Connection,
    caller: &Caller,
    actor: &Actor,
    action: &'static str,
    id: RotationId,
    details: impl Into<ObjectText>,
) -> StoreResult<()> {
    let (entity, entity_id) = (EntityType::Rotation, Some(*id.as_bytes()));
    let entry = audit::Entry { action, entity, entity_id, operation: None, details: details.into() };
    audit::record(conn, caller, actor, &entry)
}

pub(super) fn create(
    conn: &Connection,
    caller: &Caller,
    new: &NewRotation,
    keyed: Option<&Keyed<Rotation>>,
) -> StoreResult<Answer<Rotation>> {
    let actor = administrator(conn, caller)?;
    idempotency::once(conn, caller, &actor, keyed, |conn| {
        let (team, of) = teams::rows::get(conn, new.team.ok_or(Refusal::TeamNotFound)?)?;
        let caller = &caller.taking_effect(caller.at, [of.updated_at]);
        let (id, name) = (RotationId::new(), new.name.as_deref().unwrap_or(&of.name));
        let seq = book::make(conn, team, id, (name, &new.settings), caller.at)?;
        let Row { rotation, .. } = rows::by_seq(conn, seq)?;
        let details = ObjectText::from(rotation.shown()).with([("team_id", json!(of.id))]);
        record(conn, caller, &actor, action::ROTATION_CREATED, id, details)?;
        Ok(rotation)
    })
}

pub(super) fn update(
    conn: &Connection,
    caller: &Caller,
    id: RotationId,
    changes: &RotationChanges,
    if_match: Option<&IfMatch>,
) -> StoreResult<Rotation> {
    let actor = administrator(conn, caller)?;
    let row = rows::get(conn, id)?;
    let before = &row.rotation;
    if !if_match.is_none_or(|condition| condition.allows(&before.tag())) {
        return Err(Refusal::PreconditionFailed.into());
    }
    let after = changes.apply(before);
    if after == *before {
        return Ok(after);
    }
    let caller = &caller.taking_effect(caller.at, [before.updated_at]);
    let mut book = book::open(conn, &row)?;
    book.renew(book.roster().clone())?;
    if let Some(booked) = book.close() {
        let (settings, at) = (settings_text(&after.settings)?, caller.at.micros());
        conn.run(&UPDATE, params![after.name, settings, booked.head.version, at, row.seq])?;
        book::write(conn, caller, &actor, (row.seq, &after.settings), &booked, None)?;
    }
    let details = audit::changes(&before.shown(), &after.shown())?;
    record(conn, caller, &actor, action::ROTATION_UPDATED, id, details)?;
    Ok(rows::by_seq(conn, row.seq)?.rotation)
}

pub(super) fn credit(
    conn: &Connection,
    caller: &Caller,
    id: RotationId,
    credit: &Credit,
    keyed: Option<&Keyed<RotationEvent>>,
) -> StoreResult<Answer<RotationEvent>> {
    let actor = administrator(conn, caller)?;
    idempotency::once(conn, caller, &actor, keyed, |conn| {
        let row = rows::get(conn, id)?;
        let user = credit.user.ok_or(Refusal::MemberNotFound)?;
        let caller = &caller.taking_effect(caller.at, [row.rotation.updated_at]);
        let mut book = book::open(conn, &row)?;
        book.credit(user_seq(conn, user)?.ok_or(Refusal::MemberNotFound)?, credit.turns)?;
        let booked = book.close().ok_or_else(|| StoreError::Internal("a credit that changes nothing".into()))?;
        book::write(conn, caller, &actor, (row.seq, &row.rotation.settings), &booked, Some(&credit.reason))?;
        // Without the reason, which may tell of somebody: it is erased with the user.
        let details = json!({ "member": user, "millionths": credit.turns, "event": booked.head.events });
        record(conn, caller, &actor, action::ROTATION_CREDITED, id, details)?;
        rows::written(conn, row.seq, booked.head.events)
    })
}
