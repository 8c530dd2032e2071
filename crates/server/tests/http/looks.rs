//! Who looked: reading that the audit log records.

use reparto_domain::Role;
use serde_json::{Value, json};

use crate::{
    common::{Account, Server},
    crm::{Crm, items},
};

/// The entries of an action, newest first, as a second administrator reads them.
async fn entries(crm: &Crm, reader: &Account, action: &str) -> Vec<Value> {
    items(&crm.server.get(&format!("/api/users/audit-logs?action={action}")).by(reader).await)
}

/// A service that records lists of more than this many rows a minute, with an administrator to read the log.
async fn with_limit(rows: u64) -> (Crm, Account) {
    let crm = Crm::of(Server::with(|config| config.rows_per_minute = rows).await).await;
    let reader = crm.server.account(Role::Admin).await;
    (crm, reader)
}

#[tokio::test]
async fn long_lists_are_one_entry_a_minute() {
    let (crm, reader) = with_limit(5).await;
    crm.opportunities(4).await;
    let list = async |path: &str| crm.server.get(path).by(&crm.agent).await.ok(200);
    list("/api/crm/opportunities?status=pending&search=luc%C3%ADa").await;
    assert!(entries(&crm, &reader, "opportunities_listed").await.is_empty());
    list("/api/crm/contacts?nacionalidad=peru&search=luc%C3%ADa&limit=3").await;
    list("/api/crm/contacts?search=luc%C3%ADa&limit=3").await;
    let recorded = entries(&crm, &reader, "contacts_listed").await;
    assert_eq!(recorded.len(), 1);
    assert_eq!(recorded[0]["details"], json!({"count": 7, "filter": {"search": true}}));
    assert_eq!((&recorded[0]["actor_id"], &recorded[0]["entity_type"]), (&json!(crm.agent.id), &json!("contact")));
    assert_eq!(recorded[0]["ip_address"], "192.0.2.10");
    for _ in 0..3 {
        list("/api/crm/opportunities").await;
    }
    assert!(entries(&crm, &reader, "opportunities_listed").await.is_empty(), "once a minute");
    crm.server.advance(60);
    list("/api/crm/opportunities?status=pending&assigned_to=none").await;
    let recorded = entries(&crm, &reader, "opportunities_listed").await;
    let filter = json!({"status": "pending", "assigned_to": "none"});
    assert_eq!(recorded[0]["details"], json!({"count": 16, "filter": filter}), "with what was not recorded before");
    crm.server.advance(60);
    list("/api/crm/opportunities").await;
    assert_eq!(entries(&crm, &reader, "opportunities_listed").await.len(), 1, "few rows in a new minute");
}

#[tokio::test]
async fn rows_read_at_last_are_told_without_another_list() {
    let (crm, reader) = with_limit(1).await;
    crm.opportunities(3).await;
    for _ in 0..2 {
        crm.server.get("/api/crm/opportunities").by(&crm.agent).await.ok(200);
    }
    let background = crm.server.run_background();
    crm.server.app.stop();
    background.finish().await;
    let counts: Vec<Value> = entries(&crm, &reader, "opportunities_listed").await;
    let counts: Vec<&Value> = counts.iter().map(|entry| &entry["details"]["count"]).collect();
    assert_eq!(counts, [3, 3]);
}

#[tokio::test]
async fn reading_the_audit_log_is_in_it() {
    let (crm, reader) = with_limit(5_000).await;
    let read = async |query: &str, id: &str| {
        let path = format!("/api/users/audit-logs?{query}");
        crm.server.get(&path).by(&crm.admin).header("x-request-id", id).await.ok(200)
    };
    read("q=Ana&from_date=2020-01-01", "first-4711").await;
    read("q=Ana&from_date=2020-01-01&limit=5", "second-4711").await;
    let own = |entry: &Value| entry["actor_id"] == json!(crm.admin.id);
    let recorded = entries(&crm, &reader, "audit_log_read").await;
    let recorded: Vec<&Value> = recorded.iter().filter(|entry| own(entry)).collect();
    assert_eq!(recorded.len(), 1, "equal looks within a minute share an entry");
    assert_eq!(recorded[0]["details"]["filter"], json!({"q": true, "from_date": "2020-01-01"}));
    assert_eq!((&recorded[0]["entity_type"], &recorded[0]["entity_id"]), (&json!("audit_log"), &Value::Null));
    assert!(recorded[0]["request_id"].is_string());
    read("action=login", "third-4711").await;
    crm.server.advance(60);
    read("q=Ana&from_date=2020-01-01", "fourth-4711").await;
    let recorded = entries(&crm, &reader, "audit_log_read").await;
    assert_eq!(recorded.iter().filter(|entry| own(entry)).count(), 3);
}

#[tokio::test]
async fn exports_and_downloads_are_recorded() {
    let (crm, reader) = with_limit(5_000).await;
    let ids = crm.opportunities(3).await;
    let contact = crm.server.get(&format!("/api/crm/opportunities/{}", ids[0])).by(&crm.admin).await.ok(200);
    let path = format!("/api/crm/contacts/{}", contact["contact_id"].as_str().unwrap());
    crm.server.patch(&path, json!({"do_not_contact": {"reason": "Pidió que no"}})).by(&crm.admin).await.ok(200);
    crm.server.get("/api/users/export?format=csv&q=agent&role=agent").by(&crm.admin).await;
    let recorded = entries(&crm, &reader, "users_exported").await;
    assert_eq!(recorded[0]["details"], json!({"count": 1, "filter": {"q": true, "role": "agent"}}));
    let body = json!({"kind": "export", "filter": {}});
    let job = crm.server.post("/api/crm/jobs", body).by(&crm.admin).await.ok(202)["id"].clone();
    let path = format!("/api/crm/jobs/{}/items", job.as_str().unwrap());
    let background = crm.server.run_background();
    let events = format!("/api/crm/jobs/{}/events", job.as_str().unwrap());
    crm.server.get(&events).by(&crm.admin).stream().await.rest().await;
    crm.server.app.stop();
    background.finish().await;
    crm.server.get(&path).by(&crm.admin).await.ok(200);
    assert!(entries(&crm, &reader, "job_downloaded").await.is_empty(), "a page of ids is no download");
    crm.server.get(&format!("{path}?format=csv")).by(&crm.admin).await;
    let recorded = entries(&crm, &reader, "job_downloaded").await;
    assert_eq!(recorded[0]["details"], json!({"count": 2, "filter": {"kind": "export"}}), "the rows of the file");
    assert_eq!((&recorded[0]["entity_type"], &recorded[0]["entity_id"]), (&json!("job"), &job));
}

#[tokio::test]
async fn an_entry_names_its_request() {
    let (crm, reader) = with_limit(5_000).await;
    let free = crm.opportunities(2).await;
    let post = async |path: &str, body: Value| crm.server.post(path, body).by(&crm.admin).await;
    let agent = crm.agent.id;
    let bulk = json!({"opportunity_ids": [free[0]], "assigned_to_id": agent});
    let bulk = post("/api/crm/opportunities/bulk-assign", bulk).await;
    let path = format!("/api/crm/opportunities/{}/assign", free[1]);
    let single = post(&path, json!({"assigned_to_id": agent})).await;
    let contact = post("/api/crm/contacts", json!({"name": "Ana"})).await;
    for (answer, action) in
        [(bulk, "bulk_assign_opportunities"), (single, "opportunity_assigned"), (contact, "contact_created")]
    {
        let recorded = entries(&crm, &reader, action).await;
        assert_eq!(recorded[0]["request_id"], answer.header("x-request-id"), "{action}");
    }
    let system = entries(&crm, &reader, "opportunity_created").await;
    assert_eq!(system[0]["request_id"], Value::Null);
}
