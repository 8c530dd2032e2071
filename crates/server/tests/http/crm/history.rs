//! The history of an opportunity.

use serde_json::{Value, json};

use super::{Crm, items, to};

#[tokio::test]
async fn it_shows_who_assigned_what_to_whom_newest_first() {
    let crm = Crm::new().await;
    let id = crm.opportunity().await;
    let mut body = to(&crm.agent, std::slice::from_ref(&id));
    body["notes"] = json!("reparto del lunes");
    crm.bulk_assign(body).await.ok(200);
    let path = format!("/api/crm/opportunities/{id}");
    crm.server.patch(&path, json!({"status": "contacted"})).by(&crm.agent).await.ok(200);
    crm.server.patch(&path, json!({"notes": "no es una operación"})).by(&crm.agent).await.ok(200);
    let answer = crm.server.get(&format!("{path}/history")).by(&crm.agent).await;
    answer.ok(200);
    insta::assert_json_snapshot!(answer.redacted());
}

#[tokio::test]
async fn the_newest_entry_leads_to_the_present_holder() {
    let crm = Crm::new().await;
    let id = crm.opportunity().await;
    let path = format!("/api/crm/opportunities/{id}/assign");
    for assignee in [json!(crm.agent.id), json!(crm.admin.id), Value::Null, json!(crm.agent.id)] {
        crm.server.post(&path, json!({"assigned_to_id": assignee})).by(&crm.admin).await.ok(200);
        assert_eq!(crm.history(&id).await[0]["to_id"], crm.read(&id).await["assigned_to_id"]);
    }
}

#[tokio::test]
async fn it_is_paged_by_cursor() {
    let crm = Crm::new().await;
    let id = crm.opportunity().await;
    for _ in 0..4 {
        crm.bulk_assign(to(&crm.agent, std::slice::from_ref(&id))).await.ok(200);
    }
    let whole = crm.history(&id).await;
    assert_eq!(whole.len(), 5);
    let (mut parts, mut more) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/crm/opportunities/{id}/history?limit=2{more}");
        let answer = crm.server.get(&path).by(&crm.admin).await;
        parts.extend(items(&answer));
        match answer.json()["next_cursor"].as_str() {
            Some(cursor) => more = format!("&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(parts, whole);
}

#[tokio::test]
async fn bad_cursors_and_limits_are_refused_hidden_ones_404() {
    let crm = Crm::new().await;
    let (mine, others) = (crm.held_by(&crm.agent).await, crm.held_by(&crm.admin).await);
    let ask =
        |id: &str, query: &str| crm.server.get(&format!("/api/crm/opportunities/{id}/history?{query}")).by(&crm.agent);
    assert_eq!(ask(&mine, "cursor=x").await.invalid_fields(), ["cursor"]);
    assert_eq!(ask(&mine, "limit=0").await.invalid_fields(), ["limit"]);
    ask(&others, "").await.refused(404, "opportunity_not_found");
    ask("x", "").await.refused(404, "opportunity_not_found");
}
