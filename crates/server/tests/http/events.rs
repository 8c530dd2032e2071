//! The change feed.

use reparto_domain::Role;
use serde_json::{Value, json};

use crate::{
    common::{Account, SentEvent, Stream},
    crm::{Crm, to},
};

async fn open(crm: &Crm, reader: &Account) -> Stream {
    crm.server.get("/api/crm/events").by(reader).stream().await
}

async fn resume(crm: &Crm, reader: &Account, after: &str) -> Stream {
    crm.server.get("/api/crm/events").by(reader).header("last-event-id", after).stream().await
}

/// Assigns these to somebody; returns the operation.
async fn assign(crm: &Crm, whom: &Account, ids: &[String]) -> Value {
    crm.bulk_assign(to(whom, ids)).await.ok(200)["operation_id"].clone()
}

fn item_ids(event: &SentEvent) -> Vec<&str> {
    let items = event.data["items"].as_array().unwrap();
    items.iter().map(|item| item["opportunity_id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn it_starts_at_the_end_bulk_requests_are_one_event() {
    let crm = Crm::new().await;
    let ids = crm.opportunities(3).await;
    let mut feed = open(&crm, &crm.admin).await;
    let operation = assign(&crm, &crm.agent, &ids).await;
    let event = feed.event().await;
    assert_eq!((event.event.as_str(), &event.data["type"]), ("opportunity.assigned", &json!("opportunity.assigned")));
    assert_eq!(event.data["operation_id"], operation);
    assert_eq!((&event.data["kind"], &event.data["actor_id"]), (&json!("bulk_assign"), &json!(crm.admin.id)));
    assert_eq!(event.data["timestamp"], "2026-01-15T09:00:00Z");
    assert!(event.data.get("job_id").is_none());
    assert_eq!(
        event.data["items"][0],
        json!({"opportunity_id": ids[0], "from_id": null, "to_id": crm.agent.id,
            "previous_status": "pending", "new_status": "assigned"})
    );
    assert_eq!(item_ids(&event), ids);
}

#[tokio::test]
async fn each_kind_of_change_has_its_type_in_order() {
    let crm = Crm::new().await;
    let mut feed = open(&crm, &crm.admin).await;
    let id = crm.opportunity().await;
    let operation = assign(&crm, &crm.agent, std::slice::from_ref(&id)).await;
    let undo = format!("/api/crm/operations/{}/undo", operation.as_str().unwrap());
    crm.server.post(&undo, json!({})).by(&crm.admin).await.ok(200);
    let path = format!("/api/crm/opportunities/{id}");
    crm.server.patch(&path, json!({"assigned_to_id": crm.agent.id})).by(&crm.admin).await.ok(200);
    let body = json!({"opportunity_ids": [id]});
    crm.server.post("/api/crm/opportunities/bulk-unassign", body).by(&crm.admin).await.ok(200);
    crm.server.patch(&path, json!({"status": "lost"})).by(&crm.admin).await.ok(200);
    crm.server.delete(&path).by(&crm.admin).await;
    let mut types = Vec::new();
    for _ in 0..7 {
        let event = feed.event().await;
        assert_eq!(item_ids(&event), [id.as_str()]);
        types.push(event.event);
    }
    let expected = ["updated", "assigned", "undone", "assigned", "unassigned", "updated", "updated"];
    let name = |last: &str| if last == "undone" { "operation.undone".into() } else { format!("opportunity.{last}") };
    assert_eq!(types, expected.map(name));
}

#[tokio::test]
async fn a_resumed_reader_misses_and_repeats_nothing() {
    let crm = Crm::new().await;
    let ids = crm.opportunities(12).await;
    let mut feed = open(&crm, &crm.admin).await;
    let (mut read, mut last) = (Vec::new(), String::new());
    for id in &ids[..4] {
        assign(&crm, &crm.agent, std::slice::from_ref(id)).await;
    }
    for _ in 0..2 {
        let event = feed.event().await;
        read.push(item_ids(&event)[0].to_owned());
        last = event.id;
    }
    drop(feed);
    for id in &ids[4..8] {
        assign(&crm, &crm.agent, std::slice::from_ref(id)).await;
    }
    let mut feed = resume(&crm, &crm.admin, &last).await;
    for id in &ids[8..] {
        assign(&crm, &crm.agent, std::slice::from_ref(id)).await;
    }
    while read.len() < ids.len() {
        read.push(item_ids(&feed.event().await)[0].to_owned());
    }
    assert_eq!(read, ids);
}

#[tokio::test]
async fn staff_get_only_what_they_see_or_held_before() {
    let crm = Crm::new().await;
    let other = crm.server.account(Role::Lawyer).await;
    let ids = crm.opportunities(3).await;
    let mut feed = open(&crm, &crm.agent).await;
    // Only another's: no event.
    assign(&crm, &other, &ids[..1]).await;
    // Assigned to them: an event.
    assign(&crm, &crm.agent, &ids[1..2]).await;
    let event = feed.event().await;
    assert_eq!(item_ids(&event), [ids[1].as_str()]);
    // Taken from them, together with an unassigned one: the event has only theirs.
    assign(&crm, &other, &ids[1..]).await;
    let event = feed.event().await;
    assert_eq!(item_ids(&event), [ids[1].as_str()]);
    assert_eq!(event.data["items"][0]["from_id"], json!(crm.agent.id));
    // Everybody may see what becomes unassigned.
    let body = json!({"opportunity_ids": [ids[0]]});
    crm.server.post("/api/crm/opportunities/bulk-unassign", body).by(&crm.admin).await.ok(200);
    assert_eq!(item_ids(&feed.event().await), [ids[0].as_str()]);
}

#[tokio::test]
async fn administrators_get_a_jobs_end_after_its_operations() {
    let crm = Crm::new().await;
    let id = crm.opportunity().await;
    let (mut feed, mut agents) = (open(&crm, &crm.admin).await, open(&crm, &crm.agent).await);
    let _background = crm.server.run_background();
    let body = json!({"kind": "bulk_assign", "filter": {}, "assigned_to_id": crm.agent.id});
    let job = crm.server.post("/api/crm/jobs", body).by(&crm.admin).await.ok(202);
    let mut events = [feed.event().await, feed.event().await];
    events.sort_by(|a, b| b.event.cmp(&a.event));
    assert_eq!((events[0].event.as_str(), &events[0].data["job_id"]), ("opportunity.assigned", &job["id"]));
    let reported = &events[1].data;
    assert_eq!((&reported["type"], &reported["job_id"]), (&json!("job.finished"), &job["id"]));
    assert_eq!(
        (&reported["kind"], &reported["status"], &reported["done"]),
        (&json!("bulk_assign"), &json!("finished"), &json!(1))
    );
    assert!(reported.get("operation_id").is_none());
    assert_eq!(item_ids(&agents.event().await), [id.as_str()]);
    // If they got the job's end, it would come before this.
    assign(&crm, &crm.agent, std::slice::from_ref(&id)).await;
    assert_eq!(agents.event().await.event, "opportunity.assigned");
}

#[tokio::test]
async fn a_stream_ends_when_the_right_is_lost() {
    let crm = Crm::new().await;
    let second = crm.server.account(Role::Admin).await;
    let (agents, admins) = (open(&crm, &crm.agent).await, open(&crm, &second).await);
    crm.server.store().user_set_active(&crm.server.system(), crm.agent.id, false).await.unwrap();
    crm.server.store().user_set_role(&crm.server.system(), second.id, Role::User).await.unwrap();
    assert!(agents.rest().await.is_empty());
    assert!(admins.rest().await.is_empty());
}

#[tokio::test]
async fn a_demoted_reader_continues_with_the_new_rights() {
    let crm = Crm::new().await;
    let (second, ids) = (crm.server.account(Role::Admin).await, crm.opportunities(2).await);
    let mut feed = open(&crm, &second).await;
    crm.server.store().user_set_role(&crm.server.system(), second.id, Role::Agent).await.unwrap();
    assign(&crm, &crm.agent, &ids[..1]).await;
    assign(&crm, &second, &ids[1..]).await;
    assert_eq!(item_ids(&feed.event().await), [ids[1].as_str()]);
}

#[tokio::test]
async fn a_malformed_position_is_refused() {
    let crm = Crm::new().await;
    for id in ["x", "1", "-1.0", "1.2.3"] {
        let ask = crm.server.get("/api/crm/events").by(&crm.admin).header("last-event-id", id);
        assert_eq!(ask.await.invalid_fields(), ["Last-Event-ID"]);
    }
}

#[tokio::test]
async fn streams_per_account_are_limited_and_freed_when_ended() {
    let crm = Crm::new().await;
    let mut open_now = Vec::new();
    for _ in 0..reparto_server::http::sse::STREAMS_MAX {
        open_now.push(open(&crm, &crm.agent).await);
    }
    let refused = crm.server.get("/api/crm/events").by(&crm.agent).await;
    refused.refused(429, "too_many_streams");
    assert_eq!(refused.header("retry-after"), "5");
    // Other accounts have their own limit.
    let _other = open(&crm, &crm.admin).await;
    drop(open_now.pop());
    let id = crm.opportunity().await;
    // Once an event has reached another reader, the service has noticed the one that is gone.
    assign(&crm, &crm.agent, std::slice::from_ref(&id)).await;
    while item_ids(&open_now[0].event().await) != [id.as_str()] {}
    let mut again = open(&crm, &crm.agent).await;
    let next = crm.opportunity().await;
    assert_eq!(item_ids(&again.event().await), [next.as_str()]);
}

#[tokio::test]
async fn streams_end_when_the_service_stops() {
    let crm = Crm::new().await;
    let feed = open(&crm, &crm.admin).await;
    let background = crm.server.run_background();
    crm.server.app.stop();
    assert!(feed.rest().await.is_empty());
    background.finish().await;
}
