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
use reparto_store_rows::{
    columns::{self, TEAM_MADE, TEAM_WRITTEN},
    teams::{StoredTeam, made},
};
use serde_json::json;

use super::rows;
use crate::{
    actor::{Actor, administrator},
    audit,
    engine::{
        errors::{Db, Fault},
        params::{At, Text, opt},
        tx::Conn,
    },
    idempotency::once,
    rotations::book,
    statements::statements,
};

statements! {
    INSERT => columns::insert('$', "teams", &[&TEAM_WRITTEN[..], &TEAM_MADE].concat()) + " RETURNING seq";
    UPDATE => columns::update('$', "teams", &TEAM_WRITTEN);
    DELETE = "UPDATE teams SET deleted_at = $2, updated_at = $2, revision = revision + 1 WHERE seq = $1";
    TOUCH = "UPDATE teams SET updated_at = $2, revision = revision + 1 WHERE seq = $1";
}

/// Records what was done to a team, or to its members.
pub(super) async fn record(
    tx: &mut Conn,
    caller: &Caller,
    actor: &Actor,
    action: &'static str,
    id: TeamId,
    details: impl Into<ObjectText>,
) -> Db<()> {
    let entity_id = Some(id.uuid());
    let entry = audit::Entry { action, entity: EntityType::Team, entity_id, operation: None, details: details.into() };
    audit::record(tx, caller, actor, &entry).await
}

pub(super) async fn create(
    tx: &mut Conn,
    caller: &Caller,
    new: &NewTeam,
    keyed: Option<&Keyed<Team>>,
) -> Db<Answer<Team>> {
    let actor = administrator(tx, caller).await?;
    once!(tx, caller, &actor, keyed, insert(tx, caller, &actor, new))
}

async fn insert(tx: &mut Conn, caller: &Caller, actor: &Actor, new: &NewTeam) -> Db<Team> {
    let caller = &tx.taking_effect(caller, []);
    let team = made(new, caller.at);
    let (stored, at) = (StoredTeam::of(&team)?, At(caller.at));
    let params: [&dyn crate::engine::params::Param; 10] = [
        &Text(&stored.name),
        &Text(&stored.name_key),
        &Text(&stored.time_zone),
        &opt(&stored.hours),
        &Text(&stored.closed_days),
        &stored.self_service,
        &stored.revision,
        &at,
        &team.id.uuid(),
        &at,
    ];
    let seq: i64 = tx.one(&INSERT, &params).await.map_err(taken)?.try_get(0)?;
    book::make(tx, seq, team.rotation, (&team.name, &RotationSettings::default()), caller.at).await?;
    record(tx, caller, actor, action::TEAM_CREATED, team.id, new.shown()).await?;
    rows::by_seq(tx, seq).await
}

pub(super) async fn update(
    tx: &mut Conn,
    caller: &Caller,
    id: TeamId,
    changes: &TeamChanges,
    if_match: Option<&IfMatch>,
) -> Db<Team> {
    let actor = administrator(tx, caller).await?;
    let (seq, before) = rows::lock(tx, id).await?;
    require(if_match, &before)?;
    let after = changes.apply(&before);
    if after == before {
        return Ok(before);
    }
    let after = Team { revision: before.revision + 1, ..after };
    let caller = &tx.taking_effect(caller, [before.updated_at]);
    let stored = StoredTeam::of(&after)?;
    let params: [&dyn crate::engine::params::Param; 9] = [
        &Text(&stored.name),
        &Text(&stored.name_key),
        &Text(&stored.time_zone),
        &opt(&stored.hours),
        &Text(&stored.closed_days),
        &stored.self_service,
        &stored.revision,
        &At(caller.at),
        &seq,
    ];
    tx.run(&UPDATE, &params).await.map_err(taken)?;
    let details = audit::changes(&before.shown(), &after.shown())?;
    record(tx, caller, &actor, action::TEAM_UPDATED, id, details).await?;
    rows::by_seq(tx, seq).await
}

pub(super) async fn delete(tx: &mut Conn, caller: &Caller, id: TeamId, if_match: Option<&IfMatch>) -> Db<()> {
    let actor = administrator(tx, caller).await?;
    let (seq, team) = rows::lock(tx, id).await?;
    require(if_match, &team)?;
    let caller = &tx.taking_effect(caller, [team.updated_at]);
    tx.run(DELETE, &[&seq, &At(caller.at)]).await?;
    let details = json!({ "name": team.name, "members": team.members });
    record(tx, caller, &actor, action::TEAM_DELETED, id, details).await
}

/// Notes in a team that its members changed.
pub(super) async fn touch(tx: &mut Conn, team: i64, caller: &Caller) -> Db<()> {
    tx.run(TOUCH, &[&team, &At(caller.at)]).await
}

fn require(if_match: Option<&IfMatch>, team: &Team) -> Db<()> {
    let holds = if_match.is_none_or(|condition| condition.allows(&team.version()));
    if holds { Ok(()) } else { Err(Refusal::PreconditionFailed.into()) }
}

fn taken(fault: Fault) -> Fault {
    if fault.violated() == Some("teams_name_key") { Refusal::TeamNameTaken.into() } else { fault }
}
