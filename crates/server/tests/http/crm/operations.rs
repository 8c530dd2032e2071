//! Operations and their undo.

use reparto_domain::OperationId;
use serde_json::{Value, json};

use super::{Crm, items, to};
use crate::common::Answer;

async fn undo(crm: &Crm, operation: &Value) -> Answer {
    let path = format!("/api/crm/operations/{}/undo", operation.as_str().expect("an operation"));
    crm.server.ask(axum::http::Method::POST, &path).by(&crm.admin).await
}

async fn operation(crm: &Crm, id: &Value) -> Answer {
    crm.server.get(&format!("/api/crm/operations/{}", id.as_str().expect("an id"))).by(&crm.admin).await
}

#[tokio::test]
async fn an_undo_restores_holder_status_and_notes() {
    let crm = Crm::new().await;
    let ids = crm.opportunities(2).await;
    let mut body = to(&crm.agent, &ids);
    body["notes"] = json!("reparto");
    let assigned = crm.bulk_assign(body).await.ok(200)["operation_id"].clone();
    let undone = undo(&crm, &assigned).await;
    undone.ok(200);
    insta::assert_json_snapshot!("undone", undone.redacted());
    for id in &ids {
        let read = crm.read(id).await;
        assert_eq!((&read["assigned_to_id"], &read["status"]), (&Value::Null, &json!("pending")));
        assert_eq!(read["notes"], Value::Null);
    }
    insta::assert_json_snapshot!("operation", operation(&crm, &assigned).await.redacted());
    undo(&crm, &assigned).await.refused(409, "already_undone");
}

#[tokio::test]
async fn items_touched_since_are_not_restored() {
    let crm = Crm::new().await;
    let ids = crm.opportunities(2).await;
    let first = crm.bulk_assign(to(&crm.agent, &ids)).await.ok(200)["operation_id"].clone();
    let second = crm.bulk_assign(to(&crm.admin, &ids[..1])).await.ok(200)["operation_id"].clone();
    let partly = undo(&crm, &first).await;
    let body = partly.ok(207);
    insta::assert_json_snapshot!(partly.redacted());
    assert_eq!(body["errors"][0]["operation_id"], second);
    assert_eq!(operation(&crm, &first).await.ok(200)["items"][0]["touched_by"][0]["operation_id"], second);

    // Everything can be undone newest first; the rest of the first one is retried.
    undo(&crm, &second).await.ok(200);
    let rest = undo(&crm, &first).await.ok(200);
    assert_eq!((&rest["undone_count"], &rest["opportunities"][0]["id"]), (&json!(1), &json!(ids[0])));
    assert_eq!(crm.read(&ids[0]).await["assigned_to_id"], Value::Null);
}

#[tokio::test]
async fn an_undone_undo_makes_the_original_undoable_again() {
    let crm = Crm::new().await;
    let ids = crm.opportunities(1).await;
    let first = crm.bulk_assign(to(&crm.agent, &ids)).await.ok(200)["operation_id"].clone();
    let back = undo(&crm, &first).await.ok(200)["operation_id"].clone();
    assert_eq!(operation(&crm, &first).await.ok(200)["undone_by"], back);
    undo(&crm, &back).await.ok(200);
    assert_eq!(crm.read(&ids[0]).await["assigned_to_id"], json!(crm.agent.id));
    assert_eq!(operation(&crm, &first).await.ok(200)["undone_by"], Value::Null);
    undo(&crm, &first).await.ok(200);
    assert_eq!(crm.read(&ids[0]).await["assigned_to_id"], Value::Null);
}

#[tokio::test]
async fn creations_and_deletions_cannot_be_undone() {
    let crm = Crm::new().await;
    let contact = crm.contact("Lucía").await;
    let made = crm.server.post("/api/crm/opportunities", json!({"contact_id": contact})).by(&crm.admin).await.ok(201);
    let path = format!("/api/crm/opportunities/{}", made["id"].as_str().unwrap());
    assert_eq!(crm.server.delete(&path).by(&crm.admin).await.status, 204);
    let operations = crm.operations().await;
    let kinds: Vec<&Value> = operations.iter().map(|operation| &operation["kind"]).collect();
    assert_eq!(kinds, ["delete", "create"]);
    for made in &operations {
        undo(&crm, &made["id"]).await.refused(409, "not_undoable");
    }
}

#[tokio::test]
async fn unknown_ones_are_404_and_all_is_for_administrators() {
    let crm = Crm::new().await;
    for id in [OperationId::new().to_string(), "x".into()] {
        let problem = undo(&crm, &json!(id)).await.refused(404, "operation_not_found");
        assert_eq!(problem["detail"], "Operación no encontrada");
        operation(&crm, &json!(id)).await.refused(404, "operation_not_found");
    }
    let path = format!("/api/crm/operations/{}", OperationId::new());
    crm.server.get("/api/crm/operations").by(&crm.agent).await.refused(403, "administrators_only");
    crm.server.get(&path).by(&crm.agent).await.refused(403, "administrators_only");
    crm.server.post(&format!("{path}/undo"), json!({})).by(&crm.agent).await.refused(403, "administrators_only");
}

#[tokio::test]
async fn each_parameter_filters_the_list() {
    let crm = Crm::new().await;
    let ids = crm.opportunities(2).await;
    crm.bulk_assign(to(&crm.agent, &ids[..1])).await.ok(200);
    crm.server.advance(86_400);
    let path = format!("/api/crm/opportunities/{}/assign", ids[1]);
    crm.server.post(&path, json!({"assigned_to_id": crm.agent.id})).by(&crm.agent).await.ok(200);
    let kinds = async |query: String| {
        let found = items(&crm.server.get(&format!("/api/crm/operations?{query}")).by(&crm.admin).await);
        found.iter().map(|operation| operation["kind"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(kinds(String::new()).await, ["assign", "bulk_assign", "create", "create"]);
    assert_eq!(kinds("kind=bulk_assign".into()).await, ["bulk_assign"]);
    assert_eq!(kinds(format!("actor_id={}", crm.agent.id)).await, ["assign"]);
    assert_eq!(kinds(format!("assignee_id={}", crm.agent.id)).await, ["assign", "bulk_assign"]);
    assert_eq!(kinds(format!("opportunity_id={}", ids[0])).await, ["bulk_assign", "create"]);
    assert_eq!(kinds("from=2026-01-16".into()).await, ["assign"]);
    assert_eq!(kinds("to=2026-01-15&kind=&limit=1".into()).await, ["bulk_assign"]);
    for nobody in ["actor_id=x", "assignee_id=x", "opportunity_id=x"] {
        assert!(kinds(nobody.into()).await.is_empty(), "{nobody}");
    }
}

#[tokio::test]
async fn wrong_parameters_are_named() {
    let crm = Crm::new().await;
    let query = "kind=give&from=soon&to=later&limit=1001&cursor=x";
    let answer = crm.server.get(&format!("/api/crm/operations?{query}")).by(&crm.admin).await;
    assert_eq!(answer.invalid_fields(), ["kind", "from", "to", "limit", "cursor"]);
}

#[tokio::test]
async fn the_list_is_paged_by_cursor() {
    let crm = Crm::new().await;
    crm.opportunities(5).await;
    let whole = crm.operations().await;
    let first = crm.server.get("/api/crm/operations?limit=3").by(&crm.admin).await;
    let cursor = first.json()["next_cursor"].as_str().expect("more").to_owned();
    let second = crm.server.get(&format!("/api/crm/operations?limit=3&cursor={cursor}")).by(&crm.admin).await;
    assert_eq!([items(&first), items(&second)].concat(), whole);
    assert_eq!(second.json()["next_cursor"], Value::Null);
}
