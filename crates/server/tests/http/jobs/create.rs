//! Creating and previewing jobs.

use reparto_domain::Role;
use serde_json::{Value, json};

use super::{all_to_agent, ask, ended, id, job, make};
use crate::{
    common::Server,
    crm::{Crm, items, unknown_id},
};

#[tokio::test]
async fn a_job_is_accepted_and_queued() {
    let crm = Crm::new().await;
    crm.opportunities(3).await;
    let made = ask(&crm, all_to_agent(&crm)).await;
    let reported = made.ok(202);
    let path = format!("/api/crm/jobs/{}", id(&reported));
    assert_eq!(made.header("location"), path);
    assert_eq!(reported["status"], "queued");
    assert_eq!((&reported["total"], &reported["done"], &reported["failed"]), (&json!(3), &json!(0), &json!(0)));
    assert_eq!((&reported["started_at"], &reported["finished_at"]), (&Value::Null, &Value::Null));
    assert_eq!(job(&crm, &id(&reported)).await, reported);
    let listed = items(&crm.server.get("/api/crm/jobs").by(&crm.admin).await);
    assert_eq!(listed, [reported]);
}

#[tokio::test]
async fn the_set_is_frozen_when_the_job_is_made() {
    let crm = Crm::new().await;
    let before = crm.opportunity().await;
    let made = make(&crm, json!({"kind": "set_status", "filter": {"status": "pending"}, "status": "expired"})).await;
    let after = crm.opportunity().await;
    let _background = crm.server.run_background();
    assert_eq!(ended(&crm, &made).await["done"], 1);
    assert_eq!(crm.read(&before).await["status"], "expired");
    assert_eq!(crm.read(&after).await["status"], "pending");
}

#[tokio::test]
async fn a_preview_counts_by_present_holder_and_writes_nothing() {
    let crm = Crm::new().await;
    crm.opportunities(3).await;
    crm.held_by(&crm.agent).await;
    let operations = crm.operations().await;
    let mut body = all_to_agent(&crm);
    body["dry_run"] = json!(true);
    let preview = ask(&crm, body).await.ok(200);
    assert_eq!(preview["total"], 4);
    assert_eq!(preview["by_holder"][0], json!({"assigned_to_id": null, "assigned_to_name": null, "count": 3}));
    assert_eq!(preview["by_holder"][1]["assigned_to_id"], json!(crm.agent.id));
    assert_eq!(preview["by_holder"][1]["count"], 1);
    assert_eq!(crm.operations().await, operations);
    assert!(items(&crm.server.get("/api/crm/jobs").by(&crm.admin).await).is_empty());
}

#[tokio::test]
async fn a_filter_is_parsed_like_the_lists_query() {
    let crm = Crm::new().await;
    crm.opportunity_of(80, None).await;
    crm.opportunity_of(20, None).await;
    for (filter, total) in [
        (json!({}), 2),
        (json!({"min_score": 50}), 1),
        (json!({"min_score": "50", "status": "pending", "assigned_to": "none"}), 1),
        (json!({"assigned_to": "me"}), 0),
        (json!({"search": "LUCIA"}), 2),
        (json!({"detected_from": "2020-01-01", "attempts_left": true}), 2),
    ] {
        let body = json!({"kind": "export", "filter": filter, "dry_run": true});
        assert_eq!(ask(&crm, body).await.ok(200)["total"], total, "{filter}");
    }
    for (filter, field) in [
        (json!({"min_score": 101}), "filter.min_score"),
        (json!({"status": "nope"}), "filter.status"),
        (json!({"priority": {}}), "filter.priority"),
        (json!({"detected_to": "soon"}), "filter.detected_to"),
    ] {
        let body = json!({"kind": "export", "filter": filter});
        assert_eq!(ask(&crm, body).await.invalid_fields(), [field], "{filter}");
    }
}

#[tokio::test]
async fn a_filter_that_would_match_everything_is_refused() {
    let crm = Crm::new().await;
    crm.opportunity().await;
    for (filter, field) in [
        (json!({"min_scor": 90}), "filter.min_scor"),
        (json!({"limit": 1}), "filter.limit"),
        (json!({"status": null}), "filter.status"),
        (json!({"priority": ""}), "filter.priority"),
        (json!({"search": "  "}), "filter.search"),
        (json!({"search": "\u{301}"}), "filter.search"),
        (Value::Null, "filter"),
    ] {
        for dry_run in [true, false] {
            let body = json!({"kind": "bulk_unassign", "filter": filter, "dry_run": dry_run});
            assert_eq!(ask(&crm, body).await.invalid_fields(), [field], "{filter}");
        }
    }
    let misspelt = ask(&crm, json!({"kind": "export", "filter": {"min_scor": 90}})).await;
    assert_eq!(
        misspelt.refused(422, "validation_failed")["field_errors"]["filter.min_scor"],
        "no es un campo conocido"
    );
    assert!(items(&crm.server.get("/api/crm/jobs").by(&crm.admin).await).is_empty());
}

#[tokio::test]
async fn a_filter_is_small() {
    let crm = Crm::new().await;
    let long = "x".repeat(20_000);
    for (field, body) in [
        ("filter", json!({"kind": "export", "filter": {"search": long}})),
        ("filter", json!({"kind": "export", "filter": {long.clone(): 1}})),
        ("notes", json!({"kind": "bulk_unassign", "filter": {}, "notes": long})),
    ] {
        let refused = ask(&crm, body).await;
        assert_eq!(refused.invalid_fields(), [field]);
        assert!(refused.text().len() < 1_000);
    }
}

#[tokio::test]
async fn request_errors_are_reported() {
    let crm = Crm::new().await;
    let (one, agent) = (crm.opportunity().await, crm.agent.id);
    for (body, fields) in [
        (json!({}), vec!["kind", "filter"]),
        (json!({"kind": "undo", "filter": {}}), vec!["kind"]),
        (json!({"kind": 1, "filter": {}}), vec!["kind"]),
        (json!({"kind": "export"}), vec!["filter"]),
        (json!({"kind": "export", "filter": []}), vec!["filter"]),
        (json!({"kind": "export", "filter": {}, "opportunity_ids": [one]}), vec!["filter"]),
        (json!({"kind": "export", "opportunity_ids": [1]}), vec!["opportunity_ids"]),
        (json!({"kind": "export", "opportunity_ids": one}), vec!["opportunity_ids"]),
        (json!({"kind": "set_status", "filter": {}}), vec!["status"]),
        (json!({"kind": "set_status", "filter": {}, "status": "x"}), vec!["status"]),
        (json!({"kind": "export", "filter": {}, "dry_run": "yes"}), vec!["dry_run"]),
        (json!({"kind": "bulk_assign", "filter": {}, "assigned_to_id": 7}), vec!["assigned_to_id"]),
    ] {
        let reported = ask(&crm, body.clone()).await.invalid_fields();
        assert!(fields.iter().all(|field| reported.iter().any(|name| name == field)), "{body}: {reported:?}");
    }
    let twice = json!({"kind": "export", "opportunity_ids": [one, one.to_uppercase()]});
    let reported = ask(&crm, twice).await.refused(400, "list_has_duplicates");
    assert!(reported["detail"].as_str().unwrap().contains(&one));
    let twice = json!({"kind": "export", "opportunity_ids": ["x y", one, "z", "x y", "z"]});
    let reported = ask(&crm, twice).await.refused(400, "list_has_duplicates");
    assert!(reported["detail"].as_str().unwrap().contains("x y, z"), "as they were sent: {reported}");
    ask(&crm, json!({"kind": "export", "opportunity_ids": []})).await.refused(400, "list_empty");
    let (nobody, user) = (unknown_id(), crm.server.account(Role::User).await);
    let to = |whom: Value| json!({"kind": "bulk_assign", "filter": {}, "assigned_to_id": whom});
    ask(&crm, to(Value::Null)).await.refused(404, "assignee_not_found");
    ask(&crm, to(json!(nobody))).await.refused(404, "assignee_not_found");
    ask(&crm, to(json!(user.id))).await.refused(400, "assignee_role_not_assignable");
    crm.server.store().user_set_active(&crm.server.system(), agent, false).await.unwrap();
    ask(&crm, to(json!(agent))).await.refused(404, "assignee_inactive");
    for (kind, body) in [("application/json", "{"), ("application/json", ""), ("application/json", "{} x")] {
        let ask = crm.server.post("/api/crm/jobs", json!({})).by(&crm.admin).raw(kind, body);
        ask.await.refused(400, "body_not_json");
    }
    let list = crm.server.post("/api/crm/jobs", json!([])).by(&crm.admin);
    list.await.refused(422, "body_not_an_object");
    let text = crm.server.post("/api/crm/jobs", json!({})).by(&crm.admin).raw("text/plain", "x");
    text.await.refused(415, "media_type_unsupported");
    assert!(items(&crm.server.get("/api/crm/jobs").by(&crm.admin).await).is_empty());
}

#[tokio::test]
async fn ids_may_come_as_csv() {
    let crm = Crm::new().await;
    let ids = crm.opportunities(3).await;
    let path = format!("/api/crm/jobs?kind=bulk_assign&assigned_to_id={}", crm.agent.id);
    let csv = format!("name,opportunity_id\r\nA,{}\r\n\"B, C\",{}\r\n,{}\r\n", ids[0], ids[1].to_uppercase(), "nope");
    let send = || {
        let ask = crm.server.post(&path, json!({})).by(&crm.admin).raw("text/csv; charset=utf-8", csv.clone());
        ask.header("idempotency-key", "k")
    };
    let made = send().await;
    let again = send().await;
    assert_eq!((again.header("idempotency-replayed"), &again.body), ("true", &made.body));
    let _background = crm.server.run_background();
    let reported = ended(&crm, &id(&made.ok(202))).await;
    assert_eq!((&reported["total"], &reported["done"], &reported["failed"]), (&json!(3), &json!(2), &json!(1)));
    assert_eq!(crm.read(&ids[1]).await["assigned_to_id"], json!(crm.agent.id));
    assert_eq!(crm.read(&ids[2]).await["assigned_to_id"], Value::Null);
    // The query is part of what the key covers.
    let other = crm.server.post(&format!("{path}&notes=x"), json!({})).by(&crm.admin).raw("text/csv", csv.clone());
    other.header("idempotency-key", "k").await.refused(422, "idempotency_key_reused");
}

#[tokio::test]
async fn a_list_has_at_most_a_million_ids() {
    let crm = Crm::new().await;
    let list = |count: usize| {
        let ids = (0..count as u128).map(|number| format!("\"{}\"", uuid::Uuid::from_u128(number)));
        format!(
            "{{\"kind\": \"export\", \"dry_run\": true, \"opportunity_ids\": [{}]}}",
            ids.collect::<Vec<_>>().join(", ")
        )
    };
    let send = |body: String| crm.server.post("/api/crm/jobs", json!({})).by(&crm.admin).raw("application/json", body);
    assert_eq!(send(list(100_000)).await.ok(200)["total"], 100_000);
    send(list(1_000_001)).await.refused(400, "list_too_long");
}

#[tokio::test]
async fn a_repeated_request_makes_one_job() {
    let crm = Crm::new().await;
    crm.opportunities(2).await;
    let send = || ask(&crm, all_to_agent(&crm)).header("idempotency-key", "k");
    let (first, again) = (send().await, send().await);
    assert_eq!(first.ok(202), again.ok(202));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(items(&crm.server.get("/api/crm/jobs").by(&crm.admin).await).len(), 1);
}

#[tokio::test]
async fn too_many_waiting_jobs_are_refused() {
    let crm = Crm::of(Server::start().await).await;
    crm.opportunity().await;
    for _ in 0..reparto_domain::jobs::JOBS_PER_USER {
        make(&crm, all_to_agent(&crm)).await;
    }
    ask(&crm, all_to_agent(&crm)).await.refused(409, "too_many_jobs");
}
