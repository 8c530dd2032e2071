//! The first run: creating the first administrator.

use futures::future::join_all;
use reparto_domain::{
    Caller, Refusal, Role,
    audit::action,
    users::{NewUser, User},
    values::EmailAddress,
};
use reparto_store::{FIRST_RUN_TOKENS, StoreError, StoreResult};

use crate::{
    Fixture,
    fixture::{origin, refused},
    sessions::token,
};

rules! { $ first_run_rules on empty in first_run {
    the_token_creates_the_first_user_once,
    a_wrong_token_creates_nobody,
    once_a_user_exists_tokens_are_void,
    a_deleted_user_still_ends_the_first_run,
    every_replicas_token_is_valid_until_one_is_used,
    only_the_newest_tokens_are_valid,
    a_token_is_valid_for_a_day,
    of_many_at_once_one_creates_the_first_user,
    the_first_user_is_in_the_audit_log,
}}

async fn make(f: &Fixture, token: reparto_domain::sessions::TokenHash, new: NewUser) -> StoreResult<User> {
    let caller = Caller { origin: origin(), ..f.system() };
    f.store().first_run_create(&caller, token, new).await
}

async fn the_token_creates_the_first_user_once(f: Fixture) {
    let one = token(&f);
    assert!(f.store().first_run_needed().await.unwrap());
    assert!(f.store().first_run_offer(one, f.tick()).await.unwrap());
    f.store().first_run_check(one, f.tick()).await.unwrap();
    let new = f.new_user(Role::Admin);
    let made = make(&f, one, new.clone()).await.unwrap();
    assert_eq!((made.id, made.email.as_str(), made.role), (new.id, new.email.as_str(), Role::Admin));
    assert_eq!(f.store().user_get(new.id).await.unwrap(), made);
    assert!(!f.store().first_run_needed().await.unwrap());
    assert_eq!(refused(f.store().first_run_check(one, f.tick()).await), Refusal::FirstRunOver);
    assert_eq!(refused(make(&f, one, f.new_user(Role::Admin)).await), Refusal::FirstRunOver);
}

async fn a_wrong_token_creates_nobody(f: Fixture) {
    let (one, other) = (token(&f), token(&f));
    assert_eq!(refused(f.store().first_run_check(other, f.tick()).await), Refusal::FirstRunTokenInvalid);
    f.store().first_run_offer(one, f.tick()).await.unwrap();
    assert_eq!(refused(f.store().first_run_check(other, f.tick()).await), Refusal::FirstRunTokenInvalid);
    assert_eq!(refused(make(&f, other, f.new_user(Role::Admin)).await), Refusal::FirstRunTokenInvalid);
    assert!(f.store().first_run_needed().await.unwrap());
    make(&f, one, f.new_user(Role::Admin)).await.unwrap();
}

async fn once_a_user_exists_tokens_are_void(f: Fixture) {
    let one = token(&f);
    f.store().first_run_offer(one, f.tick()).await.unwrap();
    f.user(Role::Agent).await;
    assert!(!f.store().first_run_needed().await.unwrap());
    assert_eq!(refused(make(&f, one, f.new_user(Role::Admin)).await), Refusal::FirstRunOver);
    assert!(!f.store().first_run_offer(token(&f), f.tick()).await.unwrap());
}

async fn a_deleted_user_still_ends_the_first_run(f: Fixture) {
    let one = token(&f);
    f.store().first_run_offer(one, f.tick()).await.unwrap();
    let agent = f.user(Role::Agent).await;
    f.store().user_delete(&f.system(), agent.id).await.unwrap();
    assert!(!f.store().first_run_needed().await.unwrap());
    assert_eq!(refused(make(&f, one, f.new_user(Role::Admin)).await), Refusal::FirstRunOver);
}

async fn every_replicas_token_is_valid_until_one_is_used(f: Fixture) {
    let (one, other) = (token(&f), token(&f));
    for token in [one, other, one] {
        assert!(f.store().first_run_offer(token, f.tick()).await.unwrap());
    }
    for token in [one, other] {
        f.store().first_run_check(token, f.tick()).await.unwrap();
    }
    make(&f, one, f.new_user(Role::Admin)).await.unwrap();
    assert_eq!(refused(make(&f, other, f.new_user(Role::Admin)).await), Refusal::FirstRunOver);
}

async fn only_the_newest_tokens_are_valid(f: Fixture) {
    let mut tokens = Vec::new();
    for _ in 0..FIRST_RUN_TOKENS + 2 {
        tokens.push(token(&f));
        f.store().first_run_offer(tokens[tokens.len() - 1], f.tick()).await.unwrap();
    }
    for (age, token) in tokens.iter().rev().enumerate() {
        let held = f.store().first_run_check(*token, f.tick()).await;
        if age < FIRST_RUN_TOKENS {
            held.unwrap();
        } else {
            assert_eq!(refused(held), Refusal::FirstRunTokenInvalid);
        }
    }
}

async fn a_token_is_valid_for_a_day(f: Fixture) {
    let (one, other) = (token(&f), token(&f));
    f.store().first_run_offer(one, f.tick()).await.unwrap();
    f.advance(86_300);
    f.store().first_run_check(one, f.tick()).await.unwrap();
    f.advance(100);
    assert_eq!(refused(f.store().first_run_check(one, f.tick()).await), Refusal::FirstRunTokenInvalid);
    assert_eq!(refused(make(&f, one, f.new_user(Role::Admin)).await), Refusal::FirstRunTokenInvalid);
    f.store().first_run_offer(other, f.tick()).await.unwrap();
    make(&f, other, f.new_user(Role::Admin)).await.unwrap();
}

async fn of_many_at_once_one_creates_the_first_user(f: Fixture) {
    let tokens: Vec<_> = (0..4).map(|_| token(&f)).collect();
    for token in &tokens {
        f.store().first_run_offer(*token, f.tick()).await.unwrap();
    }
    let tasks: Vec<_> = (0..16)
        .map(|n| {
            let (f, token, new) = (f.clone(), tokens[n % tokens.len()], f.new_user(Role::Admin));
            tokio::spawn(async move { make(&f, token, new).await })
        })
        .collect();
    let mut made = Vec::new();
    for outcome in join_all(tasks).await {
        match outcome.unwrap() {
            Ok(user) => made.push(user),
            Err(StoreError::Refused(refusal)) => assert_eq!(refusal, Refusal::FirstRunOver),
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(made.len(), 1, "{made:?}");
    let all = f.store().person_list(reparto_domain::users::PersonFilter::default()).await.unwrap();
    assert_eq!(all.iter().map(|person| person.id).collect::<Vec<_>>(), [made[0].id]);
}

async fn the_first_user_is_in_the_audit_log(f: Fixture) {
    let one = token(&f);
    f.store().first_run_offer(one, f.tick()).await.unwrap();
    let new = NewUser { email: EmailAddress::new("Primera@Example.org").unwrap(), ..f.new_user(Role::Admin) };
    let made = make(&f, one, new).await.unwrap();
    let log = f.log_of(action::USER_CREATED).await;
    assert_eq!(log.len(), 1);
    let entry = &log[0];
    assert_eq!((entry.actor_id, entry.actor_email.as_str()), (None, "system"));
    assert_eq!(entry.entity_id, Some(made.id.to_string()));
    assert_eq!(entry.ip_address, origin().ip);
    assert_eq!(entry.details.to_value()["first_run"], true);
    assert_eq!(entry.details.to_value()["email"], "Primera@Example.org");
}
