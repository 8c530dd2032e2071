//! Creating, reading, updating and deleting webhooks.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{create, crm, make};
use reparto_domain::{Role, webhooks::NewWebhook};
use reparto_server::{
    Config,
    seal::{DataKeys, Purpose, Survey},
    sealing_keys,
};
use secrecy::{ExposeSecret as _, SecretString};

use crate::{
    common::Server,
    crm::{Crm, items, unknown_id},
};

#[tokio::test]
async fn the_secret_is_shown_once() {
    let crm = crm().await;
    let made = create(&crm, json!({"url": "http://127.0.0.1:9/hook", "events": ["opportunity.assigned"]})).await;
    let reported = made.ok(201);
    let path = format!("/api/crm/webhooks/{}", reported["id"].as_str().unwrap());
    assert_eq!(made.header("location"), path);
    let key = STANDARD.decode(reported["secret"].as_str().unwrap().strip_prefix("whsec_").unwrap()).unwrap();
    assert_eq!(key.len(), 32);
    let mut shown = reported.clone();
    shown.as_object_mut().unwrap().remove("secret");
    assert_eq!(crm.server.get(&path).by(&crm.admin).await.ok(200), shown);
    assert_eq!(items(&crm.server.get("/api/crm/webhooks").by(&crm.admin).await), [shown.clone()]);
    let changes = json!({"events": [], "is_active": false, "url": "https://127.0.0.1/x", "secret": null});
    let now = crm.server.patch(&path, changes).by(&crm.admin).await.ok(200);
    assert_eq!((&now["url"], &now["events"]), (&json!("https://127.0.0.1/x"), &json!([])));
    assert_eq!((&now["is_active"], now.get("secret")), (&json!(false), None));
    assert_eq!(crm.server.delete(&path).by(&crm.admin).await.status, 204);
    for ask in [
        crm.server.get(&path),
        crm.server.delete(&path),
        crm.server.patch(&path, json!({})),
        crm.server.get(&format!("{path}/deliveries")),
        crm.server.post(&format!("{path}/deliveries/{}/resend", unknown_id()), json!({})),
        crm.server.post(&format!("{path}/test"), json!({})),
    ] {
        ask.by(&crm.admin).await.refused(404, "webhook_not_found");
    }
}

#[tokio::test]
async fn secrets_stored_in_plain_are_encrypted() {
    let crm = crm().await;
    let (store, keys) = (crm.server.store(), &crm.server.app.keys);
    let plain = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let webhook = NewWebhook { url: "https://crm.example.org/".into(), events: Vec::new(), secret: plain.into() };
    store.webhook_create(&crm.server.system(), webhook, None).await.unwrap();
    let stored = async || store.sealed_list(Purpose::Webhook, 0, 10).await.unwrap().remove(0).text.0;
    assert_eq!(keys.seal_anew(store).await.unwrap(), 1);
    assert!(!stored().await.contains("whsec"));
    assert_eq!(keys.open(Purpose::Webhook, &stored().await).unwrap().expose_secret(), plain);
    assert_eq!(keys.seal_anew(store).await.unwrap(), 0);
    // From now on the settings have a key.
    let before = stored().await;
    let key = SecretString::from("a key that is not in the database");
    let with = async |current| sealing_keys(store, DataKeys { current, other: None }).await.unwrap();
    let (new, none) = (with(Some(&key)).await, Survey::default());
    assert_eq!(new.survey(store).await.unwrap(), Survey { to_be_sealed: 1, ..none });
    assert_eq!(new.seal_anew(store).await.unwrap(), 1);
    assert_eq!(new.survey(store).await.unwrap(), Survey { by_setting: 1, ..none });
    assert_eq!(keys.survey(store).await.unwrap(), Survey { unreadable: 1, ..none });
    assert_ne!(stored().await, before);
    assert!(keys.open(Purpose::Webhook, &stored().await).is_err());
    for key in [Some(&key), None] {
        assert_eq!(with(key).await.seal_anew(store).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn a_valid_given_secret_is_used() {
    let crm = crm().await;
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let url = "http://127.0.0.1:9/";
    assert_eq!(create(&crm, json!({"url": url, "secret": secret})).await.ok(201)["secret"], secret);
    for secret in ["x", "whsec_", "whsec_!!", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_c2hvcnQ="] {
        assert_eq!(create(&crm, json!({"url": url, "secret": secret})).await.invalid_fields(), ["secret"]);
    }
}

#[tokio::test]
async fn request_errors_are_reported() {
    let crm = crm().await;
    for (body, fields) in [
        (json!({}), vec!["url"]),
        (json!({"url": 7}), vec!["url", "url"]),
        (json!({"url": "example.org"}), vec!["url"]),
        (json!({"url": "ftp://example.org"}), vec!["url"]),
        (json!({"url": "http://a:b@127.0.0.1/"}), vec!["url"]),
        (json!({"url": "http://127.0.0.1/", "events": "x"}), vec!["events"]),
        (json!({"url": "http://127.0.0.1/", "events": ""}), vec!["events"]),
        (json!({"url": "http://127.0.0.1/", "events": [""]}), vec!["events"]),
        (json!({"url": "http://127.0.0.1/", "events": null}), vec!["events"]),
        (json!({"url": "http://127.0.0.1/", "events": ["x"]}), vec!["events"]),
        (json!({"url": "http://127.0.0.1/", "events": ["webhook.test"]}), vec!["events"]),
        (json!({"url": "http://127.0.0.1/", "events": [1]}), vec!["events"]),
    ] {
        let reported = create(&crm, body.clone()).await.invalid_fields();
        assert!(reported.iter().all(|field| fields.contains(&field.as_str())), "{body}: {reported:?}");
    }
    assert!(items(&crm.server.get("/api/crm/webhooks").by(&crm.admin).await).is_empty());
}

#[tokio::test]
async fn private_addresses_are_refused_unless_they_are_allowed() {
    let strict = Crm::new().await;
    let allowed = crm().await;
    let public = create(&strict, json!({"url": "https://1.1.1.1/hook"})).await.ok(201);
    let path = format!("/api/crm/webhooks/{}", public["id"].as_str().unwrap());
    for url in [
        "http://127.0.0.1:9/",
        "http://localhost/",
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://[fd00::1]/",
        "http://[::ffff:192.168.0.1]/",
        "http://2130706433/",
        "http://0x7f.1/",
    ] {
        assert_eq!(create(&strict, json!({"url": url})).await.invalid_fields(), ["url"], "{url}");
        let change = strict.server.patch(&path, json!({"url": url})).by(&strict.admin).await;
        assert_eq!(change.invalid_fields(), ["url"], "{url}");
        create(&allowed, json!({"url": url})).await.ok(201);
    }
}

#[tokio::test]
async fn a_repeated_request_makes_one_webhook_with_one_secret() {
    let crm = crm().await;
    let body = json!({"url": "http://127.0.0.1:9/"});
    let send = || crm.server.post("/api/crm/webhooks", body.clone()).by(&crm.admin).header("idempotency-key", "k");
    let (first, again) = (send().await, send().await);
    assert_eq!(first.ok(201), again.ok(201));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_ne!(first.json()["secret"], Value::Null);
    assert_eq!(items(&crm.server.get("/api/crm/webhooks").by(&crm.admin).await).len(), 1);
}

#[tokio::test]
async fn two_webhooks_have_two_secrets() {
    let crm = crm().await;
    let one = make(&crm, "http://127.0.0.1:9/", json!([])).await;
    let two = make(&crm, "http://127.0.0.1:9/", json!([])).await;
    assert_ne!(one.1, two.1);
}

#[tokio::test]
async fn one_webhook_too_many_is_refused() {
    let crm = crm().await;
    for number in 0..100 {
        create(&crm, json!({"url": format!("http://127.0.0.1:9/{number}")})).await.ok(201);
    }
    let refused = create(&crm, json!({"url": "http://127.0.0.1:9/more"})).await.refused(409, "too_many_webhooks");
    assert!(refused["detail"].as_str().unwrap().contains("100"), "{refused}");
}

#[tokio::test]
async fn plain_http_needs_a_setting_or_private_address() {
    let make = async |change: fn(&mut Config), url: &str| {
        let server = Server::with(change).await;
        let admin = server.account(Role::Admin).await;
        server.post("/api/crm/webhooks", json!({ "url": url, "events": [] })).by(&admin).in_english().await
    };
    let (public, private) = ("http://1.1.1.1/hook", "http://127.0.0.1:9/hook");
    let refused = make(|_| (), public).await;
    assert_eq!(refused.invalid_fields(), ["url"]);
    assert!(refused.text().contains("https://"), "{}", refused.text());
    make(|_| (), "https://1.1.1.1/hook").await.ok(201);
    make(|config| config.webhook_allow_http = true, public).await.ok(201);
    assert_eq!(make(|config| config.webhook_allow_http = true, private).await.invalid_fields(), ["url"]);
    make(|config| config.webhook_allow_private = true, private).await.ok(201);
    assert_eq!(make(|config| config.webhook_allow_private = true, public).await.invalid_fields(), ["url"]);
}
