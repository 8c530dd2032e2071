//! Changing and deleting an opportunity.

use reparto_domain::{Role, UserId};
use serde_json::{Value, json};

use super::{Crm, unknown_id};
use crate::common::{Account, Answer};

async fn patch(crm: &Crm, id: &str, by: &Account, body: Value) -> Answer {
    crm.server.patch(&format!("/api/crm/opportunities/{id}"), body).by(by).await
}

#[tokio::test]
async fn the_holder_changes_what_they_hold() {
    let crm = Crm::new().await;
    let id = crm.held_by(&crm.agent).await;
    let body = json!({"status": "contacted", "priority": "high", "opportunity_score": 0, "notes": "volver a llamar"});
    let answer = patch(&crm, &id, &crm.agent, body.clone()).await.ok(200);
    for (field, value) in body.as_object().unwrap() {
        assert_eq!(answer[field], *value);
    }
    assert_eq!(patch(&crm, &id, &crm.agent, json!({"notes": ""})).await.ok(200)["notes"], Value::Null);
    let newest = &crm.history(&id).await[0];
    assert_eq!((&newest["kind"], &newest["new_status"]), (&json!("update"), &json!("contacted")));
}

#[tokio::test]
async fn an_empty_change_changes_nothing() {
    let crm = Crm::new().await;
    let id = crm.held_by(&crm.agent).await;
    let before = crm.read(&id).await;
    crm.server.advance(60);
    let answer = patch(&crm, &id, &crm.agent, json!({})).await;
    assert_eq!(answer.ok(200), before);
    assert_eq!(patch(&crm, &id, &crm.agent, json!({"status": "assigned"})).await.ok(200), before);
    assert_eq!(crm.history(&id).await.len(), 1);
}

#[tokio::test]
async fn non_holders_cannot_change_it_whatever_they_send() {
    let crm = Crm::new().await;
    let (free, others) = (crm.opportunity().await, crm.held_by(&crm.admin).await);
    for id in [&free, &others] {
        for body in [json!({"status": "lost"}), json!({"status": "open"}), json!([]), json!({})] {
            let problem = patch(&crm, id, &crm.agent, body).await.refused(403, "not_your_opportunity");
            assert_eq!(problem["detail"], "No tiene permisos para actualizar esta oportunidad");
        }
    }
    assert_eq!(crm.read(&others).await["status"], "assigned");
}

#[tokio::test]
async fn only_administrators_reassign_or_unassign() {
    let crm = Crm::new().await;
    let id = crm.held_by(&crm.agent).await;
    let lawyer = crm.server.account(Role::Lawyer).await;
    for other in [json!(lawyer.id), Value::Null, json!("x")] {
        patch(&crm, &id, &crm.agent, json!({"assigned_to_id": other}))
            .await
            .refused(403, "hand_over_administrators_only");
    }
    let answer = patch(&crm, &id, &crm.admin, json!({"assigned_to_id": lawyer.id})).await.ok(200);
    assert_eq!(answer["assigned_to_id"], json!(lawyer.id));
    let answer = patch(&crm, &id, &crm.admin, json!({"assigned_to_id": null})).await.ok(200);
    assert_eq!((&answer["assigned_to_id"], &answer["status"]), (&Value::Null, &json!("pending")));
    patch(&crm, &id, &crm.admin, json!({"assigned_to_id": UserId::new()})).await.refused(404, "assignee_not_found");
}

#[tokio::test]
async fn wrong_fields_are_named_and_unknown_ones_not_found() {
    let crm = Crm::new().await;
    let id = crm.opportunity().await;
    let wrong = json!({"status": "open", "priority": 1, "opportunity_score": 50.5, "notes": 4, "assigned_to_id": []});
    let mut fields = patch(&crm, &id, &crm.admin, wrong).await.invalid_fields();
    fields.sort();
    assert_eq!(fields, ["assigned_to_id", "notes", "opportunity_score", "priority", "status"]);
    for id in [unknown_id(), "x".into()] {
        patch(&crm, &id, &crm.admin, json!({})).await.refused(404, "opportunity_not_found");
    }
}

#[tokio::test]
async fn a_change_to_a_stale_version_is_refused() {
    let crm = Crm::new().await;
    let id = crm.opportunity().await;
    let path = format!("/api/crm/opportunities/{id}");
    let seen = crm.server.get(&path).by(&crm.admin).await.header("etag").to_owned();
    let change = |tag: &str, notes: &str| {
        crm.server.patch(&path, json!({"notes": notes})).by(&crm.admin).header("if-match", tag)
    };
    let changed = change(&seen, "a").await;
    changed.ok(200);
    assert_ne!(changed.header("etag"), seen);
    for stale in [seen.as_str(), "\"x\"", "x", "W/\"x\"", "", "\""] {
        change(stale, "b").await.refused(412, "precondition_failed");
        crm.server.delete(&path).by(&crm.admin).header("if-match", stale).await.refused(412, "precondition_failed");
    }
    assert_eq!(crm.read(&id).await["notes"], "a");
    // A compressing proxy weakens the tag, which still denotes the same version.
    let weak = format!("\"other\", W/{}", changed.header("etag"));
    let changed = change(&weak, "c").await;
    changed.ok(200);
    change("*", "d").await.ok(200);
    crm.bulk_assign(super::to(&crm.agent, std::slice::from_ref(&id))).await.ok(200);
    change(changed.header("etag"), "e").await.refused(412, "precondition_failed");
}

#[tokio::test]
async fn a_deleted_opportunity_is_gone() {
    let crm = Crm::new().await;
    let id = crm.opportunity().await;
    let path = format!("/api/crm/opportunities/{id}");
    crm.server.delete(&path).by(&crm.agent).await.refused(403, "administrators_only");
    let deleted = crm.server.delete(&path).by(&crm.admin).await;
    assert_eq!((deleted.status, deleted.body.len()), (204, 0));
    crm.server.get(&path).by(&crm.admin).await.refused(404, "opportunity_not_found");
    crm.server.delete(&path).by(&crm.admin).await.refused(404, "opportunity_not_found");
    crm.server.get(&format!("{path}/history")).by(&crm.admin).await.refused(404, "opportunity_not_found");
}

#[tokio::test]
async fn changing_the_contact_changes_the_version() {
    let crm = Crm::new().await;
    let id = crm.opportunity().await;
    let path = format!("/api/crm/opportunities/{id}");
    let seen = crm.server.get(&path).by(&crm.admin).await;
    let contact = format!("/api/crm/contacts/{}", seen.json()["contact_id"].as_str().unwrap());
    crm.server.advance(1);
    crm.server.patch(&contact, json!({"city": "Málaga"})).by(&crm.admin).await.ok(200);
    let change = crm.server.patch(&path, json!({"notes": "n"})).by(&crm.admin).header("if-match", seen.header("etag"));
    change.await.refused(412, "precondition_failed");
}
