//! What members do for themselves.

use reparto_domain::{Caller, Refusal, TeamId, Timestamp, UserId, audit::action};
use reparto_store::StoreResult;
use rusqlite::{Connection, params};
use serde_json::json;

use super::write::{record, touch};
use crate::{actor::authorize, engine::Conn as _, rows::value, statements::statements};

statements! {
    // The teams of a user that have self-service.
    TEAMS = "SELECT t.seq, t.id, t.updated_at, m.paused_until FROM team_members m JOIN teams t ON t.seq = m.team \
        WHERE m.user_seq = ?1 AND m.left_at IS NULL AND t.self_service = 1 AND t.deleted_at IS NULL ORDER BY t.seq";
    HAS = "SELECT EXISTS (SELECT 1 FROM team_members m JOIN teams t ON t.seq = m.team JOIN users u ON u.seq = m.user_seq \
        WHERE u.id = ?1 AND m.left_at IS NULL AND t.self_service = 1 AND t.deleted_at IS NULL)";
    PAUSE = "UPDATE team_members SET paused_until = ?3 WHERE team = ?1 AND user_seq = ?2";
}

/// Whether a user is a member of a team that has self-service.
pub(crate) fn has_self_service(conn: &Connection, user: UserId) -> StoreResult<bool> {
    conn.one(HAS, [user.as_bytes()], value)
}

/// Pauses the caller, or ends the pause.
pub(super) fn pause(conn: &Connection, caller: &Caller, until: Option<Timestamp>) -> StoreResult<Vec<TeamId>> {
    let actor = authorize(conn, caller)?;
    let (seq, user) = actor.oneself()?;
    let teams = conn.all(TEAMS, [seq], |row| {
        Ok((row.next::<i64>()?, TeamId::from_bytes(row.next()?), row.time()?, row.time_or_none()?))
    })?;
    if teams.is_empty() {
        return Err(Refusal::SelfServiceRequired.into());
    }
    for (team, id, updated_at, before) in &teams {
        if *before == until {
            continue;
        }
        let caller = &caller.taking_effect(caller.at, [*updated_at]);
        conn.run(PAUSE, params![team, seq, until.map(Timestamp::micros)])?;
        touch(conn, *team, caller)?;
        let details = json!({ "member": user, "paused_until": { "from": before, "to": until } });
        record(conn, caller, &actor, action::TEAM_UPDATED, *id, details)?;
    }
    Ok(teams.into_iter().map(|(_, id, _, _)| id).collect())
}
