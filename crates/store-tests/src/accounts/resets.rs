//! Links for a new password.

use reparto_domain::{Caller, Refusal, Role, Timestamp, UserId, audit::action, sessions::TokenHash};
use reparto_store::{ResetPassword, StoreResult};
use secrecy::ExposeSecret as _;

use super::{NEW, change_password};
use crate::{
    Fixture,
    fixture::{PASSWORD, origin, password, refused},
    sessions::{session, sign_in, token},
};

rules! { $ resets_rules in accounts::resets {
    a_link_sets_a_password_once,
    a_password_set_by_a_link_ends_all_sessions,
    a_link_is_good_for_its_time,
    a_newer_link_replaces_the_one_before,
    a_link_ends_with_another_new_password,
    a_link_of_who_may_not_sign_in_is_refused,
    only_those_who_may_change_a_user_make_links,
    concurrent_uses_of_a_link_set_one_password,
}}

async fn offer(f: &Fixture, by: &Caller, user: UserId) -> StoreResult<TokenHash> {
    let token = token(f);
    f.store().password_reset_offer(by, user, token, f.tick().plus_seconds(100)).await.map(|()| token)
}

async fn reset(f: &Fixture, token: TokenHash, at: Timestamp) -> StoreResult<()> {
    f.store().password_reset(ResetPassword { token, password: password(NEW), origin: origin(), at }).await
}

#[track_caller]
fn invalid<T: std::fmt::Debug>(result: StoreResult<T>) {
    assert_eq!(refused(result), Refusal::ResetTokenInvalid);
}

async fn a_link_sets_a_password_once(f: Fixture) {
    let agent = f.agent().await;
    let old = sign_in(&f, &agent).await;
    f.store().user_set_password(&f.as_admin(), agent.id, password(PASSWORD)).await.unwrap();
    let link = offer(&f, &f.as_admin(), agent.id).await.unwrap();
    let present = f.store().password_reset_credentials(link, f.tick()).await.unwrap();
    assert_eq!((present.user, &present.email), (agent.id, &agent.email));
    assert_eq!(present.password.0.expose_secret(), PASSWORD, "what a new one has to differ from");
    reset(&f, link, f.tick()).await.unwrap();
    invalid(f.store().password_reset_credentials(link, f.tick()).await);
    invalid(reset(&f, link, f.tick()).await);
    assert_eq!(refused(f.store().account_standing(&f.in_session(&old).authority).await), Refusal::TokenRevoked);
    let command = reparto_domain::sessions::OpenSession { password: password(NEW), ..session(&f, agent.id, token(&f)) };
    let new = f.store().session_open(command).await.unwrap();
    assert!(!new.must_change_password, "the user chose it");
    let log = f.log_of(action::PASSWORD_RESET).await;
    assert_eq!((log.len(), log[0].actor_id), (1, Some(agent.id)));
}

async fn a_password_set_by_a_link_ends_all_sessions(f: Fixture) {
    let agent = f.agent().await;
    let signed_in = sign_in(&f, &agent).await;
    let link = offer(&f, &f.as_admin(), agent.id).await.unwrap();
    f.store().account_standing(&f.in_session(&signed_in).authority).await.expect("an offer alone ends nothing");
    reset(&f, link, f.tick()).await.unwrap();
    let standing = f.store().account_standing(&f.in_session(&signed_in).authority).await;
    assert_eq!(refused(standing), Refusal::TokenRevoked);
}

async fn a_link_is_good_for_its_time(f: Fixture) {
    let agent = f.agent().await;
    invalid(reset(&f, token(&f), f.tick()).await);
    let link = offer(&f, &f.as_admin(), agent.id).await.unwrap();
    f.advance(200);
    invalid(f.store().password_reset_credentials(link, f.tick()).await);
    invalid(reset(&f, link, f.tick()).await);
    assert!(f.store().expire(f.tick()).await.unwrap() > 0);
}

async fn a_newer_link_replaces_the_one_before(f: Fixture) {
    let agent = f.agent().await;
    let first = offer(&f, &f.as_admin(), agent.id).await.unwrap();
    let second = offer(&f, &f.as_admin(), agent.id).await.unwrap();
    invalid(reset(&f, first, f.tick()).await);
    reset(&f, second, f.tick()).await.unwrap();
}

async fn a_link_ends_with_another_new_password(f: Fixture) {
    let agent = f.agent().await;
    let link = offer(&f, &f.as_admin(), agent.id).await.unwrap();
    change_password(&f, &f.in_session(&sign_in(&f, &agent).await), PASSWORD).await.unwrap();
    invalid(reset(&f, link, f.tick()).await);
}

async fn a_link_of_who_may_not_sign_in_is_refused(f: Fixture) {
    let (inactive, deleted) = (f.agent().await, f.agent().await);
    let one = offer(&f, &f.as_admin(), inactive.id).await.unwrap();
    let two = offer(&f, &f.as_admin(), deleted.id).await.unwrap();
    f.set_active(&inactive, false).await;
    f.store().user_delete(&f.as_admin(), deleted.id).await.unwrap();
    invalid(reset(&f, one, f.tick()).await);
    invalid(reset(&f, two, f.tick()).await);
}

async fn only_those_who_may_change_a_user_make_links(f: Fixture) {
    let (agent, other, superuser) = (f.agent().await, f.agent().await, f.user(Role::Superuser).await);
    assert_eq!(refused(offer(&f, &f.by(&other), agent.id).await), Refusal::AdministratorsOnly);
    assert_eq!(refused(offer(&f, &f.as_admin(), superuser.id).await), Refusal::SuperuserOnly);
    assert_eq!(refused(offer(&f, &f.as_admin(), f.admin().id).await), Refusal::ResetOfOneself);
    assert_eq!(refused(offer(&f, &f.as_admin(), UserId::new()).await), Refusal::UserNotFound);
    offer(&f, &f.system(), superuser.id).await.unwrap();
    assert_eq!(f.log_of(action::PASSWORD_RESET_OFFERED).await.len(), 1);
}

async fn concurrent_uses_of_a_link_set_one_password(f: Fixture) {
    let agent = f.agent().await;
    let (link, at) = (offer(&f, &f.as_admin(), agent.id).await.unwrap(), f.tick());
    let racing = (0..6).map(|_| {
        let f = f.clone();
        tokio::spawn(async move { reset(&f, link, at).await })
    });
    let results = futures::future::join_all(racing.collect::<Vec<_>>()).await;
    assert_eq!(results.into_iter().filter(|result| result.as_ref().expect("no panic").is_ok()).count(), 1);
}
