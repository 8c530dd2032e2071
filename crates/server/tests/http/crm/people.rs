//! Colleagues.

use reparto_domain::{Role, UserId};
use serde_json::{Value, json};

use super::Crm;

async fn names(crm: &Crm, path: &str) -> Vec<String> {
    let people = crm.server.get(path).by(&crm.agent).await.ok(200);
    people.as_array().expect("a list").iter().map(|person| person["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn listed_by_name_including_inactive_and_unassignable() {
    let crm = Crm::new().await;
    crm.server.account(Role::User).await;
    crm.server.account(Role::Superuser).await;
    let inactive = crm.server.account(Role::Lawyer).await;
    let path = format!("/api/users/{}/status", inactive.id);
    crm.server.patch(&path, json!({"is_active": false})).by(&crm.admin).await.ok(200);

    let answer = crm.server.get("/api/crm/users").by(&crm.agent).await;
    insta::assert_json_snapshot!(answer.redacted());
    let all = ["admin 1", "agent 2", "lawyer 5", "superuser 4", "user 3"];
    assert_eq!(names(&crm, "/api/crm/users").await, all);
    assert_eq!(names(&crm, "/api/crm/users?is_active=false").await, ["lawyer 5"]);
    assert_eq!(names(&crm, "/api/crm/users?is_active=true").await, ["admin 1", "agent 2", "superuser 4", "user 3"]);
    assert_eq!(names(&crm, "/api/crm/users/responsibles").await, ["admin 1", "agent 2"]);
    assert_eq!(names(&crm, "/api/crm/users/responsibles?is_active=false").await, ["admin 1", "agent 2", "lawyer 5"]);
    assert_eq!(names(&crm, "/api/crm/users?limit=2").await, all[..2]);
    assert_eq!(names(&crm, "/api/crm/users?skip=2&limit=2").await, all[2..4]);
    assert_eq!(names(&crm, "/api/crm/users/responsibles?skip=1").await, ["agent 2"]);
    let wrong = crm.server.get("/api/crm/users?is_active=perhaps&limit=1001").by(&crm.agent).await;
    assert_eq!(wrong.invalid_fields(), ["is_active", "limit"]);
}

#[tokio::test]
async fn one_is_found_by_id() {
    let crm = Crm::new().await;
    let path = |id: Value| format!("/api/crm/users/{}", id.as_str().unwrap());
    let found = crm.server.get(&path(json!(crm.admin.id))).by(&crm.agent).await.ok(200);
    assert_eq!((&found["id"], &found["daily_lead_quota"]), (&json!(crm.admin.id), &json!(10)));
    for id in [json!(UserId::new()), json!("x")] {
        let problem = crm.server.get(&path(id)).by(&crm.agent).await.refused(404, "user_not_found");
        assert_eq!(problem["detail"], "Usuario no encontrado");
    }
}
