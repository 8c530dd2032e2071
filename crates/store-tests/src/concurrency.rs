//! Concurrency. After each rule the whole database is verified, including every step of the histories. The assertions
//! here cover what the database alone cannot show, such as the responses.

use std::collections::HashSet;

use futures::future::join_all;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use reparto_domain::{
    OperationId, OpportunityId, Refusal, Role, Status, UserId,
    operations::{OperationKind, OperationQuery},
    opportunities::{Assignee, BulkAssign, BulkMode, BulkOutcome, ExpectedHolder},
    users::NewUser,
};
use reparto_store::{StoreError, StoreResult};
use tokio::task::JoinHandle;

use crate::{
    Fixture, Member,
    fixture::{ALL_OPERATIONS, bulk_ids, random},
    verify,
};

rules! { $ concurrency_rules in concurrency {
    fifty_concurrent_writers_lose_nothing,
    a_deactivated_user_is_assigned_nothing_more,
    an_unassignable_user_is_assigned_nothing_more,
    a_demoted_administrator_writes_nothing_more,
    concurrent_random_picks_never_share_a_row,
    of_many_concurrent_claims_one_wins,
    of_many_creations_for_one_contact_one_succeeds,
    of_many_users_with_one_address_one_is_created,
    of_many_concurrent_undos_one_succeeds,
    expecting_nobody_assigns_each_row_once,
    overlapping_bulk_requests_in_any_order_all_succeed,
    readers_see_bulk_requests_whole_or_not_at_all,
}}

/// The outcome, unless the race allows its refusal.
#[track_caller]
fn allowed<T: std::fmt::Debug>(result: StoreResult<T>, refusals: &[Refusal]) -> Option<T> {
    match result {
        Ok(outcome) => Some(outcome),
        Err(StoreError::Refused(refusal)) if refusals.contains(&refusal) => None,
        Err(other) => panic!("{other:?}"),
    }
}

async fn all<T>(tasks: Vec<JoinHandle<T>>) -> Vec<T> {
    join_all(tasks).await.into_iter().map(|result| result.expect("no task panics")).collect()
}

/// The content of an operation according to its response.
#[derive(Debug)]
struct Reported {
    operation: OperationId,
    ids: Vec<OpportunityId>,
    to: Option<UserId>,
}

fn reported(outcome: &BulkOutcome, to: Option<UserId>) -> Option<Reported> {
    let ids = outcome.done.iter().map(|item| item.id).collect();
    outcome.operation.map(|operation| Reported { operation, ids, to })
}

async fn assert_as_reported(f: &Fixture, reported: &[Reported]) {
    let mut seen = HashSet::new();
    for Reported { operation, ids, to } in reported {
        assert!(seen.insert(*operation), "two requests reported the same operation");
        let items = f.operation(*operation).await.items;
        assert_eq!(items.iter().map(|item| item.opportunity_id).collect::<Vec<_>>(), *ids);
        assert!(items.iter().all(|item| item.to_id == *to), "{items:?}");
    }
}

/// The newest operation that assigned something to the user.
async fn newest_assignment_to(f: &Fixture, user: UserId) -> Option<OperationId> {
    let query = OperationQuery { assignee: Some(Some(user)), limit: 1, ..ALL_OPERATIONS };
    f.store().operation_list(query).await.expect("operation_list").items.first().map(|operation| operation.id)
}

/// How a user is temporarily made unassignable.
#[derive(Debug, Clone, Copy)]
enum Block {
    Inactive,
    Demoted,
}

/// Repeatedly blocks and unblocks a user; while blocked, nothing may be assigned to them. Everything committed before
/// the block is visible once it has returned, so that anything newer came after it.
async fn toggle_block(f: Fixture, member: Member, block: Block, rounds: usize) {
    let set = async |blocked: bool| match block {
        Block::Inactive => f.set_active(&member, !blocked).await,
        Block::Demoted => f.set_role(&member, if blocked { Role::User } else { Role::Agent }).await,
    };
    for _ in 0..rounds {
        set(true).await;
        let at_first = newest_assignment_to(&f, member.id).await;
        for _ in 0..5 {
            tokio::task::yield_now().await;
            assert_eq!(newest_assignment_to(&f, member.id).await, at_first, "given to somebody blocked: {block:?}");
        }
        set(false).await;
    }
}

async fn fifty_concurrent_writers_lose_nothing(f: Fixture) {
    let ids = f.many(60).await;
    let mut agents = Vec::new();
    for _ in 0..10 {
        agents.push(f.agent().await);
    }
    let mut tasks: Vec<JoinHandle<Vec<Reported>>> = Vec::new();
    for task in 0..50 {
        let (f, ids, agents) = (f.clone(), ids.clone(), agents.clone());
        tasks.push(tokio::spawn(async move {
            let mut rng = StdRng::seed_from_u64(task as u64);
            let mut answers = Vec::new();
            if task < 4 {
                toggle_block(f, agents[task].clone(), Block::Inactive, 4).await;
                return answers;
            }
            for _ in 0..6 {
                let mut some: Vec<OpportunityId> = ids.sample(&mut rng, 12).copied().collect();
                let agent = agents.choose(&mut rng).expect("ten").clone();
                match task {
                    4..30 => {
                        let result = f
                            .try_bulk_assign(&f.as_admin(), Fixture::bulk_assign_command(bulk_ids(&some), agent.id))
                            .await;
                        let outcome = allowed(result, &[Refusal::AssigneeInactive]);
                        answers.extend(outcome.and_then(|outcome| reported(&outcome, Some(agent.id))));
                    }
                    30..37 => {
                        let result = f.try_bulk_unassign(&f.as_admin(), bulk_ids(&some), BulkMode::default()).await;
                        answers.extend(allowed(result, &[]).and_then(|outcome| reported(&outcome, None)));
                    }
                    37..44 => {
                        let own = if task < 40 { &agents[task - 37] } else { &agents[task - 34] };
                        let to = Some(Assignee::User(own.id));
                        let result = f.try_assign(&f.by(own), some.remove(0), to).await;
                        allowed(result, &[Refusal::OpportunityTaken, Refusal::AccountInactive, Refusal::TokenRevoked]);
                    }
                    _ => {
                        let command = random(agent.id, rng.random_range(1..8), rng.random());
                        let result = f.try_random(&f.as_admin(), command).await;
                        if let Some(outcome) = allowed(result, &[Refusal::RandomAssigneeInvalid]) {
                            let (ids, to) = (outcome.ids, Some(agent.id));
                            answers.extend(outcome.operation.map(|operation| Reported { operation, ids, to }));
                        }
                    }
                }
            }
            answers
        }));
    }
    let reported: Vec<Reported> = all(tasks).await.into_iter().flatten().collect();
    assert!(reported.len() > 100, "too few operations to prove anything: {}", reported.len());
    assert_as_reported(&f, &reported).await;
    let query = OperationQuery { kind: Some(OperationKind::AssignRandom), ..ALL_OPERATIONS };
    for operation in f.operations(query).await {
        for item in f.operation(operation.id).await.items {
            let before = (item.from_id, item.previous_status);
            assert_eq!(before, (None, Some(Status::Pending)), "a random pick took what was not free");
        }
    }
    assert_eq!(verify::opportunities(f.store()).await.unwrap().len(), 60);
}

async fn a_deactivated_user_is_assigned_nothing_more(f: Fixture) {
    nothing_more_is_given(f, Block::Inactive).await;
}

async fn an_unassignable_user_is_assigned_nothing_more(f: Fixture) {
    nothing_more_is_given(f, Block::Demoted).await;
}

/// Many assign to one user in every possible way while that user is repeatedly blocked.
async fn nothing_more_is_given(f: Fixture, block: Block) {
    let (member, ids) = (f.agent().await, f.many(30).await);
    let blocked = match block {
        Block::Inactive => Refusal::AssigneeInactive,
        Block::Demoted => Refusal::AssigneeRoleNotAssignable { roles: f.assignable.clone() },
    };
    let mut tasks = vec![tokio::spawn(toggle_block(f.clone(), member.clone(), block, 8))];
    for task in 0..12_u64 {
        let (f, member, ids, blocked) = (f.clone(), member.clone(), ids.clone(), [blocked.clone()]);
        tasks.push(tokio::spawn(async move {
            let mut rng = StdRng::seed_from_u64(task);
            for _ in 0..12 {
                let some: Vec<OpportunityId> = ids.sample(&mut rng, 5).copied().collect();
                let assign = async || {
                    let command = Fixture::bulk_assign_command(bulk_ids(&some), member.id);
                    allowed(f.try_bulk_assign(&f.as_admin(), command).await, &blocked)
                };
                match task % 4 {
                    0 => {
                        let to = Some(Assignee::User(member.id));
                        allowed(f.try_assign(&f.as_admin(), some[0], to).await, &blocked);
                    }
                    1 => {
                        let result = f.try_random(&f.as_admin(), random(member.id, 2, rng.random())).await;
                        allowed(result, &[Refusal::RandomAssigneeInvalid]);
                        f.bulk_unassign(&some).await;
                    }
                    2 => {
                        let Some(given) = assign().await else { continue };
                        let taken = f.bulk_unassign(&some).await.operation.expect("an operation");
                        f.undo(taken).await;
                        f.undo(given.operation.expect("an operation")).await;
                    }
                    _ => drop(assign().await),
                }
            }
        }));
    }
    all(tasks).await;
}

async fn a_demoted_administrator_writes_nothing_more(f: Fixture) {
    let (admin, agent, ids) = (f.user(Role::Admin).await, f.agent().await, f.many(20).await);
    let mut tasks = Vec::new();
    for task in 0..8_u64 {
        let (f, admin, agent, ids) = (f.clone(), admin.clone(), agent.clone(), ids.clone());
        tasks.push(tokio::spawn(async move {
            let mut rng = StdRng::seed_from_u64(task);
            for _ in 0..15 {
                let some: Vec<OpportunityId> = ids.sample(&mut rng, 5).copied().collect();
                let result =
                    f.try_bulk_assign(&f.by(&admin), Fixture::bulk_assign_command(bulk_ids(&some), agent.id)).await;
                allowed(result, &[Refusal::BulkAssignAdministratorsOnly]);
            }
        }));
    }
    let demoting = f.clone();
    tasks.push(tokio::spawn(async move {
        let newest = async || {
            let query = OperationQuery { actor: Some(Some(admin.id)), limit: 1, ..ALL_OPERATIONS };
            demoting.store().operation_list(query).await.expect("operation_list").items.first().map(|o| o.id)
        };
        for _ in 0..6 {
            demoting.set_role(&admin, Role::Agent).await;
            let at_first = newest().await;
            for _ in 0..5 {
                tokio::task::yield_now().await;
                assert_eq!(newest().await, at_first, "written by somebody who is no administrator");
            }
            demoting.set_role(&admin, Role::Admin).await;
        }
    }));
    all(tasks).await;
}

async fn concurrent_random_picks_never_share_a_row(f: Fixture) {
    f.many(150).await;
    let mut tasks = Vec::new();
    for task in 0..20 {
        let (f, agent) = (f.clone(), f.agent().await);
        tasks.push(tokio::spawn(
            async move { f.try_random(&f.as_admin(), random(agent.id, 5, task)).await.unwrap().ids },
        ));
    }
    let picked = all(tasks).await;
    assert!(picked.iter().all(|ids| ids.len() == 5), "there was enough for all");
    let distinct: HashSet<OpportunityId> = picked.into_iter().flatten().collect();
    assert_eq!(distinct.len(), 100);
}

async fn of_many_concurrent_claims_one_wins(f: Fixture) {
    let id = f.opportunity().await;
    let mut tasks = Vec::new();
    for _ in 0..20 {
        let (f, agent) = (f.clone(), f.agent().await);
        tasks.push(tokio::spawn(async move {
            let result = f.try_assign(&f.by(&agent), id, Some(Assignee::User(agent.id))).await;
            allowed(result, &[Refusal::OpportunityTaken]).map(|_| agent.id)
        }));
    }
    let winners: Vec<UserId> = all(tasks).await.into_iter().flatten().collect();
    assert_eq!(winners.len(), 1);
    assert_eq!((f.holder(id).await, f.history(id).await.len()), (Some(winners[0]), 2));
}

async fn of_many_creations_for_one_contact_one_succeeds(f: Fixture) {
    let contact = f.contact().await;
    let tasks = (0..20).map(|_| {
        let f = f.clone();
        tokio::spawn(async move {
            let command = Fixture::new_opportunity(contact);
            match f.store().opportunity_create(&f.as_admin(), command, &f.policy(), None).await {
                Ok(answer) => (answer.fresh().expect("no key").id, true),
                Err(StoreError::Refused(Refusal::ContactHasOpportunity { opportunity })) => (opportunity, false),
                Err(other) => panic!("{other:?}"),
            }
        })
    });
    let answers = all(tasks.collect()).await;
    assert_eq!(answers.iter().filter(|(_, made)| *made).count(), 1);
    assert_eq!(answers.iter().map(|(id, _)| id).collect::<HashSet<_>>().len(), 1, "all name the one that was made");
}

async fn of_many_users_with_one_address_one_is_created(f: Fixture) {
    let first = f.new_user(Role::Agent);
    let tasks = (0..20).map(|_| {
        let (f, new) = (f.clone(), NewUser { email: first.email.clone(), ..f.new_user(Role::Agent) });
        tokio::spawn(async move { allowed(f.store().user_create(&f.as_admin(), new).await, &[Refusal::EmailTaken]) })
    });
    assert_eq!(all(tasks.collect()).await.into_iter().flatten().count(), 1);
}

async fn of_many_concurrent_undos_one_succeeds(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.many(10).await);
    let operation = f.bulk_assign_operation(&ids, &agent).await;
    let tasks = (0..20).map(|_| {
        let f = f.clone();
        tokio::spawn(async move { allowed(f.try_undo(&f.as_admin(), operation).await, &[Refusal::AlreadyUndone]) })
    });
    let undone: usize = all(tasks.collect()).await.into_iter().flatten().map(|outcome| outcome.done.len()).sum();
    assert_eq!(undone, 10, "each item goes back once");
    assert_eq!(f.history(ids[0]).await.len(), 3);
}

async fn expecting_nobody_assigns_each_row_once(f: Fixture) {
    let ids = f.many(40).await;
    let mode = BulkMode { expected_holder: Some(ExpectedHolder::Nobody), ..BulkMode::default() };
    let mut tasks = Vec::new();
    for task in 0..16_u64 {
        let (f, agent) = (f.clone(), f.agent().await);
        let some: Vec<OpportunityId> = ids.sample(&mut StdRng::seed_from_u64(task), 20).copied().collect();
        tasks.push(tokio::spawn(async move {
            let command = BulkAssign { mode, ..Fixture::bulk_assign_command(bulk_ids(&some), agent.id) };
            let outcome = f.try_bulk_assign(&f.as_admin(), command).await.unwrap();
            assert_eq!(outcome.done.len() + outcome.failed.len(), 20);
            outcome.done.into_iter().map(|item| (item.id, agent.id)).collect::<Vec<_>>()
        }));
    }
    let given: Vec<(OpportunityId, UserId)> = all(tasks).await.into_iter().flatten().collect();
    assert_eq!(given.iter().map(|(id, _)| id).collect::<HashSet<_>>().len(), given.len(), "a row was given twice");
    for (id, to) in given {
        assert_eq!(f.holder(id).await, Some(to));
    }
}

async fn overlapping_bulk_requests_in_any_order_all_succeed(f: Fixture) {
    let ids = f.many(50).await;
    let mut tasks = Vec::new();
    for task in 0..12_usize {
        let (f, mut ids, agent) = (f.clone(), ids.clone(), f.agent().await);
        tasks.push(tokio::spawn(async move {
            ids.rotate_left(task * 4);
            if task % 2 == 1 {
                ids.reverse();
            }
            for _ in 0..2 {
                let outcome = f.bulk_assign(&ids, &agent).await;
                assert_eq!((outcome.done.len(), outcome.failed.len()), (50, 0));
            }
        }));
    }
    all(tasks).await;
    let holders: HashSet<_> = verify::opportunities(f.store())
        .await
        .unwrap()
        .into_iter()
        .map(|opportunity| opportunity.holder.map(|person| person.id))
        .collect();
    assert_eq!(holders.len(), 1, "the last request has all of them");
    assert_eq!(f.history(ids[0]).await.len(), 1 + 12 * 2);
}

async fn readers_see_bulk_requests_whole_or_not_at_all(f: Fixture) {
    let (first, second, ids) = (f.agent().await, f.agent().await, f.many(40).await);
    f.bulk_assign(&ids, &first).await;
    let writing = f.clone();
    let writer = tokio::spawn(async move {
        for _ in 0..10 {
            writing.bulk_assign(&ids, &second).await;
            writing.bulk_assign(&ids, &first).await;
        }
    });
    while !writer.is_finished() {
        let page = f.list(crate::fixture::all_opportunities()).await;
        let holders: HashSet<_> = page.items.iter().map(|row| row.holder.as_ref().map(|person| person.id)).collect();
        assert_eq!((page.items.len(), holders.len()), (40, 1), "a reader saw half of it");
        assert_eq!(page.total, 40);
    }
    writer.await.expect("no panic");
}
