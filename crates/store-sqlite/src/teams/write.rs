//! Creating, changing and deleting teams.

use reparto_domain::{
    Caller, Refusal, TeamId,
    audit::{EntityType, action},
    idempotency::{Answer, Keyed},
    json::ObjectText,
    opportunities::IfMatch,
    rotations::RotationSettings,
    teams::{NewTeam, Team, TeamChanges},
};
use reparto_store::{StoreError, StoreResult};
use reparto_store_rows::{
    columns::{self, TEAM_MADE, TEAM_WRITTEN},
    teams::{StoredTeam, made},
};
use rusqlite::{Connection, params};
use serde_json::json;

use super::rows;
use crate::{
    actor::{Actor, administrator},
    audit,
    engine::{
        Conn as _,
        errors::{into_store_error, violates_unique},
    },
    idempotency,
    rotations::book,
    statements::statements,
};

statements! {
    INSERT => columns::insert('?', "teams", &[&TEAM_WRITTEN[..], &TEAM_MADE].concat());
    UPDATE => columns::update('?', "teams", &TEAM_WRITTEN);
    DELETE = "UPDATE teams SET deleted_at = ?2, updated_at = ?2, revision = revision + 1 WHERE seq = ?1";
    TOUCH = "UPDATE teams SET updated_at = ?2, revision = revision + 1 WHERE seq = ?1";
}

/// Records what was done to a team, or to its members.
pub(super) fn record(
    conn: &Connection,
    caller: &Caller,
    actor: &Actor,
    action: &'static str,
    id: TeamId,
    details: impl Into<ObjectText>,
) -> StoreResult<()> {
    let entity_id = Some(*id.as_bytes());
    let entry = audit::Entry { action, entity: EntityType::Team, entity_id, operation: None, details: details.into() };
    audit::record(conn, caller, actor, &entry)
}

pub(super) fn create(
    conn: &Connection,
    caller: &Caller,
    new: &NewTeam,
    keyed: Option<&Keyed<Team>>,
) -> StoreResult<Answer<Team>> {
    let actor = administrator(conn, caller)?;
    idempotency::once(conn, caller, &actor, keyed, |conn| {
        let team = made(new, caller.at);
        let (stored, at) = (StoredTeam::of(&team)?, caller.at.micros());
        let written = conn.prepared(&INSERT)?.insert(params![
            stored.name,
            stored.name_key,
            stored.time_zone,
            stored.hours,
            stored.closed_days,
            stored.self_service,
            stored.revision,
            at,
            team.id.as_bytes(),
            at,
        ]);
        let seq = written.map_err(taken)?;
        book::make(conn, seq, team.rotation, (&team.name, &RotationSettings::default()), caller.at)?;
        record(conn, caller, &actor, action::TEAM_CREATED, team.id, new.shown())?;
        rows::by_seq(conn, seq)
    })
}

pub(super) fn update(
    conn: &Connection,
    caller: &Caller,
    id: TeamId,
    changes: &TeamChanges,
    if_match: Option<&IfMatch>,
) -> StoreResult<Team> {
    let actor = administrator(conn, caller)?;
    let (seq, before) = rows::get(conn, id)?;
    require(if_match, &before)?;
    let after = changes.apply(&before);
    if after == before {
        return Ok(before);
    }
    let after = Team { revision: before.revision + 1, ..after };
    let caller = &caller.taking_effect(caller.at, [before.updated_at]);
    let stored = StoredTeam::of(&after)?;
    conn.prepared(&UPDATE)?
        .execute(params![
            stored.name,
            stored.name_key,
            stored.time_zone,
            stored.hours,
            stored.closed_days,
            stored.self_service,
            stored.revision,
            caller.at.micros(),
            seq,
        ])
        .map_err(taken)?;
    record(conn, caller, &actor, action::TEAM_UPDATED, id, audit::changes(&before.shown(), &after.shown())?)?;
    rows::by_seq(conn, seq)
}

pub(super) fn delete(conn: &Connection, caller: &Caller, id: TeamId, if_match: Option<&IfMatch>) -> StoreResult<()> {
    let actor = administrator(conn, caller)?;
    let (seq, team) = rows::get(conn, id)?;
    require(if_match, &team)?;
    let caller = &caller.taking_effect(caller.at, [team.updated_at]);
    conn.run(DELETE, params![seq, caller.at.micros()])?;
    record(conn, caller, &actor, action::TEAM_DELETED, id, json!({ "name": team.name, "members": team.members }))
}

/// Notes in a team that its members changed.
pub(super) fn touch(conn: &Connection, team: i64, caller: &Caller) -> StoreResult<()> {
    conn.run(TOUCH, params![team, caller.at.micros()]).map(drop)
}

fn require(if_match: Option<&IfMatch>, team: &Team) -> StoreResult<()> {
    let holds = if_match.is_none_or(|condition| condition.allows(&team.version()));
    if holds { Ok(()) } else { Err(Refusal::PreconditionFailed.into()) }
}

fn taken(error: rusqlite::Error) -> StoreError {
    if violates_unique(&error, "teams.name_key") { Refusal::TeamNameTaken.into() } else { into_store_error(error) }
}
