//! Sign-in, refresh and sign-out.

use std::time::{Duration, Instant};

use reparto_domain::{Role, retention::Keep};
use reparto_server::retention;
use serde_json::{Value, json};

use crate::common::{Account, PASSWORD, Server};

async fn sign_in(server: &Server, account: &Account) -> Value {
    server.post("/api/auth/login", json!({"email": account.email, "password": PASSWORD})).await.ok(200)
}

async fn refresh(server: &Server, token: &Value) -> crate::common::Answer {
    server.post("/api/auth/refresh", json!({"refresh_token": token})).await
}

#[tokio::test]
async fn sign_in_gives_a_token_pair_valid_until_expiry() {
    let server = Server::start().await;
    let agent = server.account(Role::Agent).await;
    let answer = server.post("/api/auth/login/", json!({"email": agent.email, "password": PASSWORD})).await;
    insta::assert_json_snapshot!(answer.redacted());
    let token = answer.ok(200)["access_token"].as_str().unwrap().to_owned();
    assert_eq!(server.get("/api/users/me").token(&token).await.ok(200)["last_login"], "2026-01-15T09:00:00Z");
    server.advance(1_800);
    server.get("/api/users/me").token(&token).await.refused(401, "token_invalid");
}

#[tokio::test]
async fn a_previous_secret_verifies_for_a_day() {
    let (present, previous) = ("a secret of thirty-two characters", "the secret before, of many characters");
    let server = Server::with(|config| config.jwt_secret_previous = Some(previous.to_owned().into())).await;
    let agent = server.account(Role::Agent).await;
    let signed_by = |secret: &str| {
        let claims = json!({"sub": agent.id, "type": "access", "iat": server.now(), "exp": server.now() + 600});
        let key = jsonwebtoken::EncodingKey::from_secret(secret.as_bytes());
        jsonwebtoken::encode(&jsonwebtoken::Header::default(), &claims, &key).unwrap()
    };
    for secret in [present, previous] {
        server.get("/api/users/me").token(&signed_by(secret)).await.ok(200);
    }
    server
        .get("/api/users/me")
        .token(&signed_by("another one, of many characters"))
        .await
        .refused(401, "token_invalid");
    server.advance(86_400);
    server.get("/api/users/me").token(&signed_by(previous)).await.refused(401, "token_invalid");
    server.get("/api/users/me").token(&signed_by(present)).await.ok(200);
}

#[tokio::test]
async fn the_address_may_be_written_in_any_case() {
    let server = Server::start().await;
    let agent = server.account(Role::Agent).await;
    let body = json!({"email": agent.email.to_uppercase(), "password": PASSWORD});
    server.post("/api/auth/login", body).await.ok(200);
}

#[tokio::test]
async fn an_unknown_address_looks_like_a_wrong_password() {
    let server = Server::start().await;
    let agent = server.account(Role::Agent).await;
    let inactive = server.account(Role::Agent).await;
    server.store().user_set_active(&server.system(), inactive.id, false).await.unwrap();
    let tried = [
        (agent.email.as_str(), "wrong horse battery"),
        ("nobody@example.org", PASSWORD),
        ("no address at all", PASSWORD),
        (&inactive.email, PASSWORD),
    ];
    let mut answers = Vec::new();
    let mut fastest = [Duration::MAX; 4];
    // Without hashing, every response would be a hundred times faster; a busy machine may slow down one response, but
    // not all of many.
    let is_alike = |fastest: &[Duration; 4]| *fastest.iter().min().unwrap() * 5 > *fastest.iter().max().unwrap();
    for _ in 0..20 {
        for ((email, password), best) in tried.iter().zip(&mut fastest) {
            let began = Instant::now();
            let answer = server.post("/api/auth/login", json!({"email": email, "password": password})).await;
            *best = (*best).min(began.elapsed());
            let mut problem = answer.refused(401, "credentials_invalid");
            problem["request_id"].take();
            answers.push(problem);
        }
        if is_alike(&fastest) {
            break;
        }
        // So that no account pauses.
        server.advance(3_601);
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert!(is_alike(&fastest), "{fastest:?}");
}

#[tokio::test]
async fn failures_of_no_account_are_one_entry_without_the_text() {
    let server = Server::start().await;
    let admin = server.account(Role::Admin).await;
    for typed in ["nobody@example.org", "my password, typed here", "somebody@example.org"] {
        let body = json!({"email": typed, "password": PASSWORD});
        server
            .post("/api/auth/login", body)
            .header("user-agent", "a browser")
            .await
            .refused(401, "credentials_invalid");
    }
    let log = server.get("/api/users/audit-logs?action=login_failed").by(&admin).await;
    assert_eq!(log.ok(200)["total"], 1);
    insta::assert_json_snapshot!(log.redacted());
    // Its count is written when the minute is over, or the service stops.
    server.app.stop();
    loop {
        let log = server.get("/api/users/audit-logs?action=login_failed").by(&admin).await.ok(200);
        assert_eq!(log["total"], 1);
        if log["items"][0]["details"]["count"] == 3 {
            break;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_failed_sign_in_at_an_account_names_it() {
    let server = Server::start().await;
    let (admin, agent) = (server.account(Role::Admin).await, server.account(Role::Agent).await);
    let body = json!({"email": agent.email.to_uppercase(), "password": "wrong password"});
    server.post("/api/auth/login", body).await.refused(401, "credentials_invalid");
    let log = server.get("/api/users/audit-logs?action=login_failed").by(&admin).await.ok(200);
    assert_eq!(
        (&log["items"][0]["actor_email"], &log["items"][0]["entity_id"]),
        (&json!(agent.email), &json!(agent.id))
    );
}

#[tokio::test]
async fn a_sign_in_without_address_or_password_names_the_fields() {
    let server = Server::start().await;
    for (body, fields) in [
        (json!({}), &["email", "password"][..]),
        (json!({"email": "a@b.org"}), &["password"]),
        (json!({"email": 7, "password": ["x"]}), &["email", "password"]),
        (json!({"email": "", "password": null}), &["email", "password"]),
    ] {
        assert_eq!(server.post("/api/auth/login", body).await.invalid_fields(), fields);
    }
    let no_object = server.post("/api/auth/login", json!([])).await;
    no_object.refused(422, "body_not_an_object");
    let no_json = server.post("/api/auth/login", json!({})).raw("application/json", "{").await;
    no_json.refused(400, "body_not_json");
}

#[tokio::test]
async fn a_refresh_token_works_once_and_gives_the_next_pair() {
    let server = Server::start().await;
    let agent = server.account(Role::Agent).await;
    let first = sign_in(&server, &agent).await;
    server.advance(60);
    let second = refresh(&server, &first["refresh_token"]).await.ok(200);
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert_eq!(second["token_type"], "bearer");
    server.get("/api/users/me").token(second["access_token"].as_str().unwrap()).await.ok(200);
    server.advance(31);
    refresh(&server, &first["refresh_token"]).await.refused(401, "refresh_token_invalid");
    // This has ended the whole family.
    refresh(&server, &second["refresh_token"]).await.refused(401, "refresh_token_invalid");
}

#[tokio::test]
async fn two_tabs_that_race_get_the_same_refresh_token() {
    let server = Server::start().await;
    let agent = server.account(Role::Agent).await;
    let first = sign_in(&server, &agent).await;
    let one = refresh(&server, &first["refresh_token"]).await.ok(200);
    server.advance(29);
    let other = refresh(&server, &first["refresh_token"]).await.ok(200);
    assert_eq!(one["refresh_token"], other["refresh_token"]);
    assert_eq!(other["refresh_expires_in"], one["refresh_expires_in"].as_i64().unwrap() - 29);
    for pair in [&one, &other] {
        server.get("/api/users/me").token(pair["access_token"].as_str().unwrap()).await.ok(200);
    }
    refresh(&server, &one["refresh_token"]).await.ok(200);
}

#[tokio::test]
async fn an_invalid_refresh_token_is_always_401() {
    let server = Server::start().await;
    let bodies =
        [json!({}), json!({"refresh_token": null}), json!({"refresh_token": 7}), json!({"refresh_token": "x"})];
    for body in bodies {
        for language in ["es", "en"] {
            let answer = server.post("/api/auth/refresh", body.clone()).header("accept-language", language).await;
            let problem = answer.refused(401, "refresh_token_invalid");
            assert!(problem["detail"].as_str().unwrap().to_lowercase().contains("token"), "{problem}");
            assert_eq!(answer.header("www-authenticate"), "Bearer");
        }
    }
    let endless = json!({"refresh_token": "x".repeat(10_000)});
    server.post("/api/auth/refresh", endless).await.refused(401, "refresh_token_invalid");
}

#[tokio::test]
async fn an_expired_refresh_token_is_refused() {
    let server = Server::start().await;
    let agent = server.account(Role::Agent).await;
    let pair = sign_in(&server, &agent).await;
    server.advance(pair["refresh_expires_in"].as_i64().unwrap());
    refresh(&server, &pair["refresh_token"]).await.refused(401, "refresh_token_invalid");
}

#[tokio::test]
async fn signing_out_ends_the_family_and_never_fails() {
    let server = Server::start().await;
    let agent = server.account(Role::Agent).await;
    let first = sign_in(&server, &agent).await;
    let second = refresh(&server, &first["refresh_token"]).await.ok(200);
    for token in [&first["refresh_token"], &second["refresh_token"], &json!("unknown")] {
        let answer = server.post("/api/auth/logout", json!({"refresh_token": token})).await;
        assert_eq!(answer.ok(200), json!({"message": "Sesión cerrada"}));
    }
    refresh(&server, &second["refresh_token"]).await.refused(401, "refresh_token_invalid");
    let english = server.post("/api/auth/logout", json!({"refresh_token": "x"})).in_english().await;
    assert_eq!(english.ok(200), json!({"message": "Signed out"}));
}

#[tokio::test]
async fn signing_out_everywhere_ends_only_this_users_sessions() {
    let server = Server::start().await;
    let (agent, other) = (server.account(Role::Agent).await, server.account(Role::Agent).await);
    let (one, two, others) =
        (sign_in(&server, &agent).await, sign_in(&server, &agent).await, sign_in(&server, &other).await);
    server.ask(axum::http::Method::POST, "/api/auth/logout/all").by(&agent).await.ok(200);
    for pair in [one, two] {
        refresh(&server, &pair["refresh_token"]).await.refused(401, "refresh_token_invalid");
    }
    refresh(&server, &others["refresh_token"]).await.ok(200);
}

#[tokio::test]
async fn a_new_password_ends_sessions_and_tokens_at_once() {
    let server = Server::start().await;
    let (admin, agent) = (server.account(Role::Admin).await, server.account(Role::Agent).await);
    let pair = sign_in(&server, &agent).await;
    let path = format!("/api/users/{}/password", agent.id);
    server.patch(&path, json!({"password": "another horse"})).by(&admin).await.ok(200);
    server.get("/api/users/me").token(pair["access_token"].as_str().unwrap()).await.refused(401, "token_revoked");
    refresh(&server, &pair["refresh_token"]).await.refused(401, "refresh_token_invalid");
    let old = json!({"email": agent.email, "password": PASSWORD});
    server.post("/api/auth/login", old).await.refused(401, "credentials_invalid");
    let new = json!({"email": agent.email, "password": "another horse"});
    server.post("/api/auth/login", new).await.ok(200);
}

#[tokio::test]
async fn a_deactivated_user_cannot_ask_refresh_or_sign_in() {
    let server = Server::start().await;
    let (admin, agent) = (server.account(Role::Admin).await, server.account(Role::Agent).await);
    let pair = sign_in(&server, &agent).await;
    let path = format!("/api/users/{}/status", agent.id);
    server.patch(&path, json!({"is_active": false})).by(&admin).await.ok(200);
    server.get("/api/users/me").by(&agent).await.refused(401, "account_inactive");
    refresh(&server, &pair["refresh_token"]).await.refused(401, "refresh_token_invalid");
    server.patch(&path, json!({"is_active": true})).by(&admin).await.ok(200);
    server.get("/api/users/me").by(&agent).await.refused(401, "token_revoked");
    sign_in(&server, &agent).await;
}

#[tokio::test]
async fn a_body_without_an_account_is_small() {
    let server = Server::start().await;
    for path in ["login", "refresh", "logout", "first-run"] {
        let path = format!("/api/auth/{path}");
        let long = json!({"email": "a@example.org", "password": "x".repeat(17 << 10)});
        server.post(&path, long).await.refused(413, "body_too_large");
        // What is not asked for is skipped, however deep.
        let deep = format!("{{\"more\": {}1{}}}", "[".repeat(5_000), "]".repeat(5_000));
        let answer = server.post(&path, json!({})).raw("application/json", deep).await;
        assert!([401, 422].contains(&answer.status), "{path}: {}", answer.text());
    }
}

#[tokio::test]
async fn requests_without_an_account_are_limited_at_once() {
    let server = Server::with(|config| config.anonymous_max = 0).await;
    let answer = server.post("/api/auth/login", json!({"email": "a@example.org", "password": "x"})).await;
    answer.refused(503, "too_many_at_once");
    assert!(answer.header("retry-after").parse::<u64>().is_ok());
    server.get("/api/auth/first-run").await.ok(200);
}

#[tokio::test]
async fn addresses_in_the_audit_log_go_after_the_days_that_are_set() {
    let server = Server::start().await;
    let (admin, agent) = (server.account(Role::Admin).await, server.account(Role::Agent).await);
    let body = json!({"email": agent.email, "password": PASSWORD});
    for _ in 0..3 {
        server.post("/api/auth/login", body.clone()).header("user-agent", "a browser of 2026").await.ok(200);
    }
    let agents = || async {
        let log = server.get("/api/users/audit-logs?action=login").by(&admin).await.ok(200);
        log["items"].as_array().unwrap().iter().filter(|entry| !entry["user_agent"].is_null()).count()
    };
    assert_eq!(agents().await, 3);
    let enforce = |days: Option<i64>, after: i64| {
        let now = server.app.clock.now().plus_seconds(after * 86_400);
        retention::enforce(server.store(), now, Keep { audit_addresses: days, ..Keep::default() })
    };
    for (days, after) in [(None, 1_000), (Some(30), 29)] {
        assert_eq!(enforce(days, after).await.unwrap().audit_addresses, 0);
        assert_eq!(agents().await, 3);
    }
    assert!(enforce(Some(30), 31).await.unwrap().audit_addresses >= 3);
    assert_eq!(agents().await, 0);
}
