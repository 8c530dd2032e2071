//! Sessions: sign-in and the validity of tokens.

pub mod refresh;

use futures::future::join_all;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use reparto_domain::{
    AuditId, Authority, Refusal, Role, SessionId, Timestamp, UserId,
    audit::action,
    guessing::{Guess, Guessed, Outcome},
    limits::{Count, Window},
    sessions::{OpenSession, SignedIn, StoredSecret, TokenHash},
    values::EmailAddress,
};
use reparto_store::StoreResult;
use secrecy::ExposeSecret as _;

use crate::{
    Fixture, Member,
    erasures::traces,
    fixture::{PASSWORD, origin, password, refused},
};

rules! { $ sessions_rules in sessions {
    credentials_are_found_by_the_address_in_any_case,
    an_unknown_inactive_or_deleted_user_has_no_credentials,
    sign_in_records_its_time,
    a_changed_password_opens_no_session,
    a_user_who_may_not_sign_in_opens_no_session,
    a_failed_sign_in_is_in_the_audit_log,
    what_is_no_accounts_address_is_not_kept,
    failures_of_no_account_are_one_entry_that_counts,
    guesses_are_counted_for_all_processes,
    a_token_shows_the_present_role,
    tokens_of_inactive_deleted_or_unknown_users_fail,
    a_new_password_revokes_earlier_tokens,
    a_deactivation_revokes_earlier_tokens_for_good,
    another_backends_token_is_checked_by_issue_time,
    a_new_role_revokes_no_token,
    the_first_stored_secret_wins,
    a_replaced_secret_is_accepted_until_its_time,
    concurrent_secrets_end_up_as_one,
    attempts_are_counted_only_up_to_the_limit,
    an_ended_session_keeps_no_address,
}}

/// A unique hash of a refresh token.
pub(crate) fn token(f: &Fixture) -> TokenHash {
    let mut bytes = [0; 32];
    StdRng::seed_from_u64(f.number()).fill_bytes(&mut bytes);
    TokenHash(bytes)
}

/// The command to open a session of 30 days now.
pub(crate) fn session(f: &Fixture, user: UserId, token: TokenHash) -> OpenSession {
    let at = f.tick();
    OpenSession {
        id: SessionId::new(),
        user,
        password: password(PASSWORD),
        second_factor: None,
        token,
        expires_at: at.plus_seconds(30 * 86_400),
        origin: origin(),
        at,
    }
}

/// Opens a session with this token.
pub(crate) async fn open(f: &Fixture, user: UserId, token: TokenHash) -> StoreResult<SignedIn> {
    f.store().session_open(session(f, user, token)).await
}

/// Signs a user in.
pub(crate) async fn sign_in_as(f: &Fixture, user: UserId) -> SignedIn {
    open(f, user, token(f)).await.expect("session_open")
}

/// Signs a member in.
pub(crate) async fn sign_in(f: &Fixture, member: &Member) -> SignedIn {
    sign_in_as(f, member.id).await
}

fn address(text: &str) -> EmailAddress {
    EmailAddress::new(text).expect("an address")
}

async fn credentials_are_found_by_the_address_in_any_case(f: Fixture) {
    let agent = f.agent().await;
    for email in [agent.email.clone(), agent.email.to_uppercase()] {
        let found = f.store().session_credentials(&address(&email)).await.unwrap().expect("credentials");
        assert_eq!((found.user, found.password.0.expose_secret()), (agent.id, PASSWORD));
    }
}

async fn an_unknown_inactive_or_deleted_user_has_no_credentials(f: Fixture) {
    let (inactive, deleted) = (f.inactive_agent().await, f.deleted_agent().await);
    for email in ["nobody@example.org", &inactive.email, &deleted.email] {
        assert!(f.store().session_credentials(&address(email)).await.unwrap().is_none(), "{email}");
    }
}

async fn sign_in_records_its_time(f: Fixture) {
    let agent = f.agent().await;
    let command = session(&f, agent.id, token(&f));
    let at = command.at;
    let signed_in = f.store().session_open(command).await.unwrap();
    assert_eq!((signed_in.user, signed_in.role), (agent.id, Role::Agent));
    assert_eq!(f.store().user_get(agent.id).await.unwrap().last_login, Some(at));
    let log = f.log_of(action::LOGIN).await;
    assert_eq!(log.len(), 1);
    assert_eq!(
        (log[0].actor_id, log[0].actor_email.as_str(), log[0].created_at),
        (Some(agent.id), agent.email.as_str(), at)
    );
    assert_eq!(log[0].ip_address, origin().ip);
}

async fn a_changed_password_opens_no_session(f: Fixture) {
    let agent = f.agent().await;
    let late = session(&f, agent.id, token(&f));
    f.store().user_set_password(&f.as_admin(), agent.id, password("$argon2id$new")).await.unwrap();
    assert_eq!(refused(f.store().session_open(late).await), Refusal::CredentialsInvalid);
    let good = OpenSession { password: password("$argon2id$new"), ..session(&f, agent.id, token(&f)) };
    f.store().session_open(good).await.unwrap();
}

async fn a_user_who_may_not_sign_in_opens_no_session(f: Fixture) {
    let (inactive, deleted) = (f.inactive_agent().await, f.deleted_agent().await);
    for user in [inactive.id, deleted.id, UserId::new()] {
        assert_eq!(refused(open(&f, user, token(&f)).await), Refusal::CredentialsInvalid);
    }
}

async fn a_failed_sign_in_is_in_the_audit_log(f: Fixture) {
    let agent = f.agent().await;
    let at = f.tick();
    assert!(f.store().session_failed(&agent.email.to_uppercase(), origin(), at).await.unwrap());
    let entry = f.log_of(action::LOGIN_FAILED).await.remove(0);
    assert_eq!((entry.actor_id, &entry.actor_email, entry.created_at), (None, &agent.email, at));
    assert_eq!(entry.entity_id, Some(agent.id.to_string()));
    assert_eq!((entry.ip_address, entry.user_agent), (origin().ip, origin().user_agent));
    assert_eq!(f.store().user_get(agent.id).await.unwrap().last_login, None);
}

async fn what_is_no_accounts_address_is_not_kept(f: Fixture) {
    for tried in ["a secret typed into the wrong field", "Nadie@Example.org", "ñ' OR 1=1 --", ""] {
        assert!(!f.store().session_failed(tried, origin(), f.tick()).await.unwrap());
    }
    assert!(f.log_of(action::LOGIN_FAILED).await.is_empty());
}

async fn failures_of_no_account_are_one_entry_that_counts(f: Fixture) {
    let (entry, at) = (AuditId::new(), f.tick());
    for count in [1, 40] {
        f.store().session_failed_unknown(entry, count, origin(), at).await.unwrap();
        let log = f.log_of(action::LOGIN_FAILED).await;
        assert_eq!((log.len(), log[0].id, &log[0].details.to_value()["count"]), (1, entry, &count.into()));
        assert_eq!((log[0].actor_email.as_str(), log[0].created_at), ("unknown", at));
    }
}

async fn guesses_are_counted_for_all_processes(f: Fixture) {
    let (now, home) = (f.tick(), Guessed { account: "a".into(), place: "home".into() });
    let guess = |place: &str, seconds| {
        let (f, guessed) = (f.clone(), Guessed { account: "a".into(), place: place.into() });
        async move { f.store().guess_count(&guessed, now.plus_seconds(seconds)).await.unwrap() }
    };
    // An engine served by a single process leaves the counting to it.
    let Some(Guess::Counted(first)) = guess("home", 0).await else { return };
    f.store().guess_settle(&home, first, Outcome::Right, now).await.unwrap();
    let many = join_all((0..30).map(|_| guess("cafe", 0))).await;
    let counted = many.iter().filter(|guess| matches!(guess, Some(Guess::Counted(_)))).count();
    assert_eq!(counted, 10, "guesses at the same time count, too");
    assert_eq!(guess("cafe", 0).await, Some(Guess::Wait(1)));
    let Some(Guess::Counted(void)) = guess("cafe", 1).await else { panic!("the pause is over") };
    assert_eq!((void.narrow.wrong, void.wide.map(|wide| wide.wrong)), (10, Some(10)));
    let cafe = Guessed { place: "cafe".into(), ..home.clone() };
    f.store().guess_settle(&cafe, void, Outcome::Void, now.plus_seconds(1)).await.unwrap();
    assert!(matches!(guess("cafe", 1).await, Some(Guess::Counted(_))), "it was no guess");
    for place in 0..100 {
        guess(&format!("elsewhere {place}"), 2).await;
    }
    assert!(matches!(guess("another place", 2).await, Some(Guess::Wait(_))));
    assert!(matches!(guess("home", 2).await, Some(Guess::Counted(_))), "a known place is not paused");
    assert!(f.store().expire(now.plus_seconds(7_200)).await.unwrap() > 100);
}

fn authority(id: UserId, issued_at: Timestamp, generation: Option<i64>) -> Authority {
    Authority::User { id, issued_at, generation, session: None }
}

async fn a_token_shows_the_present_role(f: Fixture) {
    let agent = f.agent().await;
    let token = authority(agent.id, f.tick(), Some(sign_in(&f, &agent).await.generation));
    for role in [Role::Agent, Role::Admin, Role::User] {
        f.set_role(&agent, role).await;
        let viewer = f.store().session_viewer(&token).await.unwrap();
        assert_eq!((viewer.id, viewer.role), (agent.id, role));
    }
}

async fn tokens_of_inactive_deleted_or_unknown_users_fail(f: Fixture) {
    let (inactive, deleted) = (f.inactive_agent().await, f.deleted_agent().await);
    for id in [inactive.id, deleted.id, UserId::new()] {
        for generation in [Some(0), Some(1), None] {
            let token = authority(id, f.tick(), generation);
            assert_eq!(refused(f.store().session_viewer(&token).await), Refusal::AccountInactive);
        }
    }
}

async fn a_new_password_revokes_earlier_tokens(f: Fixture) {
    let agent = f.agent().await;
    let old = authority(agent.id, f.tick(), Some(sign_in(&f, &agent).await.generation));
    f.store().session_viewer(&old).await.unwrap();
    f.store().user_set_password(&f.as_admin(), agent.id, password(PASSWORD)).await.unwrap();
    assert_eq!(refused(f.store().session_viewer(&old).await), Refusal::TokenRevoked);
    let new = authority(agent.id, f.tick(), Some(sign_in(&f, &agent).await.generation));
    f.store().session_viewer(&new).await.unwrap();
}

async fn a_deactivation_revokes_earlier_tokens_for_good(f: Fixture) {
    let agent = f.agent().await;
    let old = authority(agent.id, f.tick(), Some(sign_in(&f, &agent).await.generation));
    f.set_active(&agent, false).await;
    assert_eq!(refused(f.store().session_viewer(&old).await), Refusal::AccountInactive);
    f.set_active(&agent, true).await;
    assert_eq!(refused(f.store().session_viewer(&old).await), Refusal::TokenRevoked);
    let new = authority(agent.id, f.tick(), Some(sign_in(&f, &agent).await.generation));
    f.store().session_viewer(&new).await.unwrap();
}

async fn another_backends_token_is_checked_by_issue_time(f: Fixture) {
    let agent = f.agent().await;
    let first = authority(agent.id, f.tick(), None);
    f.store().session_viewer(&first).await.unwrap();
    f.advance(60);
    f.store().user_set_password(&f.as_admin(), agent.id, password(PASSWORD)).await.unwrap();
    f.advance(60);
    let second = authority(agent.id, f.tick(), None);
    assert_eq!(refused(f.store().session_viewer(&first).await), Refusal::TokenRevoked);
    f.store().session_viewer(&second).await.unwrap();
    f.advance(60);
    f.set_active(&agent, false).await;
    f.set_active(&agent, true).await;
    f.advance(60);
    assert_eq!(refused(f.store().session_viewer(&second).await), Refusal::TokenRevoked);
    f.store().session_viewer(&authority(agent.id, f.tick(), None)).await.unwrap();
}

async fn a_new_role_revokes_no_token(f: Fixture) {
    let agent = f.agent().await;
    let token = authority(agent.id, f.tick(), Some(sign_in(&f, &agent).await.generation));
    f.set_role(&agent, Role::Lawyer).await;
    f.store().session_viewer(&token).await.unwrap();
}

fn secret(name: &str, value: &str) -> StoredSecret {
    StoredSecret { name: name.to_owned(), value: value.into() }
}

async fn the_first_stored_secret_wins(f: Fixture) {
    for (name, offered, expected) in
        [("jwt", "first", "first"), ("jwt", "second", "first"), ("other", "third", "third"), ("jwt", "", "first")]
    {
        let kept = f.store().secret_get_or_create(secret(name, offered)).await.unwrap();
        assert_eq!((kept.name.as_str(), kept.value.expose_secret()), (name, expected));
    }
}

async fn a_replaced_secret_is_accepted_until_its_time(f: Fixture) {
    let at = f.tick();
    let (first, second) = (at.plus_seconds(100), at.plus_seconds(200));
    let predecessors = async |seconds| {
        let found = f.store().secret_predecessors("jwt", at.plus_seconds(seconds)).await.unwrap();
        found.into_iter().map(|(secret, until)| (secret.value.expose_secret().to_owned(), until)).collect::<Vec<_>>()
    };
    for name in ["jwt", "jwt2"] {
        f.store().secret_get_or_create(secret(name, "one")).await.unwrap();
    }
    assert_eq!(predecessors(0).await, []);
    f.store().secret_replace(secret("jwt", "two"), Some(first)).await.unwrap();
    f.store().secret_replace(secret("jwt", "three"), Some(second)).await.unwrap();
    f.store().secret_replace(secret("jwt2", "two"), Some(second)).await.unwrap();
    let present = f.store().secret_get_or_create(secret("jwt", "candidate")).await.unwrap();
    assert_eq!(present.value.expose_secret(), "three");
    assert_eq!(predecessors(0).await, [("two".into(), second), ("one".into(), first)]);
    assert_eq!(predecessors(100).await, [("two".into(), second)]);
    f.store().secret_replace(secret("jwt", "four"), None).await.unwrap();
    assert_eq!(predecessors(0).await, []);
}

async fn concurrent_secrets_end_up_as_one(f: Fixture) {
    let keeping = (0..20).map(|index| {
        let f = f.clone();
        tokio::spawn(async move {
            let kept = f.store().secret_get_or_create(secret("jwt", &format!("candidate {index}"))).await.unwrap();
            kept.value.expose_secret().to_owned()
        })
    });
    let mut kept: Vec<String> =
        join_all(keeping.collect::<Vec<_>>()).await.into_iter().map(|value| value.expect("no panic")).collect();
    kept.dedup();
    assert_eq!(kept.len(), 1, "{kept:?}");
}

async fn attempts_are_counted_only_up_to_the_limit(f: Fixture) {
    let windows = [Window { quota: 4, seconds: 5 }, Window { quota: 6, seconds: 60 }];
    let now = f.tick();
    let attempt = |subject: &'static str, seconds| {
        let f = f.clone();
        async move { f.store().session_attempt(subject, &windows, now.plus_seconds(seconds)).await.unwrap() }
    };
    // An engine served by a single process leaves the counting to it.
    if attempt("login 192.0.2.9", 0).await.is_none() {
        return;
    }
    let many = join_all((0..20).map(|_| attempt("login 192.0.2.1", 0))).await;
    let (passed, refused): (Vec<_>, Vec<_>) = many.into_iter().flatten().partition(|counted| counted.wait.is_none());
    let mut seen: Vec<u32> = passed.iter().map(|counted| counted.counts[0].seen).collect();
    seen.sort_unstable();
    assert_eq!(seen, [1, 2, 3, 4]);
    assert!(refused.len() == 16 && refused.iter().all(|counted| counted.wait == Some(5)), "{refused:?}");
    // Subjects are counted separately; the longer window continues when the shorter restarts; then both are over.
    assert_eq!(attempt("refresh 192.0.2.1", 1).await.unwrap().wait, None);
    for (seconds, wait) in [(5, None), (6, None), (7, Some(53)), (60, None)] {
        assert_eq!(attempt("login 192.0.2.1", seconds).await.unwrap().wait, wait, "second {seconds}");
    }
    assert!(f.store().expire(now.plus_seconds(3_600)).await.unwrap() >= 3);
    let counted = attempt("login 192.0.2.1", 61).await.unwrap();
    assert_eq!(counted.counts[1], Count { began: now.plus_seconds(61).micros(), seen: 1 });
}

async fn an_ended_session_keeps_no_address(f: Fixture) {
    let addresses = || async {
        let found = traces::found(f.store(), &["192.0.2.7"]).await;
        found.iter().filter(|(table, _)| *table == "sessions").count()
    };
    let (one, several) = (f.agent().await, f.agent().await);
    let first = token(&f);
    open(&f, one.id, first).await.unwrap();
    let last = sign_in(&f, &several).await;
    sign_in(&f, &several).await;
    assert_eq!(addresses().await, 3);
    f.store().session_close(first, origin(), f.tick()).await.unwrap();
    assert_eq!(addresses().await, 2);
    f.store().session_close_all(&f.in_session(&last)).await.unwrap();
    assert_eq!(addresses().await, 0);
}
