//! Bulk unassignment.

use serde_json::{Value, json};

use super::{Crm, unknown_id};

const PATH: &str = "/api/crm/opportunities/bulk-unassign";

#[tokio::test]
async fn assigned_becomes_pending_and_other_statuses_stay() {
    let crm = Crm::new().await;
    let (assigned, contacted, free) =
        (crm.held_by(&crm.agent).await, crm.held_by(&crm.agent).await, crm.opportunity().await);
    let path = format!("/api/crm/opportunities/{contacted}");
    crm.server.patch(&path, json!({"status": "contacted"})).by(&crm.agent).await.ok(200);
    let ids = [&assigned, &contacted, &free, &"x".to_owned()].map(Clone::clone);
    let answer = crm.server.post(PATH, json!({"opportunity_ids": ids})).by(&crm.admin).await;
    answer.ok(207);
    insta::assert_json_snapshot!(answer.redacted());
    for (id, status) in [(&assigned, "pending"), (&contacted, "contacted"), (&free, "pending")] {
        let read = crm.read(id).await;
        assert_eq!((&read["assigned_to_id"], &read["status"]), (&Value::Null, &json!(status)));
    }
}

#[tokio::test]
async fn only_administrators_with_valid_lists_may_unassign() {
    let crm = Crm::new().await;
    let ask = |body: Value| crm.server.post(PATH, body).by(&crm.admin);
    let problem =
        crm.server.post(PATH, json!({})).by(&crm.agent).await.refused(403, "bulk_unassign_administrators_only");
    assert_eq!(problem["detail"], "Solo administradores pueden desasignar oportunidades en bulk");
    crm.server.post(PATH, json!({})).await.refused(401, "token_missing");
    ask(json!({})).await.refused(400, "list_empty");
    ask(json!({"opportunity_ids": ["x", "x"]})).await.refused(400, "list_has_duplicates");
    let many: Vec<String> = (0..101).map(|_| unknown_id()).collect();
    ask(json!({"opportunity_ids": many})).await.refused(400, "list_too_long");
    assert_eq!(ask(json!({"opportunity_ids": [1]})).await.invalid_fields(), ["opportunity_ids"]);
    let answer = ask(json!({"opportunity_ids": [unknown_id()]})).await.ok(207);
    assert_eq!((&answer["success"], &answer["unassigned_count"]), (&json!(false), &json!(0)));
}
