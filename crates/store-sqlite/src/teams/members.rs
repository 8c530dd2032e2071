//! Who is in a team, and with what.

use reparto_domain::{
    Caller, Refusal, Roles, TeamId, Timestamp, UserId,
    audit::action,
    json::ObjectText,
    opportunities::Assignee,
    teams::{MemberChanges, MemberSettings, TeamMember},
};
use reparto_store::StoreResult;
use reparto_store_rows::{
    columns::{self, MEMBER_WRITTEN},
    teams::StoredSettings,
};
use rusqlite::{Connection, params};
use serde_json::json;

use super::{
    rows,
    write::{record, touch},
};
use crate::{
    actor, assignee::user_for_assignment, assignments::user_seq, audit, engine::Conn as _, rotations::book,
    statements::statements,
};

statements! {
    // Somebody who was a member before has a row.
    WRITE => columns::upsert('?', "team_members", &MEMBER_WRITTEN, 2);
    LEAVE = "UPDATE team_members SET left_at = ?3, paused_until = NULL WHERE team = ?1 AND user_seq = ?2";
}

/// Adds a member, or changes one.
pub(super) fn put(
    conn: &Connection,
    caller: &Caller,
    (team, user): (TeamId, UserId),
    changes: &MemberChanges,
    assignable: &Roles,
) -> StoreResult<TeamMember> {
    let actor = actor::administrator(conn, caller)?;
    let (seq, of) = rows::get(conn, team)?;
    let holder = user_for_assignment(conn, Assignee::User(user), assignable)?;
    let member = rows::member_of(conn, seq, holder.seq)?;
    let before = member.as_ref().map(|member| &member.settings);
    let after = changes.apply(before, rows::last_place(conn, seq, holder.seq)?);
    if let Some(member) = member.as_ref().filter(|member| member.settings == after) {
        return Ok(member.clone());
    }
    let caller = &caller.taking_effect(caller.at, [of.updated_at]);
    let joined_at = member.as_ref().map_or(caller.at, |member| member.joined_at);
    let stored = StoredSettings::of(&after)?;
    conn.run(
        &WRITE,
        params![
            seq,
            holder.seq,
            after.place,
            stored.weight,
            stored.skills,
            stored.time_zone,
            stored.hours,
            after.daily_quota,
            after.open_cap,
            after.paused_until.map(Timestamp::micros),
            joined_at.micros(),
            None::<i64>,
        ],
    )?;
    book::follow(conn, caller, &actor, seq)?;
    touch(conn, seq, caller)?;
    record(conn, caller, &actor, action::TEAM_UPDATED, team, told(user, before, &after)?)?;
    rows::written(conn, seq, holder.seq)
}

/// What the audit log tells of a member who was added or changed.
fn told(user: UserId, before: Option<&MemberSettings>, after: &MemberSettings) -> StoreResult<ObjectText> {
    Ok(match before {
        None => json!({ "member_added": user, "settings": after.shown() }).into(),
        Some(before) => audit::changes(&before.shown(), &after.shown())?.with([("member", json!(user))]),
    })
}

/// Ends a membership.
pub(super) fn remove(conn: &Connection, caller: &Caller, team: TeamId, user: UserId) -> StoreResult<()> {
    let actor = actor::administrator(conn, caller)?;
    let (seq, of) = rows::get(conn, team)?;
    let user_seq = user_seq(conn, user)?.ok_or(Refusal::MemberNotFound)?;
    rows::member_of(conn, seq, user_seq)?.ok_or(Refusal::MemberNotFound)?;
    let caller = &caller.taking_effect(caller.at, [of.updated_at]);
    conn.run(LEAVE, params![seq, user_seq, caller.at.micros()])?;
    book::follow(conn, caller, &actor, seq)?;
    touch(conn, seq, caller)?;
    record(conn, caller, &actor, action::TEAM_UPDATED, team, json!({ "member_removed": user }))
}
