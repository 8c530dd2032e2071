//! Users and their own accounts: sessions and passwords.

pub mod resets;
pub mod second_factors;

use reparto_domain::{
    Caller, Refusal, Role, SessionId,
    audit::action,
    sessions::{OpenSession, SignedIn},
};
use reparto_store::{ChangePassword, NewSession, StoreResult};
use secrecy::ExposeSecret as _;

use crate::{
    Fixture,
    fixture::{PASSWORD, origin, password, refused},
    sessions::{open, session, sign_in, token},
};

rules! { $ accounts_rules in accounts {
    only_ones_own_live_sessions_are_listed,
    a_session_shows_where_it_was_last_used,
    one_session_can_be_ended_with_its_access_tokens,
    all_sessions_of_another_user_can_be_ended,
    a_token_of_another_users_session_is_worth_nothing,
    a_write_in_an_ended_session_is_refused,
    a_changed_own_password_leaves_one_new_session,
    a_password_changed_meanwhile_changes_nothing,
    a_password_that_another_set_must_be_changed,
    ones_own_password_is_not_set_without_the_current_one,
    a_new_address_ends_sessions_and_is_unverified,
    a_deleted_users_secrets_are_gone,
}}

const NEW: &str = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$TmV3";

/// Changes the caller's password from the usual one.
pub(crate) async fn change_password(f: &Fixture, caller: &Caller, current: &str) -> StoreResult<SignedIn> {
    let expires_at = f.tick().plus_seconds(86_400);
    let session = NewSession { id: SessionId::new(), token: token(f), expires_at };
    let command = ChangePassword { current: password(current), password: password(NEW), session };
    f.store().account_change_password(caller, command).await
}

async fn only_ones_own_live_sessions_are_listed(f: Fixture) {
    let (agent, other) = (f.agent().await, f.agent().await);
    let began_after = f.tick();
    let (ended, one, two) = (token(&f), sign_in(&f, &agent).await, sign_in(&f, &agent).await);
    open(&f, agent.id, ended).await.unwrap();
    f.store().session_close(ended, origin(), f.tick()).await.unwrap();
    let expired = session(&f, agent.id, token(&f));
    f.store().session_open(OpenSession { expires_at: expired.at.plus_seconds(5), ..expired }).await.unwrap();
    f.advance(10);
    sign_in(&f, &other).await;
    let listed = f.store().account_sessions(&f.in_session(&one), began_after).await.unwrap();
    assert_eq!(listed.iter().map(|session| session.id).collect::<Vec<_>>(), [two.session, one.session]);
    let newer = f.store().account_sessions(&f.in_session(&one), one.session_began).await.unwrap();
    assert_eq!(newer.iter().map(|session| session.id).collect::<Vec<_>>(), [two.session]);
}

async fn a_session_shows_where_it_was_last_used(f: Fixture) {
    let agent = f.agent().await;
    let one = sign_in(&f, &agent).await;
    let listed = f.store().account_sessions(&f.in_session(&one), one.session_began.plus_seconds(-1)).await.unwrap();
    let (session, origin) = (&listed[0], origin());
    assert_eq!((session.created_at, session.last_used_at), (one.session_began, one.session_began));
    assert_eq!((&session.ip_address, &session.user_agent), (&origin.ip, &origin.user_agent));
}

async fn one_session_can_be_ended_with_its_access_tokens(f: Fixture) {
    let (agent, other) = (f.agent().await, f.agent().await);
    let (one, two, theirs) = (sign_in(&f, &agent).await, sign_in(&f, &agent).await, sign_in(&f, &other).await);
    let caller = f.in_session(&one);
    for id in [theirs.session, SessionId::new()] {
        assert_eq!(refused(f.store().account_end_session(&caller, id).await), Refusal::SessionNotFound);
    }
    f.store().account_end_session(&caller, two.session).await.unwrap();
    assert_eq!(refused(f.store().account_end_session(&caller, two.session).await), Refusal::SessionNotFound);
    let ended = f.in_session(&two);
    assert_eq!(refused(f.store().account_standing(&ended.authority).await), Refusal::TokenRevoked);
    f.store().account_standing(&caller.authority).await.unwrap();
    f.store().account_standing(&f.in_session(&theirs).authority).await.unwrap();
    assert_eq!(f.log_of(action::SESSION_DELETED).await.len(), 1);
}

async fn all_sessions_of_another_user_can_be_ended(f: Fixture) {
    let (agent, superuser) = (f.agent().await, f.user(Role::Superuser).await);
    let (one, theirs) = (sign_in(&f, &agent).await, sign_in(&f, &superuser).await);
    let end = async |by: Caller, id| f.store().account_end_all(&by, id).await;
    assert_eq!(refused(end(f.by(&agent), superuser.id).await), Refusal::AdministratorsOnly);
    assert_eq!(refused(end(f.as_admin(), superuser.id).await), Refusal::SuperuserOnly);
    end(f.as_admin(), agent.id).await.unwrap();
    assert_eq!(refused(f.store().account_standing(&f.in_session(&one).authority).await), Refusal::TokenRevoked);
    f.store().account_standing(&f.in_session(&theirs).authority).await.unwrap();
    end(f.system(), superuser.id).await.unwrap();
    assert_eq!(refused(f.store().account_standing(&f.in_session(&theirs).authority).await), Refusal::TokenRevoked);
}

async fn a_token_of_another_users_session_is_worth_nothing(f: Fixture) {
    let (agent, other) = (f.agent().await, f.agent().await);
    let theirs = sign_in(&f, &other).await;
    let mixed = f.in_session(&SignedIn { user: agent.id, ..theirs });
    assert_eq!(refused(f.store().account_standing(&mixed.authority).await), Refusal::TokenRevoked);
}

async fn a_write_in_an_ended_session_is_refused(f: Fixture) {
    let (admin, agent, id) = (f.user(Role::Admin).await, f.agent().await, f.opportunity().await);
    let signed_in = sign_in(&f, &admin).await;
    let command = Fixture::bulk_assign_command(crate::fixture::bulk_ids(&[id]), agent.id);
    let by = f.in_session(&signed_in);
    f.try_bulk_assign(&by, command.clone()).await.unwrap();
    f.try_assign(&by, id, None).await.unwrap();
    f.store().account_end_session(&by, signed_in.session).await.unwrap();
    assert_eq!(refused(f.try_bulk_assign(&f.in_session(&signed_in), command).await), Refusal::TokenRevoked);
    assert_eq!(refused(f.try_assign(&f.in_session(&signed_in), id, None).await), Refusal::TokenRevoked);
    let edit = f.store().user_set_role(&f.in_session(&signed_in), agent.id, Role::Lawyer).await;
    assert_eq!(refused(edit), Refusal::TokenRevoked);
}

async fn a_changed_own_password_leaves_one_new_session(f: Fixture) {
    let agent = f.agent().await;
    let (one, two) = (sign_in(&f, &agent).await, sign_in(&f, &agent).await);
    let new = change_password(&f, &f.in_session(&one), PASSWORD).await.unwrap();
    for old in [one, two] {
        let refusal = refused(f.store().account_standing(&f.in_session(&old).authority).await);
        assert_eq!(refusal, Refusal::TokenRevoked);
    }
    let caller = f.in_session(&new);
    let credentials = f.store().account_credentials(&caller).await.unwrap();
    assert_eq!((credentials.password.0.expose_secret(), credentials.email), (NEW, agent.email));
    let listed = f.store().account_sessions(&caller, one.session_began.plus_seconds(-1)).await.unwrap();
    assert_eq!(listed.iter().map(|session| session.id).collect::<Vec<_>>(), [new.session]);
    assert_eq!(f.log_of(action::PASSWORD_CHANGED).await.len(), 1);
}

async fn a_password_changed_meanwhile_changes_nothing(f: Fixture) {
    let agent = f.agent().await;
    let one = sign_in(&f, &agent).await;
    let refusal = refused(change_password(&f, &f.in_session(&one), "$argon2id$stale").await);
    assert_eq!(refusal, Refusal::CurrentPasswordWrong);
    f.store().account_standing(&f.in_session(&one).authority).await.expect("the session goes on");
}

async fn a_password_that_another_set_must_be_changed(f: Fixture) {
    let agent = f.agent().await;
    assert!(!sign_in(&f, &agent).await.must_change_password);
    f.store().user_set_password(&f.as_admin(), agent.id, password(PASSWORD)).await.unwrap();
    let limited = sign_in(&f, &agent).await;
    assert!(limited.must_change_password);
    let caller = f.in_session(&limited);
    assert!(f.store().account_standing(&caller.authority).await.unwrap().must_change_password);
    let new = change_password(&f, &caller, PASSWORD).await.unwrap();
    assert!(!new.must_change_password);
    assert!(!f.store().account_standing(&f.in_session(&new).authority).await.unwrap().must_change_password);
    f.store().user_set_password(&f.system(), agent.id, password(PASSWORD)).await.unwrap();
    assert!(!sign_in(&f, &agent).await.must_change_password, "the operator's need not be");
}

async fn ones_own_password_is_not_set_without_the_current_one(f: Fixture) {
    let set = f.store().user_set_password(&f.as_admin(), f.admin().id, password(NEW)).await;
    assert_eq!(refused(set), Refusal::CurrentPasswordWrong);
    sign_in(&f, f.admin()).await;
}

async fn a_new_address_ends_sessions_and_is_unverified(f: Fixture) {
    let agent = f.agent().await;
    let one = sign_in(&f, &agent).await;
    let changes = |email: &str| reparto_domain::users::UserChanges {
        email: reparto_domain::values::EmailAddress::new(email),
        ..Default::default()
    };
    let same = f.store().user_update(&f.as_admin(), agent.id, changes(&agent.email.to_uppercase())).await.unwrap();
    assert!(same.is_verified);
    f.store().account_standing(&f.in_session(&one).authority).await.expect("only the case is another");
    let moved = f.store().user_update(&f.as_admin(), agent.id, changes("moved@example.org")).await.unwrap();
    assert!(!moved.is_verified);
    assert_eq!(refused(f.store().account_standing(&f.in_session(&one).authority).await), Refusal::TokenRevoked);
}

async fn a_deleted_users_secrets_are_gone(f: Fixture) {
    let agent = f.agent().await;
    second_factors::enrolled(&f, &agent).await;
    f.store().user_delete(&f.as_admin(), agent.id).await.unwrap();
    // `check`, which runs after every rule, finds a hash or a second factor that is left.
    assert_eq!(refused(open(&f, agent.id, token(&f)).await), Refusal::CredentialsInvalid);
}
