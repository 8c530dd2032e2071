//! Repeating a request with its idempotency key.

use axum::http::Method;
use reparto_domain::Role;
use serde_json::{Value, json};

use super::{Crm, to};
use crate::common::{Answer, Ask};

/// The header with a key.
const KEY: &str = "idempotency-key";

fn replayed(answer: &Answer) -> bool {
    answer.header("idempotency-replayed") == "true"
}

#[tokio::test]
async fn every_post_replays_its_answer_byte_for_byte() {
    let crm = Crm::new().await;
    let (held, free) = (crm.held_by(&crm.agent).await, crm.opportunities(3).await);
    let (contact, undone) = (crm.contact("Lucía").await, crm.opportunity().await);
    let operation = crm.bulk_assign(to(&crm.agent, &[undone])).await.ok(200)["operation_id"].clone();
    let agent = crm.agent.id;
    for (number, (path, body)) in [
        ("opportunities/bulk-assign", json!({"opportunity_ids": [free[0], "x"], "assigned_to_id": agent})),
        ("opportunities/bulk-unassign", json!({"opportunity_ids": [held]})),
        ("opportunities/assign-random", json!({"assigned_to_id": agent, "count": 1})),
        (&format!("opportunities/{}/assign", free[1]), json!({"assigned_to_id": agent})),
        (&format!("opportunities/{}/first-call-attempt", free[1]), json!({"attempt_number": 1, "status": "green"})),
        ("opportunities", json!({"contact_id": contact})),
        ("contacts", json!({"name": "Ana"})),
        (&format!("operations/{}/undo", operation.as_str().unwrap()), json!({})),
    ]
    .into_iter()
    .enumerate()
    {
        let path = format!("/api/crm/{path}");
        let ask = |key: String| crm.server.post(&path, body.clone()).by(&crm.admin).header(KEY, &key);
        let first = ask(format!("key-{number}")).await;
        assert!(first.status < 300 && !replayed(&first), "{path}: {} {}", first.status, first.text());
        let written = crm.operations().await;
        crm.server.advance(60);
        // Quoted and plain are the same key, and the stored response keeps its language.
        let again = ask(format!("\"key-{number}\"")).in_english().await;
        assert!(replayed(&again), "{path}");
        assert_eq!((again.status, &again.body), (first.status, &first.body), "{path}");
        for header in ["etag", "location", "content-type"] {
            assert_eq!(again.header(header), first.header(header), "{path}: {header}");
        }
        assert_eq!(crm.operations().await, written, "{path}");
    }
}

#[tokio::test]
async fn a_key_with_another_body_or_path_is_refused() {
    let crm = Crm::new().await;
    let ids = crm.opportunities(2).await;
    crm.bulk_assign(to(&crm.agent, &ids[..1])).header(KEY, "k").await.ok(200);
    let other = crm.bulk_assign(to(&crm.agent, &ids)).header(KEY, "k").await;
    other.refused(422, "idempotency_key_reused");
    let path = "/api/crm/opportunities/bulk-unassign";
    let other = crm.server.post(path, to(&crm.agent, &ids[..1])).by(&crm.admin).header(KEY, "k").await;
    other.refused(422, "idempotency_key_reused");
    // Keys are per user.
    let second = crm.server.account(Role::Admin).await;
    let path = "/api/crm/opportunities/bulk-assign";
    let other = crm.server.post(path, to(&crm.agent, &ids)).by(&second).header(KEY, "k").await;
    assert!(!replayed(&other) && other.status == 200);
}

#[tokio::test]
async fn refusals_are_not_stored_and_answers_expire() {
    let crm = Crm::new().await;
    let ids = crm.opportunities(1).await;
    let ask = |body: Value| -> Ask<'_> { crm.bulk_assign(body).header(KEY, "k") };
    ask(json!({})).await.refused(400, "list_empty");
    ask(json!({"opportunity_ids": ids, "assigned_to_id": "x"})).await.refused(404, "assignee_not_found");
    assert!(!replayed(&ask(to(&crm.agent, &ids)).await));
    crm.server.advance(24 * 3_600 - 1);
    let again = || ask(to(&crm.agent, &ids));
    assert!(replayed(&again().await));
    crm.server.advance(2);
    assert!(!replayed(&again().await));
}

#[tokio::test]
async fn a_malformed_key_is_refused() {
    let crm = Crm::new().await;
    let ids = crm.opportunities(1).await;
    for key in ["", "\"\"", &"x".repeat(256)] {
        let ask = crm.bulk_assign(to(&crm.agent, &ids)).header(KEY, key);
        ask.await.refused(400, "idempotency_key_malformed");
    }
    assert_eq!(crm.read(&ids[0]).await["assigned_to_id"], Value::Null);
}

#[tokio::test]
async fn a_replay_needs_the_same_right() {
    let crm = Crm::new().await;
    let ids = crm.opportunities(1).await;
    crm.bulk_assign(to(&crm.agent, &ids)).header(KEY, "k").await.ok(200);
    let superuser = crm.server.account(Role::Superuser).await;
    let path = format!("/api/users/{}/role", crm.admin.id);
    crm.server.ask(Method::PATCH, &path).json(json!({"role": "agent"})).by(&superuser).await.ok(200);
    let again = crm.bulk_assign(to(&crm.agent, &ids)).header(KEY, "k").await;
    again.refused(403, "bulk_assign_administrators_only");
}

#[tokio::test]
async fn a_replay_gives_no_lead_to_who_lost_it() {
    let crm = Crm::new().await;
    let other = crm.server.account(Role::Agent).await;
    let (free, contact) = (crm.opportunity().await, crm.contact("Lucía").await);
    let agent = crm.agent.id;
    let assign = (format!("/api/crm/opportunities/{free}/assign"), json!({"assigned_to_id": agent}));
    let call = (
        format!("/api/crm/opportunities/{free}/first-call-attempt"),
        json!({"attempt_number": 1, "status": "orange", "notes": "secreto"}),
    );
    let create = ("/api/crm/opportunities".to_owned(), json!({"contact_id": contact, "assigned_to_id": agent}));
    let ask = |(path, body): &(String, Value)| {
        crm.server.post(path, body.clone()).by(&crm.agent).header(KEY, &path.replace('/', "-"))
    };
    let made = [ask(&assign).await.ok(200), ask(&call).await.ok(200), ask(&create).await.ok(201)];
    for request in [&assign, &call, &create] {
        assert!(replayed(&ask(request).await));
    }
    let ids = [free, made[2]["id"].as_str().unwrap().to_owned()];
    crm.bulk_assign(to(&other, &ids)).await.ok(200);
    for request in [&assign, &call, &create] {
        let refused = ask(request).await;
        let problem = refused.refused(404, "opportunity_not_found");
        assert!(problem["opportunity_id"].is_null() && !refused.text().contains("secreto"));
    }
}
