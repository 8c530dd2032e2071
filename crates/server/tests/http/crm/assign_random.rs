//! Assigning free opportunities, picked at random.

use reparto_domain::{Role, UserId};
use serde_json::{Value, json};

use super::Crm;
use crate::common::Answer;

const PATH: &str = "/api/crm/opportunities/assign-random";

async fn pick(crm: &Crm, body: Value) -> Answer {
    crm.server.post(PATH, body).by(&crm.admin).await
}

#[tokio::test]
async fn free_opportunities_are_assigned() {
    let crm = Crm::new().await;
    crm.opportunities(5).await;
    let held = crm.held_by(&crm.admin).await;
    let answer = pick(&crm, json!({"assigned_to_id": crm.agent.id, "count": 3})).await;
    let body = answer.ok(200);
    insta::assert_json_snapshot!(answer.redacted());
    for id in body["opportunity_ids"].as_array().unwrap() {
        let read = crm.read(id.as_str().unwrap()).await;
        assert_eq!((&read["assigned_to_id"], &read["status"]), (&json!(crm.agent.id), &json!("assigned")));
        assert_ne!(*id, held);
    }
}

#[tokio::test]
async fn fewer_is_success_with_a_warning_none_is_not() {
    let crm = Crm::new().await;
    crm.opportunities(2).await;
    let fewer = pick(&crm, json!({"assigned_to_id": crm.agent.id})).await;
    fewer.ok(200);
    insta::assert_json_snapshot!("fewer", fewer.redacted());
    let none = crm.server.post(PATH, json!({"assigned_to_id": crm.agent.id, "count": 1})).by(&crm.admin);
    let none = none.in_english().await;
    none.ok(200);
    insta::assert_json_snapshot!("none", none.redacted());
}

#[tokio::test]
async fn filters_narrow_what_is_free() {
    let crm = Crm::new().await;
    for score in [10, 60, 90] {
        crm.opportunity_of(score, None).await;
    }
    let ask = |filters: Value| pick(&crm, json!({"assigned_to_id": crm.agent.id, "count": 5, "filters": filters}));
    assert_eq!(ask(json!({"priority": "urgent"})).await.ok(200)["assigned_count"], 0);
    assert_eq!(ask(json!({"detected_to": "2001-01-01"})).await.ok(200)["available_count"], 0);
    assert_eq!(ask(json!({"min_score": 50, "max_score": 70})).await.ok(200)["assigned_count"], 1);
    assert_eq!(ask(json!({})).await.ok(200)["assigned_count"], 2);
}

#[tokio::test]
async fn a_wrong_count_or_assignee_is_400() {
    let crm = Crm::new().await;
    crm.opportunity().await;
    for count in [json!(0), json!(101), json!(-1), json!("5"), json!(1.5), json!(true), json!([]), json!({})] {
        let problem = pick(&crm, json!({"assigned_to_id": crm.agent.id, "count": count})).await;
        let problem = problem.refused(400, "random_count_invalid");
        assert_eq!(problem["detail"], "El parámetro 'count' debe ser un número entre 1 y 100");
    }
    let user = crm.server.account(Role::User).await;
    for assignee in [json!(UserId::new()), json!("x"), json!(""), Value::Null, json!(user.id)] {
        let problem = pick(&crm, json!({"assigned_to_id": assignee})).await.refused(400, "random_assignee_invalid");
        assert_eq!(problem["detail"], "El usuario especificado no existe o no es válido");
    }
    pick(&crm, json!({})).await.refused(400, "random_assignee_invalid");
    let path = format!("/api/users/{}/status", crm.agent.id);
    crm.server.patch(&path, json!({"is_active": false})).by(&crm.admin).await.ok(200);
    pick(&crm, json!({"assigned_to_id": crm.agent.id})).await.refused(400, "random_assignee_invalid");
}

#[tokio::test]
async fn filter_errors_name_their_path() {
    let crm = Crm::new().await;
    let filters = json!({"min_score": 101, "max_score": "x", "priority": "now", "detected_from": "soon"});
    let answer = pick(&crm, json!({"assigned_to_id": 7, "filters": filters})).await;
    let mut fields = answer.invalid_fields();
    fields.sort();
    let expected =
        ["assigned_to_id", "filters.detected_from", "filters.max_score", "filters.min_score", "filters.priority"];
    assert_eq!(fields, expected);
    assert_eq!(pick(&crm, json!({"filters": []})).await.invalid_fields(), ["filters"]);
    crm.opportunity().await;
    for (filters, field) in [
        (json!({"min_scor": 90}), "filters.min_scor"),
        (json!({"status": "pending"}), "filters.status"),
        (json!({"min_score": null}), "filters.min_score"),
        (json!({"priority": ""}), "filters.priority"),
        (json!({"detected_from": " "}), "filters.detected_from"),
        (Value::Null, "filters"),
    ] {
        let answer = pick(&crm, json!({"assigned_to_id": crm.agent.id, "filters": filters})).await;
        assert_eq!(answer.invalid_fields(), [field]);
    }
    assert_eq!(crm.operations().await.len(), 1, "nothing was assigned: there is the creation alone");
}

#[tokio::test]
async fn it_is_for_administrators() {
    let crm = Crm::new().await;
    crm.server.post(PATH, json!({})).by(&crm.agent).await.refused(403, "administrators_only");
}
