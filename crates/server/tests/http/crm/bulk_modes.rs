//! Options of bulk requests: dry run, all-or-nothing, expected holder.

use reparto_domain::{Role, UserId};
use serde_json::{Value, json};

use super::{Crm, unknown_id};

#[tokio::test]
async fn a_dry_run_reports_and_writes_nothing() {
    let crm = Crm::new().await;
    let (held, free) = (crm.held_by(&crm.admin).await, crm.opportunities(2).await);
    let ids = [&held, &free[0], &free[1], &"x".to_owned()].map(Clone::clone);
    let before = crm.operations().await;
    let request = json!({"opportunity_ids": ids, "assigned_to_id": crm.agent.id, "dry_run": true, "notes": "n"});
    let answer = crm.bulk_assign(request).await;
    answer.ok(207);
    insta::assert_json_snapshot!(answer.redacted());
    assert_eq!(crm.operations().await, before);
    assert_eq!(crm.read(&held).await["assigned_to_id"], json!(crm.admin.id));
    assert_eq!(crm.read(&free[0]).await["notes"], Value::Null);

    let request = json!({"opportunity_ids": [held], "dry_run": true});
    let path = "/api/crm/opportunities/bulk-unassign";
    let answer = crm.server.post(path, request).by(&crm.admin).await.ok(200);
    assert_eq!(answer["taken_from"][0]["assigned_to_name"], "admin 1");
    assert_eq!(answer["operation_id"], Value::Null);
    assert_eq!(crm.read(&held).await["assigned_to_id"], json!(crm.admin.id));
}

#[tokio::test]
async fn only_a_dry_run_is_marked_as_one() {
    let crm = Crm::new().await;
    let ids = crm.opportunities(1).await;
    for more in [json!({}), json!({"dry_run": false}), json!({"dry_run": null})] {
        let mut request = json!({"opportunity_ids": ids, "assigned_to_id": crm.agent.id});
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = crm.bulk_assign(request).await.ok(200);
        assert!(answer.get("dry_run").is_none() && answer.get("taken_from").is_none(), "{answer}");
    }
}

#[tokio::test]
async fn all_or_nothing_changes_nothing_where_an_item_fails() {
    let crm = Crm::new().await;
    let id = crm.opportunity().await;
    let request = |ids: &[&str]| {
        let body = json!({"opportunity_ids": ids, "assigned_to_id": crm.agent.id, "all_or_nothing": true});
        crm.bulk_assign(body)
    };
    let answer = request(&[&id, "x"]).await;
    answer.refused(409, "nothing_done");
    insta::assert_json_snapshot!(answer.redacted(), { ".request_id" => "[request]" });
    assert_eq!(crm.read(&id).await["assigned_to_id"], Value::Null);
    request(&[&id]).await.ok(200);
    assert_eq!(crm.read(&id).await["assigned_to_id"], json!(crm.agent.id));
}

#[tokio::test]
async fn an_unexpected_holder_is_an_item_error_naming_them() {
    let crm = Crm::new().await;
    let lawyer = crm.server.account(Role::Lawyer).await;
    let (held, free) = (crm.held_by(&lawyer).await, crm.opportunity().await);
    let request = |expected: Value| {
        let ids = [&held, &free];
        let body = json!({"opportunity_ids": ids, "assigned_to_id": crm.agent.id, "expected_assigned_to_id": expected,
            "dry_run": true});
        crm.bulk_assign(body)
    };
    let answer = request(Value::Null).await.ok(207);
    assert_eq!(answer["opportunities"][0]["id"], free);
    let expected = json!({
        "opportunity_id": held, "error": "La oportunidad está asignada a lawyer 3", "code": "held_by_another",
        "assigned_to_id": lawyer.id, "assigned_to_name": "lawyer 3"
    });
    assert_eq!(answer["errors"], json!([expected]));
    assert_eq!(request(json!("")).await.ok(207)["opportunities"][0]["id"], free);

    let answer = request(json!(lawyer.id)).await.ok(207);
    assert_eq!(answer["opportunities"][0]["id"], held);
    assert_eq!(answer["errors"][0]["error"], "La oportunidad no está asignada a nadie");
    assert_eq!(answer["errors"][0]["assigned_to_id"], Value::Null);

    for nobody in [json!("x"), json!(UserId::new())] {
        let answer = request(nobody).await.ok(207);
        assert_eq!((&answer["success"], &answer["failed_count"]), (&json!(false), &json!(2)));
    }
}

#[tokio::test]
async fn all_or_nothing_reports_every_reason() {
    let crm = Crm::new().await;
    let held = crm.held_by(&crm.agent).await;
    let request =
        json!({"opportunity_ids": [held, unknown_id()], "all_or_nothing": true, "expected_assigned_to_id": null});
    let ask = crm.server.post("/api/crm/opportunities/bulk-unassign", request).by(&crm.admin);
    let problem = ask.in_english().await.refused(409, "nothing_done");
    let codes: Vec<&str> = problem["errors"].as_array().unwrap().iter().filter_map(|e| e["code"].as_str()).collect();
    assert_eq!(codes, ["held_by_another", "opportunity_not_found"]);
    assert_eq!(problem["errors"][0]["error"], "The opportunity is assigned to agent 2");
}
