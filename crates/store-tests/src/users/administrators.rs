//! Superusers, and the last administrator.

use futures::future::join_all;
use reparto_domain::{Caller, Refusal, Role, UserId, users::UserChanges};
use reparto_store::{StoreError, StoreResult};

use crate::{
    Fixture, Member,
    fixture::{password, refused},
};

rules! { $ administrators_rules in users::administrators {
    only_a_superuser_or_the_system_makes_a_superuser,
    only_a_superuser_appoints_a_superuser,
    only_a_superuser_changes_a_superuser,
    an_administrator_changes_other_administrators,
    the_last_active_administrator_stays,
    the_last_active_administrator_stays_whoever_asks,
    an_inactive_administrator_does_not_count,
    a_superuser_counts_as_an_administrator,
    an_administrator_who_is_not_the_last_may_go,
    of_administrators_removing_each_other_one_stays,
}}

async fn only_a_superuser_or_the_system_makes_a_superuser(f: Fixture) {
    let new = f.new_user(Role::Superuser);
    assert_eq!(refused(f.store().user_create(&f.as_admin(), new).await), Refusal::SuperuserOnly);
    let superuser = f.user(Role::Superuser).await;
    f.store().user_create(&f.by(&superuser), f.new_user(Role::Superuser)).await.unwrap();
}

async fn only_a_superuser_appoints_a_superuser(f: Fixture) {
    let agent = f.agent().await;
    let result = f.store().user_set_role(&f.as_admin(), agent.id, Role::Superuser).await;
    assert_eq!(refused(result), Refusal::SuperuserOnly);
    let own = f.store().user_set_role(&f.as_admin(), f.admin().id, Role::Superuser).await;
    assert_eq!(refused(own), Refusal::SuperuserOnly);
    let superuser = f.user(Role::Superuser).await;
    let appointed = f.store().user_set_role(&f.by(&superuser), agent.id, Role::Superuser).await.unwrap();
    assert_eq!(appointed.role, Role::Superuser);
}

/// Every change of a user.
async fn changes(f: &Fixture, by: &Caller, id: UserId) -> Vec<StoreResult<()>> {
    let edit = UserChanges { full_name: Some(Some(format!("Nombre {}", f.number()))), ..UserChanges::default() };
    let inactive = UserChanges { is_active: Some(false), ..UserChanges::default() };
    let store = f.store();
    vec![
        store.user_update(by, id, edit).await.map(drop),
        store.user_set_password(by, id, password("$argon2id$new")).await.map(drop),
        store.user_update(by, id, inactive).await.map(drop),
        store.user_set_active(by, id, false).await.map(drop),
        store.user_set_role(by, id, Role::Agent).await.map(drop),
        store.user_delete(by, id).await.map(drop),
    ]
}

async fn only_a_superuser_changes_a_superuser(f: Fixture) {
    let (superuser, other) = (f.user(Role::Superuser).await, f.user(Role::Superuser).await);
    let before = f.store().user_get(superuser.id).await.unwrap();
    for result in changes(&f, &f.as_admin(), superuser.id).await {
        assert_eq!(refused(result), Refusal::SuperuserOnly);
    }
    assert_eq!(f.store().user_get(superuser.id).await.unwrap(), before);
    for result in changes(&f, &f.by(&other), superuser.id).await {
        result.unwrap();
    }
}

async fn an_administrator_changes_other_administrators(f: Fixture) {
    let other = f.user(Role::Admin).await;
    for result in changes(&f, &f.as_admin(), other.id).await {
        result.unwrap();
    }
}

/// Every change that would remove the last administrator.
async fn removals(f: &Fixture, by: &Caller, id: UserId) -> Vec<StoreResult<()>> {
    let store = f.store();
    let inactive = UserChanges { is_active: Some(false), ..UserChanges::default() };
    vec![
        store.user_delete(by, id).await.map(drop),
        store.user_set_active(by, id, false).await.map(drop),
        store.user_update(by, id, inactive).await.map(drop),
        store.user_set_role(by, id, Role::Agent).await.map(drop),
        store.user_set_role(by, id, Role::User).await.map(drop),
    ]
}

async fn the_last_active_administrator_stays(f: Fixture) {
    f.agent().await;
    for result in removals(&f, &f.as_admin(), f.admin().id).await {
        assert_eq!(refused(result), Refusal::LastAdministrator);
    }
    let admin = f.store().user_get(f.admin().id).await.unwrap();
    assert_eq!((admin.role, admin.is_active), (Role::Admin, true));
}

async fn the_last_active_administrator_stays_whoever_asks(f: Fixture) {
    for result in removals(&f, &f.system(), f.admin().id).await {
        assert_eq!(refused(result), Refusal::LastAdministrator);
    }
}

async fn an_inactive_administrator_does_not_count(f: Fixture) {
    let inactive = f.user(Role::Admin).await;
    f.set_active(&inactive, false).await;
    for result in removals(&f, &f.as_admin(), f.admin().id).await {
        assert_eq!(refused(result), Refusal::LastAdministrator);
    }
    f.store().user_set_role(&f.as_admin(), inactive.id, Role::Agent).await.unwrap();
    f.store().user_delete(&f.as_admin(), inactive.id).await.unwrap();
}

async fn a_superuser_counts_as_an_administrator(f: Fixture) {
    let superuser = f.user(Role::Superuser).await;
    f.store().user_delete(&f.by(&superuser), f.admin().id).await.unwrap();
    for result in removals(&f, &f.by(&superuser), superuser.id).await {
        assert_eq!(refused(result), Refusal::LastAdministrator);
    }
    let demoted = f.store().user_set_role(&f.by(&superuser), superuser.id, Role::Admin).await.unwrap();
    assert_eq!(demoted.role, Role::Admin, "an administrator is still there");
}

async fn an_administrator_who_is_not_the_last_may_go(f: Fixture) {
    let other = f.user(Role::Admin).await;
    f.store().user_delete(&f.by(&other), f.admin().id).await.unwrap();
}

async fn of_administrators_removing_each_other_one_stays(f: Fixture) {
    let mut members: Vec<Member> = vec![f.admin().clone()];
    for _ in 0..5 {
        members.push(f.user(Role::Admin).await);
    }
    let attempts = (0..members.len()).map(|index| {
        let (f, by, whom) = (f.clone(), members[index].clone(), members[(index + 1) % members.len()].clone());
        tokio::spawn(async move { f.store().user_set_active(&f.by(&by), whom.id, false).await })
    });
    for result in join_all(attempts.collect::<Vec<_>>()).await {
        match result.expect("no panic") {
            Ok(_)
            | Err(StoreError::Refused(Refusal::LastAdministrator | Refusal::AccountInactive | Refusal::TokenRevoked)) =>
                {}
            other => panic!("{other:?}"),
        }
    }
    let filter = reparto_domain::users::UserFilter {
        role: Some(Role::Admin),
        is_active: Some(true),
        ..reparto_domain::users::UserFilter::default()
    };
    assert!(f.store().user_count(filter).await.unwrap() >= 1);
}
