//! Bulk assignment: every row of its specification table.

use axum::http::Method;
use reparto_domain::{Role, UserId};
use serde_json::{Value, json};

use super::{Crm, to, unknown_id};
use crate::common::Server;

#[tokio::test]
async fn all_are_assigned_in_request_order() {
    let crm = Crm::new().await;
    let mut ids = crm.opportunities(3).await;
    ids.reverse();
    let answer = crm.bulk_assign(to(&crm.agent, &ids)).await;
    let body = answer.ok(200);
    insta::assert_json_snapshot!(answer.redacted());
    for (item, id) in body["opportunities"].as_array().unwrap().iter().zip(&ids) {
        assert_eq!(item["id"], *id);
        let read = crm.read(id).await;
        assert_eq!(read["assigned_to_id"], json!(crm.agent.id));
        assert_eq!(read["status"], "assigned");
        assert_eq!(read["updated_at"], item["updated_at"]);
    }
}

#[tokio::test]
async fn unknown_ids_are_reported_and_the_rest_assigned() {
    let crm = Crm::new().await;
    let known = crm.opportunity().await;
    let spelled = unknown_id().to_uppercase();
    let ids = ["invalid-uuid".to_owned(), known.clone(), spelled.clone(), String::new()];
    let answer = crm.bulk_assign(to(&crm.agent, &ids)).await;
    let body = answer.ok(207);
    insta::assert_json_snapshot!(answer.redacted());
    let sent: Vec<&str> =
        body["errors"].as_array().unwrap().iter().filter_map(|e| e["opportunity_id"].as_str()).collect();
    assert_eq!(sent, ["invalid-uuid", &spelled, ""]);
    assert_eq!(crm.read(&known).await["assigned_to_id"], json!(crm.agent.id));
}

#[tokio::test]
async fn where_none_is_assigned_nothing_is_written() {
    let crm = Crm::new().await;
    let answer = crm.bulk_assign(to(&crm.agent, &[unknown_id()])).await;
    answer.ok(207);
    insta::assert_json_snapshot!(answer.redacted());
    assert!(crm.operations().await.is_empty());
}

#[tokio::test]
async fn a_deleted_opportunity_is_not_found() {
    let crm = Crm::new().await;
    let id = crm.opportunity().await;
    let path = format!("/api/crm/opportunities/{id}");
    assert_eq!(crm.server.delete(&path).by(&crm.admin).await.status, 204);
    let answer = crm.bulk_assign(to(&crm.agent, &[id])).await.ok(207);
    assert_eq!(answer["errors"][0]["code"], "opportunity_not_found");
}

#[tokio::test]
async fn an_empty_or_missing_list_is_refused() {
    let crm = Crm::new().await;
    for body in [json!({"opportunity_ids": []}), json!({"opportunity_ids": null}), json!({})] {
        let problem = crm.bulk_assign(body).await.refused(400, "list_empty");
        assert_eq!(problem["detail"], "Lista de IDs de oportunidades vacía");
    }
}

#[tokio::test]
async fn too_long_a_list_is_refused_naming_the_maximum() {
    let crm = Crm::new().await;
    let ids: Vec<String> = (0..101).map(|_| unknown_id()).collect();
    let problem = crm.bulk_assign(to(&crm.agent, &ids)).await.refused(400, "list_too_long");
    assert_eq!(problem["detail"], "La lista de oportunidades debe contener entre 1 y 100 elementos");
    crm.bulk_assign(to(&crm.agent, &ids[..100])).await.ok(207);

    let small = Crm::of(Server::with(|config| config.bulk_max = 2).await).await;
    let problem = small.bulk_assign(to(&small.agent, &ids[..3])).await.refused(400, "list_too_long");
    assert_eq!(problem["detail"], "La lista de oportunidades debe contener entre 1 y 2 elementos");
}

#[tokio::test]
async fn two_spellings_of_one_id_are_duplicates() {
    let crm = Crm::new().await;
    let id = crm.opportunity().await;
    for spelling in [id.clone(), id.to_uppercase(), id.replace('-', ""), format!("{{{id}}}"), format!("urn:uuid:{id}")]
    {
        let request = crm.bulk_assign(to(&crm.agent, &[id.clone(), spelling]));
        let problem = request.await.refused(400, "list_has_duplicates");
        assert_eq!(problem["detail"], format!("La lista contiene IDs duplicados: {id}"));
        assert_eq!(problem["duplicate_ids"], json!([id]));
    }
    assert_eq!(crm.read(&id).await["assigned_to_id"], Value::Null);
}

#[tokio::test]
async fn a_missing_unknown_or_malformed_assignee_is_not_found() {
    let crm = Crm::new().await;
    let id = crm.opportunity().await;
    for assignee in [json!(UserId::new()), json!("invalid-uuid"), json!(""), Value::Null] {
        let request = json!({"opportunity_ids": [id], "assigned_to_id": assignee});
        let problem = crm.bulk_assign(request).await.refused(404, "assignee_not_found");
        assert_eq!(problem["detail"], "Usuario asignado no encontrado");
    }
    crm.bulk_assign(json!({"opportunity_ids": [id]})).await.refused(404, "assignee_not_found");
}

#[tokio::test]
async fn an_inactive_assignee_is_refused() {
    let crm = Crm::new().await;
    let id = crm.opportunity().await;
    let path = format!("/api/users/{}/status", crm.agent.id);
    crm.server.patch(&path, json!({"is_active": false})).by(&crm.admin).await.ok(200);
    let problem = crm.bulk_assign(to(&crm.agent, &[id])).await.refused(404, "assignee_inactive");
    assert_eq!(problem["detail"], "Usuario asignado no encontrado o inactivo");
}

#[tokio::test]
async fn an_unassignable_role_is_refused_naming_those_allowed() {
    let crm = Crm::new().await;
    let id = crm.opportunity().await;
    for role in [Role::User, Role::Superuser] {
        let account = crm.server.account(role).await;
        let request = crm.bulk_assign(to(&account, std::slice::from_ref(&id)));
        let problem = request.await.refused(400, "assignee_role_not_assignable");
        let expected = "El usuario asignado debe tener uno de los siguientes roles: agent, lawyer, admin";
        assert_eq!(problem["detail"], expected);
    }
    for role in [Role::Agent, Role::Lawyer, Role::Admin] {
        let account = crm.server.account(role).await;
        crm.bulk_assign(to(&account, std::slice::from_ref(&id))).await.ok(200);
    }
}

#[tokio::test]
async fn wrong_types_and_values_are_named_all_at_once() {
    let crm = Crm::new().await;
    let request = json!({
        "opportunity_ids": "all", "assigned_to_id": 7, "update_status": "yes", "status": "open",
        "notes": "x".repeat(2_001), "dry_run": 1, "all_or_nothing": "no", "expected_assigned_to_id": 3
    });
    let answer = crm.bulk_assign(request).await;
    let mut fields = answer.invalid_fields();
    fields.sort();
    let expected = [
        "all_or_nothing",
        "assigned_to_id",
        "dry_run",
        "expected_assigned_to_id",
        "notes",
        "opportunity_ids",
        "status",
        "update_status",
    ];
    assert_eq!(fields, expected);
    let problem = answer.json();
    assert_eq!(problem["error"], true);
    assert_eq!(problem["message"], problem["detail"]);
    assert_eq!(problem["field_errors"].as_object().unwrap().len(), 8);
    assert!(!answer.text().contains("xxxxx"), "what was sent is not echoed whole");
    for ids in [json!([1]), json!([null]), json!([["x"]]), json!({"0": "x"}), json!(7)] {
        let request = json!({"opportunity_ids": ids, "assigned_to_id": crm.agent.id});
        assert_eq!(crm.bulk_assign(request).await.invalid_fields(), ["opportunity_ids"]);
    }
}

#[tokio::test]
async fn invalid_json_is_400_and_a_non_object_422() {
    let crm = Crm::new().await;
    let ask = || crm.server.ask(Method::POST, "/api/crm/opportunities/bulk-assign").by(&crm.admin);
    ask().raw("application/json", "{\"opportunity_ids\": [").await.refused(400, "body_not_json");
    ask().await.refused(400, "body_not_json");
    for body in ["[]", "null", "\"x\"", "7"] {
        ask().raw("application/json", body).await.refused(422, "body_not_an_object");
    }
    ask().raw("text/plain", "{}").await.refused(415, "media_type_unsupported");
}

#[tokio::test]
async fn checks_run_rights_then_types_then_list_then_assignee() {
    let crm = Crm::new().await;
    let ask = || crm.server.ask(Method::POST, "/api/crm/opportunities/bulk-assign");
    ask().raw("text/plain", "{").await.refused(401, "token_missing");
    ask().by(&crm.agent).raw("text/plain", "{").await.refused(403, "bulk_assign_administrators_only");
    let request = json!({"opportunity_ids": [], "assigned_to_id": "x", "status": "open"});
    assert_eq!(crm.bulk_assign(request).await.invalid_fields(), ["status"]);
    crm.bulk_assign(json!({"opportunity_ids": [], "assigned_to_id": "x"})).await.refused(400, "list_empty");
    crm.bulk_assign(json!({"opportunity_ids": ["y"], "assigned_to_id": "x"})).await.refused(404, "assignee_not_found");
}

#[tokio::test]
async fn items_already_held_count_and_enter_the_history() {
    let crm = Crm::new().await;
    let id = crm.held_by(&crm.agent).await;
    let answer = crm.bulk_assign(to(&crm.agent, std::slice::from_ref(&id))).await.ok(200);
    assert_eq!(answer["assigned_count"], 1);
    let newest = &crm.history(&id).await[0];
    assert_eq!(newest["operation_id"], answer["operation_id"]);
    assert_eq!((&newest["from_id"], &newest["to_id"]), (&json!(crm.agent.id), &json!(crm.agent.id)));
}

#[tokio::test]
async fn the_status_is_the_one_asked_for_or_stays() {
    let crm = Crm::new().await;
    let id = crm.opportunity().await;
    let with = |more: Value| {
        let mut body = to(&crm.agent, std::slice::from_ref(&id));
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for (more, expected) in [
        (json!({"update_status": false}), "pending"),
        (json!({"update_status": false, "status": "lost"}), "pending"),
        (json!({"status": "contacted"}), "contacted"),
        (json!({"update_status": false}), "contacted"),
        (json!({"update_status": true}), "assigned"),
        (json!({"status": null, "update_status": null, "notes": null}), "assigned"),
    ] {
        let answer = crm.bulk_assign(with(more.clone())).await.ok(200);
        assert_eq!(answer["opportunities"][0]["status"], expected, "{more}");
        assert_eq!(crm.read(&id).await["status"], expected, "{more}");
    }
}

#[tokio::test]
async fn notes_are_stored_and_appended_to_existing_ones() {
    let crm = Crm::new().await;
    let id = crm.opportunity().await;
    let path = format!("/api/crm/opportunities/{id}");
    crm.server.patch(&path, json!({"notes": "llamar tarde"})).by(&crm.admin).await.ok(200);
    let mut body = to(&crm.agent, std::slice::from_ref(&id));
    body["notes"] = json!("ñ".repeat(2_000));
    crm.bulk_assign(body).await.ok(200);
    assert_eq!(crm.read(&id).await["notes"], format!("llamar tarde\n{}", "ñ".repeat(2_000)));
    assert_eq!(crm.history(&id).await[0]["note"], "ñ".repeat(2_000));
}

#[tokio::test]
async fn ids_of_any_text_do_no_harm() {
    let crm = Crm::new().await;
    let strange = ["\u{0}", "'; DROP TABLE opportunities; --", "\u{202e}", "{}", "💥", " ", &"x".repeat(10_000)];
    let ids = strange.map(str::to_owned);
    let answer = crm.bulk_assign(to(&crm.agent, &ids)).await.ok(207);
    let sent: Vec<&str> =
        answer["errors"].as_array().unwrap().iter().filter_map(|e| e["opportunity_id"].as_str()).collect();
    assert_eq!(sent, strange);
}

#[tokio::test]
async fn answers_are_in_english_when_preferred() {
    let crm = Crm::new().await;
    let answer = crm.bulk_assign(to(&crm.agent, &["x".into()])).in_english().await.ok(207);
    assert_eq!(answer["errors"][0]["error"], "Opportunity not found");
    let problem = crm.bulk_assign(json!({})).in_english().await.refused(400, "list_empty");
    assert_eq!(problem["detail"], "The list of opportunity ids is empty");
}
