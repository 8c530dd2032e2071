//! Random assignment.

use std::collections::{HashMap, HashSet};

use reparto_domain::{
    OpportunityId, Priority, Refusal, Role, Score, Status, UserId,
    audit::action,
    operations::OperationKind,
    opportunities::{AssignRandom, Assignee, BulkAssign, RandomFilter},
};

use crate::{
    Fixture,
    fixture::{bulk_ids, random, refused},
};

rules! { $ random_rules in assignments::random {
    as_many_as_asked_are_assigned_if_enough_are_free,
    of_very_many_that_are_free_as_many_as_asked_are_assigned,
    fewer_than_asked_are_all_assigned,
    where_nothing_is_free_nothing_is_assigned,
    free_means_unassigned_pending_and_not_deleted,
    an_unassignable_assignee_is_refused,
    random_assignment_is_for_administrators_alone,
    a_filter_by_score_is_inclusive_at_both_ends,
    a_filter_by_priority_and_by_time_holds,
    availability_is_counted_before_the_pick,
    it_is_one_operation_and_one_audit_entry,
    the_same_seed_picks_the_same_rows,
    single_picks_are_uniform,
    picks_of_several_are_uniform,
    picks_with_a_filter_are_uniform,
    undone_picks_can_be_picked_again,
}}

async fn as_many_as_asked_are_assigned_if_enough_are_free(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(8).await);
    let caller = f.as_admin();
    let outcome = f.try_random(&caller, random(agent.id, 3, 1)).await.unwrap();
    assert_eq!((outcome.ids.len(), outcome.available, outcome.at), (3, 8, caller.at));
    assert_eq!(outcome.assignee, (agent.id, agent.name.clone()));
    assert_eq!(outcome.ids.iter().collect::<HashSet<_>>().len(), 3);
    for id in ids {
        let expected =
            if outcome.ids.contains(&id) { (Some(agent.id), Status::Assigned) } else { (None, Status::Pending) };
        assert_eq!(f.state(id).await, expected);
    }
}

async fn fewer_than_asked_are_all_assigned(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(3).await);
    let outcome = f.try_random(&f.as_admin(), random(agent.id, 100, 1)).await.unwrap();
    assert_eq!(outcome.available, 3);
    assert_eq!(outcome.ids.iter().copied().collect::<HashSet<_>>(), ids.into_iter().collect());
}

async fn where_nothing_is_free_nothing_is_assigned(f: Fixture) {
    let agent = f.agent().await;
    let outcome = f.try_random(&f.as_admin(), random(agent.id, 5, 1)).await.unwrap();
    assert_eq!((outcome.operation, outcome.ids.len(), outcome.available), (None, 0, 0));
    assert_eq!(f.operation_count().await, 0);
}

async fn free_means_unassigned_pending_and_not_deleted(f: Fixture) {
    let (agent, other, ids) = (f.agent().await, f.agent().await, f.opportunities(Status::ALL.len()).await);
    for (id, status) in ids.iter().zip(Status::ALL) {
        f.set_status(*id, *status).await;
    }
    f.deleted_opportunity().await;
    let held_but_pending = f.opportunity().await;
    let command = BulkAssign { status: None, ..Fixture::bulk_assign_command(bulk_ids(&[held_but_pending]), other.id) };
    f.try_bulk_assign(&f.as_admin(), command).await.unwrap();
    let outcome = f.try_random(&f.as_admin(), random(agent.id, 100, 7)).await.unwrap();
    assert_eq!((outcome.ids, outcome.available), (vec![ids[0]], 1));
    assert_eq!(f.holder(held_but_pending).await, Some(other.id));
}

async fn an_unassignable_assignee_is_refused(f: Fixture) {
    let id = f.opportunity().await;
    let (inactive, deleted, user) = (f.inactive_agent().await, f.deleted_agent().await, f.user(Role::User).await);
    let superuser = f.user(Role::Superuser).await;
    for assignee in [
        Assignee::Unknown,
        Assignee::User(UserId::new()),
        Assignee::User(inactive.id),
        Assignee::User(deleted.id),
        Assignee::User(user.id),
        Assignee::User(superuser.id),
    ] {
        let command = AssignRandom { assignee, ..random(user.id, 1, 1) };
        assert_eq!(refused(f.try_random(&f.as_admin(), command).await), Refusal::RandomAssigneeInvalid);
    }
    assert_eq!(f.holder(id).await, None);
}

async fn random_assignment_is_for_administrators_alone(f: Fixture) {
    f.opportunity().await;
    for role in [Role::Agent, Role::Lawyer, Role::User] {
        let member = f.user(role).await;
        for assignee in [Assignee::User(member.id), Assignee::Unknown] {
            let command = AssignRandom { assignee, ..random(member.id, 1, 1) };
            assert_eq!(refused(f.try_random(&f.by(&member), command).await), Refusal::AdministratorsOnly);
        }
    }
}

async fn picked(f: &Fixture, filter: RandomFilter) -> (HashSet<OpportunityId>, u64) {
    let agent = f.agent().await;
    let command = AssignRandom { filter, ..random(agent.id, 100, 5) };
    let outcome = f.try_random(&f.as_admin(), command).await.unwrap();
    if let Some(operation) = outcome.operation {
        f.undo(operation).await;
    }
    (outcome.ids.into_iter().collect(), outcome.available)
}

fn set<const N: usize>(ids: [OpportunityId; N]) -> (HashSet<OpportunityId>, u64) {
    (ids.into_iter().collect(), N as u64)
}

async fn a_filter_by_score_is_inclusive_at_both_ends(f: Fixture) {
    let mut ids = Vec::new();
    for score in [0, 30, 60, 100] {
        ids.push(f.opportunity_with(|command| command.score = Score::new(score).unwrap()).await);
    }
    let within = |min: Option<i64>, max: Option<i64>| RandomFilter {
        min_score: min.and_then(Score::new),
        max_score: max.and_then(Score::new),
        ..RandomFilter::default()
    };
    assert_eq!(picked(&f, within(Some(30), Some(60))).await, set([ids[1], ids[2]]));
    assert_eq!(picked(&f, within(Some(60), None)).await, set([ids[2], ids[3]]));
    assert_eq!(picked(&f, within(None, Some(0))).await, set([ids[0]]));
    assert_eq!(picked(&f, within(Some(61), Some(99))).await, set([]));
    assert_eq!(picked(&f, within(Some(60), Some(30))).await, set([]));
}

async fn a_filter_by_priority_and_by_time_holds(f: Fixture) {
    let mut ids = Vec::new();
    for priority in [Priority::Low, Priority::High, Priority::High] {
        ids.push(f.opportunity_with(|command| command.priority = priority).await);
    }
    let at = |index: usize| f.get(ids[index]);
    let (second, third) = (at(1).await.detected_at, at(2).await.detected_at);
    let high = RandomFilter { priority: Some(Priority::High), ..RandomFilter::default() };
    assert_eq!(picked(&f, high).await, set([ids[1], ids[2]]));
    assert_eq!(picked(&f, RandomFilter { detected_to: Some(second), ..high }).await, set([ids[1]]));
    let between = RandomFilter { detected_from: Some(second), detected_to: Some(third), ..RandomFilter::default() };
    assert_eq!(picked(&f, between).await, set([ids[1], ids[2]]));
}

async fn availability_is_counted_before_the_pick(f: Fixture) {
    let agent = f.agent().await;
    f.opportunities(5).await;
    for (expected, seed) in [(5, 1), (3, 2), (1, 3), (0, 4)] {
        let outcome = f.try_random(&f.as_admin(), random(agent.id, 2, seed)).await.unwrap();
        assert_eq!(outcome.available, expected);
    }
}

async fn it_is_one_operation_and_one_audit_entry(f: Fixture) {
    let agent = f.agent().await;
    f.opportunities(4).await;
    let outcome = f.try_random(&f.as_admin(), random(agent.id, 2, 9)).await.unwrap();
    let detail = f.operation(outcome.operation.unwrap()).await;
    assert_eq!((detail.operation.kind, detail.operation.assigned_count), (OperationKind::AssignRandom, 2));
    let items: Vec<OpportunityId> = detail.items.iter().map(|item| item.opportunity_id).collect();
    assert_eq!(items, outcome.ids);
    assert!(detail.items.iter().all(|i| i.from_id.is_none() && i.previous_status == Some(Status::Pending)));
    assert_eq!(f.log_of(action::ASSIGN_RANDOM).await.len(), 1);
}

async fn the_same_seed_picks_the_same_rows(f: Fixture) {
    let agent = f.agent().await;
    f.opportunities(30).await;
    let mut picks = Vec::new();
    for seed in [11, 11, 12] {
        let outcome = f.try_random(&f.as_admin(), random(agent.id, 5, seed)).await.unwrap();
        f.bulk_unassign(&outcome.ids).await;
        picks.push(outcome.ids.into_iter().collect::<HashSet<_>>());
    }
    assert_eq!(picks[0], picks[1]);
    assert_ne!(picks[0], picks[2]);
}

/// Picks many times from the same free rows and compares the frequency of each with a uniform distribution.
async fn assert_uniform(f: &Fixture, free: &[OpportunityId], filter: RandomFilter, count: u32, rounds: u64) {
    let agent = f.agent().await;
    let mut times: HashMap<OpportunityId, f64> = free.iter().map(|id| (*id, 0.0)).collect();
    for round in 0..rounds {
        let seed = (round + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let command = AssignRandom { filter, ..random(agent.id, count, seed) };
        let outcome = f.try_random(&f.as_admin(), command).await.unwrap();
        assert_eq!(outcome.ids.len(), count as usize);
        for id in &outcome.ids {
            *times.get_mut(id).expect("only what is free and matches is picked") += 1.0;
        }
        f.bulk_unassign(&outcome.ids).await;
    }
    let picks = u32::try_from(rounds).unwrap() * count;
    let expected = f64::from(picks) / 24.0;
    let chi_square: f64 = times.values().map(|n| (n - expected).powi(2) / expected).sum();
    // With 23 degrees of freedom, a uniform pick stays below 75 except once in five million runs; picking the next of
    // stored random keys, a common mistake, is far above. The seeds are fixed, but a pick may also depend on ids that
    // differ in every run.
    assert_eq!(free.len(), 24, "the bound below is for 24 rows");
    assert!(chi_square < 75.0, "not uniform: chi square {chi_square:.1}, expected {expected} each: {times:?}");
}

async fn single_picks_are_uniform(f: Fixture) {
    let free = f.opportunities(24).await;
    assert_uniform(&f, &free, RandomFilter::default(), 1, 480).await;
}

async fn picks_of_several_are_uniform(f: Fixture) {
    let free = f.opportunities(24).await;
    assert_uniform(&f, &free, RandomFilter::default(), 6, 160).await;
}

async fn picks_with_a_filter_are_uniform(f: Fixture) {
    let mut free = Vec::new();
    for index in 0..48 {
        let score = Score::new(if index % 2 == 0 { 80 } else { 20 }).unwrap();
        let id = f.opportunity_with(|command| command.score = score).await;
        if index % 2 == 0 {
            free.push(id);
        }
    }
    let filter = RandomFilter { min_score: Score::new(50), ..RandomFilter::default() };
    assert_uniform(&f, &free, filter, 3, 240).await;
}

async fn undone_picks_can_be_picked_again(f: Fixture) {
    let (agent, id) = (f.agent().await, f.opportunity().await);
    for seed in 0..3 {
        let outcome = f.try_random(&f.as_admin(), random(agent.id, 1, seed)).await.unwrap();
        assert_eq!(outcome.ids, [id]);
        f.undo(outcome.operation.unwrap()).await;
        assert_eq!(f.state(id).await, (None, Status::Pending));
    }
}

async fn of_very_many_that_are_free_as_many_as_asked_are_assigned(f: Fixture) {
    let agent = f.agent().await;
    f.many(600).await;
    for (filter, seed) in
        [(RandomFilter::default(), 1), (RandomFilter { min_score: Score::new(0), ..RandomFilter::default() }, 2)]
    {
        let command = AssignRandom { filter, ..random(agent.id, 3, seed) };
        let outcome = f.try_random(&f.as_admin(), command).await.unwrap();
        assert_eq!((outcome.ids.len(), outcome.available), (3, 600));
        f.undo(outcome.operation.unwrap()).await;
    }
}
