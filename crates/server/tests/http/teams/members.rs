//! Members of teams, and how they pause themselves.

use reparto_domain::Role;
use serde_json::{Value, json};

use crate::crm::{Crm, items, unknown_id};

#[tokio::test]
async fn a_member_is_added_changed_and_removed() {
    let crm = Crm::new().await;
    let team = crm.team(json!({"name": "Madrid"})).await;
    let added = crm.join(&team, &crm.agent).await;
    let joined_at = added["joined_at"].clone();
    let expected = json!({
        "user_id": crm.agent.id, "name": added["name"], "is_active": true, "weight": 100, "place": 1, "skills": [],
        "time_zone": null, "hours": null, "daily_quota": null, "open_cap": null, "paused_until": null,
        "joined_at": joined_at
    });
    assert_eq!(added, expected);
    let all = json!({
        "weight": 50, "place": 7, "skills": ["Lang:AR", "civil"], "time_zone": "Atlantic/Canary",
        "hours": [{"days": [1], "from": "09:00", "to": "14:00"}], "daily_quota": 12, "open_cap": 30,
        "paused_until": "2026-02-01T10:00:00+01:00"
    });
    let full = crm.put_member(&team, &crm.agent.id.to_string(), all).await.ok(200);
    assert_eq!(
        (&full["skills"], &full["paused_until"]),
        (&json!(["lang:ar", "civil"]), &json!("2026-02-01T09:00:00Z"))
    );
    let mut expected = full;
    for (field, value) in [("weight", json!(10)), ("hours", Value::Null), ("daily_quota", Value::Null)] {
        expected[field] = value;
    }
    let some = json!({"weight": 10, "hours": null, "daily_quota": null});
    assert_eq!(crm.put_member(&team, &crm.agent.id.to_string(), some).await.ok(200), expected);
    assert_eq!(items(&crm.server.get(&format!("{team}/members")).by(&crm.admin).await), [expected]);
    assert_eq!(crm.server.get(&team).by(&crm.agent).await.ok(200)["members_count"], 1);
    let member = format!("{team}/members/{}", crm.agent.id);
    assert_eq!(crm.server.delete(&member).by(&crm.admin).await.status, 204);
    crm.server.delete(&member).by(&crm.admin).await.refused(404, "member_not_found");
    assert_eq!(crm.server.get(&team).by(&crm.agent).await.ok(200)["members_count"], 0);
    let again = crm.join(&team, &crm.agent).await;
    assert_eq!((&again["weight"], &again["place"]), (&json!(100), &json!(1)));
}

#[tokio::test]
async fn users_are_refused_as_in_a_bulk_request() {
    let crm = Crm::new().await;
    let team = crm.team(json!({"name": "Madrid"})).await;
    let inactive = crm.server.account(Role::Agent).await;
    crm.server.store().user_set_active(&crm.server.system(), inactive.id, false).await.unwrap();
    let user = crm.server.account(Role::User).await;
    for (id, status, code, detail) in [
        (unknown_id(), 404, "assignee_not_found", "Usuario asignado no encontrado"),
        ("x".to_owned(), 404, "assignee_not_found", "Usuario asignado no encontrado"),
        (inactive.id.to_string(), 404, "assignee_inactive", "Usuario asignado no encontrado o inactivo"),
        (
            user.id.to_string(),
            400,
            "assignee_role_not_assignable",
            "El usuario asignado debe tener uno de los siguientes roles: agent, lawyer, admin",
        ),
    ] {
        assert_eq!(crm.put_member(&team, &id, json!({})).await.refused(status, code)["detail"], detail);
        // What is wrong with the body comes first.
        assert_eq!(crm.put_member(&team, &id, json!({"weight": 0})).await.invalid_fields(), ["weight"]);
    }
}

#[tokio::test]
async fn faults_of_members_are_reported() {
    let crm = Crm::new().await;
    let team = crm.team(json!({"name": "Madrid"})).await;
    for (body, field) in [
        (json!({"weight": 10_001}), "weight"),
        (json!({"weight": "100"}), "weight"),
        (json!({"place": -1}), "place"),
        (json!({"skills": "lang:ar"}), "skills"),
        (json!({"skills": [""]}), "skills"),
        (json!({"time_zone": "Mars"}), "time_zone"),
        (json!({"hours": [{}]}), "hours.0.days"),
        (json!({"daily_quota": -1}), "daily_quota"),
        (json!({"open_cap": 1.5}), "open_cap"),
        (json!({"paused_until": "tomorrow"}), "paused_until"),
    ] {
        let answer = crm.put_member(&team, &crm.agent.id.to_string(), body.clone()).await;
        assert_eq!(answer.invalid_fields()[0], field, "{body}");
    }
    assert!(items(&crm.server.get(&format!("{team}/members")).by(&crm.admin).await).is_empty());
}

#[tokio::test]
async fn staff_see_names_and_their_own_settings() {
    let crm = Crm::new().await;
    let team = crm.team(json!({"name": "Madrid"})).await;
    let other = crm.server.account(Role::Lawyer).await;
    let settings = json!({"weight": 7, "skills": ["civil"], "daily_quota": 3, "paused_until": "2026-02-01T10:00:00Z"});
    crm.put_member(&team, &crm.agent.id.to_string(), settings.clone()).await.ok(200);
    crm.put_member(&team, &other.id.to_string(), settings).await.ok(200);
    let path = format!("{team}/members");
    let seen = items(&crm.server.get(&path).by(&crm.agent).await);
    assert_eq!((&seen[0]["weight"], &seen[0]["daily_quota"]), (&json!(7), &json!(3)));
    assert_eq!(seen[1]["user_id"], json!(other.id));
    assert!(seen[1]["name"].as_str().is_some_and(|name| !name.is_empty()));
    for field in ["weight", "skills", "daily_quota", "paused_until", "joined_at", "hours", "open_cap"] {
        assert_eq!(seen[1][field], Value::Null, "{field}");
    }
    let whole = items(&crm.server.get(&path).by(&crm.admin).await);
    assert_eq!((&whole[0]["weight"], &whole[1]["skills"]), (&json!(7), &json!(["civil"])));
    let first = crm.server.get(&format!("{path}?limit=1")).by(&crm.agent).await.ok(200);
    let next = first["next_cursor"].as_str().unwrap();
    let rest = crm.server.get(&format!("{path}?limit=1&cursor={next}")).by(&crm.agent).await.ok(200);
    assert_eq!((&rest["items"][0]["user_id"], &rest["next_cursor"]), (&json!(other.id), &Value::Null));
}

#[tokio::test]
async fn members_pause_themselves_where_a_team_allows_it() {
    let crm = Crm::new().await;
    let (team, plain) = (crm.self_service_team().await, crm.team(json!({"name": "Madrid"})).await);
    crm.join(&plain, &crm.agent).await;
    let pause = |until: Value| crm.put("/api/users/me/pause", json!({"until": until})).by(&crm.agent);
    pause(json!("2026-02-01T10:00:00Z")).await.refused(403, "self_service_required");
    crm.join(&team, &crm.agent).await;
    let paused = pause(json!("2026-02-01T10:00:00Z")).await.ok(200);
    let id = team.rsplit('/').next().unwrap();
    assert_eq!(paused, json!({"until": "2026-02-01T10:00:00Z", "team_ids": [id]}));
    let until = async |team: &str| {
        items(&crm.server.get(&format!("{team}/members")).by(&crm.admin).await)[0]["paused_until"].clone()
    };
    assert_eq!((until(&team).await, until(&plain).await), (json!("2026-02-01T10:00:00Z"), Value::Null));
    assert_eq!(pause(Value::Null).await.ok(200)["until"], Value::Null);
    assert_eq!(until(&team).await, Value::Null);
    assert_eq!(crm.put("/api/users/me/pause", json!({})).by(&crm.agent).await.invalid_fields(), ["until"]);
    assert_eq!(pause(json!(7)).await.invalid_fields(), ["until"]);
    crm.put("/api/users/me/pause", json!({"until": null})).by(&crm.admin).await.refused(403, "self_service_required");
}
