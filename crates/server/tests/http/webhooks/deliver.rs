//! What receivers get.

use std::collections::HashMap;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{crm, make, receiver::Receiver};
use crate::{
    common::GUARD,
    crm::{Crm, items, to},
};

/// The deliveries of a webhook, newest first.
async fn deliveries(crm: &Crm, path: &str) -> Vec<Value> {
    items(&crm.server.get(&format!("{path}/deliveries")).by(&crm.admin).await)
}

/// Waits until the newest delivery matches, and returns it.
async fn once(crm: &Crm, path: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let look = async {
        loop {
            if let Some(newest) = deliveries(crm, path).await.into_iter().next().filter(&is_so) {
                return newest;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(GUARD, look).await.expect("it comes to that")
}

#[tokio::test]
async fn a_message_is_signed_as_standard_webhooks_says() {
    let crm = crm().await;
    let mut receiver = Receiver::start(|_, _| StatusCode::NO_CONTENT).await;
    let (path, secret) = make(&crm, &receiver.url, json!(["opportunity.assigned"])).await;
    let _background = crm.server.run_background();
    let ids = crm.opportunities(2).await;
    let operation = crm.bulk_assign(to(&crm.agent, &ids)).await.ok(200)["operation_id"].clone();
    let call = receiver.call().await;
    assert!(call.is_signed_with(&secret));
    assert!(!call.is_signed_with("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
    assert_eq!(call.header("webhook-timestamp"), "1768467600");
    assert_eq!(call.header("content-type"), "application/json");
    let message = call.message();
    let keys: Vec<&String> = message.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["type", "timestamp", "data"]);
    assert_eq!(
        (&message["type"], &message["timestamp"]),
        (&json!("opportunity.assigned"), &json!("2026-01-15T09:00:00Z"))
    );
    assert_eq!(message["data"]["operation_id"], operation);
    let reported: Vec<&Value> =
        message["data"]["items"].as_array().unwrap().iter().map(|item| &item["opportunity_id"]).collect();
    assert_eq!(reported, [&json!(ids[0]), &json!(ids[1])]);
    let reported = deliveries(&crm, &path).await;
    assert_eq!(reported.len(), 1);
    assert_eq!(
        (&reported[0]["id"], &reported[0]["event"]),
        (&json!(call.header("webhook-id")), &json!("opportunity.assigned"))
    );
    assert_eq!(reported[0]["body"].as_str().unwrap().as_bytes(), &call.body[..]);
}

#[tokio::test]
async fn a_flaky_receiver_gets_everything_in_order() {
    let crm = crm().await;
    let plan = |message, attempt| match (message % 2, attempt) {
        (0, 1) => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::OK,
    };
    let mut receiver = Receiver::start(plan).await;
    let ids = crm.opportunities(6).await;
    let (path, secret) = make(&crm, &receiver.url, json!(["opportunity.assigned", "opportunity.unassigned"])).await;
    crm.server.let_time_run(10);
    let _background = crm.server.run_background();
    let mut sent: HashMap<String, Vec<Value>> = HashMap::new();
    for round in 0..4 {
        for pair in ids.chunks(2) {
            let answer = if round % 2 == 0 {
                crm.bulk_assign(to(&crm.agent, pair)).await.ok(200)
            } else {
                let body = json!({"opportunity_ids": pair});
                crm.server.post("/api/crm/opportunities/bulk-unassign", body).by(&crm.admin).await.ok(200)
            };
            for id in pair {
                sent.entry(id.clone()).or_default().push(answer["operation_id"].clone());
            }
        }
    }
    let calls = receiver.until_accepted(12).await;
    assert!(calls.len() > 12, "some failed");
    let mut taken: HashMap<String, Vec<Value>> = HashMap::new();
    for call in calls.iter().filter(|call| call.answered.is_success()) {
        assert!(call.is_signed_with(&secret));
        let data = &call.message()["data"];
        for item in data["items"].as_array().unwrap() {
            let id = item["opportunity_id"].as_str().unwrap().to_owned();
            taken.entry(id).or_default().push(data["operation_id"].clone());
        }
    }
    assert_eq!(taken, sent);
    // Every attempt has the same id and body.
    for again in &calls {
        let first = calls.iter().find(|call| call.header("webhook-id") == again.header("webhook-id")).unwrap();
        assert_eq!(first.body, again.body);
    }
    let reported = deliveries(&crm, &path).await;
    assert_eq!(reported.len(), 12);
}

#[tokio::test]
async fn a_redirection_is_a_failure_and_is_not_followed() {
    let crm = crm().await;
    let mut receiver =
        Receiver::start(|message, _| if message == 1 { StatusCode::TEMPORARY_REDIRECT } else { StatusCode::OK }).await;
    let (path, _) = make(&crm, &receiver.url, json!([])).await;
    let _background = crm.server.run_background();
    crm.opportunity().await;
    assert_eq!(receiver.call().await.answered, StatusCode::TEMPORARY_REDIRECT);
    crm.opportunity().await;
    // The next call is for the next message: the redirect was not followed.
    assert_eq!(receiver.call().await.answered, StatusCode::OK);
    once(&crm, &path, |delivery| delivery["status"] == "delivered").await;
    let reported = deliveries(&crm, &path).await;
    assert_eq!(
        (&reported[1]["status"], &reported[1]["attempts"], &reported[1]["last_status"]),
        (&json!("pending"), &json!(1), &json!(307))
    );
    assert_eq!(reported[1]["last_error"], "the receiver answered 307");
}

#[tokio::test]
async fn a_resend_keeps_the_id_and_body() {
    let crm = crm().await;
    let mut receiver = Receiver::start(|_, _| StatusCode::OK).await;
    let (path, secret) = make(&crm, &receiver.url, json!([])).await;
    let _background = crm.server.run_background();
    crm.opportunity().await;
    let first = receiver.call().await;
    let id = first.header("webhook-id");
    once(&crm, &path, |delivery| delivery["status"] == "delivered").await;
    let resend = || crm.server.post(&format!("{path}/deliveries/{id}/resend"), json!({})).by(&crm.admin);
    let reported = resend().await.ok(202);
    assert_eq!(
        (&reported["id"], &reported["status"], &reported["attempts"]),
        (&json!(id), &json!("pending"), &json!(0))
    );
    let again = receiver.call().await;
    assert_eq!((again.header("webhook-id"), &again.body), (id, &first.body));
    assert!(again.is_signed_with(&secret));
    let keyed = || resend().header("idempotency-key", "k");
    let (one, two) = (keyed().await, keyed().await);
    assert_eq!((two.status, two.header("idempotency-replayed"), &two.body), (202, "true", &one.body));
    for path in [format!("{path}/deliveries/x/resend"), format!("{path}/deliveries/{}/resend", crm.agent.id)] {
        crm.server.post(&path, json!({})).by(&crm.admin).await.refused(404, "delivery_not_found");
    }
}

#[tokio::test]
async fn a_test_message_is_sent_and_its_result_shown() {
    let crm = crm().await;
    let plan = |message, _| if message == 1 { StatusCode::CREATED } else { StatusCode::GONE };
    let mut receiver = Receiver::start(plan).await;
    let (path, secret) = make(&crm, &receiver.url, json!(["job.finished"])).await;
    let _background = crm.server.run_background();
    let test = || crm.server.post(&format!("{path}/test"), json!({})).by(&crm.admin);
    let reported = test().await.ok(202);
    assert_eq!((&reported["event"], &reported["status"]), (&json!("webhook.test"), &json!("pending")));
    let call = receiver.call().await;
    assert!(call.is_signed_with(&secret));
    assert_eq!(call.header("webhook-id"), reported["id"]);
    let id = path.rsplit('/').next().unwrap();
    let message = json!({"type": "webhook.test", "timestamp": "2026-01-15T09:00:00Z",
        "data": {"webhook_id": id, "items": []}});
    assert_eq!(call.message(), message);
    assert_eq!(once(&crm, &path, |delivery| delivery["status"] == "delivered").await["last_status"], 201);
    let keyed = || test().header("idempotency-key", "k");
    let (one, two) = (keyed().await, keyed().await);
    assert_eq!((two.status, two.header("idempotency-replayed"), &two.body), (202, "true", &one.body));
    assert_eq!(once(&crm, &path, |delivery| delivery["attempts"] == 1).await["last_status"], 410);
    assert_eq!(deliveries(&crm, &path).await.len(), 2);
    crm.server.patch(&path, json!({"is_active": false})).by(&crm.admin).await.ok(200);
    test().await.refused(409, "webhook_inactive");
}

#[tokio::test]
async fn only_subscribed_events_are_sent_and_none_while_off() {
    let crm = crm().await;
    let (mut every, mut jobs, mut off) = (
        Receiver::start(|_, _| StatusCode::OK).await,
        Receiver::start(|_, _| StatusCode::OK).await,
        Receiver::start(|_, _| StatusCode::OK).await,
    );
    make(&crm, &every.url, json!([])).await;
    make(&crm, &jobs.url, json!(["job.finished"])).await;
    let (path, _) = make(&crm, &off.url, json!([])).await;
    crm.server.patch(&path, json!({"is_active": false})).by(&crm.admin).await.ok(200);
    let _background = crm.server.run_background();
    crm.opportunity().await;
    let body = json!({"kind": "bulk_assign", "filter": {}, "assigned_to_id": crm.agent.id});
    let job = crm.server.post("/api/crm/jobs", body).by(&crm.admin).await.ok(202);
    let mut types: Vec<Value> =
        every.until_accepted(3).await.iter().map(|call| call.message()["type"].clone()).collect();
    types.sort_by_key(Value::to_string);
    assert_eq!(types, [json!("job.finished"), json!("opportunity.assigned"), json!("opportunity.updated")]);
    let message = jobs.call().await.message();
    assert_eq!((&message["type"], &message["data"]["job_id"]), (&json!("job.finished"), &job["id"]));
    assert_eq!(message["data"]["items"], json!([]));
    assert!(off.was_not_called() && jobs.was_not_called());
}

#[tokio::test]
async fn names_resolving_to_private_addresses_are_not_called() {
    let crm = Crm::new().await;
    let mut receiver = Receiver::start(|_, _| StatusCode::OK).await;
    // As if created while it was allowed, or before the name resolved to this host: written directly to the database.
    for url in [receiver.url.clone(), receiver.url.replace("127.0.0.1", "localhost")] {
        let webhook = reparto_domain::webhooks::NewWebhook {
            url,
            events: Vec::new(),
            secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned().into(),
        };
        crm.server.store().webhook_create(&crm.server.system(), webhook, None).await.unwrap();
    }
    let _background = crm.server.run_background();
    for webhook in items(&crm.server.get("/api/crm/webhooks").by(&crm.admin).await) {
        let path = format!("/api/crm/webhooks/{}", webhook["id"].as_str().unwrap());
        crm.server.post(&format!("{path}/test"), json!({})).by(&crm.admin).await.ok(202);
        let reported = once(&crm, &path, |delivery| delivery["attempts"] != 0).await;
        assert_eq!(reported["last_status"], Value::Null);
        assert!(reported["last_error"].as_str().unwrap().contains("not public"), "{reported}");
    }
    assert!(receiver.was_not_called());
}
