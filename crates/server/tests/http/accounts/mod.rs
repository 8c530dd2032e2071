//! What users do with their own account.

mod guessing;
mod passwords;
mod sessions;
mod totp;

use reparto_domain::Role;
use serde_json::{Value, json};

use crate::common::{Account, Answer, PASSWORD, Server};

/// Tries to sign in with this password.
async fn login(server: &Server, account: &Account, password: &str) -> Answer {
    server.post("/api/auth/login", json!({"email": account.email, "password": password})).await
}

/// Signs in.
async fn sign_in(server: &Server, account: &Account) -> Value {
    login(server, account, PASSWORD).await.ok(200)
}

/// The access token of a pair.
fn access(pair: &Value) -> &str {
    pair["access_token"].as_str().expect("an access token")
}

/// The claims of an access token.
fn claims(pair: &Value) -> Value {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let middle = access(pair).split('.').nth(1).expect("three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(middle).expect("base64")).expect("JSON")
}

/// A server with an administrator and an agent.
async fn with_agent() -> (Server, Account, Account) {
    let server = Server::start().await;
    let (admin, agent) = (server.account(Role::Admin).await, server.account(Role::Agent).await);
    (server, admin, agent)
}
