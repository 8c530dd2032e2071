//! Users.

use reparto_domain::Role;
use serde_json::json;

use crate::common::{PASSWORD, Server};

#[tokio::test]
async fn a_user_reads_themselves() {
    let server = Server::start().await;
    let agent = server.account(Role::Agent).await;
    let answer = server.get("/api/users/me").by(&agent).await;
    answer.ok(200);
    insta::assert_json_snapshot!(answer.redacted());
}

#[tokio::test]
async fn a_new_user_may_sign_in() {
    let server = Server::start().await;
    let admin = server.account(Role::Admin).await;
    let body = json!({
        "email": "  Ana.Gil@Example.org ", "password": PASSWORD, "full_name": "Ana Gil", "first_name": "Ana",
        "last_name": "Gil", "phone_number": "+34 600 000 001", "avatar_url": "https://example.org/a.png",
        "role": "lawyer", "is_active": true, "is_verified": true, "preferred_language": "en", "daily_lead_quota": 25,
        "is_superuser": true, "something": "unknown",
    });
    let answer = server.post("/api/users/", body).by(&admin).await;
    let user = answer.ok(201);
    insta::assert_json_snapshot!(answer.redacted());
    assert_eq!(answer.header("location"), format!("/api/users/{}", user["id"].as_str().unwrap()));
    assert_eq!(server.get(answer.header("location")).by(&admin).await.ok(200), user);
    let body = json!({"email": "ana.gil@example.org", "password": PASSWORD});
    server.post("/api/auth/login", body).await.ok(200);
}

#[tokio::test]
async fn a_minimal_new_user_is_active_with_the_default_quota() {
    let server = Server::start().await;
    let admin = server.account(Role::Admin).await;
    let body = json!({"email": "a@example.org", "password": "tq9!zr4m", "full_name": ""});
    let user = server.post("/api/users", body).by(&admin).await.ok(201);
    assert_eq!(user["role"], "user");
    assert_eq!(user["is_active"], true);
    assert_eq!(user["is_verified"], false);
    assert_eq!(user["daily_lead_quota"], 10);
    assert_eq!(user["full_name"], json!(null));
}

#[tokio::test]
async fn an_address_that_exists_in_any_case_is_a_conflict() {
    let server = Server::start().await;
    let (admin, agent) = (server.account(Role::Admin).await, server.account(Role::Agent).await);
    let body = json!({"email": agent.email.to_uppercase(), "password": PASSWORD});
    server.post("/api/users", body).by(&admin).await.refused(409, "email_taken");
    let path = format!("/api/users/{}", admin.id);
    server.patch(&path, json!({"email": agent.email})).by(&admin).await.refused(409, "email_taken");
    // The user's own address in another spelling is not a conflict.
    server.patch(&path, json!({"email": admin.email.to_uppercase()})).by(&admin).await.ok(200);
}

#[tokio::test]
async fn every_error_in_a_body_is_named() {
    let server = Server::start().await;
    let admin = server.account(Role::Admin).await;
    for (body, fields) in [
        (json!({}), &["email", "password"][..]),
        (json!({"email": "no address", "password": "short"}), &["email", "password"]),
        (json!({"email": "a@example.org", "password": "xy".repeat(65)}), &["password"]),
        (json!({"email": "a@example.org", "password": PASSWORD, "role": "king"}), &["role"]),
        (json!({"email": "a@example.org", "password": PASSWORD, "role": 7}), &["role"]),
        (
            json!({"email": "a@example.org", "password": PASSWORD, "is_active": "yes", "daily_lead_quota": -1,
                "full_name": {}, "first_name": "x".repeat(256)}),
            &["full_name", "first_name", "daily_lead_quota", "is_active"],
        ),
        (json!({"email": "a@example.org", "password": PASSWORD, "last_name": "a\u{0}b"}), &["last_name"]),
    ] {
        let answer = server.post("/api/users", body.clone()).by(&admin).await;
        assert_eq!(answer.invalid_fields(), fields, "{body}");
    }
    let answer = server.post("/api/users", json!({"email": "x", "password": "short"})).by(&admin).await;
    insta::assert_json_snapshot!(answer.redacted());
    let answer = server.post("/api/users", json!({"email": "x", "password": "short"})).by(&admin).in_english().await;
    insta::assert_json_snapshot!(answer.redacted());
}

#[tokio::test]
async fn the_list_is_filtered_sorted_and_paged() {
    let server = Server::start().await;
    let admin = server.account(Role::Admin).await;
    for role in [Role::Agent, Role::Agent, Role::Lawyer, Role::User] {
        server.advance(60);
        server.account(role).await;
    }
    let emails = async |query: &str| -> Vec<String> {
        let list = server.get(&format!("/api/users/?{query}")).by(&admin).await.ok(200);
        list["items"].as_array().unwrap().iter().map(|user| user["email"].as_str().unwrap().to_owned()).collect()
    };
    let all = emails("").await;
    assert_eq!(all.len(), 5);
    assert_eq!(all[0], "user5@example.org", "newest first");
    assert_eq!(emails("sort_by=email&sort_order=asc&limit=2").await, ["admin1@example.org", "agent2@example.org"]);
    assert_eq!(emails("sort_by=email&sort_order=asc&skip=1&limit=1").await, ["agent2@example.org"]);
    assert_eq!(emails("role=agent&sort_by=name&sort_order=desc").await, ["agent3@example.org", "agent2@example.org"]);
    assert_eq!(emails("search=L%C3%81WYER").await, ["lawyer4@example.org"]);
    assert_eq!(emails("search=example.org+L%C3%81WY%C3%89R4").await, ["lawyer4@example.org"]);
    assert_eq!(emails("is_active=false").await, Vec::<String>::new());
    assert_eq!(emails("created_from=2026-01-15T09:04:00Z").await, ["user5@example.org"]);
    assert_eq!(emails("created_to=2026-01-14").await, Vec::<String>::new());
    assert_eq!(emails("role=&search=&unknown=1").await.len(), 5);
    let list = server.get("/api/users?limit=1&skip=1").by(&admin).await;
    insta::assert_json_snapshot!(list.redacted());
}

#[tokio::test]
async fn an_invalid_query_is_refused_by_field() {
    let server = Server::start().await;
    let admin = server.account(Role::Admin).await;
    for (query, fields) in [
        ("sort_by=password", &["sort_by"][..]),
        ("sort_order=up", &["sort_order"]),
        ("limit=1001", &["limit"]),
        ("limit=0", &["limit"]),
        ("skip=-1", &["skip"]),
        ("role=king&is_active=perhaps&created_from=yesterday", &["created_from", "role", "is_active"]),
    ] {
        let mut named = server.get(&format!("/api/users?{query}")).by(&admin).await.invalid_fields();
        let mut fields = fields.to_vec();
        named.sort_unstable();
        fields.sort_unstable();
        assert_eq!(named, fields, "{query}");
    }
}

#[tokio::test]
async fn a_change_touches_only_named_fields_never_the_role() {
    let server = Server::start().await;
    let (admin, agent) = (server.account(Role::Admin).await, server.account(Role::Agent).await);
    let path = format!("/api/users/{}", agent.id);
    let before = server.get(&path).by(&admin).await.ok(200);
    assert_eq!(server.patch(&path, json!({})).by(&admin).await.ok(200)["full_name"], before["full_name"]);
    server.advance(60);
    let body = json!({"full_name": "", "phone_number": " 600 ", "role": "superuser", "is_superuser": true});
    let after = server.patch(&path, body).by(&admin).await.ok(200);
    assert_eq!(after["full_name"], json!(null));
    assert_eq!(after["phone_number"], "600");
    assert_eq!(after["role"], "agent");
    assert_eq!(after["is_superuser"], false);
    assert_eq!(after["email"], before["email"]);
    assert_eq!(after["updated_at"], "2026-01-15T09:01:00Z");
    assert_eq!(server.patch(&path, json!({"email": ""})).by(&admin).await.invalid_fields(), ["email"]);
}

#[tokio::test]
async fn only_a_superuser_makes_appoints_or_changes_a_superuser() {
    let server = Server::start().await;
    let (admin, root) = (server.account(Role::Admin).await, server.account(Role::Superuser).await);
    let agent = server.account(Role::Agent).await;
    let new = json!({"email": "a@example.org", "password": PASSWORD, "role": "superuser"});
    let (of_root, of_agent) = (format!("/api/users/{}", root.id), format!("/api/users/{}", agent.id));
    let appoint = json!({"role": "superuser"});
    for answer in [
        server.post("/api/users", new.clone()).by(&admin).await,
        server.patch(&of_root, json!({"full_name": "x"})).by(&admin).await,
        server.patch(&format!("{of_root}/role"), json!({"role": "user"})).by(&admin).await,
        server.patch(&format!("{of_root}/status"), json!({"is_active": false})).by(&admin).await,
        server.patch(&format!("{of_root}/password"), json!({"password": PASSWORD})).by(&admin).await,
        server.patch(&format!("{of_agent}/role"), appoint.clone()).by(&admin).await,
        server.delete(&of_root).by(&admin).await,
        // Checked before the body.
        server.ask(axum::http::Method::PATCH, &of_root).raw("application/json", "{").by(&admin).await,
    ] {
        answer.refused(403, "superuser_only");
    }
    server.post("/api/users", new).by(&root).await.ok(201);
    let appointed = server.patch(&format!("{of_agent}/role"), appoint).by(&root).await.ok(200);
    assert_eq!(appointed["is_superuser"], true);
}

#[tokio::test]
async fn the_last_active_administrator_always_stays() {
    let server = Server::start().await;
    let admin = server.account(Role::Admin).await;
    let path = format!("/api/users/{}", admin.id);
    for answer in [
        server.delete(&path).by(&admin).await,
        server.patch(&format!("{path}/role"), json!({"role": "agent"})).by(&admin).await,
        server.patch(&format!("{path}/status"), json!({"is_active": false})).by(&admin).await,
        server.patch(&path, json!({"is_active": false})).by(&admin).await,
    ] {
        answer.refused(409, "last_administrator");
    }
    let other = server.account(Role::Superuser).await;
    server.delete(&path).by(&other).await.ok(200);
}

#[tokio::test]
async fn a_demoted_administrator_loses_rights_at_once() {
    let server = Server::start().await;
    let (admin, other) = (server.account(Role::Admin).await, server.account(Role::Admin).await);
    server.get("/api/users").by(&other).await.ok(200);
    let demoted = server.patch(&format!("/api/users/{}/role", other.id), json!({"role": "agent"})).by(&admin).await;
    assert_eq!(demoted.ok(200)["role"], "agent");
    server.get("/api/users").by(&other).await.refused(403, "administrators_only");
}

#[tokio::test]
async fn a_deleted_user_is_gone_and_their_address_free() {
    let server = Server::start().await;
    let (admin, agent) = (server.account(Role::Admin).await, server.account(Role::Agent).await);
    let path = format!("/api/users/{}/", agent.id);
    let answer = server.delete(&path).by(&admin).await;
    assert_eq!(answer.ok(200), json!({"id": agent.id, "open_opportunities": 0}));
    server.get(&path).by(&admin).await.refused(404, "user_not_found");
    server.delete(&path).by(&admin).await.refused(404, "user_not_found");
    server.get("/api/users/me").by(&agent).await.refused(401, "account_inactive");
    let body = json!({"email": agent.email, "password": PASSWORD});
    server.post("/api/users", body).by(&admin).await.ok(201);
}

#[tokio::test]
async fn an_unknown_user_is_not_found_however_spelled() {
    let server = Server::start().await;
    let admin = server.account(Role::Admin).await;
    for id in ["0190a6e0-7c1b-7abc-8def-0123456789ab", "7", "%20", "no-uuid", "..%2F..", "%FF"] {
        server.get(&format!("/api/users/{id}")).by(&admin).await.refused(404, "user_not_found");
        server.patch(&format!("/api/users/{id}"), json!({})).by(&admin).await.refused(404, "user_not_found");
    }
    let upper = format!("/api/users/{}", admin.id.to_string().to_uppercase());
    server.get(&upper).by(&admin).await.ok(200);
}
