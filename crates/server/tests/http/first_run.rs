//! The first run: creating the first administrator with the token printed by the service.

use reparto_domain::Role;
use reparto_server::auth::first_run;
use serde_json::{Value, json};

use crate::common::{PASSWORD, Server};

const PATH: &str = "/api/auth/first-run";

async fn offered(server: &Server) -> String {
    first_run::offer(server.store(), server.app.clock.now()).await.unwrap().expect("nobody is there yet")
}

fn body(token: &str) -> Value {
    json!({"token": token, "email": "Marta@Example.org", "password": PASSWORD, "full_name": "Marta Ruiz"})
}

#[tokio::test]
async fn the_token_creates_an_administrator_who_can_sign_in() {
    let server = Server::start().await;
    assert_eq!(server.get(PATH).await.ok(200), json!({"needed": true}));
    let token = offered(&server).await;
    let made = server.post(PATH, body(&format!(" {token}\n"))).await.ok(201);
    assert_eq!(
        (&made["email"], &made["role"], &made["full_name"], &made["is_active"]),
        (&json!("Marta@Example.org"), &json!("admin"), &json!("Marta Ruiz"), &json!(true))
    );
    assert_eq!(server.get(PATH).await.ok(200), json!({"needed": false}));
    let login = json!({"email": "marta@example.org", "password": PASSWORD});
    let pair = server.post("/api/auth/login", login).await.ok(200);
    let me = server.get("/api/users/me").token(pair["access_token"].as_str().unwrap()).await.ok(200);
    assert_eq!(me["id"], made["id"]);
}

#[tokio::test]
async fn the_first_administrators_password_is_not_common_either() {
    let server = Server::start().await;
    let token = offered(&server).await;
    let common = json!({"token": token, "email": "marta@example.org", "password": "password1"});
    server.post(PATH, common).await.refused(422, "password_too_common");
    server.post(PATH, body(&token)).await.ok(201);
}

#[tokio::test]
async fn the_token_is_void_once_a_user_exists() {
    let server = Server::start().await;
    let token = offered(&server).await;
    server.account(Role::Agent).await;
    assert_eq!(server.get(PATH).await.ok(200), json!({"needed": false}));
    server.post(PATH, body(&token)).await.refused(409, "first_run_over");
    assert_eq!(first_run::offer(server.store(), server.app.clock.now()).await.unwrap(), None);
}

#[tokio::test]
async fn a_wrong_token_is_refused_in_both_languages() {
    let server = Server::start().await;
    server.post(PATH, body("before any was printed")).await.refused(403, "first_run_token_invalid");
    offered(&server).await;
    let spanish = server.post(PATH, body("x")).await.refused(403, "first_run_token_invalid");
    let english = server.post(PATH, body("x")).in_english().await.refused(403, "first_run_token_invalid");
    assert_ne!(spanish["detail"], english["detail"]);
    assert_eq!(server.get(PATH).await.ok(200), json!({"needed": true}));
}

#[tokio::test]
async fn two_concurrent_requests_create_one_administrator() {
    let server = Server::start().await;
    let token = offered(&server).await;
    let one = json!({"token": token, "email": "one@example.org", "password": PASSWORD});
    let two = json!({"token": token, "email": "two@example.org", "password": PASSWORD});
    let (one, two) = tokio::join!(server.post(PATH, one), server.post(PATH, two));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
}

#[tokio::test]
async fn fields_are_checked_before_the_token() {
    let server = Server::start().await;
    for (body, fields) in [
        (json!({}), &["token", "email", "password"][..]),
        (json!({"token": "x", "email": "nobody", "password": "short"}), &["email", "password"]),
        (json!({"token": 7, "email": "a@b.org", "password": PASSWORD}), &["token"]),
    ] {
        assert_eq!(server.post(PATH, body).await.invalid_fields(), fields);
    }
}
