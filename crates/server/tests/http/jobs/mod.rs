//! Jobs, from the request to the last item.

mod create;
mod items;
mod run;

use futures::future::join_all;
use reparto_server::jobs::export::CsvRows;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

use crate::{common::Ask, crm::Crm};

/// Requests a job as the administrator.
fn ask(crm: &Crm, body: Value) -> Ask<'_> {
    crm.server.post("/api/crm/jobs", body).by(&crm.admin)
}

/// Creates a job; returns its id.
async fn make(crm: &Crm, body: Value) -> String {
    id(&ask(crm, body).await.ok(202))
}

fn id(job: &Value) -> String {
    job["id"].as_str().expect("an id").to_owned()
}

/// The body of a job that assigns all to the agent.
fn all_to_agent(crm: &Crm) -> Value {
    json!({"kind": "bulk_assign", "filter": {}, "assigned_to_id": crm.agent.id})
}

/// The current state of the job.
async fn job(crm: &Crm, id: &str) -> Value {
    crm.server.get(&format!("/api/crm/jobs/{id}")).by(&crm.admin).await.ok(200)
}

/// The ended job, according to its stream.
async fn ended(crm: &Crm, id: &str) -> Value {
    let stream = crm.server.get(&format!("/api/crm/jobs/{id}/events")).by(&crm.admin).stream().await;
    stream.rest().await.pop().expect("an event").data
}

/// Creates many free opportunities at once.
async fn many(crm: &Crm, count: usize) -> Vec<String> {
    let mut ids = Vec::with_capacity(count);
    while ids.len() < count {
        let batch = (count - ids.len()).min(200);
        ids.extend(join_all((0..batch).map(|_| crm.opportunity())).await);
    }
    ids
}

/// Executes the next chunk, like the runner.
async fn run_chunk(crm: &Crm) {
    let (store, now) = (crm.server.store(), crm.server.app.clock.now());
    let claim = store.job_claim(Uuid::now_v7(), now, now.plus_seconds(10)).await.expect("a look").expect("a chunk");
    let assignable = &crm.server.app.config.assignable_roles;
    store.job_run(claim, now, assignable, Arc::new(CsvRows::default())).await.expect("a chunk that is carried out");
}
