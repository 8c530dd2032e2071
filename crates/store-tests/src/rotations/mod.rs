//! Rotations: making and changing them, and how they follow the members of their teams.

pub mod credits;
pub mod next;

use reparto_domain::{
    Refusal, Role, RotationId, TeamId,
    audit::action,
    cursor::SequenceCursor,
    dealing::{choice::Strategy, ledger::LedgerEventKind},
    idempotency::Answer,
    opportunities::IfMatch,
    rotations::{
        NewRotation, Rotation, RotationChanges, RotationEvent, RotationReading, RotationSettings, SettingsChanges,
    },
    teams::{MemberChanges, Weight},
};
use reparto_store::StoreResult;
use serde_json::json;

use crate::{
    Fixture,
    fixture::{keyed, refused},
};

rules! { $ rotation_rules in rotations {
    rotations_are_written_by_administrators_alone,
    a_rotation_follows_the_members_of_its_team,
    a_team_may_have_more_rotations_whose_members_begin_level,
    a_changed_rotation_is_a_new_version,
    a_change_meant_for_another_version_is_refused,
    rotations_of_a_deleted_team_have_ended,
    a_repeated_request_makes_one_rotation,
    rotations_are_listed_in_parts,
}}

/// The weight of a member, as a change.
pub(crate) fn weight(number: i64) -> MemberChanges {
    MemberChanges { weight: Some(Some(Weight::try_from(number).unwrap())), ..MemberChanges::default() }
}

fn new_rotation(team: TeamId) -> NewRotation {
    NewRotation { team: Some(team), name: None, settings: RotationSettings::default() }
}

fn slack(slack: i64) -> RotationChanges {
    let settings = SettingsChanges { slack: Some(slack), ..SettingsChanges::default() };
    RotationChanges { name: None, settings }
}

impl Fixture {
    /// A rotation with its members as they stand.
    pub(crate) async fn rotation(&self, id: RotationId) -> RotationReading {
        self.store().rotation_get(id, &self.assignable, self.tick()).await.expect("rotation_get")
    }

    /// Makes another rotation as the administrator.
    async fn try_rotation(&self, new: NewRotation) -> StoreResult<Rotation> {
        let made = self.store().rotation_create(&self.as_admin(), new, None).await;
        made.map(|answer| answer.fresh().expect("fresh without a key"))
    }

    async fn update_rotation(&self, id: RotationId, changes: RotationChanges) -> StoreResult<Rotation> {
        self.store().rotation_update(&self.as_admin(), id, changes, None).await
    }

    /// All events of a rotation, newest first.
    pub(crate) async fn events_of(&self, id: RotationId) -> Vec<RotationEvent> {
        self.store().rotation_events(id, None, 1_000).await.expect("rotation_events").items
    }
}

async fn rotations_are_written_by_administrators_alone(f: Fixture) {
    let (team, agent) = (f.team("Madrid").await, f.agent().await);
    let before = f.rotation(team.rotation).await;
    for role in [Role::Agent, Role::Lawyer, Role::User] {
        let (by, store) = (f.by(&f.user(role).await), f.store());
        let expected = Refusal::AdministratorsOnly;
        assert_eq!(refused(store.rotation_create(&by, new_rotation(team.id), None).await), expected);
        for id in [team.rotation, RotationId::new()] {
            assert_eq!(refused(store.rotation_update(&by, id, slack(0), None).await), expected);
            let credit = credits::credit(agent.id, 1_000_000);
            assert_eq!(refused(store.rotation_credit(&by, id, credit, None).await), expected);
        }
    }
    assert_eq!(f.rotation(team.rotation).await, before);
    assert_eq!(f.store().rotation_list(None, 10).await.unwrap().items.len(), 1);
}

async fn a_rotation_follows_the_members_of_its_team(f: Fixture) {
    let (team, ana, luis) = (f.team("Madrid").await, f.agent().await, f.agent().await);
    let made = f.rotation(team.rotation).await;
    assert_eq!((made.rotation.team, made.rotation.name.as_str()), (team.id, "Madrid"));
    assert_eq!((made.rotation.version, made.members.len(), made.events), (1, 0, 0));
    assert_eq!(made.rotation.settings, RotationSettings::default());
    f.member(team.id, &ana).await;
    f.member(team.id, &luis).await;
    let joined = f.rotation(team.rotation).await;
    let names: Vec<&str> = joined.members.iter().map(|member| member.name.as_str()).collect();
    assert_eq!((joined.rotation.version, names), (3, vec![ana.name.as_str(), luis.name.as_str()]));
    assert!(joined.rotation.updated_at > made.rotation.updated_at);
    // Weights and places are of a version, but no events.
    f.try_member(team.id, ana.id, weight(300)).await.unwrap();
    let place = MemberChanges { place: Some(Some(9)), ..MemberChanges::default() };
    f.try_member(team.id, ana.id, place).await.unwrap();
    let changed = f.rotation(team.rotation).await;
    assert_eq!((changed.rotation.version, changed.events), (5, 2));
    assert_eq!((changed.members[1].user, changed.members[1].weight.get()), (ana.id, 300));
    // What else is set of a member is no part of it.
    let quota = MemberChanges { daily_quota: Some(Some(3)), ..MemberChanges::default() };
    f.try_member(team.id, ana.id, quota).await.unwrap();
    assert_eq!(f.rotation(team.rotation).await.rotation, changed.rotation);
    f.store().member_remove(&f.as_admin(), team.id, luis.id).await.unwrap();
    let left = f.rotation(team.rotation).await;
    assert_eq!((left.rotation.version, left.members.len(), left.events), (6, 1, 3));
    let events = f.events_of(team.rotation).await;
    let told: Vec<_> = events.iter().map(|event| (event.number, event.kind, event.version, event.user)).collect();
    let (join, leave) = (LedgerEventKind::Join, LedgerEventKind::Leave);
    assert_eq!(told, [(3, leave, 6, Some(luis.id)), (2, join, 3, Some(luis.id)), (1, join, 2, Some(ana.id))]);
    assert_eq!(events[0].actor, Some(f.admin().id));
    assert_eq!((events[0].user_name.as_deref(), events[0].reason.as_deref()), (Some(luis.name.as_str()), None));
    assert!(events.windows(2).all(|pair| pair[0].at > pair[1].at));
}

async fn a_team_may_have_more_rotations_whose_members_begin_level(f: Fixture) {
    let (team, ana, luis) = (f.team("Madrid").await, f.agent().await, f.agent().await);
    f.member(team.id, &ana).await;
    let settings = RotationSettings { strategy: Strategy::Open, ..RotationSettings::default() };
    let new = NewRotation { team: Some(team.id), name: Some("Urgentes".into()), settings: settings.clone() };
    let other = f.try_rotation(new).await.unwrap();
    assert_eq!((other.name.as_str(), &other.settings, other.version), ("Urgentes", &settings, 1));
    assert_eq!(f.try_rotation(new_rotation(team.id)).await.unwrap().name, "Madrid");
    assert_eq!(f.store().team_get(team.id).await.unwrap().rotation, team.rotation, "the team's own is the first");
    let reading = f.rotation(other.id).await;
    assert_eq!((reading.members[0].user, reading.members[0].account.balance, reading.events), (ana.id, 0, 0));
    f.member(team.id, &luis).await;
    for id in [team.rotation, other.id] {
        let reading = f.rotation(id).await;
        assert_eq!(reading.members.len(), 2);
        assert_eq!(f.events_of(id).await[0].user, Some(luis.id));
    }
    let log = f.log_of(action::ROTATION_CREATED).await;
    let details = log[1].details.to_value();
    assert_eq!((&details["name"], &details["team_id"]), (&json!("Urgentes"), &json!(team.id)));
    for team in [None, Some(TeamId::new())] {
        let new = NewRotation { team, ..new_rotation(TeamId::new()) };
        assert_eq!(refused(f.try_rotation(new).await), Refusal::TeamNotFound);
    }
}

async fn a_changed_rotation_is_a_new_version(f: Fixture) {
    let team = f.team("Madrid").await;
    f.member(team.id, &f.agent().await).await;
    let before = f.rotation(team.rotation).await.rotation;
    let changed = f.update_rotation(team.rotation, slack(0)).await.unwrap();
    assert_eq!((changed.settings.slack, changed.version), (0, before.version + 1));
    assert!(changed.updated_at > before.updated_at);
    let name = RotationChanges { name: Some("Tardes".into()), ..RotationChanges::default() };
    let named = f.update_rotation(team.rotation, name).await.unwrap();
    assert_eq!((named.name.as_str(), named.version), ("Tardes", before.version + 2));
    assert_eq!(f.rotation(team.rotation).await.rotation, named);
    // The same again is no change.
    assert_eq!(f.update_rotation(team.rotation, slack(0)).await.unwrap(), named);
    let log = f.log_of(action::ROTATION_UPDATED).await;
    assert_eq!(log.len(), 2);
    assert_eq!(log[0].details.to_value(), json!({"name": {"from": "Madrid", "to": "Tardes"}}));
    assert_eq!(log[0].entity_id.clone(), Some(team.rotation.to_string()));
    assert_eq!(refused(f.update_rotation(RotationId::new(), slack(0)).await), Refusal::RotationNotFound);
}

async fn a_change_meant_for_another_version_is_refused(f: Fixture) {
    let team = f.team("Madrid").await;
    let read = f.rotation(team.rotation).await.rotation;
    let update = async |changes, version: &str| {
        let condition = Some(IfMatch::Versions(vec![version.to_owned()]));
        f.store().rotation_update(&f.as_admin(), team.rotation, changes, condition).await
    };
    let changed = update(slack(0), &read.tag()).await.unwrap();
    assert_eq!(refused(update(slack(1), &read.tag()).await), Refusal::PreconditionFailed);
    // Members are of the version, too.
    f.member(team.id, &f.agent().await).await;
    assert_eq!(refused(update(slack(1), &changed.tag()).await), Refusal::PreconditionFailed);
    assert_eq!(f.rotation(team.rotation).await.rotation.settings.slack, 0);
}

async fn rotations_of_a_deleted_team_have_ended(f: Fixture) {
    let (team, agent) = (f.team("Madrid").await, f.agent().await);
    f.member(team.id, &agent).await;
    f.member(team.id, &f.agent().await).await;
    f.store().team_delete(&f.as_admin(), team.id, None).await.unwrap();
    let store = f.store();
    for id in [team.rotation, RotationId::new()] {
        let expected = Refusal::RotationNotFound;
        assert_eq!(refused(store.rotation_get(id, &f.assignable, f.tick()).await), expected);
        assert_eq!(refused(store.rotation_next(id, None, &f.assignable, f.tick()).await), expected);
        assert_eq!(refused(store.rotation_events(id, None, 10).await), expected);
        assert_eq!(refused(f.update_rotation(id, slack(0)).await), expected);
        let credit = credits::credit(agent.id, 1_000_000);
        assert_eq!(refused(store.rotation_credit(&f.as_admin(), id, credit, None).await), expected);
    }
    assert!(store.rotation_list(None, 10).await.unwrap().items.is_empty());
    assert_eq!(refused(f.try_rotation(new_rotation(team.id)).await), Refusal::TeamNotFound);
}

async fn a_repeated_request_makes_one_rotation(f: Fixture) {
    let team = f.team("Madrid").await;
    let make = async || {
        let key = Some(keyed("rotación", 1, f.tick().plus_seconds(1_000_000)));
        f.store().rotation_create(&f.as_admin(), new_rotation(team.id), key).await.unwrap()
    };
    assert!(matches!(make().await, Answer::Fresh(_)));
    assert!(matches!(make().await, Answer::Stored(_)));
    assert_eq!(f.store().rotation_list(None, 10).await.unwrap().items.len(), 2);
}

async fn rotations_are_listed_in_parts(f: Fixture) {
    let mut made = Vec::new();
    for name in ["a", "b", "c"] {
        made.push(f.team(name).await.rotation);
    }
    let first = f.store().rotation_list(None, 2).await.unwrap();
    let rest = f.store().rotation_list(first.next, 2).await.unwrap();
    assert!(matches!(first.next, Some(SequenceCursor(_))) && rest.next.is_none());
    let ids: Vec<RotationId> = first.items.iter().chain(&rest.items).map(|rotation| rotation.id).collect();
    assert_eq!(ids, made);
}
