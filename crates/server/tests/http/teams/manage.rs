//! Creating, reading, changing and deleting teams.

use serde_json::json;

use crate::{
    common::Server,
    crm::{Crm, items, unknown_id},
};

#[tokio::test]
async fn a_team_is_created_with_defaults_changed_and_deleted() {
    let crm = Crm::new().await;
    let made = crm.server.post("/api/crm/teams", json!({"name": " Extranjería "})).by(&crm.admin).await;
    let team = made.ok(201);
    let path = format!("/api/crm/teams/{}", team["id"].as_str().unwrap());
    assert_eq!(made.header("location"), path);
    assert_eq!((&team["name"], &team["time_zone"]), (&json!("Extranjería"), &json!("Europe/Madrid")));
    assert_eq!((&team["hours"], &team["closed_days"]), (&json!(null), &json!([])));
    assert_eq!((&team["self_service"], &team["members_count"]), (&json!(false), &json!(0)));
    assert!(team["rotation_id"].as_str().is_some_and(|id| id.len() == 36));
    let read = crm.server.get(&path).by(&crm.agent).await;
    assert_eq!((read.ok(200), read.header("etag")), (team.clone(), made.header("etag")));
    assert_eq!(items(&crm.server.get("/api/crm/teams").by(&crm.agent).await), std::slice::from_ref(&team));
    let hours = json!([{"days": [5, 1, 1], "from": "22:00", "to": "06:00"}]);
    let change = json!({
        "hours": hours, "time_zone": "Atlantic/Canary", "closed_days": ["2026-12-25", "2026-01-01"], "self_service": true
    });
    let changed = crm.server.patch(&path, change).by(&crm.admin).await;
    let now = changed.ok(200);
    assert_eq!(now["hours"], json!([{"days": [1, 5], "from": "22:00", "to": "06:00"}]));
    assert_eq!((&now["name"], &now["time_zone"]), (&json!("Extranjería"), &json!("Atlantic/Canary")));
    assert_eq!((&now["closed_days"], &now["self_service"]), (&json!(["2026-01-01", "2026-12-25"]), &json!(true)));
    assert_eq!(now["rotation_id"], team["rotation_id"]);
    let nulls = json!({"name": null, "time_zone": "", "hours": null, "closed_days": null, "self_service": null});
    let now = crm.server.patch(&path, nulls).by(&crm.admin).await.ok(200);
    assert_eq!((&now["hours"], &now["closed_days"]), (&json!(null), &json!([])));
    assert_eq!((&now["time_zone"], &now["self_service"]), (&json!("Atlantic/Canary"), &json!(true)));
    let late = crm.server.patch(&path, json!({"name": "x"})).by(&crm.admin).header("if-match", changed.header("etag"));
    late.await.refused(412, "precondition_failed");
    assert_eq!(crm.server.delete(&path).by(&crm.admin).await.status, 204);
    for ask in [
        crm.server.get(&path),
        crm.server.patch(&path, json!({})),
        crm.server.delete(&path),
        crm.server.get(&format!("{path}/members")),
        crm.put(&format!("{path}/members/{}", crm.agent.id), json!({})),
        crm.server.delete(&format!("{path}/members/{}", crm.agent.id)),
        crm.server.get("/api/crm/teams/x"),
    ] {
        ask.by(&crm.admin).await.refused(404, "team_not_found");
    }
    assert!(items(&crm.server.get("/api/crm/teams").by(&crm.admin).await).is_empty());
}

#[tokio::test]
async fn a_setting_is_the_default_time_zone() {
    let server = Server::with(|config| config.team_time_zone = "America/Bogota".parse().unwrap()).await;
    let crm = Crm::of(server).await;
    for zone in [json!(null), json!("")] {
        let body = json!({"name": format!("Bogotá {zone}"), "time_zone": zone});
        let team = crm.server.post("/api/crm/teams", body).by(&crm.admin).await.ok(201);
        assert_eq!(team["time_zone"], "America/Bogota");
    }
}

#[tokio::test]
async fn a_name_that_exists_is_refused_whatever_its_case() {
    let crm = Crm::new().await;
    crm.team(json!({"name": "Extranjería"})).await;
    let other = crm.team(json!({"name": "Civil"})).await;
    let name = json!({"name": "EXTRANJERÍA"});
    let refused = crm.server.post("/api/crm/teams", name.clone()).by(&crm.admin).await.refused(409, "team_name_taken");
    assert_eq!(refused["detail"], "Ya existe un equipo con este nombre");
    crm.server.patch(&other, name).by(&crm.admin).await.refused(409, "team_name_taken");
}

#[tokio::test]
async fn faults_of_teams_are_reported() {
    let crm = Crm::new().await;
    for (body, field) in [
        (json!({}), "name"),
        (json!({"name": " "}), "name"),
        (json!({"name": "x".repeat(256)}), "name"),
        (json!({"name": "x", "time_zone": "Europe/Atlantis"}), "time_zone"),
        (json!({"name": "x", "time_zone": "+02:00"}), "time_zone"),
        (json!({"name": "x", "hours": "always"}), "hours"),
        (json!({"name": "x", "hours": [{"days": [8], "from": "09:00", "to": "18:00"}]}), "hours.0.days"),
        (json!({"name": "x", "hours": [{"days": [1], "from": "25:00", "to": "18:00"}]}), "hours.0.from"),
        (json!({"name": "x", "hours": [{"days": [1], "from": "09:00"}]}), "hours.0.to"),
        (json!({"name": "x", "closed_days": ["25/12/2026"]}), "closed_days"),
        (json!({"name": "x", "self_service": 1}), "self_service"),
    ] {
        let answer = crm.server.post("/api/crm/teams", body.clone()).by(&crm.admin).await;
        assert_eq!(answer.invalid_fields(), [field], "{body}");
    }
    assert!(items(&crm.server.get("/api/crm/teams").by(&crm.admin).await).is_empty());
}

#[tokio::test]
async fn a_repeated_request_makes_one_team() {
    let crm = Crm::new().await;
    let make = || {
        let ask = crm.server.post("/api/crm/teams", json!({"name": "Madrid"})).by(&crm.admin);
        ask.header("idempotency-key", "equipo")
    };
    let (first, again) = (make().await, make().await);
    assert_eq!((first.ok(201), first.header("location")), (again.ok(201), again.header("location")));
    assert_eq!((first.header("etag"), again.header("idempotency-replayed")), (again.header("etag"), "true"));
    assert_eq!(items(&crm.server.get("/api/crm/teams").by(&crm.admin).await).len(), 1);
}

#[tokio::test]
async fn teams_are_walked_by_cursor() {
    let crm = Crm::new().await;
    for name in ["a", "b", "c"] {
        crm.team(json!({"name": name})).await;
    }
    let (mut names, mut path) = (Vec::new(), "/api/crm/teams?limit=2".to_owned());
    loop {
        let part = crm.server.get(&path).by(&crm.agent).await;
        names.extend(items(&part).into_iter().map(|team| team["name"].as_str().unwrap().to_owned()));
        let Some(next) = part.json()["next_cursor"].as_str().map(str::to_owned) else { break };
        path = format!("/api/crm/teams?limit=2&cursor={next}");
    }
    assert_eq!(names, ["a", "b", "c"]);
    let wrong = crm.server.get("/api/crm/teams?limit=1001&cursor=x").by(&crm.admin).await;
    assert_eq!(wrong.invalid_fields(), ["limit", "cursor"]);
    let path = format!("/api/crm/teams/{}", unknown_id());
    crm.server.get(&path).by(&crm.agent).await.refused(404, "team_not_found");
}
