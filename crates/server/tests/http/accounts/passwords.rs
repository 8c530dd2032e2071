//! Passwords: one's own, another's, and links for new ones.

use reparto_domain::Role;
use serde_json::{Value, json};

use super::{access, login, sign_in, with_agent};
use crate::common::{PASSWORD, Server};

const NEW: &str = "a new long sentence";

#[tokio::test]
async fn a_user_changes_the_own_password_and_goes_on() {
    let (server, _, agent) = with_agent().await;
    let (one, two) = (sign_in(&server, &agent).await, sign_in(&server, &agent).await);
    let body = json!({"current_password": PASSWORD, "new_password": NEW});
    let new = server.post("/api/users/me/password", body).token(access(&one)).await.ok(200);
    server.get("/api/users/me").token(access(&new)).await.ok(200);
    server.post("/api/auth/refresh", json!({"refresh_token": new["refresh_token"]})).await.ok(200);
    for old in [one, two] {
        server.get("/api/users/me").token(access(&old)).await.refused(401, "token_revoked");
        let refresh = server.post("/api/auth/refresh", json!({"refresh_token": old["refresh_token"]})).await;
        refresh.refused(401, "refresh_token_invalid");
    }
    login(&server, &agent, PASSWORD).await.refused(401, "credentials_invalid");
    login(&server, &agent, NEW).await.ok(200);
}

#[tokio::test]
async fn a_wrong_current_password_changes_nothing() {
    let (server, _, agent) = with_agent().await;
    let pair = sign_in(&server, &agent).await;
    let body = json!({"current_password": "not it at all", "new_password": NEW});
    let refused = server.post("/api/users/me/password", body).token(access(&pair)).await;
    refused.refused(403, "current_password_wrong");
    server.get("/api/users/me").token(access(&pair)).await.ok(200);
    login(&server, &agent, PASSWORD).await.ok(200);
}

#[tokio::test]
async fn a_new_password_is_neither_common_nor_the_address() {
    let (server, admin, agent) = with_agent().await;
    let pair = sign_in(&server, &agent).await;
    for common in ["password1", "PassWord1", agent.email.as_str()] {
        let body = json!({"current_password": PASSWORD, "new_password": common});
        let problem = server.post("/api/users/me/password", body).token(access(&pair)).await;
        let problem = problem.refused(422, "password_too_common");
        assert_eq!(problem["errors"][0]["field"], "new_password");
        let path = format!("/api/users/{}/password", agent.id);
        let set = server.patch(&path, json!({"password": common})).by(&admin).await;
        assert_eq!(set.refused(422, "password_too_common")["errors"][0]["field"], "password");
    }
    let body = json!({"email": "new@example.org", "password": "NEW@example.org"});
    server.post("/api/users", body).by(&admin).await.refused(422, "password_too_common");
    for (password, status) in [("ñ".repeat(128), 201), ("ñ".repeat(129), 422), ("áéíóúñü".into(), 422)] {
        let body = json!({"email": "new@example.org", "password": password});
        assert_eq!(server.post("/api/users", body).by(&admin).await.status, status);
    }
}

#[tokio::test]
async fn a_new_password_is_not_the_present_one() {
    let (server, admin, agent) = with_agent().await;
    let same = json!({"current_password": PASSWORD, "new_password": PASSWORD});
    let own = async |body: &Value, pair: &Value| {
        server.post("/api/users/me/password", body.clone()).token(access(pair)).await
    };
    let pair = sign_in(&server, &agent).await;
    let problem = own(&same, &pair).await.refused(422, "password_unchanged");
    assert_eq!(problem["errors"][0]["field"], "new_password");
    assert_eq!(problem["field_errors"]["new_password"], "debe ser distinta de la actual");
    server.get("/api/users/me").token(access(&pair)).await.ok(200);
    // Whether it is the present one is told only to who knows that.
    let wrong = json!({"current_password": "not it at all", "new_password": "not it at all"});
    own(&wrong, &pair).await.refused(403, "current_password_wrong");

    let path = format!("/api/users/{}/password", admin.id);
    let set = server.patch(&path, json!({"password": PASSWORD, "current_password": PASSWORD})).by(&admin).await;
    assert_eq!(set.refused(422, "password_unchanged")["errors"][0]["field"], "password");

    let path = format!("/api/users/{}/password", agent.id);
    server.patch(&path, json!({"password": "set by another"})).by(&admin).await.ok(200);
    let limited = login(&server, &agent, "set by another").await.ok(200);
    let same = json!({"current_password": "set by another", "new_password": "set by another"});
    own(&same, &limited).await.refused(422, "password_unchanged");
    assert_eq!(login(&server, &agent, "set by another").await.ok(200)["must_change_password"], true);
}

#[tokio::test]
async fn a_link_sets_another_password_than_the_present_one() {
    let (server, admin, agent) = with_agent().await;
    let path = format!("/api/users/{}/reset-password", agent.id);
    let link = server.ask(axum::http::Method::POST, &path).by(&admin).await.ok(200);
    let token = link["reset_url"].as_str().unwrap().split_once("#token=").unwrap().1;
    let reset = async |password: &str| {
        let body = json!({"token": token, "new_password": password});
        server.post("/api/auth/reset-password", body).header("accept-language", "en").await
    };
    let problem = reset(PASSWORD).await.refused(422, "password_unchanged");
    assert_eq!(problem["field_errors"]["new_password"], "must differ from the current one");
    // The link is still good.
    reset(NEW).await.ok(200);
    login(&server, &agent, NEW).await.ok(200);
}

#[tokio::test]
async fn a_password_that_another_set_must_be_changed() {
    let (server, admin, agent) = with_agent().await;
    let path = format!("/api/users/{}/password", agent.id);
    server.patch(&path, json!({"password": "set by another"})).by(&admin).await.ok(200);
    let pair = login(&server, &agent, "set by another").await.ok(200);
    assert_eq!(pair["must_change_password"], true);
    assert!(pair.get("refresh_token").is_none() && pair.get("refresh_expires_in").is_none(), "{pair}");
    for path in ["/api/users/me", "/api/users/me/sessions", "/api/users/me/totp", "/api/crm/opportunities"] {
        server.get(path).token(access(&pair)).await.refused(403, "password_must_change");
    }
    let body = json!({"current_password": "set by another", "new_password": NEW});
    let new = server.post("/api/users/me/password", body).token(access(&pair)).await.ok(200);
    assert!(new.get("must_change_password").is_none() && new["refresh_token"].is_string());
    server.get("/api/users/me").token(access(&new)).await.ok(200);
    assert!(login(&server, &agent, NEW).await.ok(200).get("must_change_password").is_none());
}

#[tokio::test]
async fn ones_own_password_needs_the_current_one_everywhere() {
    let (server, admin, _) = with_agent().await;
    let path = format!("/api/users/{}/password", admin.id);
    for body in [json!({"password": NEW}), json!({"password": NEW, "current_password": "wrong one"})] {
        server.patch(&path, body).by(&admin).await.refused(403, "current_password_wrong");
    }
    server.patch(&path, json!({"password": NEW, "current_password": PASSWORD})).by(&admin).await.ok(200);
    server.get("/api/users/me").by(&admin).await.refused(401, "token_revoked");
    assert!(login(&server, &admin, NEW).await.ok(200).get("must_change_password").is_none());
}

#[tokio::test]
async fn an_account_that_was_made_need_not_change_it() {
    let (server, admin, _) = with_agent().await;
    let body = json!({"email": "made@example.org", "password": NEW});
    server.post("/api/users", body).by(&admin).await.ok(201);
    let pair = server.post("/api/auth/login", json!({"email": "made@example.org", "password": NEW})).await.ok(200);
    assert!(pair.get("must_change_password").is_none() && pair["refresh_token"].is_string());
}

#[tokio::test]
async fn a_link_lets_a_user_choose_a_password_once() {
    let (server, admin, agent) = with_agent().await;
    let superuser = server.account(Role::Superuser).await;
    let offer = |id| server.ask(axum::http::Method::POST, &format!("/api/users/{id}/reset-password"));
    offer(agent.id).by(&agent).await.refused(403, "administrators_only");
    offer(superuser.id).by(&admin).await.refused(403, "superuser_only");
    offer(admin.id).by(&admin).await.refused(403, "reset_of_oneself");
    let link = offer(agent.id).by(&admin).header("host", "crm.example.org").await.ok(200);
    assert_eq!(link["expires_at"], "2026-01-16T09:00:00Z");
    let token = link["reset_url"].as_str().unwrap().strip_prefix("http://crm.example.org/reset-password#token=");
    let reset = |password: &str| {
        server.post("/api/auth/reset-password", json!({"token": token.unwrap(), "new_password": password}))
    };
    reset("password1").await.refused(422, "password_too_common");
    reset(NEW).await.ok(200);
    reset(NEW).await.refused(403, "reset_token_invalid");
    assert!(login(&server, &agent, NEW).await.ok(200).get("must_change_password").is_none());
}

#[tokio::test]
async fn the_public_address_is_in_links_where_set() {
    let server = Server::with(|config| config.public_url = Some("https://crm.example.org/".into())).await;
    let (admin, agent) = (server.account(Role::Admin).await, server.account(Role::Agent).await);
    let path = format!("/api/users/{}/reset-password", agent.id);
    let link = server.ask(axum::http::Method::POST, &path).by(&admin).header("host", "evil.example").await.ok(200);
    assert!(link["reset_url"].as_str().unwrap().starts_with("https://crm.example.org/reset-password#token="), "{link}");
}
