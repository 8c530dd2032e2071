//! Sessions.

use std::time::Duration;

use reparto_domain::Role;
use serde_json::json;

use super::{access, claims, sign_in, with_agent};
use crate::common::Server;

#[tokio::test]
async fn signing_out_refuses_the_sessions_access_tokens() {
    let (server, _, agent) = with_agent().await;
    let (one, two) = (sign_in(&server, &agent).await, sign_in(&server, &agent).await);
    server.post("/api/auth/logout", json!({"refresh_token": one["refresh_token"]})).await.ok(200);
    server.get("/api/users/me").token(access(&one)).await.refused(401, "token_revoked");
    server.get("/api/users/me").token(access(&two)).await.ok(200);
    let everywhere = server.ask(axum::http::Method::POST, "/api/auth/logout/all").token(access(&two));
    everywhere.await.ok(200);
    server.get("/api/users/me").token(access(&two)).await.refused(401, "token_revoked");
}

#[tokio::test]
async fn a_late_refresh_token_ends_the_access_tokens() {
    let (server, _, agent) = with_agent().await;
    let first = sign_in(&server, &agent).await;
    let body = json!({"refresh_token": first["refresh_token"]});
    let second = server.post("/api/auth/refresh", body.clone()).await.ok(200);
    server.advance(31);
    server.get("/api/users/me").token(access(&second)).await.ok(200);
    server.post("/api/auth/refresh", body).await.refused(401, "refresh_token_invalid");
    for pair in [first, second] {
        server.get("/api/users/me").token(access(&pair)).await.refused(401, "token_revoked");
    }
}

#[tokio::test]
async fn the_own_sessions_can_be_seen_and_ended() {
    let (server, admin, agent) = with_agent().await;
    let one = server
        .post("/api/auth/login", json!({"email": agent.email, "password": crate::common::PASSWORD}))
        .header("user-agent", "Ordenador de Ana")
        .await
        .ok(200);
    server.advance(60);
    let two = sign_in(&server, &agent).await;
    let listed = server.get("/api/users/me/sessions").token(access(&one)).await.ok(200);
    let expected = json!([
        {"id": claims(&two)["sid"], "created_at": "2026-01-15T09:01:00Z", "last_used_at": "2026-01-15T09:01:00Z",
            "ip_address": "192.0.2.10", "user_agent": null, "current": false},
        {"id": claims(&one)["sid"], "created_at": "2026-01-15T09:00:00Z", "last_used_at": "2026-01-15T09:00:00Z",
            "ip_address": "192.0.2.10", "user_agent": "Ordenador de Ana", "current": true},
    ]);
    assert_eq!(listed, expected);
    let path = format!("/api/users/me/sessions/{}", claims(&two)["sid"].as_str().unwrap());
    server.delete(&path).by(&admin).await.refused(404, "session_not_found");
    assert_eq!(server.delete(&path).token(access(&one)).await.status, 204);
    server.delete(&path).token(access(&one)).await.refused(404, "session_not_found");
    server.delete("/api/users/me/sessions/x").token(access(&one)).await.refused(404, "session_not_found");
    server.get("/api/users/me").token(access(&two)).await.refused(401, "token_revoked");
}

#[tokio::test]
async fn who_asks_gets_the_refresh_token_in_a_cookie() {
    let (server, _, agent) = with_agent().await;
    let body = json!({"email": agent.email, "password": crate::common::PASSWORD});
    let answer = server.post("/api/auth/login", body).header("x-reparto-refresh", "cookie").await;
    let set = answer.header("set-cookie").to_owned();
    assert!(answer.ok(200).get("refresh_token").is_none());
    let (pair, attributes) = set.split_once("; ").unwrap();
    assert_eq!(attributes, "Max-Age=2592000; Path=/api/auth; HttpOnly; SameSite=Strict");
    // Without the header a cookie is ignored, so that no other site can use it.
    let ignored = server.post("/api/auth/refresh", json!({})).header("cookie", pair).await;
    ignored.refused(401, "refresh_token_invalid");
    let asks = |path: &str, cookie: &str| {
        server.post(path, json!({})).header("cookie", cookie).header("x-reparto-refresh", "cookie")
    };
    let next = asks("/api/auth/refresh", pair).await;
    let cookie = next.header("set-cookie").split_once("; ").unwrap().0.to_owned();
    let next = next.ok(200);
    server.get("/api/users/me").token(access(&next)).await.ok(200);
    let out = asks("/api/auth/logout", &cookie).await;
    assert!(out.header("set-cookie").starts_with("reparto_refresh=; Max-Age=0;"));
    out.ok(200);
    server.get("/api/users/me").token(access(&next)).await.refused(401, "token_revoked");
}

#[tokio::test]
async fn a_session_ends_after_its_time_whatever_happens() {
    let server = Server::with(|config| config.session_max = Duration::from_secs(1_000)).await;
    let agent = server.account(Role::Agent).await;
    let first = sign_in(&server, &agent).await;
    assert_eq!(first["refresh_expires_in"], 1_000);
    server.advance(900);
    let second = server.post("/api/auth/refresh", json!({"refresh_token": first["refresh_token"]})).await.ok(200);
    assert_eq!((&second["expires_in"], &second["refresh_expires_in"]), (&json!(1_800), &json!(100)));
    server.advance(99);
    server.get("/api/users/me").token(access(&second)).await.ok(200);
    server.advance(1);
    server.get("/api/users/me").token(access(&second)).await.refused(401, "token_invalid");
    let late = server.post("/api/auth/refresh", json!({"refresh_token": second["refresh_token"]})).await;
    late.refused(401, "refresh_token_invalid");
}
