//! Refresh tokens: single use, rotation, revocation by family.

use futures::future::join_all;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use reparto_domain::{
    Refusal, Role,
    audit::action,
    sessions::{RefreshSession, SignedIn, TokenHash},
};
use reparto_store::StoreResult;

use super::{open, session, token};
use crate::{
    Fixture, Member,
    fixture::{PASSWORD, origin, password, refused},
};

rules! { $ refresh_rules in sessions::refresh {
    a_refresh_gives_a_token_that_can_be_refreshed,
    reuse_within_the_grace_gets_the_same_replacement,
    reuse_after_the_grace_ends_the_family,
    the_grace_counts_from_the_first_use,
    without_a_grace_a_token_works_once,
    the_grace_ends_with_the_family,
    an_unknown_or_expired_token_is_refused,
    an_expired_token_affects_no_other,
    a_deactivated_or_deleted_user_cannot_refresh,
    a_new_password_ends_every_session,
    a_refresh_shows_the_present_role_and_generation,
    signing_out_ends_the_family_and_no_other,
    signing_out_with_any_token_of_the_family_ends_it,
    signing_out_with_an_unknown_token_is_no_error,
    signing_out_everywhere_ends_only_own_sessions,
    concurrent_refreshes_get_the_same_replacement,
    a_session_ends_however_often_it_is_refreshed,
    the_access_tokens_end_with_the_session,
    late_reuse_ends_the_access_tokens,
    reuse_that_ends_a_family_is_in_the_audit_log,
}}

const GRACE: i64 = 30;

/// Seconds that a session lasts.
const SESSION: i64 = 90 * 86_400;

/// Exchanges a token; returns the new one and its user.
async fn refresh(f: &Fixture, old: TokenHash) -> StoreResult<(TokenHash, SignedIn)> {
    refresh_with(f, old, GRACE).await
}

async fn refresh_with(f: &Fixture, old: TokenHash, grace_seconds: i64) -> StoreResult<(TokenHash, SignedIn)> {
    let (replacement, at) = (after(old), f.tick());
    let command = RefreshSession {
        token: old,
        replacement,
        expires_at: at.plus_seconds(30 * 86_400),
        grace_seconds,
        session_seconds: SESSION,
        origin: origin(),
        at,
    };
    Ok((replacement, f.store().session_refresh(command).await?))
}

/// The replacement of a token: always the same.
fn after(token: TokenHash) -> TokenHash {
    let mut bytes = [0; 32];
    StdRng::from_seed(token.0).fill_bytes(&mut bytes);
    TokenHash(bytes)
}

async fn signed_in(f: &Fixture, member: &Member) -> TokenHash {
    let first = token(f);
    open(f, member.id, first).await.expect("session_open");
    first
}

#[track_caller]
fn invalid<T: std::fmt::Debug>(result: StoreResult<T>) {
    assert_eq!(refused(result), Refusal::RefreshTokenInvalid);
}

async fn a_refresh_gives_a_token_that_can_be_refreshed(f: Fixture) {
    let agent = f.agent().await;
    let mut current = signed_in(&f, &agent).await;
    for _ in 0..4 {
        f.advance(3_600);
        let (next, whom) = refresh(&f, current).await.unwrap();
        assert_eq!((whom.user, whom.role), (agent.id, Role::Agent));
        current = next;
    }
}

async fn reuse_within_the_grace_gets_the_same_replacement(f: Fixture) {
    let agent = f.agent().await;
    let first = signed_in(&f, &agent).await;
    let (one, whom) = refresh(&f, first).await.unwrap();
    let (two, again) = refresh(&f, first).await.unwrap();
    assert_eq!((one, whom.refresh_expires_at), (two, again.refresh_expires_at));
    f.advance(3_600);
    refresh(&f, one).await.unwrap();
    f.advance(GRACE + 1);
    invalid(refresh(&f, two).await);
}

async fn reuse_after_the_grace_ends_the_family(f: Fixture) {
    let agent = f.agent().await;
    let (first, other) = (signed_in(&f, &agent).await, signed_in(&f, &agent).await);
    let (second, _) = refresh(&f, first).await.unwrap();
    f.advance(GRACE + 1);
    invalid(refresh(&f, first).await);
    invalid(refresh(&f, second).await);
    refresh(&f, other).await.expect("another sign-in of the same user lives on");
}

async fn the_grace_counts_from_the_first_use(f: Fixture) {
    let agent = f.agent().await;
    let first = signed_in(&f, &agent).await;
    refresh(&f, first).await.unwrap();
    f.advance(GRACE - 10);
    refresh(&f, first).await.expect("still within it");
    f.advance(GRACE - 10);
    invalid(refresh(&f, first).await);
}

async fn without_a_grace_a_token_works_once(f: Fixture) {
    let agent = f.agent().await;
    let first = signed_in(&f, &agent).await;
    let (second, _) = refresh_with(&f, first, 0).await.unwrap();
    invalid(refresh_with(&f, first, 0).await);
    invalid(refresh_with(&f, second, 0).await);
}

async fn the_grace_ends_with_the_family(f: Fixture) {
    let agent = f.agent().await;
    let first = signed_in(&f, &agent).await;
    let (second, _) = refresh(&f, first).await.unwrap();
    f.store().session_close(second, origin(), f.tick()).await.unwrap();
    invalid(refresh(&f, first).await);
    invalid(refresh(&f, second).await);
}

async fn an_unknown_or_expired_token_is_refused(f: Fixture) {
    let agent = f.agent().await;
    invalid(refresh(&f, token(&f)).await);
    let first = signed_in(&f, &agent).await;
    f.advance(30 * 86_400 + 1);
    invalid(refresh(&f, first).await);
}

async fn an_expired_token_affects_no_other(f: Fixture) {
    let agent = f.agent().await;
    let first = signed_in(&f, &agent).await;
    f.advance(29 * 86_400);
    let (second, _) = refresh(&f, first).await.unwrap();
    f.advance(2 * 86_400);
    invalid(refresh(&f, token(&f)).await);
    refresh(&f, second).await.unwrap();
}

async fn a_deactivated_or_deleted_user_cannot_refresh(f: Fixture) {
    let (agent, other) = (f.agent().await, f.agent().await);
    let (first, second) = (signed_in(&f, &agent).await, signed_in(&f, &other).await);
    f.set_active(&agent, false).await;
    invalid(refresh(&f, first).await);
    f.set_active(&agent, true).await;
    invalid(refresh(&f, first).await);
    f.store().user_delete(&f.system(), other.id).await.unwrap();
    invalid(refresh(&f, second).await);
}

async fn a_new_password_ends_every_session(f: Fixture) {
    let agent = f.agent().await;
    let tokens = [signed_in(&f, &agent).await, signed_in(&f, &agent).await];
    f.store().user_set_password(&f.as_admin(), agent.id, password(PASSWORD)).await.unwrap();
    for token in tokens {
        invalid(refresh(&f, token).await);
    }
}

async fn a_refresh_shows_the_present_role_and_generation(f: Fixture) {
    let agent = f.agent().await;
    let command = session(&f, agent.id, token(&f));
    let first = command.token;
    let opened = f.store().session_open(command).await.unwrap();
    f.set_role(&agent, Role::Lawyer).await;
    let (_, whom) = refresh(&f, first).await.unwrap();
    assert_eq!((whom.role, whom.generation), (Role::Lawyer, opened.generation));
}

async fn signing_out_ends_the_family_and_no_other(f: Fixture) {
    let agent = f.agent().await;
    let (first, other) = (signed_in(&f, &agent).await, signed_in(&f, &agent).await);
    f.store().session_close(first, origin(), f.tick()).await.unwrap();
    invalid(refresh(&f, first).await);
    refresh(&f, other).await.unwrap();
    let log = f.log_of(action::LOGOUT).await;
    assert_eq!((log.len(), log[0].actor_id), (1, Some(agent.id)));
}

async fn signing_out_with_any_token_of_the_family_ends_it(f: Fixture) {
    let agent = f.agent().await;
    let first = signed_in(&f, &agent).await;
    let (second, _) = refresh(&f, first).await.unwrap();
    f.advance(3_600);
    f.store().session_close(first, origin(), f.tick()).await.unwrap();
    invalid(refresh(&f, second).await);
}

async fn signing_out_with_an_unknown_token_is_no_error(f: Fixture) {
    f.store().session_close(token(&f), origin(), f.tick()).await.unwrap();
    let agent = f.agent().await;
    let first = signed_in(&f, &agent).await;
    for _ in 0..2 {
        f.store().session_close(first, origin(), f.tick()).await.unwrap();
    }
}

async fn signing_out_everywhere_ends_only_own_sessions(f: Fixture) {
    let (agent, other) = (f.agent().await, f.agent().await);
    let tokens = [signed_in(&f, &agent).await, signed_in(&f, &agent).await];
    let theirs = signed_in(&f, &other).await;
    let caller = f.by(&agent);
    f.store().session_close_all(&caller).await.unwrap();
    for token in tokens {
        invalid(refresh(&f, token).await);
    }
    refresh(&f, theirs).await.unwrap();
    assert_eq!(refused(f.store().session_viewer(&caller.authority).await), Refusal::TokenRevoked);
    assert_eq!(f.log_of(action::LOGOUT_ALL).await.len(), 1);
}

async fn concurrent_refreshes_get_the_same_replacement(f: Fixture) {
    let agent = f.agent().await;
    let first = signed_in(&f, &agent).await;
    let racing = (0..8).map(|_| {
        let f = f.clone();
        tokio::spawn(async move { refresh(&f, first).await })
    });
    for result in join_all(racing.collect::<Vec<_>>()).await {
        let (next, _) = result.expect("no panic").expect("within the grace each gets it");
        assert_eq!(next, after(first));
    }
    refresh(&f, after(first)).await.unwrap();
}

async fn a_session_ends_however_often_it_is_refreshed(f: Fixture) {
    let agent = f.agent().await;
    let mut current = signed_in(&f, &agent).await;
    let began = f.tick();
    for day in [25, 50, 75, 89] {
        f.advance(began.plus_seconds(day * 86_400).seconds() - f.tick().seconds());
        let (next, whom) = refresh(&f, current).await.unwrap();
        assert!(whom.refresh_expires_at <= began.plus_seconds(SESSION), "day {day}");
        current = next;
    }
    f.advance(86_400);
    invalid(refresh(&f, current).await);
}

async fn the_access_tokens_end_with_the_session(f: Fixture) {
    let agent = f.agent().await;
    let (first, second) = (token(&f), token(&f));
    let (one, two) = (open(&f, agent.id, first).await.unwrap(), open(&f, agent.id, second).await.unwrap());
    f.store().session_close(first, origin(), f.tick()).await.unwrap();
    let (ended, other) = (f.in_session(&one), f.in_session(&two));
    assert_eq!(refused(f.store().session_viewer(&ended.authority).await), Refusal::TokenRevoked);
    assert_eq!(refused(f.store().session_close_all(&ended).await), Refusal::TokenRevoked);
    f.store().session_viewer(&other.authority).await.unwrap();
    f.store().session_close_all(&other).await.unwrap();
    assert_eq!(refused(f.store().session_viewer(&other.authority).await), Refusal::TokenRevoked);
}

async fn late_reuse_ends_the_access_tokens(f: Fixture) {
    let agent = f.agent().await;
    let first = signed_in(&f, &agent).await;
    let (_, whom) = refresh(&f, first).await.unwrap();
    let caller = f.in_session(&whom);
    f.advance(GRACE + 1);
    f.store().session_viewer(&caller.authority).await.unwrap();
    invalid(refresh(&f, first).await);
    assert_eq!(refused(f.store().session_viewer(&caller.authority).await), Refusal::TokenRevoked);
}

async fn reuse_that_ends_a_family_is_in_the_audit_log(f: Fixture) {
    let agent = f.agent().await;
    let first = signed_in(&f, &agent).await;
    refresh(&f, first).await.unwrap();
    assert!(f.log_of(action::TOKEN_REUSE_FAILED).await.is_empty());
    f.advance(GRACE + 1);
    invalid(refresh(&f, first).await);
    let log = f.log_of(action::TOKEN_REUSE_FAILED).await;
    assert_eq!((log.len(), log[0].ip_address.clone()), (1, origin().ip));
}
