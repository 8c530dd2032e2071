//! Teams.

pub mod members;

use futures::future::join_all;
use reparto_domain::{
    Refusal, Role, TeamId, UserId,
    audit::action,
    cursor::SequenceCursor,
    dealing::hours::{Hours, Shift, Zone},
    idempotency::Answer,
    opportunities::IfMatch,
    teams::{ClosedDays, MemberChanges, NewTeam, Team, TeamChanges, TeamMember},
};
use reparto_store::StoreResult;
use serde_json::json;

use crate::{
    Fixture, Member,
    fixture::{keyed, refused},
};

rules! { $ team_rules in teams {
    teams_are_written_by_administrators_alone,
    a_team_is_created_with_a_rotation_changed_and_deleted,
    names_are_unique_whatever_their_case,
    of_two_teams_with_one_name_made_at_once_one_is_refused,
    a_repeated_request_makes_one_team,
    a_change_meant_for_another_version_is_refused,
    a_change_to_the_same_values_writes_nothing,
    teams_are_listed_in_parts,
}}

/// A command to create a team, with the defaults.
pub(crate) fn new_team(name: &str) -> NewTeam {
    NewTeam {
        name: name.to_owned(),
        time_zone: Zone::UTC,
        hours: None,
        closed_days: ClosedDays::default(),
        self_service: false,
    }
}

/// From nine to six, Monday to Friday.
fn office_hours() -> Hours {
    let shift = Shift::new((1..=5).collect(), "09:00".parse().unwrap(), "18:00".parse().unwrap()).unwrap();
    Hours::new(vec![shift]).unwrap()
}

impl Fixture {
    /// Creates a team as the administrator.
    pub(crate) async fn try_team(&self, team: NewTeam) -> StoreResult<Team> {
        let made = self.store().team_create(&self.as_admin(), team, None).await;
        made.map(|answer| answer.fresh().expect("fresh without a key"))
    }

    /// A new team.
    pub(crate) async fn team(&self, name: &str) -> Team {
        self.try_team(new_team(name)).await.expect("team_create")
    }

    /// A new team whose members may pause themselves and enter their absences.
    pub(crate) async fn self_service_team(&self, name: &str) -> Team {
        self.try_team(NewTeam { self_service: true, ..new_team(name) }).await.expect("team_create")
    }

    /// Adds or changes a member as the administrator.
    pub(crate) async fn try_member(
        &self,
        team: TeamId,
        user: UserId,
        changes: MemberChanges,
    ) -> StoreResult<TeamMember> {
        self.store().member_put(&self.as_admin(), team, user, changes, &self.assignable).await
    }

    /// Adds a member with the defaults.
    pub(crate) async fn member(&self, team: TeamId, member: &Member) -> TeamMember {
        self.try_member(team, member.id, MemberChanges::default()).await.expect("member_put")
    }

    /// The members of a team, by place.
    pub(crate) async fn members(&self, team: TeamId) -> Vec<TeamMember> {
        self.store().member_list(team, None, 1_000).await.expect("member_list").items
    }
}

async fn teams_are_written_by_administrators_alone(f: Fixture) {
    let (team, agent) = (f.team("Madrid").await, f.agent().await);
    for role in [Role::Agent, Role::Lawyer, Role::User] {
        let (by, store) = (f.by(&f.user(role).await), f.store());
        let expected = Refusal::AdministratorsOnly;
        assert_eq!(refused(store.team_create(&by, new_team("x"), None).await), expected);
        for id in [team.id, TeamId::new()] {
            assert_eq!(refused(store.team_update(&by, id, TeamChanges::default(), None).await), expected);
            assert_eq!(refused(store.team_delete(&by, id, None).await), expected);
            let put = store.member_put(&by, id, agent.id, MemberChanges::default(), &f.assignable).await;
            assert_eq!(refused(put), expected);
            assert_eq!(refused(store.member_remove(&by, id, agent.id).await), expected);
        }
    }
    assert_eq!(f.store().team_list(None, 10).await.unwrap().items, [team]);
}

async fn a_team_is_created_with_a_rotation_changed_and_deleted(f: Fixture) {
    let caller = f.as_admin();
    let new = NewTeam {
        name: "Extranjería Málaga".into(),
        time_zone: "Europe/Madrid".parse().unwrap(),
        hours: Some(office_hours()),
        closed_days: ClosedDays::new(vec![ClosedDays::parse("2026-12-25").unwrap()]).unwrap(),
        self_service: true,
    };
    let made = f.store().team_create(&caller, new.clone(), None).await.unwrap().fresh().unwrap();
    assert_eq!((&made.name, &made.time_zone, &made.hours), (&new.name, &new.time_zone, &new.hours));
    assert_eq!((&made.closed_days, made.self_service, made.members), (&new.closed_days, true, 0));
    assert_eq!((made.created_at, made.updated_at, made.revision), (caller.at, caller.at, 0));
    let other = f.team("Otro").await;
    assert_ne!(other.rotation, made.rotation);
    let shorter = TeamChanges { name: Some("Málaga".into()), hours: Some(None), ..TeamChanges::default() };
    let changed = f.store().team_update(&f.as_admin(), made.id, shorter, None).await.unwrap();
    assert_eq!((changed.name.as_str(), &changed.hours, &changed.closed_days), ("Málaga", &None, &made.closed_days));
    assert_eq!((changed.rotation, changed.revision), (made.rotation, 1));
    assert!(changed.updated_at > made.updated_at);
    assert_eq!(f.store().team_get(made.id).await.unwrap(), changed);
    let log = f.log_of(action::TEAM_UPDATED).await;
    assert_eq!(log[0].details.to_value()["name"], json!({"from": "Extranjería Málaga", "to": "Málaga"}));
    assert_eq!(log[0].details.to_value().as_object().unwrap().len(), 2, "only what changed");
    f.store().team_delete(&f.as_admin(), made.id, None).await.unwrap();
    for id in [made.id, TeamId::new()] {
        assert_eq!(refused(f.store().team_get(id).await), Refusal::TeamNotFound);
        let update = f.store().team_update(&f.as_admin(), id, TeamChanges::default(), None).await;
        assert_eq!(refused(update), Refusal::TeamNotFound);
        assert_eq!(refused(f.store().team_delete(&f.as_admin(), id, None).await), Refusal::TeamNotFound);
        assert_eq!(refused(f.store().member_list(id, None, 10).await), Refusal::TeamNotFound);
        let put = f.try_member(id, f.admin().id, MemberChanges::default()).await;
        assert_eq!(refused(put), Refusal::TeamNotFound);
        assert_eq!(refused(f.store().member_remove(&f.as_admin(), id, f.admin().id).await), Refusal::TeamNotFound);
    }
    assert_eq!(f.store().team_list(None, 10).await.unwrap().items, [other]);
    for (action, n) in [(action::TEAM_CREATED, 2), (action::TEAM_UPDATED, 1), (action::TEAM_DELETED, 1)] {
        let log = f.log_of(action).await;
        assert_eq!((log.len(), log[0].actor_id, log[0].entity_type.as_str()), (n, Some(f.admin().id), "team"));
    }
}

async fn names_are_unique_whatever_their_case(f: Fixture) {
    let first = f.team("Extranjería").await;
    for name in ["Extranjería", "EXTRANJERÍA", " extranjeria "] {
        assert_eq!(refused(f.try_team(new_team(name)).await), Refusal::TeamNameTaken, "{name}");
    }
    let other = f.team("Civil").await;
    let name = |name: &str| TeamChanges { name: Some(name.into()), ..TeamChanges::default() };
    let taken = f.store().team_update(&f.as_admin(), other.id, name("extranjería"), None).await;
    assert_eq!(refused(taken), Refusal::TeamNameTaken);
    let own = f.store().team_update(&f.as_admin(), first.id, name("EXTRANJERÍA"), None).await.unwrap();
    assert_eq!(own.name, "EXTRANJERÍA");
    f.store().team_delete(&f.as_admin(), first.id, None).await.unwrap();
    f.team("Extranjería").await;
}

async fn of_two_teams_with_one_name_made_at_once_one_is_refused(f: Fixture) {
    let made = join_all((0..6).map(|_| f.try_team(new_team("Madrid")))).await;
    let (made, refusals): (Vec<_>, Vec<_>) = made.into_iter().partition(StoreResult::is_ok);
    assert_eq!((made.len(), refusals.len()), (1, 5));
    for refusal in refusals {
        assert_eq!(refused(refusal), Refusal::TeamNameTaken);
    }
}

async fn a_repeated_request_makes_one_team(f: Fixture) {
    let (caller, expires_at) = (f.as_admin(), f.tick().plus_seconds(86_400));
    let make = || f.store().team_create(&caller, new_team("Madrid"), Some(keyed("k", 1, expires_at)));
    let team = make().await.unwrap().fresh().unwrap();
    assert!(matches!(make().await.unwrap(), Answer::Stored(_)));
    assert_eq!(f.store().team_list(None, 10).await.unwrap().items, [team]);
}

async fn a_change_meant_for_another_version_is_refused(f: Fixture) {
    let (team, agent) = (f.team("Madrid").await, f.agent().await);
    let version = || Some(IfMatch::Versions(vec![team.version()]));
    let rename = |name: &str| TeamChanges { name: Some(name.into()), ..TeamChanges::default() };
    f.store().team_update(&f.as_admin(), team.id, rename("Toledo"), version()).await.unwrap();
    let late = f.store().team_update(&f.as_admin(), team.id, rename("Cuenca"), version()).await;
    assert_eq!(refused(late), Refusal::PreconditionFailed);
    assert_eq!(refused(f.store().team_delete(&f.as_admin(), team.id, version()).await), Refusal::PreconditionFailed);
    // A member makes another version, too.
    let present = f.store().team_get(team.id).await.unwrap();
    f.member(team.id, &agent).await;
    let present = Some(IfMatch::Versions(vec![present.version()]));
    let late = f.store().team_update(&f.as_admin(), team.id, rename("Cuenca"), present).await;
    assert_eq!(refused(late), Refusal::PreconditionFailed);
    f.store().team_delete(&f.as_admin(), team.id, Some(IfMatch::Any)).await.unwrap();
}

async fn a_change_to_the_same_values_writes_nothing(f: Fixture) {
    let team = f.team("Madrid").await;
    let same = TeamChanges { name: Some("Madrid".into()), self_service: Some(false), ..TeamChanges::default() };
    for changes in [same, TeamChanges::default()] {
        assert_eq!(f.store().team_update(&f.as_admin(), team.id, changes, None).await.unwrap(), team);
    }
    assert!(f.log_of(action::TEAM_UPDATED).await.is_empty());
}

async fn teams_are_listed_in_parts(f: Fixture) {
    let mut made = Vec::new();
    for name in ["c", "a", "d", "b", "e"] {
        made.push(f.team(name).await);
    }
    f.store().team_delete(&f.as_admin(), made.remove(2).id, None).await.unwrap();
    let (mut found, mut after): (Vec<Team>, Option<SequenceCursor>) = (Vec::new(), None);
    loop {
        let part = f.store().team_list(after, 2).await.unwrap();
        assert!(part.items.len() <= 2);
        found.extend(part.items);
        after = part.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(found, made);
}
