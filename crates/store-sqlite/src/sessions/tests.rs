use reparto_domain::{
    Authority, Origin, Refusal, Role, SessionId, Timestamp, UserId,
    sessions::{OpenSession, RefreshSession, SignedIn, StoredSecret, TokenHash},
    users::PasswordHash,
};
use rusqlite::Connection;
use secrecy::ExposeSecret as _;

use super::{close, close_all, credentials, get_or_create_secret, open, refresh::refresh, viewer};
use crate::{
    maintenance::expire,
    testing::{START, caller, database, one, refused, system, user},
    users::write::{delete, set_active, set_password},
};

const LIFETIME: i64 = 1_000;

fn at(seconds: i64) -> Timestamp {
    START.plus_seconds(seconds)
}

fn token(number: u8) -> TokenHash {
    TokenHash([number; 32])
}

fn sign_in(conn: &Connection, user: UserId, first: u8) -> SignedIn {
    let command = OpenSession {
        id: SessionId::new(),
        user,
        password: PasswordHash("hash".to_owned().into()),
        second_factor: None,
        token: token(first),
        expires_at: at(LIFETIME),
        origin: Origin::default(),
        at: at(0),
    };
    open(conn, &command).unwrap()
}

fn exchange(conn: &Connection, old: u8, new: u8, seconds: i64) -> Result<SignedIn, Refusal> {
    let command = RefreshSession {
        token: token(old),
        replacement: token(new),
        expires_at: at(seconds + LIFETIME),
        grace_seconds: 30,
        session_seconds: 30 * 86_400,
        origin: Origin::default(),
        at: at(seconds),
    };
    refresh(conn, &command).unwrap()
}

#[test]
fn a_token_is_exchanged_once_racing_tabs_get_the_same() {
    let (_folder, conn) = database();
    let ana = user(&conn, "ana@example.org", Role::Agent);
    sign_in(&conn, ana, 1);
    assert_eq!(exchange(&conn, 1, 2, 10).unwrap().user, ana);
    let again = exchange(&conn, 1, 2, 40).unwrap();
    assert_eq!(again.refresh_expires_at, at(10 + LIFETIME), "the one of its first use, within the grace");
    assert_eq!(one::<i64>(&conn, "SELECT count(*) FROM refresh_tokens"), 2);
    assert!(exchange(&conn, 2, 4, 50).is_ok());
}

#[test]
fn reuse_after_the_grace_ends_the_family() {
    let (_folder, conn) = database();
    let ana = user(&conn, "ana@example.org", Role::Agent);
    sign_in(&conn, ana, 1);
    sign_in(&conn, ana, 100);
    exchange(&conn, 1, 2, 10).unwrap();
    assert_eq!(exchange(&conn, 1, 3, 41), Err(Refusal::RefreshTokenInvalid));
    assert_eq!(exchange(&conn, 2, 4, 42), Err(Refusal::RefreshTokenInvalid), "the successor ended with it");
    assert_eq!(exchange(&conn, 1, 4, 42), Err(Refusal::RefreshTokenInvalid));
    assert!(exchange(&conn, 100, 101, 43).is_ok(), "another family lives on");
    assert_eq!(one::<i64>(&conn, "SELECT count(*) FROM audit_logs WHERE action = 'token_reuse_failed'"), 1);
}

#[test]
fn expired_and_unknown_tokens_are_refused_in_the_grace() {
    let (_folder, conn) = database();
    let ana = user(&conn, "ana@example.org", Role::Agent);
    sign_in(&conn, ana, 1);
    assert_eq!(exchange(&conn, 9, 2, 10), Err(Refusal::RefreshTokenInvalid));
    exchange(&conn, 1, 2, LIFETIME - 1).unwrap();
    assert_eq!(exchange(&conn, 1, 3, LIFETIME), Err(Refusal::RefreshTokenInvalid));
    assert!(exchange(&conn, 2, 4, LIFETIME).is_ok(), "its successor is untouched");
}

#[test]
fn tokens_of_who_may_not_sign_in_are_refused() {
    let (_folder, conn) = database();
    user(&conn, "root@example.org", Role::Superuser);
    for (number, email) in [(10, "a@example.org"), (20, "b@example.org"), (30, "c@example.org")] {
        let who = user(&conn, email, Role::Agent);
        sign_in(&conn, who, number);
        match number {
            10 => drop(set_active(&conn, &system(1), who, false).unwrap()),
            20 => drop(set_password(&conn, &system(1), who, &PasswordHash("n".to_owned().into())).unwrap()),
            _ => drop(delete(&conn, &system(1), who).unwrap()),
        }
        assert_eq!(exchange(&conn, number, number + 1, 2), Err(Refusal::RefreshTokenInvalid), "{email}");
        assert_eq!(credentials(&conn, email).unwrap().is_some(), number == 20);
    }
}

#[test]
fn a_password_replaced_meanwhile_opens_no_session() {
    let (_folder, conn) = database();
    let ana = user(&conn, "ana@example.org", Role::Agent);
    let stale = credentials(&conn, "ana@example.org").unwrap().unwrap().password;
    set_password(&conn, &system(1), ana, &PasswordHash("other".to_owned().into())).unwrap();
    let command = OpenSession {
        id: SessionId::new(),
        user: ana,
        password: stale,
        second_factor: None,
        token: token(1),
        expires_at: at(9),
        origin: Origin::default(),
        at: at(2),
    };
    assert_eq!(refused(open(&conn, &command)), Refusal::CredentialsInvalid);
    assert_eq!(one::<i64>(&conn, "SELECT count(*) FROM sessions"), 0);
}

#[test]
fn used_tokens_sign_the_family_out_unknown_ones_pass() {
    let (_folder, conn) = database();
    let ana = user(&conn, "ana@example.org", Role::Agent);
    sign_in(&conn, ana, 1);
    sign_in(&conn, ana, 100);
    exchange(&conn, 1, 2, 10).unwrap();
    for number in [1, 1, 77] {
        close(&conn, token(number), &Origin::default(), at(500)).unwrap();
    }
    assert!(exchange(&conn, 2, 3, 501).is_err());
    assert_eq!(one::<i64>(&conn, "SELECT count(*) FROM audit_logs WHERE action = 'logout'"), 1);
    close_all(&conn, &caller(ana, 502)).unwrap();
    assert!(exchange(&conn, 100, 101, 503).is_err());
}

#[test]
fn tokens_end_with_their_generation_foreign_ones_by_age() {
    let (_folder, conn) = database();
    let ana = user(&conn, "ana@example.org", Role::Agent);
    let authority =
        |generation, seconds| Authority::User { id: ana, issued_at: at(seconds), generation, session: None };
    assert_eq!(viewer(&conn, &authority(None, 0)).unwrap().role, Role::Agent);
    set_password(&conn, &system(10), ana, &PasswordHash("n".to_owned().into())).unwrap();
    assert_eq!(refused(viewer(&conn, &authority(Some(0), 20))), Refusal::TokenRevoked);
    assert_eq!(refused(viewer(&conn, &authority(None, 9))), Refusal::TokenRevoked);
    assert!(viewer(&conn, &authority(None, 10)).is_ok() && viewer(&conn, &authority(Some(1), 0)).is_ok());
    assert_eq!(refused(viewer(&conn, &Authority::System)), Refusal::TokenInvalid);
    let unknown = Authority::User { id: UserId::new(), issued_at: at(0), generation: None, session: None };
    assert_eq!(refused(viewer(&conn, &unknown)), Refusal::AccountInactive);
}

#[test]
fn the_first_secret_of_a_name_is_kept() {
    let (_folder, conn) = database();
    let secret = |value: &str| StoredSecret { name: "jwt".into(), value: value.to_owned().into() };
    assert_eq!(get_or_create_secret(&conn, &secret("one")).unwrap().value.expose_secret(), "one");
    assert_eq!(get_or_create_secret(&conn, &secret("two")).unwrap().value.expose_secret(), "one");
}

#[test]
fn expired_tokens_and_empty_sessions_are_removed() {
    let (_folder, conn) = database();
    let ana = user(&conn, "ana@example.org", Role::Agent);
    sign_in(&conn, ana, 1);
    sign_in(&conn, ana, 100);
    exchange(&conn, 100, 101, 10).unwrap();
    assert_eq!(expire(&conn, at(LIFETIME - 1)).unwrap(), 0);
    assert_eq!(expire(&conn, at(LIFETIME)).unwrap(), 2);
    assert_eq!(one::<i64>(&conn, "SELECT count(*) FROM sessions"), 1);
    assert!(exchange(&conn, 101, 102, LIFETIME).is_ok());
}
