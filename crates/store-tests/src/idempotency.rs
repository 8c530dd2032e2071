//! Idempotency keys: a repeated request is executed once.

use std::sync::Arc;

use futures::future::join_all;
use reparto_domain::{
    AttemptStatus, Caller, OpportunityId, Refusal, Role,
    contacts::Contact,
    erasures::IfErased,
    idempotency::{Answer, Keyed, StoredAnswer},
    opportunities::{
        Assignee, BulkAssign, BulkMode, BulkOutcome, BulkUnassign, CreateOpportunity, FirstCall, Opportunity,
    },
};
use reparto_store::{StoreError, StoreResult};

use crate::{
    Fixture, Member,
    fixture::{PASSWORD, bulk_ids, contact_named, keyed, password, random, refused},
};

rules! { $ idempotency_rules in idempotency {
    a_repeated_request_gets_the_stored_bytes,
    a_repeated_request_changes_nothing,
    every_method_that_takes_a_key_replays,
    the_same_key_with_another_request_is_refused,
    keys_are_per_user,
    keys_match_exactly,
    an_expired_key_may_be_reused,
    refusals_are_not_stored,
    all_or_nothing_refusals_are_not_stored,
    an_answer_with_item_errors_is_stored,
    a_replay_is_refused_after_losing_the_right,
    a_replay_is_refused_without_authority,
    a_replay_gives_nothing_lost_from_sight,
    a_replay_does_not_recheck_the_assignee,
    of_many_with_one_key_one_is_executed,
}}

async fn bulk(
    f: &Fixture,
    by: &Caller,
    command: BulkAssign,
    keyed: Keyed<BulkOutcome>,
) -> StoreResult<Answer<BulkOutcome>> {
    f.store().opportunity_bulk_assign(by, command, &f.assignable, Some(keyed)).await
}

/// A key that expires after a day.
fn key<T: std::fmt::Debug>(f: &Fixture, key: &str, request: u8) -> Keyed<T> {
    keyed(key, request, f.tick().plus_seconds(86_400))
}

fn to(ids: &[OpportunityId], member: &Member) -> BulkAssign {
    Fixture::bulk_assign_command(bulk_ids(ids), member.id)
}

async fn a_repeated_request_gets_the_stored_bytes(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(2).await);
    let first = key(&f, "k", 1);
    let outcome = bulk(&f, &f.as_admin(), to(&ids, &agent), first.clone()).await.unwrap().fresh().expect("executed");
    let expected = (first.render)(&outcome);
    f.bulk_assign(&ids, f.admin()).await;
    for _ in 0..2 {
        let answer = bulk(&f, &f.as_admin(), to(&ids, &agent), key(&f, "k", 1)).await.unwrap();
        assert_eq!(answer, Answer::Stored(expected.clone()));
    }
}

async fn a_repeated_request_changes_nothing(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(2).await);
    let command = BulkAssign { note: Some("nota".into()), ..to(&ids, &agent) };
    bulk(&f, &f.as_admin(), command.clone(), key(&f, "k", 1)).await.unwrap();
    let before = (f.get(ids[0]).await, f.operation_count().await, f.log().await.len());
    bulk(&f, &f.as_admin(), command, key(&f, "k", 1)).await.unwrap();
    assert_eq!((f.get(ids[0]).await, f.operation_count().await, f.log().await.len()), before);
}

/// Asserts that the first was executed and the second is its stored response.
fn assert_replayed<T: std::fmt::Debug>(what: &str, first: StoreResult<Answer<T>>, second: StoreResult<Answer<T>>) {
    let fresh = first.unwrap_or_else(|error| panic!("{what}: {error:?}")).fresh().expect("executed");
    let expected = (keyed::<T>("", 0, reparto_domain::Timestamp::default()).render)(&fresh);
    match second {
        Ok(Answer::Stored(stored)) => assert_eq!(stored, expected, "{what}"),
        other => panic!("{what}: {other:?}"),
    }
}

async fn every_method_that_takes_a_key_replays(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(3).await);
    let (by, store, roles, policy) = (f.as_admin(), f.store(), &f.assignable, f.policy());
    let assign =
        || store.opportunity_assign(&by, ids[0], Some(Assignee::User(agent.id)), &policy, Some(key(&f, "1", 1)));
    assert_replayed("assign", assign().await, assign().await);
    let bulk = || store.opportunity_bulk_assign(&by, to(&ids, &agent), roles, Some(key(&f, "2", 1)));
    assert_replayed("bulk_assign", bulk().await, bulk().await);
    let unassign = || {
        let command = BulkUnassign { ids: bulk_ids(&ids), mode: BulkMode::default(), job: None };
        store.opportunity_bulk_unassign(&by, command, Some(key(&f, "3", 1)))
    };
    assert_replayed("bulk_unassign", unassign().await, unassign().await);
    let pick = || store.opportunity_assign_random(&by, random(agent.id, 1, 1), roles, Some(key(&f, "4", 1)));
    assert_replayed("assign_random", pick().await, pick().await);
    let call = || {
        let attempt = FirstCall { number: 1, status: AttemptStatus::Green, call_id: None, notes: None };
        store.opportunity_first_call(&by, ids[0], attempt, Some(key(&f, "5", 1)))
    };
    assert_replayed("first_call", call().await, call().await);
    let contact = || store.contact_create(&by, contact_named("Ana", "Uno"), IfErased::Refuse, Some(key(&f, "6", 1)));
    assert_replayed("contact_create", contact().await, contact().await);
    let id = f.contact().await;
    let create = || store.opportunity_create(&by, Fixture::new_opportunity(id), &policy, Some(key(&f, "7", 1)));
    assert_replayed("create", create().await, create().await);
    let operation = f.bulk_assign_operation(&ids, &agent).await;
    let undo = || store.operation_undo(&by, operation, roles, Some(key(&f, "8", 1)));
    assert_replayed("undo", undo().await, undo().await);
}

async fn the_same_key_with_another_request_is_refused(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(2).await);
    bulk(&f, &f.as_admin(), to(&ids[..1], &agent), key(&f, "k", 1)).await.unwrap();
    let other = bulk(&f, &f.as_admin(), to(&ids[1..], &agent), key(&f, "k", 2)).await;
    assert_eq!(refused(other), Refusal::IdempotencyKeyReused);
    assert_eq!(f.holder(ids[1]).await, None);
    let elsewhere = f
        .store()
        .contact_create(&f.as_admin(), contact_named("Ana", "Uno"), IfErased::Refuse, Some(key(&f, "k", 3)))
        .await;
    assert_eq!(refused(elsewhere), Refusal::IdempotencyKeyReused);
}

async fn keys_are_per_user(f: Fixture) {
    let (agent, ids, other) = (f.agent().await, f.opportunities(2).await, f.user(Role::Admin).await);
    bulk(&f, &f.as_admin(), to(&ids[..1], &agent), key(&f, "k", 1)).await.unwrap();
    let answer = bulk(&f, &f.by(&other), to(&ids[1..], &agent), key(&f, "k", 2)).await.unwrap();
    assert!(answer.fresh().is_some());
    assert_eq!(f.holder(ids[1]).await, Some(agent.id));
}

async fn keys_match_exactly(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(1).await);
    for text in ["k", "K", "k ", "ñ", "ñ\u{303}", &"x".repeat(255), "%", "_"] {
        let answer = bulk(&f, &f.as_admin(), to(&ids, &agent), key(&f, text, 1)).await.unwrap();
        assert!(answer.fresh().is_some(), "{text}");
    }
}

async fn an_expired_key_may_be_reused(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(1).await);
    bulk(&f, &f.as_admin(), to(&ids, &agent), key(&f, "k", 1)).await.unwrap();
    f.advance(86_400 - 60);
    let still = bulk(&f, &f.as_admin(), to(&ids, &agent), key(&f, "k", 1)).await.unwrap();
    assert!(still.fresh().is_none());
    f.advance(120);
    for request in [2, 2] {
        let answer = bulk(&f, &f.as_admin(), to(&ids, &agent), key(&f, "k", request)).await;
        assert!(answer.is_ok(), "{answer:?}");
    }
    assert_eq!(f.history(ids[0]).await.len(), 3);
}

async fn refusals_are_not_stored(f: Fixture) {
    let (inactive, ids) = (f.inactive_agent().await, f.opportunities(1).await);
    let refusal = refused(bulk(&f, &f.as_admin(), to(&ids, &inactive), key(&f, "k", 1)).await);
    assert_eq!(refusal, Refusal::AssigneeInactive);
    f.set_active(&inactive, true).await;
    let answer = bulk(&f, &f.as_admin(), to(&ids, &inactive), key(&f, "k", 1)).await.unwrap();
    assert!(answer.fresh().is_some());
}

async fn all_or_nothing_refusals_are_not_stored(f: Fixture) {
    let (agent, id) = (f.agent().await, f.opportunity().await);
    let mode = BulkMode { all_or_nothing: true, ..BulkMode::default() };
    let command = BulkAssign { mode, ..to(&[id, OpportunityId::new()], &agent) };
    let refusal = refused(bulk(&f, &f.as_admin(), command, key(&f, "k", 1)).await);
    assert!(matches!(refusal, Refusal::NothingDone { .. }));
    let other = BulkAssign { mode, ..to(&[id], &agent) };
    assert!(bulk(&f, &f.as_admin(), other, key(&f, "k", 2)).await.unwrap().fresh().is_some());
}

async fn an_answer_with_item_errors_is_stored(f: Fixture) {
    let (agent, id) = (f.agent().await, f.opportunity().await);
    let ids = [id, OpportunityId::new()];
    bulk(&f, &f.as_admin(), to(&ids, &agent), key(&f, "k", 1)).await.unwrap();
    assert!(bulk(&f, &f.as_admin(), to(&ids, &agent), key(&f, "k", 1)).await.unwrap().fresh().is_none());
}

async fn a_replay_is_refused_after_losing_the_right(f: Fixture) {
    let (agent, ids, admin) = (f.agent().await, f.opportunities(1).await, f.user(Role::Admin).await);
    bulk(&f, &f.by(&admin), to(&ids, &agent), key(&f, "k", 1)).await.unwrap();
    f.set_role(&admin, Role::Agent).await;
    let refusal = refused(bulk(&f, &f.by(&admin), to(&ids, &agent), key(&f, "k", 1)).await);
    assert_eq!(refusal, Refusal::BulkAssignAdministratorsOnly);
    f.set_role(&admin, Role::Admin).await;
    assert!(bulk(&f, &f.by(&admin), to(&ids, &agent), key(&f, "k", 1)).await.unwrap().fresh().is_none());
}

async fn a_replay_is_refused_without_authority(f: Fixture) {
    let (agent, ids, admin) = (f.agent().await, f.opportunities(1).await, f.user(Role::Admin).await);
    bulk(&f, &f.by(&admin), to(&ids, &agent), key(&f, "k", 1)).await.unwrap();
    f.store().user_set_password(&f.as_admin(), admin.id, password(PASSWORD)).await.unwrap();
    let refusal = refused(bulk(&f, &f.by(&admin), to(&ids, &agent), key(&f, "k", 1)).await);
    assert_eq!(refusal, Refusal::TokenRevoked);
    f.set_active(&admin, false).await;
    let refusal = refused(bulk(&f, &f.by(&admin), to(&ids, &agent), key(&f, "k", 1)).await);
    assert_eq!(refusal, Refusal::AccountInactive);
}

async fn a_replay_does_not_recheck_the_assignee(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(1).await);
    bulk(&f, &f.as_admin(), to(&ids, &agent), key(&f, "k", 1)).await.unwrap();
    f.set_active(&agent, false).await;
    assert!(bulk(&f, &f.as_admin(), to(&ids, &agent), key(&f, "k", 1)).await.unwrap().fresh().is_none());
}

async fn of_many_with_one_key_one_is_executed(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(2).await);
    let racing = (0..20).map(|_| {
        let (f, command) = (f.clone(), to(&ids, &agent));
        tokio::spawn(async move { bulk(&f, &f.as_admin(), command, key(&f, "k", 1)).await })
    });
    let mut executed = 0;
    for result in join_all(racing.collect::<Vec<_>>()).await {
        match result.expect("no panic") {
            Ok(Answer::Fresh(_)) => executed += 1,
            Ok(Answer::Stored(_)) | Err(StoreError::Refused(Refusal::IdempotencyKeyRunning)) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((executed, f.history(ids[0]).await.len()), (1, 2));
}

/// A key whose stored response has this `Location`.
fn created<T: std::fmt::Debug + 'static>(
    f: &Fixture,
    text: &str,
    location: impl Fn(&T) -> String + Send + Sync + 'static,
) -> Keyed<T> {
    let keyed = key::<T>(f, text, 1);
    let render = Arc::clone(&keyed.render);
    let render = move |outcome: &T| StoredAnswer { location: Some(location(outcome)), ..render(outcome) };
    Keyed { render: Arc::new(render), ..keyed }
}

async fn a_replay_gives_nothing_lost_from_sight(f: Fixture) {
    let (agent, other) = (f.agent().await, f.agent().await);
    let (by, store, policy) = (f.by(&agent), f.store(), f.policy());
    let (free, contact) = (f.opportunity().await, f.contact().await);
    let own = Some(Assignee::User(agent.id));
    let assign = || store.opportunity_assign(&by, free, own, &policy, Some(key(&f, "1", 1)));
    let call = || {
        let attempt = FirstCall { number: 1, status: AttemptStatus::Orange, call_id: None, notes: None };
        store.opportunity_first_call(&by, free, attempt, Some(key(&f, "2", 1)))
    };
    let create = || {
        let command = CreateOpportunity { assignee: own, ..Fixture::new_opportunity(contact) };
        let location = |made: &Opportunity| format!("/api/crm/opportunities/{}", made.id);
        store.opportunity_create(&by, command, &policy, Some(created(&f, "3", location)))
    };
    let contact_create = || {
        let location = |made: &Contact| format!("/api/crm/contacts/{}", made.id);
        store.contact_create(&by, contact_named("Ana", "Uno"), IfErased::Refuse, Some(created(&f, "4", location)))
    };
    assign().await.unwrap();
    call().await.unwrap();
    let made = create().await.unwrap().fresh().unwrap().id;
    let contact_made = contact_create().await.unwrap().fresh().unwrap().id;
    let is_stored = |answer: Answer<Opportunity>| matches!(answer, Answer::Stored(_));
    // What is in sight is replayed: their own, and nobody's.
    for _ in 0..2 {
        assert!(is_stored(assign().await.unwrap()) && is_stored(call().await.unwrap()));
        assert!(is_stored(create().await.unwrap()));
        f.bulk_unassign(&[free, made]).await;
    }
    assert!(matches!(contact_create().await.unwrap(), Answer::Stored(_)));
    f.bulk_assign(&[free, made], &other).await;
    for lost in [assign().await, call().await, create().await] {
        assert_eq!(refused(lost), Refusal::OpportunityNotFound);
    }
    f.store().contact_delete(&f.as_admin(), contact_made, false).await.unwrap();
    assert_eq!(refused(contact_create().await), Refusal::ContactNotFound);
    // Found again, it is replayed again.
    f.bulk_assign(&[free, made], &agent).await;
    assert!(is_stored(assign().await.unwrap()) && is_stored(create().await.unwrap()));
}
