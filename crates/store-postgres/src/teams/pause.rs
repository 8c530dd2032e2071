//! What members do for themselves.

use reparto_domain::{Caller, Refusal, TeamId, Timestamp, UserId, audit::action};
use serde_json::json;

use super::write::{record, touch};
use crate::{
    actor::authorize,
    engine::{errors::Db, params::At, tx::Conn},
    rows::Reader,
    statements::statements,
};

statements! {
    // The teams of a user that have self-service.
    TEAMS = "SELECT t.seq, t.id, t.updated_at FROM team_members m JOIN teams t ON t.seq = m.team \
        WHERE m.user_seq = $1 AND m.left_at IS NULL AND t.self_service AND t.deleted_at IS NULL ORDER BY t.seq \
        FOR NO KEY UPDATE OF t";
    HAS = "SELECT EXISTS (SELECT FROM team_members m JOIN teams t ON t.seq = m.team JOIN users u ON u.seq = m.user_seq \
        WHERE u.id = $1 AND m.left_at IS NULL AND t.self_service AND t.deleted_at IS NULL)";
    MEMBER = "SELECT paused_until FROM team_members WHERE team = $1 AND user_seq = $2 AND left_at IS NULL";
    PAUSE = "UPDATE team_members SET paused_until = $3 WHERE team = $1 AND user_seq = $2";
}

/// Whether a user is a member of a team that has self-service.
pub(crate) async fn has_self_service(conn: &mut Conn, user: UserId) -> Db<bool> {
    Ok(conn.one(HAS, &[&user.uuid()]).await?.try_get(0)?)
}

/// Pauses the caller, or ends the pause.
pub(super) async fn pause(tx: &mut Conn, caller: &Caller, until: Option<Timestamp>) -> Db<Vec<TeamId>> {
    let actor = authorize(tx, caller).await?;
    let (seq, user) = actor.oneself()?;
    let mut teams = Vec::new();
    for row in tx.all(TEAMS, &[&seq]).await? {
        let mut row = Reader::new(&row);
        let (team, id, updated_at) = (row.next::<i64>()?, TeamId::from_uuid(row.next()?), row.time()?);
        // Read anew: the membership may have changed while the lock on its team was waited for.
        let Some(member) = tx.opt(MEMBER, &[&team, &seq]).await? else { continue };
        let before = Reader::new(&member).time_or_none()?;
        teams.push(id);
        if before == until {
            continue;
        }
        let caller = &tx.taking_effect(caller, [updated_at]);
        tx.run(PAUSE, &[&team, &seq, &until.map(At)]).await?;
        touch(tx, team, caller).await?;
        let details = json!({ "member": user, "paused_until": { "from": before, "to": until } });
        record(tx, caller, &actor, action::TEAM_UPDATED, id, details).await?;
    }
    if teams.is_empty() { Err(Refusal::SelfServiceRequired.into()) } else { Ok(teams) }
}
