//! Turns that are credited by hand, and what becomes of balances when members come and go.

use futures::future::join_all;
use reparto_domain::{
    Refusal, RotationId, UserId,
    audit::action,
    cursor::SequenceCursor,
    dealing::ledger::LedgerEventKind,
    idempotency::Answer,
    rotations::{Credit, RotationEvent},
};
use reparto_store::StoreResult;
use serde_json::json;

use super::weight;
use crate::{
    Fixture, Member,
    fixture::{keyed, refused},
};

rules! { $ credit_rules in rotations::credits {
    a_credit_is_paid_by_the_others_by_weight,
    the_contrary_credit_undoes_a_credit,
    turns_are_credited_to_members_whom_others_can_pay,
    who_leaves_leaves_nothing_and_who_joins_begins_level,
    reasons_of_credits_are_in_no_log,
    a_repeated_request_credits_once,
    credits_at_once_all_count,
    events_are_listed_in_parts_newest_first,
}}

/// So many millionths for a user.
pub(super) fn credit(user: UserId, turns: i64) -> Credit {
    Credit { user: Some(user), turns, reason: "porque sí".into() }
}

impl Fixture {
    async fn try_credit(&self, id: RotationId, user: UserId, turns: i64) -> StoreResult<RotationEvent> {
        let credited = self.store().rotation_credit(&self.as_admin(), id, credit(user, turns), None).await;
        credited.map(|answer| answer.fresh().expect("fresh without a key"))
    }

    /// What each member is owed, by place.
    async fn owed(&self, id: RotationId) -> Vec<i64> {
        self.rotation(id).await.members.iter().map(|member| member.account.balance).collect()
    }

    /// A team's rotation with this many members.
    async fn rotation_of(&self, members: usize) -> (reparto_domain::teams::Team, Vec<Member>) {
        let team = self.team("Madrid").await;
        let mut added = Vec::new();
        for _ in 0..members {
            let agent = self.agent().await;
            self.member(team.id, &agent).await;
            added.push(agent);
        }
        (team, added)
    }
}

async fn a_credit_is_paid_by_the_others_by_weight(f: Fixture) {
    let (team, members) = f.rotation_of(3).await;
    f.try_member(team.id, members[2].id, weight(300)).await.unwrap();
    let event = f.try_credit(team.rotation, members[0].id, 2_000_000).await.unwrap();
    assert_eq!((event.number, event.kind, event.points), (4, LedgerEventKind::Credit, 2_000_000));
    assert_eq!((event.user, event.user_name.as_deref()), (Some(members[0].id), Some(members[0].name.as_str())));
    assert_eq!((event.actor, event.reason.as_deref()), (Some(f.admin().id), Some("porque sí")));
    assert_eq!(f.owed(team.rotation).await, [2_000_000, -500_000, -1_500_000]);
    assert_eq!(f.events_of(team.rotation).await[0], event);
    // What does not divide goes to the first, so that all add up to 0.
    f.try_credit(team.rotation, members[2].id, -1).await.unwrap();
    let owed = f.owed(team.rotation).await;
    assert_eq!((owed[2], owed.iter().sum::<i64>()), (-1_500_001, 0));
}

async fn the_contrary_credit_undoes_a_credit(f: Fixture) {
    let (team, members) = f.rotation_of(3).await;
    for turns in [1_000_000, 333_333, -7, 100_000_000] {
        f.try_credit(team.rotation, members[1].id, turns).await.unwrap();
        f.try_credit(team.rotation, members[1].id, -turns).await.unwrap();
        let owed = f.owed(team.rotation).await;
        assert_eq!(owed[1], 0, "{turns}");
        assert!(owed.iter().all(|owed| owed.abs() <= 4), "{owed:?}: but for what does not divide");
        assert_eq!(owed.iter().sum::<i64>(), 0);
    }
}

async fn turns_are_credited_to_members_whom_others_can_pay(f: Fixture) {
    let (team, members) = f.rotation_of(1).await;
    let stranger = f.agent().await;
    assert_eq!(refused(f.try_credit(team.rotation, members[0].id, 1).await), Refusal::NobodyPays);
    for user in [stranger.id, UserId::new()] {
        assert_eq!(refused(f.try_credit(team.rotation, user, 1).await), Refusal::MemberNotFound);
    }
    let unknown = Credit { user: None, ..credit(stranger.id, 1) };
    let refusal = refused(f.store().rotation_credit(&f.as_admin(), team.rotation, unknown, None).await);
    assert_eq!(refusal, Refusal::MemberNotFound);
    f.member(team.id, &stranger).await;
    f.try_credit(team.rotation, stranger.id, 1).await.unwrap();
    f.store().member_remove(&f.as_admin(), team.id, stranger.id).await.unwrap();
    assert_eq!(refused(f.try_credit(team.rotation, stranger.id, 1).await), Refusal::MemberNotFound);
    assert_eq!(f.owed(team.rotation).await, [0]);
}

async fn who_leaves_leaves_nothing_and_who_joins_begins_level(f: Fixture) {
    let (team, members) = f.rotation_of(3).await;
    f.try_credit(team.rotation, members[0].id, 4_000_000).await.unwrap();
    assert_eq!(f.owed(team.rotation).await, [4_000_000, -2_000_000, -2_000_000]);
    f.store().member_remove(&f.as_admin(), team.id, members[0].id).await.unwrap();
    assert_eq!(f.owed(team.rotation).await, [0, 0]);
    f.try_credit(team.rotation, members[1].id, 1_000_000).await.unwrap();
    f.member(team.id, &members[0]).await;
    let reading = f.rotation(team.rotation).await;
    let owed = |member: &Member| reading.members.iter().find(|line| line.user == member.id).unwrap().account.balance;
    assert_eq!((owed(&members[0]), owed(&members[1]), owed(&members[2])), (0, 1_000_000, -1_000_000));
}

async fn reasons_of_credits_are_in_no_log(f: Fixture) {
    let (team, members) = f.rotation_of(2).await;
    let event = f.try_credit(team.rotation, members[0].id, 1_500_000).await.unwrap();
    let log = f.log_of(action::ROTATION_CREDITED).await;
    let expected = json!({"member": members[0].id, "millionths": 1_500_000, "event": event.number});
    assert_eq!((log.len(), log[0].details.to_value()), (1, expected));
    assert_eq!((log[0].entity_type.as_str(), log[0].created_at), ("rotation", event.at));
}

async fn a_repeated_request_credits_once(f: Fixture) {
    let (team, members) = f.rotation_of(2).await;
    let ask = async || {
        let key = Some(keyed("turno", 1, f.tick().plus_seconds(1_000_000)));
        f.store().rotation_credit(&f.as_admin(), team.rotation, credit(members[0].id, 1_000_000), key).await.unwrap()
    };
    assert!(matches!(ask().await, Answer::Fresh(_)));
    assert!(matches!(ask().await, Answer::Stored(_)));
    assert_eq!(f.owed(team.rotation).await, [1_000_000, -1_000_000]);
}

async fn credits_at_once_all_count(f: Fixture) {
    let (team, members) = f.rotation_of(3).await;
    let newcomer = f.agent().await;
    let credits = (0..12).map(|number| f.try_credit(team.rotation, members[number % 3].id, 1_000_000));
    let weights = (0..6).map(async |number| f.try_member(team.id, members[0].id, weight(100 + number)).await.map(drop));
    let joins = async { f.try_member(team.id, newcomer.id, weight(50)).await.map(drop) };
    let (credited, weighed, joined) = futures::join!(join_all(credits), join_all(weights), joins);
    let numbers: std::collections::BTreeSet<u64> = credited.into_iter().map(|event| event.unwrap().number).collect();
    assert_eq!(numbers.len(), 12, "each has a number of its own");
    for weighed in weighed {
        weighed.unwrap();
    }
    joined.unwrap();
    let reading = f.rotation(team.rotation).await;
    assert_eq!((reading.events, reading.members.len()), (16, 4));
    assert_eq!(reading.members.iter().map(|member| member.account.balance).sum::<i64>(), 0);
}

async fn events_are_listed_in_parts_newest_first(f: Fixture) {
    let (team, members) = f.rotation_of(2).await;
    f.try_credit(team.rotation, members[0].id, 1).await.unwrap();
    let all = f.events_of(team.rotation).await;
    let first = f.store().rotation_events(team.rotation, None, 2).await.unwrap();
    assert_eq!(first.next, Some(SequenceCursor(2)));
    let rest = f.store().rotation_events(team.rotation, first.next, 2).await.unwrap();
    assert_eq!(rest.next, None);
    assert_eq!([first.items, rest.items].concat(), all);
    assert_eq!(all.iter().map(|event| event.number).collect::<Vec<_>>(), [3, 2, 1]);
}
