//! Absences.

use reparto_domain::Role;
use serde_json::{Value, json};

use crate::{
    common::Account,
    crm::{Crm, items, unknown_id},
};

const PATH: &str = "/api/crm/absences";

fn august(account: &Account) -> Value {
    json!({
        "user_id": account.id, "starts_at": "2026-08-03T00:00:00+02:00", "ends_at": "2026-08-24T00:00:00+02:00",
        "note": " Vacaciones "
    })
}

#[tokio::test]
async fn an_absence_is_entered_changed_and_removed() {
    let crm = Crm::new().await;
    let made = crm.server.post(PATH, august(&crm.agent)).by(&crm.admin).await.ok(201);
    assert_eq!((&made["user_id"], &made["note"]), (&json!(crm.agent.id), &json!("Vacaciones")));
    assert_eq!(
        (&made["starts_at"], &made["ends_at"]),
        (&json!("2026-08-02T22:00:00Z"), &json!("2026-08-23T22:00:00Z"))
    );
    let path = format!("{PATH}/{}", made["id"].as_str().unwrap());
    let changes = json!({"starts_at": null, "ends_at": null, "note": ""});
    let now = crm.server.patch(&path, changes).by(&crm.admin).await.ok(200);
    assert_eq!((&now["starts_at"], &now["ends_at"], &now["note"]), (&made["starts_at"], &Value::Null, &Value::Null));
    assert_eq!(items(&crm.server.get(PATH).by(&crm.admin).await), [now]);
    assert_eq!(crm.server.delete(&path).by(&crm.admin).await.status, 204);
    for ask in [crm.server.delete(&path), crm.server.patch(&path, json!({})), crm.server.delete("/api/crm/absences/x")]
    {
        ask.by(&crm.admin).await.refused(404, "absence_not_found");
    }
}

#[tokio::test]
async fn an_absence_ends_after_it_starts() {
    let crm = Crm::new().await;
    let mut body = august(&crm.agent);
    for end in ["2026-08-02T22:00:00Z", "2026-01-01"] {
        body["ends_at"] = json!(end);
        let refused = crm.server.post(PATH, body.clone()).by(&crm.admin).await.refused(422, "absence_ends_first");
        assert_eq!(refused["field_errors"], json!({"ends_at": "debe ser posterior al inicio"}));
    }
    let made = crm.server.post(PATH, august(&crm.agent)).by(&crm.admin).await.ok(201);
    let path = format!("{PATH}/{}", made["id"].as_str().unwrap());
    let late = json!({"starts_at": "2026-09-01T00:00:00Z"});
    crm.server.patch(&path, late).by(&crm.admin).await.refused(422, "absence_ends_first");
    for (body, fields) in [
        (json!({}), vec!["user_id", "starts_at"]),
        (
            json!({"user_id": crm.agent.id, "starts_at": "-009999-01-01", "ends_at": "0000-12-31"}),
            vec!["starts_at", "ends_at"],
        ),
        (
            json!({"user_id": 7, "starts_at": "soon", "ends_at": "later", "note": 1}),
            vec!["user_id", "starts_at", "ends_at", "note"],
        ),
    ] {
        assert_eq!(crm.server.post(PATH, body).by(&crm.admin).await.invalid_fields(), fields);
    }
    for id in [unknown_id(), "x".to_owned()] {
        let mut body = august(&crm.agent);
        body["user_id"] = json!(id);
        crm.server.post(PATH, body).by(&crm.admin).await.refused(404, "user_not_found");
    }
}

#[tokio::test]
async fn members_enter_their_own_where_a_team_allows_it() {
    let crm = Crm::new().await;
    let theirs = crm.server.post(PATH, august(&crm.admin)).by(&crm.admin).await.ok(201);
    crm.server.post(PATH, august(&crm.agent)).by(&crm.agent).await.refused(403, "self_service_required");
    let team = crm.self_service_team().await;
    crm.join(&team, &crm.agent).await;
    let own = crm.server.post(PATH, august(&crm.agent)).by(&crm.agent).await.ok(201);
    crm.server.post(PATH, august(&crm.admin)).by(&crm.agent).await.refused(403, "own_absences_only");
    let path = |absence: &Value| format!("{PATH}/{}", absence["id"].as_str().unwrap());
    let note = json!({"note": "Playa"});
    crm.server.patch(&path(&theirs), note.clone()).by(&crm.agent).await.refused(404, "absence_not_found");
    crm.server.delete(&path(&theirs)).by(&crm.agent).await.refused(404, "absence_not_found");
    let own = crm.server.patch(&path(&own), note).by(&crm.agent).await.ok(200);
    assert_eq!(items(&crm.server.get(PATH).by(&crm.agent).await), std::slice::from_ref(&own));
    let other = crm.server.account(Role::Lawyer).await;
    assert!(items(&crm.server.get(&format!("{PATH}?user_id={}", crm.agent.id)).by(&other).await).is_empty());
    crm.server.delete(&path(&own)).by(&other).await.refused(403, "self_service_required");
    assert_eq!(crm.server.delete(&path(&own)).by(&crm.agent).await.status, 204);
}

#[tokio::test]
async fn absences_are_found_by_user_and_overlap() {
    let crm = Crm::new().await;
    crm.server.post(PATH, august(&crm.agent)).by(&crm.admin).await.ok(201);
    let open = json!({"user_id": crm.admin.id, "starts_at": "2026-09-01T00:00:00Z"});
    crm.server.post(PATH, open).by(&crm.admin).await.ok(201);
    let found = async |query: &str| {
        let found = items(&crm.server.get(&format!("{PATH}?{query}")).by(&crm.admin).await);
        found.into_iter().map(|absence| absence["starts_at"].as_str().unwrap()[..7].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found("").await, ["2026-09", "2026-08"]);
    assert_eq!(found(&format!("user_id={}", crm.agent.id)).await, ["2026-08"]);
    assert_eq!(found("user_id=x").await, [""; 0]);
    assert_eq!(found("from=2026-08-23T21:59:59Z&to=2026-08-31").await, ["2026-08"]);
    assert_eq!(found("from=2026-08-23T22:00:00Z").await, ["2026-09"]);
    assert_eq!(found("to=2026-08-02").await, ["2026-08"], "a date means its end");
    assert_eq!(found("to=2026-08-01").await, [""; 0]);
    let first = crm.server.get(&format!("{PATH}?limit=1")).by(&crm.admin).await.ok(200);
    let next = first["next_cursor"].as_str().unwrap();
    assert_eq!(found(&format!("limit=1&cursor={next}")).await, ["2026-08"]);
    let wrong = crm.server.get(&format!("{PATH}?from=x&limit=0&cursor=AAAA")).by(&crm.admin).await;
    assert_eq!(wrong.invalid_fields(), ["from", "limit", "cursor"]);
}

#[tokio::test]
async fn a_repeated_request_enters_one_absence() {
    let crm = Crm::new().await;
    let enter = || crm.server.post(PATH, august(&crm.agent)).by(&crm.admin).header("idempotency-key", "ausencia");
    let (first, again) = (enter().await, enter().await);
    assert_eq!((first.ok(201), again.header("idempotency-replayed")), (again.ok(201), "true"));
    assert_eq!(items(&crm.server.get(PATH).by(&crm.admin).await).len(), 1);
}
