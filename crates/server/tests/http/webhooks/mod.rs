//! Webhooks over real connections.

mod deliver;
mod manage;
mod receiver;

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    common::{Answer, Server},
    crm::Crm,
};

/// A service whose webhooks may call local addresses.
async fn crm() -> Crm {
    let server = Server::with(|config| {
        config.webhook_allow_private = true;
        config.access_lifetime = Duration::from_secs(30 * 24 * 3_600);
    });
    Crm::of(server.await).await
}

async fn create(crm: &Crm, body: Value) -> Answer {
    crm.server.post("/api/crm/webhooks", body).by(&crm.admin).await
}

/// Creates a webhook; returns its path and secret.
async fn make(crm: &Crm, url: &str, events: Value) -> (String, String) {
    let made = create(crm, json!({"url": url, "events": events})).await.ok(201);
    let text = |name: &str| made[name].as_str().expect("a text").to_owned();
    (format!("/api/crm/webhooks/{}", text("id")), text("secret"))
}
