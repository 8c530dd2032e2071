//! The second factor.

use std::fmt::Write as _;

use axum::http::Method;
use reparto_domain::Role;
use reparto_server::RequireTotp;
use ring::hmac;
use serde_json::{Value, json};

use super::{access, login, sign_in, with_agent};
use crate::common::{Account, Answer, PASSWORD, Server};

/// The code that an application shows for a secret, by RFC 6238.
fn code(server: &Server, secret: &Value) -> String {
    let letters = secret.as_str().unwrap();
    let mut bits = String::new();
    for letter in letters.bytes() {
        let place = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|known| *known == letter).unwrap();
        write!(bits, "{place:05b}").unwrap();
    }
    let key: Vec<u8> = bits
        .as_bytes()
        .chunks_exact(8)
        .map(|byte| u8::from_str_radix(std::str::from_utf8(byte).unwrap(), 2).unwrap())
        .collect();
    let step = server.app.clock.now().seconds() / 30;
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key), &step.to_be_bytes());
    let from = usize::from(tag.as_ref()[19] & 15);
    let number = u32::from_be_bytes(tag.as_ref()[from..from + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// Sets up a second factor; returns its secret and the recovery codes.
async fn enrol(server: &Server, token: &str) -> (Value, Value) {
    let begun = server.ask(Method::POST, "/api/users/me/totp").token(token).await.ok(200);
    let body = json!({"code": code(server, &begun["secret"])});
    let confirmed = server.post("/api/users/me/totp/confirm", body).token(token).await.ok(200);
    (begun["secret"].clone(), confirmed["recovery_codes"].clone())
}

async fn with_code(server: &Server, account: &Account, code: &str) -> Answer {
    let body = json!({"email": account.email, "password": PASSWORD, "totp_code": code});
    server.post("/api/auth/login", body).await
}

#[tokio::test]
async fn signing_in_needs_a_code_once_it_is_confirmed() {
    let (server, _, agent) = with_agent().await;
    let pair = sign_in(&server, &agent).await;
    let begun = server.ask(Method::POST, "/api/users/me/totp").token(access(&pair)).await.ok(200);
    assert!(begun["otpauth_url"].as_str().unwrap().contains(begun["secret"].as_str().unwrap()));
    let wrong = server.post("/api/users/me/totp/confirm", json!({"code": "x"})).token(access(&pair)).await;
    wrong.refused(403, "totp_confirmation_wrong");
    sign_in(&server, &agent).await;
    let (secret, codes) = enrol(&server, access(&pair)).await;
    assert_eq!(codes.as_array().unwrap().len(), 10);
    let state = server.get("/api/users/me/totp").token(access(&pair)).await.ok(200);
    assert_eq!((&state["enabled"], &state["recovery_codes_left"]), (&json!(true), &json!(10)));
    server.ask(Method::POST, "/api/users/me/totp").token(access(&pair)).await.refused(409, "totp_exists");
    login(&server, &agent, PASSWORD).await.refused(401, "totp_required");
    login(&server, &agent, "wrong password").await.refused(401, "credentials_invalid");
    with_code(&server, &agent, "123").await.refused(401, "totp_code_wrong");
    with_code(&server, &agent, &code(&server, &secret)).await.refused(401, "totp_code_wrong");
    server.advance(30);
    let now = code(&server, &secret);
    with_code(&server, &agent, &now).await.ok(200);
    with_code(&server, &agent, &now).await.refused(401, "totp_code_wrong");
}

#[tokio::test]
async fn codes_are_guessed_no_faster_than_passwords() {
    let (server, _, agent) = with_agent().await;
    let pair = sign_in(&server, &agent).await;
    server.ask(Method::POST, "/api/users/me/totp").token(access(&pair)).await.ok(200);
    let confirm = || server.post("/api/users/me/totp/confirm", json!({"code": "x"})).token(access(&pair));
    for _ in 0..10 {
        confirm().await.refused(403, "totp_confirmation_wrong");
    }
    confirm().await.refused(429, "sign_in_paused");
    let (server, _, agent) = with_agent().await;
    let pair = sign_in(&server, &agent).await;
    enrol(&server, access(&pair)).await;
    for _ in 0..10 {
        with_code(&server, &agent, "123").await.refused(401, "totp_code_wrong");
    }
    with_code(&server, &agent, "123").await.refused(429, "sign_in_paused");
}

#[tokio::test]
async fn a_recovery_code_signs_in_once() {
    let (server, _, agent) = with_agent().await;
    let pair = sign_in(&server, &agent).await;
    let (_, codes) = enrol(&server, access(&pair)).await;
    let one = codes[3].as_str().unwrap().to_lowercase();
    with_code(&server, &agent, &one).await.ok(200);
    with_code(&server, &agent, &one).await.refused(401, "totp_code_wrong");
}

#[tokio::test]
async fn the_own_second_factor_goes_with_the_password() {
    let (server, _, agent) = with_agent().await;
    let pair = sign_in(&server, &agent).await;
    enrol(&server, access(&pair)).await;
    let remove = |body| server.ask(Method::DELETE, "/api/users/me/totp").json(body).token(access(&pair));
    assert_eq!(remove(json!({})).await.invalid_fields(), ["current_password"]);
    remove(json!({"current_password": "wrong one"})).await.refused(403, "current_password_wrong");
    assert_eq!(remove(json!({"current_password": PASSWORD})).await.status, 204);
    sign_in(&server, &agent).await;
}

#[tokio::test]
async fn an_administrator_takes_a_lost_second_factor_away() {
    let (server, admin, agent) = with_agent().await;
    let pair = sign_in(&server, &agent).await;
    enrol(&server, access(&pair)).await;
    let path = format!("/api/users/{}/totp", agent.id);
    server.delete(&path).by(&agent).await.refused(403, "administrators_only");
    assert_eq!(server.delete(&path).by(&admin).await.status, 204);
    server.delete(&path).by(&admin).await.refused(404, "totp_not_found");
    sign_in(&server, &agent).await;
    let log = server.get("/api/users/audit-logs?action=second_factor_deleted").by(&admin).await.ok(200);
    assert_eq!((&log["total"], &log["items"][0]["actor_email"]), (&json!(1), &json!(admin.email)));
}

#[tokio::test]
async fn who_needs_a_second_factor_sets_it_up_first() {
    let server = Server::with(|config| config.require_totp = RequireTotp::Administrators).await;
    let (admin, agent) = (server.account(Role::Admin).await, server.account(Role::Agent).await);
    assert!(sign_in(&server, &agent).await.get("must_set_up_totp").is_none());
    let pair = sign_in(&server, &admin).await;
    assert_eq!(pair["must_set_up_totp"], true);
    for path in ["/api/users/me", "/api/users/me/sessions", "/api/users"] {
        server.get(path).token(access(&pair)).await.refused(403, "totp_set_up_required");
    }
    let body = json!({"current_password": PASSWORD, "new_password": "a new long sentence"});
    let change = server.post("/api/users/me/password", body).token(access(&pair)).await;
    change.refused(403, "totp_set_up_required");
    enrol(&server, access(&pair)).await;
    server.get("/api/users").token(access(&pair)).await.ok(200);
    let refreshed = server.post("/api/auth/refresh", json!({"refresh_token": pair["refresh_token"]})).await.ok(200);
    assert!(refreshed.get("must_set_up_totp").is_none());
    let appointed = sign_in(&server, &agent).await;
    server.store().user_set_role(&server.system(), agent.id, Role::Admin).await.unwrap();
    server.get("/api/users").token(access(&appointed)).await.refused(403, "totp_set_up_required");
}
