//! Members of teams.

use reparto_domain::{
    Refusal, Role, Roles, TeamId, Timestamp, UserId,
    audit::action,
    cursor::KeyCursor,
    dealing::hours::Zone,
    teams::{MemberChanges, MemberSettings, Skill, Skills, TeamChanges, TeamMember, Weight},
};
use serde_json::json;

use super::office_hours;
use crate::{Fixture, fixture::refused};

rules! { $ member_rules in teams::members {
    a_member_has_defaults_and_changes_touch_only_their_fields,
    members_are_refused_as_assignees_are,
    a_place_is_after_the_last_unless_it_is_given,
    members_are_listed_by_place_in_parts,
    who_left_and_returns_begins_anew,
    inactive_and_deleted_users_stay_members,
    changes_of_members_are_in_the_log_of_their_team,
    members_pause_themselves_where_their_teams_allow_it,
    a_deleted_team_gives_no_self_service,
}}

fn weight(number: i64) -> Weight {
    Weight::try_from(number).unwrap()
}

async fn a_member_has_defaults_and_changes_touch_only_their_fields(f: Fixture) {
    let (team, agent) = (f.team("Madrid").await, f.agent().await);
    let made = f.member(team.id, &agent).await;
    assert_eq!((made.user, made.name.as_str(), made.is_active), (agent.id, agent.name.as_str(), true));
    assert_eq!(made.settings, MemberSettings { place: 1, ..MemberSettings::default() });
    let all = MemberChanges {
        place: Some(Some(7)),
        weight: Some(Some(weight(50))),
        skills: Some(Skills::new(Skill::new("lang:ar").into_iter().chain(Skill::new("civil")))),
        time_zone: Some(Some("Atlantic/Canary".parse::<Zone>().unwrap())),
        hours: Some(Some(office_hours())),
        daily_quota: Some(Some(5)),
        open_cap: Some(Some(0)),
        paused_until: Some(Some(f.tick())),
    };
    let full = f.try_member(team.id, agent.id, all.clone()).await.unwrap();
    assert_eq!(full.settings, all.apply(None, None));
    assert_eq!(full.joined_at, made.joined_at);
    let lighter = MemberChanges { weight: Some(Some(weight(10))), ..MemberChanges::default() };
    let changed = f.try_member(team.id, agent.id, lighter.clone()).await.unwrap();
    let expected = MemberSettings { weight: weight(10), ..full.settings.clone() };
    assert_eq!(changed.settings, expected);
    let null =
        MemberChanges { hours: Some(None), daily_quota: Some(None), weight: Some(None), ..MemberChanges::default() };
    let changed = f.try_member(team.id, agent.id, null).await.unwrap();
    let expected = MemberSettings { weight: Weight::default(), hours: None, daily_quota: None, ..full.settings };
    assert_eq!(changed.settings, expected);
    assert_eq!(f.members(team.id).await, std::slice::from_ref(&changed));
    assert_eq!(f.store().team_get(team.id).await.unwrap().members, 1);
    // The same again is no change.
    let revision = f.store().team_get(team.id).await.unwrap().revision;
    assert_eq!(f.try_member(team.id, agent.id, MemberChanges::default()).await.unwrap(), changed);
    assert_eq!(f.store().team_get(team.id).await.unwrap().revision, revision);
}

async fn members_are_refused_as_assignees_are(f: Fixture) {
    let team = f.team("Madrid").await;
    let put = async |user: UserId| refused(f.try_member(team.id, user, MemberChanges::default()).await);
    assert_eq!(put(UserId::new()).await, Refusal::AssigneeNotFound);
    assert_eq!(put(f.deleted_agent().await.id).await, Refusal::AssigneeNotFound);
    assert_eq!(put(f.inactive_agent().await.id).await, Refusal::AssigneeInactive);
    let roles = Roles::default();
    let expected = Refusal::AssigneeRoleNotAssignable { roles: roles.clone() };
    for role in Role::ALL.into_iter().filter(|role| !roles.contains(*role)) {
        assert_eq!(put(f.user(role).await.id).await, expected, "{role}");
    }
    let f = f.with_assignable(&Roles::new([Role::Superuser]));
    let user = f.user(Role::Superuser).await;
    f.member(team.id, &user).await;
    // Who is a member, too.
    f.set_active(&user, false).await;
    let changed = f
        .try_member(team.id, user.id, MemberChanges { weight: Some(Some(weight(1))), ..MemberChanges::default() })
        .await;
    assert_eq!(refused(changed), Refusal::AssigneeInactive);
    for id in [f.agent().await.id, UserId::new()] {
        assert_eq!(refused(f.store().member_remove(&f.as_admin(), team.id, id).await), Refusal::MemberNotFound);
    }
}

async fn a_place_is_after_the_last_unless_it_is_given(f: Fixture) {
    let (team, agents) = (f.team("Madrid").await, [f.agent().await, f.agent().await, f.agent().await]);
    assert_eq!(f.member(team.id, &agents[0]).await.settings.place, 1);
    let given = MemberChanges { place: Some(Some(9)), ..MemberChanges::default() };
    assert_eq!(f.try_member(team.id, agents[1].id, given).await.unwrap().settings.place, 9);
    assert_eq!(f.member(team.id, &agents[2]).await.settings.place, 10);
    let last = MemberChanges { place: Some(None), ..MemberChanges::default() };
    assert_eq!(f.try_member(team.id, agents[0].id, last.clone()).await.unwrap().settings.place, 11);
    assert_eq!(f.try_member(team.id, agents[0].id, last).await.unwrap().settings.place, 11, "already the last");
}

/// Every member, read in parts of this size.
async fn in_parts(f: &Fixture, team: TeamId, limit: u64) -> Vec<TeamMember> {
    let (mut found, mut after): (_, Option<KeyCursor>) = (Vec::new(), None);
    loop {
        let part = f.store().member_list(team, after, limit).await.unwrap();
        found.extend(part.items);
        after = part.next;
        if after.is_none() {
            return found;
        }
    }
}

async fn members_are_listed_by_place_in_parts(f: Fixture) {
    let (team, other) = (f.team("Madrid").await, f.team("Toledo").await);
    let mut expected = Vec::new();
    for place in [3, 1, 2, 1, 3, 0] {
        let agent = f.agent().await;
        let changes = MemberChanges { place: Some(Some(place)), ..MemberChanges::default() };
        expected.push(f.try_member(team.id, agent.id, changes).await.unwrap());
    }
    f.member(other.id, &f.agent().await).await;
    expected.sort_by_key(|member| member.settings.place);
    for limit in [1, 2, 4, 6, 100] {
        assert_eq!(in_parts(&f, team.id, limit).await, expected, "{limit}");
    }
}

async fn who_left_and_returns_begins_anew(f: Fixture) {
    let (team, agent) = (f.team("Madrid").await, f.agent().await);
    let changes =
        MemberChanges { weight: Some(Some(weight(7))), paused_until: Some(Some(f.tick())), ..MemberChanges::default() };
    let first = f.try_member(team.id, agent.id, changes).await.unwrap();
    f.store().member_remove(&f.as_admin(), team.id, agent.id).await.unwrap();
    assert!(f.members(team.id).await.is_empty());
    assert_eq!(f.store().team_get(team.id).await.unwrap().members, 0);
    let again = f.store().member_remove(&f.as_admin(), team.id, agent.id).await;
    assert_eq!(refused(again), Refusal::MemberNotFound);
    let second = f.member(team.id, &agent).await;
    assert_eq!(second.settings, MemberSettings { place: 1, ..MemberSettings::default() });
    assert!(second.joined_at > first.joined_at);
    assert_eq!(f.members(team.id).await, [second]);
}

async fn inactive_and_deleted_users_stay_members(f: Fixture) {
    let (team, agents) = (f.team("Madrid").await, [f.agent().await, f.agent().await, f.agent().await]);
    for agent in &agents {
        f.member(team.id, agent).await;
    }
    f.set_active(&agents[0], false).await;
    f.store().user_delete(&f.system(), agents[1].id).await.unwrap();
    let active: Vec<bool> = f.members(team.id).await.iter().map(|member| member.is_active).collect();
    assert_eq!(active, [false, false, true]);
    assert_eq!(f.store().team_get(team.id).await.unwrap().members, 3);
    f.store().member_remove(&f.as_admin(), team.id, agents[1].id).await.unwrap();
    assert_eq!(f.members(team.id).await.len(), 2);
}

async fn changes_of_members_are_in_the_log_of_their_team(f: Fixture) {
    let (team, agent) = (f.team("Madrid").await, f.agent().await);
    f.member(team.id, &agent).await;
    let changes = MemberChanges { weight: Some(Some(weight(7))), ..MemberChanges::default() };
    f.try_member(team.id, agent.id, changes).await.unwrap();
    f.store().member_remove(&f.as_admin(), team.id, agent.id).await.unwrap();
    let log = f.log_of(action::TEAM_UPDATED).await;
    assert!(log.iter().all(|entry| entry.entity_id == Some(team.id.to_string()) && entry.entity_type == "team"));
    let details: Vec<_> = log.iter().map(|entry| entry.details.to_value()).collect();
    assert_eq!(details[0], json!({ "member_removed": agent.id }));
    assert_eq!(details[1], json!({ "member": agent.id, "weight": {"from": 100, "to": 7} }));
    assert_eq!((&details[2]["member_added"], &details[2]["settings"]["weight"]), (&json!(agent.id), &json!(100)));
    assert_eq!(f.store().team_get(team.id).await.unwrap().revision, 3);
}

async fn members_pause_themselves_where_their_teams_allow_it(f: Fixture) {
    let (own, other) = (f.self_service_team("Madrid").await, f.team("Toledo").await);
    let second = f.self_service_team("Cuenca").await;
    let (agent, outsider) = (f.agent().await, f.agent().await);
    for team in [own.id, other.id, second.id] {
        f.member(team, &agent).await;
    }
    f.member(own.id, &f.agent().await).await;
    let until = f.tick().plus_seconds(3_600);
    assert_eq!(refused(f.store().member_pause(&f.by(&outsider), Some(until)).await), Refusal::SelfServiceRequired);
    assert_eq!(refused(f.store().member_pause(&f.as_admin(), None).await), Refusal::SelfServiceRequired);
    assert!(f.store().member_has_self_service(agent.id).await.unwrap());
    assert!(!f.store().member_has_self_service(outsider.id).await.unwrap());
    assert_eq!(f.store().member_pause(&f.by(&agent), Some(until)).await.unwrap(), [own.id, second.id]);
    let paused = async |team: TeamId| -> Vec<Option<Timestamp>> {
        f.members(team).await.iter().map(|member| member.settings.paused_until).collect()
    };
    assert_eq!((paused(own.id).await, paused(other.id).await), (vec![Some(until), None], vec![None]));
    assert_eq!(paused(second.id).await, [Some(until)]);
    assert_eq!(f.store().member_pause(&f.by(&agent), None).await.unwrap(), [own.id, second.id]);
    assert_eq!((paused(own.id).await, paused(second.id).await), (vec![None, None], vec![None]));
    let log = f.log_of(action::TEAM_UPDATED).await;
    let expected = json!({ "member": agent.id, "paused_until": {"from": until, "to": null} });
    assert_eq!((log[0].actor_id, log[0].details.to_value()), (Some(agent.id), expected));
    // What is so already is not written again.
    f.store().member_pause(&f.by(&agent), None).await.unwrap();
    assert_eq!(f.log_of(action::TEAM_UPDATED).await.len(), log.len());
}

async fn a_deleted_team_gives_no_self_service(f: Fixture) {
    let (agent, other) = (f.agent().await, f.agent().await);
    let (gone, changed) = (f.self_service_team("Madrid").await, f.self_service_team("Toledo").await);
    f.member(gone.id, &agent).await;
    f.member(changed.id, &other).await;
    f.store().team_delete(&f.as_admin(), gone.id, None).await.unwrap();
    let none = TeamChanges { self_service: Some(false), ..TeamChanges::default() };
    f.store().team_update(&f.as_admin(), changed.id, none, None).await.unwrap();
    for member in [&agent, &other] {
        assert!(!f.store().member_has_self_service(member.id).await.unwrap());
        assert_eq!(refused(f.store().member_pause(&f.by(member), None).await), Refusal::SelfServiceRequired);
    }
    let third = f.self_service_team("Cuenca").await;
    f.member(third.id, &agent).await;
    f.store().member_remove(&f.as_admin(), third.id, agent.id).await.unwrap();
    assert!(!f.store().member_has_self_service(agent.id).await.unwrap());
}
