//! Who is in a team, and with what.

use reparto_domain::{
    Caller, Refusal, Roles, TeamId, UserId,
    audit::action,
    json::ObjectText,
    opportunities::Assignee,
    teams::{MemberChanges, MemberSettings, TeamMember},
};
use reparto_store_rows::{
    columns::{self, MEMBER_WRITTEN},
    teams::StoredSettings,
};
use serde_json::json;

use super::{
    rows,
    write::{record, touch},
};
use crate::{
    actor,
    assignee::user_for_assignment,
    audit,
    engine::{
        errors::Db,
        params::{At, Text, opt},
        tx::Conn,
    },
    rotations::book,
    statements::statements,
};

statements! {
    // Somebody who was a member before has a row.
    WRITE => columns::upsert('$', "team_members", &MEMBER_WRITTEN, 2);
    USER = "SELECT seq FROM users WHERE id = $1";
    LEAVE = "UPDATE team_members SET left_at = $3, paused_until = NULL WHERE team = $1 AND user_seq = $2";
}

/// Adds a member, or changes one.
pub(super) async fn put(
    tx: &mut Conn,
    caller: &Caller,
    (team, user): (TeamId, UserId),
    changes: &MemberChanges,
    assignable: &Roles,
) -> Db<TeamMember> {
    let actor = actor::administrator(tx, caller).await?;
    rows::get(tx, team).await?;
    // Users are locked before teams.
    let holder = user_for_assignment(tx, Assignee::User(user), assignable).await?;
    let (seq, of) = rows::lock(tx, team).await?;
    let member = rows::member_of(tx, seq, holder.seq).await?;
    let before = member.as_ref().map(|member| &member.settings);
    let after = changes.apply(before, rows::last_place(tx, seq, holder.seq).await?);
    if let Some(member) = member.as_ref().filter(|member| member.settings == after) {
        return Ok(member.clone());
    }
    let caller = &tx.taking_effect(caller, [of.updated_at]);
    let joined_at = member.as_ref().map_or(caller.at, |member| member.joined_at);
    let stored = StoredSettings::of(&after)?;
    let params: [&dyn crate::engine::params::Param; 12] = [
        &seq,
        &holder.seq,
        &after.place,
        &stored.weight,
        &Text(&stored.skills),
        &opt(&stored.time_zone),
        &opt(&stored.hours),
        &after.daily_quota,
        &after.open_cap,
        &after.paused_until.map(At),
        &At(joined_at),
        &None::<At>,
    ];
    tx.run(&WRITE, &params).await?;
    book::follow(tx, caller, &actor, seq).await?;
    touch(tx, seq, caller).await?;
    record(tx, caller, &actor, action::TEAM_UPDATED, team, told(user, before, &after)?).await?;
    rows::written(tx, seq, holder.seq).await
}

/// What the audit log tells of a member who was added or changed.
fn told(user: UserId, before: Option<&MemberSettings>, after: &MemberSettings) -> Db<ObjectText> {
    Ok(match before {
        None => json!({ "member_added": user, "settings": after.shown() }).into(),
        Some(before) => audit::changes(&before.shown(), &after.shown())?.with([("member", json!(user))]),
    })
}

/// Ends a membership.
pub(super) async fn remove(tx: &mut Conn, caller: &Caller, team: TeamId, user: UserId) -> Db<()> {
    let actor = actor::administrator(tx, caller).await?;
    let (seq, of) = rows::lock(tx, team).await?;
    let found = tx.opt(USER, &[&user.uuid()]).await?.ok_or(Refusal::MemberNotFound)?;
    let user_seq: i64 = found.try_get(0)?;
    rows::member_of(tx, seq, user_seq).await?.ok_or(Refusal::MemberNotFound)?;
    let caller = &tx.taking_effect(caller, [of.updated_at]);
    tx.run(LEAVE, &[&seq, &user_seq, &At(caller.at)]).await?;
    book::follow(tx, caller, &actor, seq).await?;
    touch(tx, seq, caller).await?;
    record(tx, caller, &actor, action::TEAM_UPDATED, team, json!({ "member_removed": user })).await
}
