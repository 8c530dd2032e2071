//! Second factors and recovery codes.

use reparto_domain::{
    Caller, Refusal, Role,
    audit::action,
    second_factor::{ConfirmSecondFactor, Proof, SealedSecret},
    sessions::{OpenSession, SignedIn, TokenHash},
};
use reparto_store::StoreResult;

use crate::{
    Fixture, Member,
    fixture::{PASSWORD, password, refused},
    sessions::{session, sign_in, token},
};

rules! { $ second_factors_rules in accounts::second_factors {
    a_second_factor_counts_once_it_is_confirmed,
    only_the_secret_that_was_checked_is_confirmed,
    a_code_signs_in_once,
    a_recovery_code_signs_in_once,
    concurrent_sign_ins_use_a_code_once,
    ones_own_second_factor_needs_the_password,
    an_administrator_takes_a_second_factor_away,
    a_removed_second_factor_counts_in_no_session,
}}

const CODES: [TokenHash; 2] = [TokenHash([1; 32]), TokenHash([2; 32])];

fn secret(text: &str) -> SealedSecret {
    SealedSecret(text.to_owned())
}

fn confirmation(of: &str, step: i64) -> ConfirmSecondFactor {
    ConfirmSecondFactor { secret: secret(of), step, recovery_codes: CODES.to_vec() }
}

/// Gives a member a second factor, whose last step is 10; returns the session in which it was set up.
pub(crate) async fn enrolled(f: &Fixture, member: &Member) -> SignedIn {
    let signed_in = sign_in(f, member).await;
    let caller = f.in_session(&signed_in);
    f.store().second_factor_begin(&caller, secret("sealed")).await.expect("second_factor_begin");
    f.store().second_factor_confirm(&caller, confirmation("sealed", 10)).await.expect("second_factor_confirm");
    signed_in
}

async fn try_with(f: &Fixture, member: &Member, proof: Option<Proof>) -> StoreResult<SignedIn> {
    let command = OpenSession { second_factor: proof, ..session(f, member.id, token(f)) };
    f.store().session_open(command).await
}

async fn a_second_factor_counts_once_it_is_confirmed(f: Fixture) {
    let agent = f.agent().await;
    let one = sign_in(&f, &agent).await;
    let caller = f.in_session(&one);
    assert_eq!(f.store().second_factor(&caller).await.unwrap(), None);
    f.store().second_factor_begin(&caller, secret("first")).await.unwrap();
    f.store().second_factor_begin(&caller, secret("second")).await.unwrap();
    let other = sign_in(&f, &agent).await;
    let email = reparto_domain::values::EmailAddress::new(&agent.email).unwrap();
    assert_eq!(f.store().session_credentials(&email).await.unwrap().unwrap().second_factor, None);
    f.store().second_factor_confirm(&caller, confirmation("second", 10)).await.unwrap();
    let factor = f.store().second_factor(&caller).await.unwrap().unwrap();
    assert_eq!((factor.recovery_codes, factor.confirmed_at.is_some()), (2, true));
    assert_eq!(f.store().session_credentials(&email).await.unwrap().unwrap().second_factor, Some(secret("second")));
    assert!(f.store().account_standing(&caller.authority).await.unwrap().second_factor);
    assert_eq!(refused(try_with(&f, &agent, None).await), Refusal::TotpRequired);
    assert_eq!(refused(f.store().second_factor_begin(&caller, secret("third")).await), Refusal::TotpExists);
    assert_eq!(f.log_of(action::SECOND_FACTOR_CONFIRMED).await.len(), 1);
    // A session that was opened by the password alone could take the factor away again.
    let standing = f.store().account_standing(&f.in_session(&other).authority).await;
    assert_eq!(refused(standing), Refusal::TokenRevoked);
}

async fn only_the_secret_that_was_checked_is_confirmed(f: Fixture) {
    let agent = f.agent().await;
    let caller = f.in_session(&sign_in(&f, &agent).await);
    let confirm = |of: &'static str| f.store().second_factor_confirm(&caller, confirmation(of, 10));
    assert_eq!(refused(confirm("first").await), Refusal::TotpNotFound);
    f.store().second_factor_begin(&caller, secret("first")).await.unwrap();
    f.store().second_factor_begin(&caller, secret("second")).await.unwrap();
    assert_eq!(refused(confirm("first").await), Refusal::TotpNotFound);
    confirm("second").await.unwrap();
    assert_eq!(refused(confirm("second").await), Refusal::TotpNotFound);
}

async fn a_code_signs_in_once(f: Fixture) {
    let agent = f.agent().await;
    enrolled(&f, &agent).await;
    for step in [9, 10] {
        assert_eq!(refused(try_with(&f, &agent, Some(Proof::Step(step))).await), Refusal::TotpCodeWrong);
    }
    assert!(try_with(&f, &agent, Some(Proof::Step(12))).await.unwrap().second_factor);
    for step in [11, 12] {
        assert_eq!(refused(try_with(&f, &agent, Some(Proof::Step(step))).await), Refusal::TotpCodeWrong);
    }
    try_with(&f, &agent, Some(Proof::Step(13))).await.unwrap();
}

async fn a_recovery_code_signs_in_once(f: Fixture) {
    let (agent, other) = (f.agent().await, f.agent().await);
    let one = enrolled(&f, &agent).await;
    enrolled(&f, &other).await;
    assert!(try_with(&f, &agent, Some(Proof::Recovery(CODES[0]))).await.unwrap().second_factor);
    for code in [CODES[0], TokenHash([3; 32])] {
        let refusal = refused(try_with(&f, &agent, Some(Proof::Recovery(code))).await);
        assert_eq!(refusal, Refusal::TotpCodeWrong);
    }
    assert_eq!(f.store().second_factor(&f.in_session(&one)).await.unwrap().unwrap().recovery_codes, 1);
    assert_eq!(f.log_of(action::RECOVERY_CODE_USED).await.len(), 1);
    try_with(&f, &other, Some(Proof::Recovery(CODES[0]))).await.expect("another user's are their own");
}

async fn concurrent_sign_ins_use_a_code_once(f: Fixture) {
    let agent = f.agent().await;
    enrolled(&f, &agent).await;
    for proof in [Proof::Step(11), Proof::Recovery(CODES[1])] {
        let racing = (0..6).map(|_| {
            let (f, agent) = (f.clone(), agent.clone());
            tokio::spawn(async move { try_with(&f, &agent, Some(proof)).await })
        });
        let results = futures::future::join_all(racing.collect::<Vec<_>>()).await;
        let opened = results.into_iter().filter(|result| result.as_ref().expect("no panic").is_ok()).count();
        assert_eq!(opened, 1, "{proof:?}");
    }
}

async fn ones_own_second_factor_needs_the_password(f: Fixture) {
    let agent = f.agent().await;
    let caller = f.in_session(&enrolled(&f, &agent).await);
    for current in [None, Some(password("$argon2id$other"))] {
        let refusal = refused(f.store().second_factor_remove(&caller, agent.id, current).await);
        assert_eq!(refusal, Refusal::CurrentPasswordWrong);
    }
    f.store().second_factor_remove(&caller, agent.id, Some(password(PASSWORD))).await.unwrap();
    let again = f.store().second_factor_remove(&caller, agent.id, Some(password(PASSWORD))).await;
    assert_eq!(refused(again), Refusal::TotpNotFound);
    sign_in(&f, &agent).await;
}

async fn an_administrator_takes_a_second_factor_away(f: Fixture) {
    let (agent, other, superuser) = (f.agent().await, f.agent().await, f.user(Role::Superuser).await);
    for member in [&agent, &superuser] {
        enrolled(&f, member).await;
    }
    let remove = |by: Caller, id| {
        let f = &f;
        async move { f.store().second_factor_remove(&by, id, None).await }
    };
    assert_eq!(refused(remove(f.by(&other), agent.id).await), Refusal::AdministratorsOnly);
    assert_eq!(refused(remove(f.as_admin(), superuser.id).await), Refusal::SuperuserOnly);
    assert_eq!(refused(remove(f.as_admin(), other.id).await), Refusal::TotpNotFound);
    remove(f.as_admin(), agent.id).await.unwrap();
    remove(f.system(), superuser.id).await.unwrap();
    sign_in(&f, &agent).await;
    sign_in(&f, &superuser).await;
    let log = f.log_of(action::SECOND_FACTOR_DELETED).await;
    assert_eq!((log.len(), log[1].actor_id, log[0].actor_id), (2, Some(f.admin().id), None));
}

async fn a_removed_second_factor_counts_in_no_session(f: Fixture) {
    let agent = f.agent().await;
    let caller = f.in_session(&enrolled(&f, &agent).await);
    let other = f.in_session(&try_with(&f, &agent, Some(Proof::Step(11))).await.unwrap());
    f.store().second_factor_remove(&f.as_admin(), agent.id, None).await.unwrap();
    for caller in [caller, other] {
        assert!(!f.store().account_standing(&caller.authority).await.unwrap().second_factor);
    }
}
