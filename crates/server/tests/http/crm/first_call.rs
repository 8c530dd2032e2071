//! First-call attempts.

use serde_json::{Value, json};

use super::{Crm, unknown_id};
use crate::common::{Account, Answer};

async fn attempt(crm: &Crm, id: &str, by: &Account, body: Value) -> Answer {
    crm.server.post(&format!("/api/crm/opportunities/{id}/first-call-attempt"), body).by(by).await
}

#[tokio::test]
async fn each_colour_has_its_consequence() {
    let crm = Crm::new().await;
    let id = crm.held_by(&crm.agent).await;
    let orange = json!({"attempt_number": 1, "status": "orange", "call_id": "c-1", "notes": "no contesta"});
    let answer = attempt(&crm, &id, &crm.agent, orange).await;
    assert_eq!(answer.ok(200)["status"], "assigned");
    assert!(!answer.header("etag").is_empty());
    let green = attempt(&crm, &id, &crm.agent, json!({"attempt_number": 2, "status": "green"})).await;
    green.ok(200);
    insta::assert_json_snapshot!(green.redacted(), { ".contact" => "[contact]", ".assigned_to" => "[person]" });

    let lost = crm.held_by(&crm.agent).await;
    let answer = attempt(&crm, &lost, &crm.admin, json!({"attempt_number": 5, "status": "red"})).await.ok(200);
    assert_eq!((&answer["status"], &answer["first_call_completed"]), (&json!("lost"), &json!(false)));
    assert_eq!(crm.history(&lost).await[0]["kind"], "first_call");
}

#[tokio::test]
async fn an_existing_attempt_is_overwritten() {
    let crm = Crm::new().await;
    let id = crm.held_by(&crm.agent).await;
    for notes in ["a", "b"] {
        attempt(&crm, &id, &crm.agent, json!({"attempt_number": 1, "status": "orange", "notes": notes})).await.ok(200);
    }
    let attempts = crm.read(&id).await["first_call_attempts"].clone();
    assert_eq!(attempts, json!({"1": {"status": "orange", "attempted_at": "2026-01-15T09:00:00Z", "notes": "b"}}));
}

#[tokio::test]
async fn it_is_for_the_holder_and_administrators() {
    let crm = Crm::new().await;
    let right = json!({"attempt_number": 1, "status": "green"});
    let (free, others) = (crm.opportunity().await, crm.held_by(&crm.admin).await);
    for id in [&free, &others] {
        for body in [right.clone(), json!({})] {
            attempt(&crm, id, &crm.agent, body).await.refused(403, "not_your_opportunity");
        }
    }
    attempt(&crm, &free, &crm.admin, right.clone()).await.ok(200);
    for id in [unknown_id(), "x".into()] {
        attempt(&crm, &id, &crm.admin, right.clone()).await.refused(404, "opportunity_not_found");
    }
}

#[tokio::test]
async fn wrong_fields_are_named() {
    let crm = Crm::new().await;
    let id = crm.held_by(&crm.agent).await;
    assert_eq!(attempt(&crm, &id, &crm.agent, json!({})).await.invalid_fields(), ["attempt_number", "status"]);
    for number in [json!(0), json!(6), json!("1"), json!(1.5), json!(257)] {
        let answer = attempt(&crm, &id, &crm.agent, json!({"attempt_number": number, "status": "red"})).await;
        assert_eq!(answer.invalid_fields(), ["attempt_number"]);
    }
    let wrong = json!({"attempt_number": 1, "status": "blue", "call_id": 7, "notes": "x".repeat(2_001)});
    assert_eq!(attempt(&crm, &id, &crm.agent, wrong).await.invalid_fields(), ["status", "call_id", "notes"]);
    assert_eq!(crm.read(&id).await["first_call_attempts"], json!({}));
}
