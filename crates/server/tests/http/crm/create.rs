//! Creating and reading an opportunity.

use reparto_domain::{Role, UserId};
use serde_json::{Value, json};

use super::{Crm, unknown_id};
use crate::common::{Account, Answer};

const PATH: &str = "/api/crm/opportunities";

async fn create(crm: &Crm, by: &Account, body: Value) -> Answer {
    crm.server.post(PATH, body).by(by).await
}

#[tokio::test]
async fn omitted_fields_get_defaults() {
    let crm = Crm::new().await;
    let contact = crm.contact("Lucía").await;
    let answer = create(&crm, &crm.agent, json!({"contact_id": contact})).await;
    let body = answer.ok(201);
    insta::assert_json_snapshot!(answer.redacted());
    assert_eq!(answer.header("location"), format!("{PATH}/{}", body["id"].as_str().unwrap()));
    let read = crm.server.get(answer.header("location")).by(&crm.agent).await;
    assert_eq!(read.ok(200), body);
    assert_eq!(read.header("etag"), answer.header("etag"));
    assert!(!read.header("etag").is_empty());
}

#[tokio::test]
async fn every_field_is_stored() {
    let crm = Crm::new().await;
    let body = json!({
        "contact_id": crm.contact("Lucía").await, "opportunity_score": 100, "priority": "urgent", "notes": "tarde",
        "detection_reason": {"source": "web", "nested": {"a": [1, null]}, "": "empty key"},
        "assigned_to_id": crm.agent.id, "status": "lost", "unknown": 1
    });
    let answer = create(&crm, &crm.admin, body.clone()).await.ok(201);
    for field in ["opportunity_score", "priority", "notes", "detection_reason", "assigned_to_id"] {
        assert_eq!(answer[field], body[field], "{field}");
    }
    assert_eq!((&answer["status"], &answer["assigned_to"]["name"]), (&json!("assigned"), &json!("agent 2")));
}

#[tokio::test]
async fn a_reason_is_an_object_or_a_text() {
    let crm = Crm::new().await;
    for (sent, kept) in [
        (json!("llamó él"), json!({"reason": "llamó él"})),
        (json!(""), json!({})),
        (Value::Null, json!({})),
        (json!({"k": false}), json!({"k": false})),
    ] {
        let body = json!({"contact_id": crm.contact("Lucía").await, "detection_reason": sent});
        assert_eq!(create(&crm, &crm.admin, body).await.ok(201)["detection_reason"], kept);
    }
    for wrong in [json!(7), json!(["x"]), json!(true), json!({"k": {"deep": "\u{0}"}})] {
        let body = json!({"contact_id": crm.contact("Lucía").await, "detection_reason": wrong});
        assert_eq!(create(&crm, &crm.admin, body).await.invalid_fields(), ["detection_reason"]);
    }
}

#[tokio::test]
async fn a_contact_has_at_most_one_live_opportunity() {
    let crm = Crm::new().await;
    let body = json!({"contact_id": crm.contact("Lucía").await});
    let first = create(&crm, &crm.admin, body.clone()).await.ok(201)["id"].clone();
    let problem = create(&crm, &crm.admin, body.clone()).await.refused(409, "contact_has_opportunity");
    assert_eq!(problem["opportunity_id"], first);
    assert!(problem["detail"].is_string());
    let path = format!("{PATH}/{}", first.as_str().unwrap());
    assert_eq!(crm.server.delete(&path).by(&crm.admin).await.status, 204);
    create(&crm, &crm.admin, body).await.ok(201);
}

#[tokio::test]
async fn wrong_fields_and_unknown_contacts_are_refused() {
    let crm = Crm::new().await;
    let wrong = json!({"opportunity_score": 101, "priority": "now", "assigned_to_id": 3, "notes": 4});
    let mut fields = create(&crm, &crm.admin, wrong).await.invalid_fields();
    fields.sort();
    assert_eq!(fields, ["assigned_to_id", "contact_id", "notes", "opportunity_score", "priority"]);
    for contact in [unknown_id(), "x".into(), String::new()] {
        let problem = create(&crm, &crm.admin, json!({"contact_id": contact})).await.refused(404, "contact_not_found");
        assert_eq!(problem["detail"], "Contacto no encontrado");
    }
}

#[tokio::test]
async fn bad_assignees_are_refused_agents_name_only_themselves() {
    let crm = Crm::new().await;
    let contact = crm.contact("Lucía").await;
    let ask = |by, assignee: Value| create(&crm, by, json!({"contact_id": contact, "assigned_to_id": assignee}));
    ask(&crm.agent, json!(crm.admin.id)).await.refused(403, "self_assign_only");
    ask(&crm.agent, json!("x")).await.refused(403, "self_assign_only");
    ask(&crm.admin, json!(UserId::new())).await.refused(404, "assignee_not_found");
    let superuser = crm.server.account(Role::Superuser).await;
    ask(&superuser, json!(superuser.id)).await.refused(400, "assignee_role_not_assignable");
    assert_eq!(ask(&crm.agent, json!(crm.agent.id)).await.ok(201)["status"], "assigned");
}

#[tokio::test]
async fn what_the_list_hides_is_not_found() {
    let crm = Crm::new().await;
    let (mine, free, others) = (crm.held_by(&crm.agent).await, crm.opportunity().await, crm.held_by(&crm.admin).await);
    for id in [mine, free] {
        crm.server.get(&format!("{PATH}/{id}")).by(&crm.agent).await.ok(200);
    }
    for id in [others, unknown_id(), "x".into()] {
        crm.server.get(&format!("{PATH}/{id}")).by(&crm.agent).await.refused(404, "opportunity_not_found");
    }
}

#[tokio::test]
async fn an_inactive_holder_is_still_shown() {
    let crm = Crm::new().await;
    let id = crm.held_by(&crm.agent).await;
    crm.server.delete(&format!("/api/users/{}", crm.agent.id)).by(&crm.admin).await.ok(200);
    let holder = crm.read(&id).await["assigned_to"].clone();
    assert_eq!((&holder["id"], &holder["is_active"]), (&json!(crm.agent.id), &json!(false)));
}
