//! Creating and changing users.

pub mod administrators;
pub mod lists;

use reparto_domain::{
    Refusal, Role, UserId,
    audit::action,
    users::{NewUser, PasswordHash, Profile, User, UserChanges},
    values::EmailAddress,
};

use crate::{
    Fixture,
    fixture::{password, refused},
};

rules! { $ users_rules in users {
    a_new_user_has_the_given_fields,
    a_user_without_a_quota_has_the_default,
    an_address_that_exists_in_any_case_is_taken,
    a_deleted_users_address_is_free_again,
    only_administrators_write_users_whatever_the_id,
    an_unknown_or_deleted_user_is_not_found,
    each_user_field_changes_alone,
    optional_user_texts_can_be_cleared,
    an_empty_change_keeps_the_user,
    a_user_keeps_their_own_address_in_another_case,
    a_new_role_counts_at_once,
    deactivating_and_activating_changes_only_that,
    a_deletion_reports_the_open_opportunities,
    what_a_deleted_user_held_can_be_handed_over,
    user_changes_are_audited_without_the_password,
}}

fn address(text: &str) -> EmailAddress {
    EmailAddress::new(text).expect("an address")
}

async fn a_new_user_has_the_given_fields(f: Fixture) {
    let text = |text: &str| Some(text.to_owned());
    let profile = Profile {
        full_name: text("Ana Núñez"),
        first_name: text("Ana"),
        last_name: text("Núñez"),
        phone_number: text("+34 600"),
        avatar_url: text("https://example.org/a.png"),
        preferred_language: text("es"),
        daily_lead_quota: Some(25),
    };
    let new = NewUser {
        email: address("Ana.Nunez@Example.org"),
        profile,
        is_active: false,
        is_verified: false,
        ..f.new_user(Role::Lawyer)
    };
    let caller = f.as_admin();
    let made = f.store().user_create(&caller, new.clone()).await.unwrap();
    let expected = User {
        id: new.id,
        email: "Ana.Nunez@Example.org".into(),
        full_name: text("Ana Núñez"),
        first_name: text("Ana"),
        last_name: text("Núñez"),
        phone_number: text("+34 600"),
        avatar_url: text("https://example.org/a.png"),
        is_active: false,
        is_verified: false,
        role: Role::Lawyer,
        preferred_language: text("es"),
        daily_lead_quota: 25,
        last_login: None,
        created_at: caller.at,
        updated_at: caller.at,
    };
    assert_eq!(made, expected);
    assert_eq!(f.store().user_get(new.id).await.unwrap(), expected);
}

async fn a_user_without_a_quota_has_the_default(f: Fixture) {
    let agent = f.agent().await;
    assert_eq!(f.store().user_get(agent.id).await.unwrap().daily_lead_quota, 10);
}

async fn an_address_that_exists_in_any_case_is_taken(f: Fixture) {
    let (agent, other) = (f.agent().await, f.agent().await);
    for email in [agent.email.clone(), agent.email.to_uppercase()] {
        let new = NewUser { email: address(&email), ..f.new_user(Role::Agent) };
        assert_eq!(refused(f.store().user_create(&f.as_admin(), new).await), Refusal::EmailTaken);
        let changes = UserChanges { email: Some(address(&email)), ..UserChanges::default() };
        assert_eq!(refused(f.store().user_update(&f.as_admin(), other.id, changes).await), Refusal::EmailTaken);
    }
}

async fn a_deleted_users_address_is_free_again(f: Fixture) {
    let deleted = f.deleted_agent().await;
    let new = NewUser { email: address(&deleted.email.to_uppercase()), ..f.new_user(Role::Agent) };
    let made = f.store().user_create(&f.as_admin(), new).await.unwrap();
    assert_ne!(made.id, deleted.id);
}

async fn only_administrators_write_users_whatever_the_id(f: Fixture) {
    let other = f.agent().await;
    for role in [Role::Agent, Role::Lawyer, Role::User] {
        let by = f.by(&f.user(role).await);
        let store = f.store();
        assert_eq!(refused(store.user_create(&by, f.new_user(Role::User)).await), Refusal::AdministratorsOnly);
        for id in [other.id, UserId::new(), by.user().unwrap()] {
            let changes = UserChanges { is_verified: Some(true), ..UserChanges::default() };
            assert_eq!(refused(store.user_update(&by, id, changes).await), Refusal::AdministratorsOnly);
            assert_eq!(refused(store.user_set_role(&by, id, Role::Admin).await), Refusal::AdministratorsOnly);
            assert_eq!(refused(store.user_set_active(&by, id, false).await), Refusal::AdministratorsOnly);
            let new = store.user_set_password(&by, id, password("$argon2id$new")).await;
            assert_eq!(refused(new), Refusal::AdministratorsOnly);
            assert_eq!(refused(store.user_delete(&by, id).await), Refusal::AdministratorsOnly);
        }
    }
}

async fn an_unknown_or_deleted_user_is_not_found(f: Fixture) {
    for id in [UserId::new(), f.deleted_agent().await.id] {
        let (store, by) = (f.store(), f.as_admin());
        assert_eq!(refused(store.user_get(id).await), Refusal::UserNotFound);
        assert_eq!(refused(store.person_get(id).await), Refusal::UserNotFound);
        assert_eq!(refused(store.user_update(&by, id, UserChanges::default()).await), Refusal::UserNotFound);
        assert_eq!(refused(store.user_set_role(&by, id, Role::Agent).await), Refusal::UserNotFound);
        assert_eq!(refused(store.user_set_active(&by, id, true).await), Refusal::UserNotFound);
        let new = store.user_set_password(&by, id, password("$argon2id$new")).await;
        assert_eq!(refused(new), Refusal::UserNotFound);
        assert_eq!(refused(store.user_delete(&by, id).await), Refusal::UserNotFound);
    }
}

/// The effect of a change on the user.
type Applied = fn(&mut User);

async fn each_user_field_changes_alone(f: Fixture) {
    let agent = f.agent().await;
    let mut expected = f.store().user_get(agent.id).await.unwrap();
    let some = |text: &str| Some(Some(text.to_owned()));
    let none = UserChanges::default;
    let steps: Vec<(UserChanges, Applied)> = vec![
        (UserChanges { email: Some(address("Nueva@Example.org")), ..none() }, |u| {
            // Nobody has verified it yet.
            (u.email, u.is_verified) = ("Nueva@Example.org".into(), false);
        }),
        (UserChanges { full_name: some("Otro Nombre"), ..none() }, |u| u.full_name = Some("Otro Nombre".into())),
        (UserChanges { first_name: some("Otro"), ..none() }, |u| u.first_name = Some("Otro".into())),
        (UserChanges { last_name: some("Nombre"), ..none() }, |u| u.last_name = Some("Nombre".into())),
        (UserChanges { phone_number: some("600"), ..none() }, |u| u.phone_number = Some("600".into())),
        (UserChanges { avatar_url: some("https://e.org"), ..none() }, |u| u.avatar_url = Some("https://e.org".into())),
        (UserChanges { preferred_language: some("en"), ..none() }, |u| u.preferred_language = Some("en".into())),
        (UserChanges { daily_lead_quota: Some(3), ..none() }, |u| u.daily_lead_quota = 3),
        (UserChanges { is_verified: Some(true), ..none() }, |u| u.is_verified = true),
        (UserChanges { is_active: Some(false), ..none() }, |u| u.is_active = false),
    ];
    for (changes, apply) in steps {
        let caller = f.as_admin();
        let changed = f.store().user_update(&caller, agent.id, changes).await.unwrap();
        apply(&mut expected);
        expected.updated_at = caller.at;
        assert_eq!(changed, expected);
        assert_eq!(f.store().user_get(agent.id).await.unwrap(), expected);
    }
}

async fn optional_user_texts_can_be_cleared(f: Fixture) {
    let agent = f.agent().await;
    let changes = UserChanges { full_name: Some(None), phone_number: Some(None), ..UserChanges::default() };
    let after = f.store().user_update(&f.as_admin(), agent.id, changes).await.unwrap();
    assert_eq!((after.full_name.as_ref(), after.phone_number.as_ref()), (None, None));
    assert_eq!(after.name(), agent.email);
    assert_eq!(f.store().person_get(agent.id).await.unwrap().name, agent.email);
}

async fn an_empty_change_keeps_the_user(f: Fixture) {
    let agent = f.agent().await;
    let before = f.store().user_get(agent.id).await.unwrap();
    let after = f.store().user_update(&f.as_admin(), agent.id, UserChanges::default()).await.unwrap();
    assert_eq!(User { updated_at: before.updated_at, ..after }, before);
}

async fn a_user_keeps_their_own_address_in_another_case(f: Fixture) {
    let agent = f.agent().await;
    let upper = agent.email.to_uppercase();
    let changes = UserChanges { email: Some(address(&upper)), ..UserChanges::default() };
    assert_eq!(f.store().user_update(&f.as_admin(), agent.id, changes).await.unwrap().email, upper);
}

async fn a_new_role_counts_at_once(f: Fixture) {
    let (agent, id) = (f.agent().await, f.opportunity().await);
    f.store().user_set_role(&f.as_admin(), agent.id, Role::Admin).await.unwrap();
    let command = Fixture::bulk_assign_command(crate::fixture::bulk_ids(&[id]), agent.id);
    f.try_bulk_assign(&f.by(&agent), command.clone()).await.unwrap();
    f.store().user_set_role(&f.as_admin(), agent.id, Role::Agent).await.unwrap();
    assert_eq!(refused(f.try_bulk_assign(&f.by(&agent), command).await), Refusal::BulkAssignAdministratorsOnly);
}

async fn deactivating_and_activating_changes_only_that(f: Fixture) {
    let agent = f.agent().await;
    let before = f.store().user_get(agent.id).await.unwrap();
    for active in [false, true] {
        let after = f.store().user_set_active(&f.as_admin(), agent.id, active).await.unwrap();
        assert_eq!(after.is_active, active);
        assert_eq!(User { is_active: true, updated_at: before.updated_at, ..after }, before);
    }
}

async fn a_deletion_reports_the_open_opportunities(f: Fixture) {
    use reparto_domain::Status;
    let (agent, ids) = (f.agent().await, f.opportunities(8).await);
    f.bulk_assign(&ids[..7], &agent).await;
    for (id, status) in ids.iter().zip(Status::ALL) {
        f.set_status(*id, *status).await;
    }
    f.delete(ids[6]).await;
    let deleted = f.store().user_delete(&f.as_admin(), agent.id).await.unwrap();
    assert_eq!((deleted.id, deleted.open_opportunities), (agent.id, 3));
    assert_eq!(f.holder(ids[0]).await, Some(agent.id));
}

async fn what_a_deleted_user_held_can_be_handed_over(f: Fixture) {
    let (agent, other) = (f.agent().await, f.agent().await);
    let id = f.opportunity_held_by(&agent).await;
    f.store().user_delete(&f.as_admin(), agent.id).await.unwrap();
    assert_eq!(f.bulk_assign(&[id], &other).await.done.len(), 1);
    assert_eq!(f.history(id).await[0].from_id, Some(agent.id));
}

async fn user_changes_are_audited_without_the_password(f: Fixture) {
    let secret = "$argon2id$v=19$m=8,t=1,p=1$c2VjcmV0$c2VjcmV0";
    let new = NewUser { password: PasswordHash(secret.into()), ..f.new_user(Role::Agent) };
    let id = new.id;
    let store = f.store();
    store.user_create(&f.as_admin(), new).await.unwrap();
    let changes = UserChanges { first_name: Some(Some("Ana".into())), ..UserChanges::default() };
    store.user_update(&f.as_admin(), id, changes).await.unwrap();
    store.user_set_role(&f.as_admin(), id, Role::Lawyer).await.unwrap();
    store.user_set_active(&f.as_admin(), id, false).await.unwrap();
    store.user_set_password(&f.as_admin(), id, password(secret)).await.unwrap();
    store.user_delete(&f.as_admin(), id).await.unwrap();
    for action in [
        action::USER_CREATED,
        action::USER_UPDATED,
        action::USER_ROLE_CHANGED,
        action::USER_STATUS_CHANGED,
        action::USER_PASSWORD_CHANGED,
        action::USER_DELETED,
    ] {
        let log = f.log_of(action).await;
        let of_this_user: Vec<_> = log.iter().filter(|entry| entry.entity_id == Some(id.to_string())).collect();
        assert_eq!(of_this_user.len(), 1, "{action}");
        let entry = of_this_user[0];
        assert_eq!((entry.actor_id, entry.entity_type.as_str()), (Some(f.admin().id), "user"), "{action}");
        assert!(!entry.details.to_string().contains("argon2"), "{action}");
    }
}
