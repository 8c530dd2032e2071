//! Running, cancelling, resuming and undoing jobs.

use reparto_domain::{Role, jobs::CHUNK};
use serde_json::{Value, json};

use super::{all_to_agent, ask, ended, id, job, make, many, run_chunk};
use crate::crm::{Crm, items, unknown_id};

/// The number of opportunities per holder.
async fn held(crm: &Crm) -> Value {
    let body = json!({"kind": "export", "filter": {}, "dry_run": true});
    ask(crm, body).await.ok(200)["by_holder"].clone()
}

#[tokio::test]
async fn thousands_are_assigned_in_chunks_and_undone() {
    let crm = Crm::new().await;
    let count = 2_000;
    many(&crm, count).await;
    let before = held(&crm).await;
    let _background = crm.server.run_background();
    let made = make(&crm, all_to_agent(&crm)).await;
    let reported = ended(&crm, &made).await;
    assert_eq!((&reported["status"], &reported["done"]), (&json!("finished"), &json!(count)), "{reported}");
    assert_eq!((&reported["failed"], &reported["seconds_left"]), (&json!(0), &json!(0)));
    assert_eq!(held(&crm).await[0]["assigned_to_id"], json!(crm.agent.id));
    let path = "/api/crm/operations?kind=bulk_assign&limit=1000";
    let operations = items(&crm.server.get(path).by(&crm.admin).await);
    assert_eq!(operations.len(), count / CHUNK);
    assert!(operations.iter().all(|operation| operation["job_id"] == made.as_str()));
    let undo = crm.server.post(&format!("/api/crm/jobs/{made}/undo"), json!({})).by(&crm.admin).await;
    let reported = undo.ok(202);
    assert_eq!(undo.header("location"), format!("/api/crm/jobs/{}", id(&reported)));
    assert_eq!((&reported["kind"], &reported["undoes"]), (&json!("undo"), &json!(made)));
    let reported = ended(&crm, &id(&reported)).await;
    assert_eq!(
        (&reported["status"], &reported["done"], &reported["failed"]),
        (&json!("finished"), &json!(count), &json!(0))
    );
    assert_eq!(held(&crm).await, before);
}

#[tokio::test]
async fn a_cancelled_job_keeps_done_items_and_fails_the_rest() {
    let crm = Crm::new().await;
    many(&crm, 3 * CHUNK).await;
    let made = make(&crm, all_to_agent(&crm)).await;
    run_chunk(&crm).await;
    let reported = job(&crm, &made).await;
    assert_eq!((&reported["status"], &reported["done"]), (&json!("running"), &json!(CHUNK)));
    let path = format!("/api/crm/jobs/{made}");
    let undo = || crm.server.post(&format!("{path}/undo"), json!({})).by(&crm.admin);
    undo().await.refused(409, "job_running");
    let cancel = || crm.server.post(&format!("{path}/cancel"), json!({})).by(&crm.admin);
    let reported = cancel().await.ok(200);
    assert_eq!(reported["status"], "cancelled");
    assert_eq!((&reported["done"], &reported["failed"]), (&json!(CHUNK), &json!(2 * CHUNK)));
    cancel().await.refused(409, "job_ended");
    let _background = crm.server.run_background();
    let errors = items(&crm.server.get(&format!("{path}/items?only=errors&limit=1000")).by(&crm.admin).await);
    assert_eq!(errors.len(), 2 * CHUNK);
    assert!(errors.iter().all(|item| item["code"] == "job_cancelled"));
    // What was done can be undone.
    let back = ended(&crm, &id(&undo().await.ok(202))).await;
    assert_eq!((&back["total"], &back["done"]), (&json!(CHUNK), &json!(CHUNK)), "{back}");
    assert_eq!(held(&crm).await, json!([{"assigned_to_id": null, "assigned_to_name": null, "count": 3 * CHUNK}]));
}

#[tokio::test]
async fn a_cancelled_job_resumes_and_is_undone_as_a_whole() {
    let crm = Crm::new().await;
    many(&crm, 3 * CHUNK).await;
    let before = held(&crm).await;
    let made = make(&crm, all_to_agent(&crm)).await;
    run_chunk(&crm).await;
    let path = format!("/api/crm/jobs/{made}");
    let ask = |what: &str| crm.server.post(&format!("{path}/{what}"), json!({})).by(&crm.admin);
    ask("resume").await.refused(409, "job_running");
    ask("cancel").await.ok(200);
    let key = "go-on-1";
    let first = ask("resume").header("idempotency-key", key).await;
    let reported = first.ok(200);
    assert_eq!(
        (&reported["status"], &reported["done"], &reported["failed"]),
        (&json!("running"), &json!(CHUNK), &json!(0))
    );
    assert!(reported["finished_at"].is_null());
    let again = ask("resume").header("idempotency-key", key).await;
    assert_eq!((again.header("idempotency-replayed"), again.ok(200)), ("true", reported));
    let _background = crm.server.run_background();
    let reported = ended(&crm, &made).await;
    assert_eq!(
        (&reported["status"], &reported["done"], &reported["failed"]),
        (&json!("finished"), &json!(3 * CHUNK), &json!(0))
    );
    ask("resume").await.refused(409, "job_not_resumable");
    let back = ended(&crm, &id(&ask("undo").await.ok(202))).await;
    assert_eq!((&back["total"], &back["done"]), (&json!(3 * CHUNK), &json!(3 * CHUNK)), "{back}");
    assert_eq!(held(&crm).await, before);
}

#[tokio::test]
async fn a_job_fails_when_its_creator_loses_the_right() {
    let crm = Crm::new().await;
    crm.opportunities(2).await;
    let second = crm.server.account(Role::Admin).await;
    let made = id(&crm.server.post("/api/crm/jobs", all_to_agent(&crm)).by(&second).await.ok(202));
    crm.server.store().user_set_role(&crm.server.system(), second.id, Role::Agent).await.unwrap();
    let _background = crm.server.run_background();
    let reported = ended(&crm, &made).await;
    assert_eq!((&reported["status"], &reported["done"], &reported["failed"]), (&json!("failed"), &json!(0), &json!(2)));
    assert!(reported["failure"].as_str().unwrap().ends_with("administrators_only"), "{reported}");
}

#[tokio::test]
async fn jobs_unassign_by_filter_and_set_status_by_ids() {
    let crm = Crm::new().await;
    let (mine, free) = (crm.held_by(&crm.agent).await, crm.opportunity().await);
    let _background = crm.server.run_background();
    let body = json!({"kind": "bulk_unassign", "filter": {"assigned_to": crm.agent.id}});
    let made = make(&crm, body).await;
    assert_eq!(ended(&crm, &made).await["done"], 1);
    assert_eq!(crm.read(&mine).await["assigned_to_id"], Value::Null);
    let body = json!({"kind": "set_status", "opportunity_ids": [free, unknown_id()], "status": "lost"});
    let made = make(&crm, body).await;
    let reported = ended(&crm, &made).await;
    assert_eq!((&reported["done"], &reported["failed"]), (&json!(1), &json!(1)));
    assert_eq!(crm.read(&free).await["status"], "lost");
}

#[tokio::test]
async fn the_stream_reports_each_second_and_ends_with_the_job() {
    let crm = Crm::new().await;
    many(&crm, 2 * CHUNK).await;
    let made = make(&crm, all_to_agent(&crm)).await;
    let path = format!("/api/crm/jobs/{made}/events");
    let mut stream = crm.server.get(&path).by(&crm.admin).stream().await;
    let first = stream.event().await;
    assert_eq!(
        (first.event.as_str(), &first.data["status"], &first.data["done"]),
        ("progress", &json!("queued"), &json!(0))
    );
    assert_eq!((&first.data["rate"], &first.data["seconds_left"]), (&Value::Null, &Value::Null));
    run_chunk(&crm).await;
    let second = stream.event().await;
    assert_eq!(second.data["done"], CHUNK);
    assert!(second.data["rate"].as_f64().unwrap() > 0.0 && second.data["seconds_left"].as_u64().unwrap() > 0);
    run_chunk(&crm).await;
    let last = stream.rest().await.pop().unwrap();
    assert_eq!((&last.data["status"], &last.data["done"]), (&json!("finished"), &json!(2 * CHUNK)));
    // An ended job gets a single event.
    assert_eq!(crm.server.get(&path).by(&crm.admin).stream().await.rest().await.len(), 1);
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let crm = Crm::new().await;
    for id in [unknown_id(), "x".to_owned()] {
        let path = format!("/api/crm/jobs/{id}");
        for path in
            [path.clone(), format!("{path}/items"), format!("{path}/events"), format!("{path}/items?format=csv")]
        {
            crm.server.get(&path).by(&crm.admin).await.refused(404, "job_not_found");
        }
        for action in ["cancel", "resume", "undo"] {
            let ask = crm.server.post(&format!("{path}/{action}"), json!({})).by(&crm.admin);
            ask.await.refused(404, "job_not_found");
        }
    }
}

#[tokio::test]
async fn exports_cannot_be_undone() {
    let crm = Crm::new().await;
    crm.opportunity().await;
    let _background = crm.server.run_background();
    let made = make(&crm, json!({"kind": "export", "filter": {}})).await;
    ended(&crm, &made).await;
    let undo = crm.server.post(&format!("/api/crm/jobs/{made}/undo"), json!({})).by(&crm.admin);
    undo.await.refused(409, "not_undoable");
}
