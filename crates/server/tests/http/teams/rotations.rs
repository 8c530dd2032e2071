//! Rotations: who is owed how many leads, who is next, and turns that are credited by hand.

use reparto_domain::Role;
use serde_json::{Value, json};

use crate::crm::{Crm, items, unknown_id};

impl Crm {
    /// The path of a team's rotation.
    async fn rotation(&self, team: &str) -> String {
        let team = self.server.get(team).by(&self.admin).await.ok(200);
        format!("/api/crm/rotations/{}", team["rotation_id"].as_str().unwrap())
    }

    /// A team's rotation between the agent, a lawyer with three times the weight, and the administrator.
    async fn rotation_of_three(&self) -> String {
        let team = self.team(json!({"name": "Madrid"})).await;
        let lawyer = self.server.account(Role::Lawyer).await;
        self.join(&team, &self.agent).await;
        self.put_member(&team, &lawyer.id.to_string(), json!({"weight": 300})).await.ok(200);
        self.join(&team, &self.admin).await;
        self.rotation(&team).await
    }

    async fn credit(&self, rotation: &str, body: Value) -> crate::common::Answer {
        self.server.post(&format!("{rotation}/credits"), body).by(&self.admin).await
    }
}

#[tokio::test]
async fn a_rotation_has_defaults_and_is_changed_field_by_field() {
    let crm = Crm::new().await;
    let team = crm.team(json!({"name": "Madrid"})).await;
    let path = crm.rotation(&team).await;
    let listed = items(&crm.server.get("/api/crm/rotations").by(&crm.admin).await).remove(0);
    let expected = json!({
        "id": listed["id"], "team_id": team.rsplit('/').next(), "name": "Madrid", "strategy": "turns", "value_by": "score",
        "priority_values": {"low": 25.0, "medium": 50.0, "high": 75.0, "urgent": 100.0}, "slack": 0.5, "max_in_a_row": 3,
        "catch_up": "none", "count_manual": false, "returned_reasons": ["invalid", "duplicate", "wrong_skill"],
        "sticky": {"enabled": false, "days": 180, "otherwise": "deal"}, "version": 1,
        "created_at": listed["created_at"], "updated_at": listed["updated_at"]
    });
    assert_eq!(listed, expected);
    let read = crm.server.get(&path).by(&crm.admin).await;
    let mut detail = expected.clone();
    detail["members"] = json!([]);
    assert_eq!(read.ok(200), detail);
    let change = json!({
        "name": "Tardes", "strategy": "value", "value_by": "priority", "priority_values": {"urgent": 200.5}, "slack": 0,
        "max_in_a_row": 0, "catch_up": 90, "count_manual": true, "returned_reasons": ["other", "invalid"],
        "sticky": {"enabled": true, "otherwise": "wait"}
    });
    let changed = crm.server.patch(&path, change).by(&crm.admin).await;
    let now = changed.ok(200);
    assert_eq!(now["priority_values"], json!({"low": 25.0, "medium": 50.0, "high": 75.0, "urgent": 200.5}));
    assert_eq!(now["sticky"], json!({"enabled": true, "days": 180, "otherwise": "wait"}));
    assert_eq!((&now["catch_up"], &now["returned_reasons"]), (&json!(90), &json!(["invalid", "other"])));
    assert_eq!((&now["slack"], &now["max_in_a_row"], &now["version"]), (&json!(0.0), &json!(0), &json!(2)));
    let nulls = json!({"name": null, "strategy": null, "sticky": null, "catch_up": null, "slack": null});
    let same = crm.server.patch(&path, nulls).by(&crm.admin).await;
    assert_eq!((same.ok(200), same.header("etag")), (now, changed.header("etag")));
    let late = crm.server.patch(&path, json!({"slack": 1})).by(&crm.admin).header("if-match", read.header("etag"));
    late.await.refused(412, "precondition_failed");
    for ask in [crm.server.get("/api/crm/rotations/x"), crm.server.get(&format!("/api/crm/rotations/{}", unknown_id()))]
    {
        ask.by(&crm.admin).await.refused(404, "rotation_not_found");
    }
}

#[tokio::test]
async fn another_rotation_is_made_once_for_a_key() {
    let crm = Crm::new().await;
    let team = crm.team(json!({"name": "Madrid"})).await;
    let team = team.rsplit('/').next().unwrap();
    let body = json!({"team_id": team, "name": "Urgentes", "strategy": "open", "catch_up": "all"});
    let make = || crm.server.post("/api/crm/rotations", body.clone()).by(&crm.admin).header("idempotency-key", "r");
    let (first, again) = (make().await, make().await);
    assert_eq!((first.ok(201), first.header("location")), (again.ok(201), again.header("location")));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!((&first.ok(201)["strategy"], &first.ok(201)["catch_up"]), (&json!("open"), &json!("all")));
    assert_eq!(crm.server.get(first.header("location")).by(&crm.admin).await.ok(200)["name"], "Urgentes");
    for team in [unknown_id(), "x".into(), String::new()] {
        let ask = crm.server.post("/api/crm/rotations", json!({"team_id": team})).by(&crm.admin);
        ask.await.refused(404, "team_not_found");
    }
    assert_eq!(items(&crm.server.get("/api/crm/rotations").by(&crm.admin).await).len(), 2);
}

#[tokio::test]
async fn faults_of_settings_are_reported() {
    let crm = Crm::new().await;
    let path = crm.rotation(&crm.team(json!({"name": "Madrid"})).await).await;
    for (body, field) in [
        (json!({"strategy": "luck"}), "strategy"),
        (json!({"value_by": 1}), "value_by"),
        (json!({"priority_values": {"low": -1}}), "priority_values.low"),
        (json!({"priority_values": []}), "priority_values"),
        (json!({"slack": 1.1}), "slack"),
        (json!({"slack": 0.123_456_7}), "slack"),
        (json!({"slack": "0.5"}), "slack"),
        (json!({"max_in_a_row": -1}), "max_in_a_row"),
        (json!({"catch_up": "some"}), "catch_up"),
        (json!({"catch_up": 0}), "catch_up"),
        (json!({"count_manual": "no"}), "count_manual"),
        (json!({"returned_reasons": ["x"]}), "returned_reasons"),
        (json!({"sticky": {"days": 0}}), "sticky.days"),
        (json!({"sticky": {"otherwise": "x"}}), "sticky.otherwise"),
    ] {
        let answer = crm.server.patch(&path, body.clone()).by(&crm.admin).await;
        assert_eq!(answer.invalid_fields(), [field], "{body}");
    }
    assert_eq!(crm.server.get(&path).by(&crm.admin).await.ok(200)["version"], 1);
}

#[tokio::test]
async fn a_credit_is_owed_exactly_and_paid_by_weight() {
    let crm = Crm::new().await;
    let path = crm.rotation_of_three().await;
    let body = json!({"user_id": crm.agent.id, "turns": 1.5, "reason": "Guardia"});
    let event = crm.credit(&path, body).await.ok(201);
    assert_eq!((&event["kind"], &event["turns"], &event["reason"]), (&json!("credit"), &json!(1.5), &json!("Guardia")));
    assert_eq!((&event["user_id"], &event["actor_id"]), (&json!(crm.agent.id), &json!(crm.admin.id)));
    assert_eq!((&event["points"], &event["opportunity_id"]), (&Value::Null, &Value::Null));
    let rotation = crm.server.get(&path).by(&crm.admin).await.ok(200);
    let members = rotation["members"].as_array().unwrap();
    let owed: Vec<f64> = members.iter().map(|member| member["owed"].as_f64().unwrap()).collect();
    assert_eq!(owed, [1.5, -1.125, -0.375]);
    let expected = json!({
        "user_id": crm.agent.id, "name": members[0]["name"], "weight": 100, "owed": 1.5, "due": 1.5, "got": 0.0,
        "value_due": 0.0, "value_got": 0.0, "received_today": 0, "quota_left": 10, "open": 0, "eligible": true,
        "reasons": [], "next_at": null
    });
    assert_eq!(members[0], expected);
    let events = items(&crm.server.get(&format!("{path}/events")).by(&crm.admin).await);
    assert_eq!((events.len(), &events[0]), (4, &event));
    let part = crm.server.get(&format!("{path}/events?limit=3")).by(&crm.admin).await.ok(200);
    let rest = format!("{path}/events?limit=3&cursor={}", part["next_cursor"].as_str().unwrap());
    let rest = crm.server.get(&rest).by(&crm.admin).await.ok(200);
    assert_eq!((&rest["items"][0]["kind"], &rest["next_cursor"]), (&json!("join"), &Value::Null));
}

#[tokio::test]
async fn credits_that_cannot_be_are_refused() {
    let crm = Crm::new().await;
    let team = crm.team(json!({"name": "Madrid"})).await;
    crm.join(&team, &crm.agent).await;
    let path = crm.rotation(&team).await;
    let body = |user: &str, turns: Value| json!({"user_id": user, "turns": turns, "reason": "Guardia"});
    let agent = crm.agent.id.to_string();
    let refused = crm.credit(&path, body(&agent, json!(1))).await.refused(409, "nobody_pays");
    assert_eq!(refused["detail"], "No hay nadie más en la rotación a cuya cuenta puedan ir los turnos");
    for user in [crm.admin.id.to_string(), unknown_id(), "x".into()] {
        crm.credit(&path, body(&user, json!(1))).await.refused(404, "member_not_found");
    }
    for turns in [json!(0), json!(101), json!(-100.5), json!(0.123_456_7), json!("1"), Value::Null] {
        assert_eq!(crm.credit(&path, body(&agent, turns.clone())).await.invalid_fields(), ["turns"], "{turns}");
    }
    let blank = json!({"user_id": agent, "turns": 1, "reason": " "});
    assert_eq!(crm.credit(&path, blank).await.invalid_fields(), ["reason"]);
}

#[tokio::test]
async fn agents_see_their_own_line_alone() {
    let crm = Crm::new().await;
    let path = crm.rotation_of_three().await;
    let seen = crm.server.get(&path).by(&crm.agent).await.ok(200);
    let members = seen["members"].as_array().unwrap();
    assert_eq!((members.len(), &members[0]["user_id"]), (1, &json!(crm.agent.id)));
    let stranger = crm.server.account(Role::Agent).await;
    assert_eq!(crm.server.get(&path).by(&stranger).await.ok(200)["members"], json!([]));
    for path in ["/api/crm/rotations".to_owned(), format!("{path}/next"), format!("{path}/events")] {
        crm.server.get(&path).by(&crm.agent).await.refused(403, "administrators_only");
    }
}

#[tokio::test]
async fn who_is_next_is_told_with_reasons_for_all() {
    let crm = Crm::new().await;
    let team = crm.team(json!({"name": "Madrid"})).await;
    crm.put_member(&team, &crm.agent.id.to_string(), json!({"daily_quota": 0})).await.ok(200);
    crm.join(&team, &crm.admin).await;
    let path = crm.rotation(&team).await;
    let lead = crm.opportunity().await;
    let next = crm.server.get(&format!("{path}/next?opportunity_id={lead}")).by(&crm.admin).await.ok(200);
    assert_eq!(next["user_id"], json!(crm.admin.id));
    let (agent, admin) = (&next["candidates"][0], &next["candidates"][1]);
    let reasons = json!([{"code": "quota_used_up", "text": "Ha recibido hoy todos los leads de su cupo"}]);
    assert_eq!((&agent["eligible"], &agent["reasons"]), (&json!(false), &reasons));
    assert_eq!((&agent["chosen"], &agent["because"]), (&json!(false), &Value::Null));
    let because = json!({"code": "only_one", "text": "Nadie más puede recibirlo"});
    assert_eq!((&admin["chosen"], &admin["because"]), (&json!(true), &because));
    assert_eq!((&admin["owed"], &admin["value_gap"]), (&json!(0.0), &json!(0.0)));
    let english = crm.server.get(&format!("{path}/next")).by(&crm.admin).header("accept-language", "en");
    assert_eq!(english.await.ok(200)["candidates"][1]["because"]["text"], "Nobody else can have it");
    for lead in [unknown_id(), "x".into()] {
        let ask = crm.server.get(&format!("{path}/next?opportunity_id={lead}")).by(&crm.admin);
        ask.await.refused(404, "opportunity_not_found");
    }
    let none = format!("/api/crm/rotations/{}/next?opportunity_id=x", unknown_id());
    crm.server.get(&none).by(&crm.admin).await.refused(404, "rotation_not_found");
    // Against the line: until the member's midnight.
    let line = &crm.server.get(&path).by(&crm.admin).await.ok(200)["members"][0];
    assert_eq!((&line["eligible"], &line["quota_left"]), (&json!(false), &json!(0)));
    assert!(line["next_at"].as_str().is_some_and(|at| at.ends_with(":00:00Z")));
}
