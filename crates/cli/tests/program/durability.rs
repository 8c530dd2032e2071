//! The process is repeatedly killed under bulk load. Everything answered must be stored, and nothing partially.

use std::collections::HashMap;

use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::harness::{Client, Folder, Server};

const OPPORTUNITIES: u32 = 240;
const BATCH: usize = 20;
const CLIENTS: usize = 4;
const KILLS: usize = 6;
/// The number of responses before the process is killed while more requests are in flight.
const ANSWERS: usize = 12;

/// A request that got a response: the operation, the assignee and the opportunities.
struct Answered {
    operation: String,
    assignee: String,
    ids: Vec<String>,
}

#[tokio::test(flavor = "multi_thread")]
async fn answered_writes_survive_sigkill_whole() {
    let folder = Folder::new();
    folder.demo(OPPORTUNITIES);
    let mut answered = Vec::new();
    for round in 0..KILLS {
        let server = folder.serve();
        let client = server.sign_in("admin@example.org").await;
        answered.extend(load_until_killed(server, &client, round).await);
        folder.run(&["check"]).succeeded();
    }
    assert!(answered.len() >= KILLS * ANSWERS);

    let server = folder.serve();
    let client = server.sign_in("admin@example.org").await;
    let histories = histories(&client).await;
    for request in &answered {
        for id in &request.ids {
            let entry = histories[id].iter().find(|entry| entry["operation_id"] == request.operation.as_str());
            let entry =
                entry.unwrap_or_else(|| panic!("{} was answered, and {id} knows nothing of it", request.operation));
            assert_eq!(entry["to_id"], request.assignee.as_str());
        }
    }
    let mut sizes: HashMap<&str, usize> = HashMap::new();
    for entry in histories.values().flatten().filter(|entry| entry["kind"] == "bulk_assign") {
        *sizes.entry(entry["operation_id"].as_str().unwrap()).or_default() += 1;
    }
    assert!(sizes.len() >= answered.len());
    assert!(sizes.values().all(|size| *size == BATCH), "an operation is there by halves: {sizes:?}");
}

/// Clients that send bulk requests one after another until the process is gone.
async fn load_until_killed(server: Server, client: &Client, round: usize) -> Vec<Answered> {
    let ids = ids(client).await;
    let agents = client.get("/api/crm/users/responsibles").await;
    let agents: Vec<String> =
        agents.as_array().unwrap().iter().map(|agent| agent["id"].as_str().unwrap().to_owned()).collect();
    let (tell, mut told) = mpsc::unbounded_channel();
    for number in 0..CLIENTS {
        let (client, ids, agents, tell) = (client.clone(), ids.clone(), agents.clone(), tell.clone());
        tokio::spawn(async move {
            // Overlapping sets with a different assignee each time.
            for turn in round + number.. {
                let from = turn * 7 % (ids.len() - BATCH);
                let ids = &ids[from..from + BATCH];
                let assignee = &agents[turn % agents.len()];
                let body = json!({ "opportunity_ids": ids, "assigned_to_id": assignee, "notes": format!("{turn}") });
                let Some(answer) = client.post("/api/crm/opportunities/bulk-assign", &body).await else { return };
                assert_eq!(answer["assigned_count"], BATCH);
                let operation = answer["operation_id"].as_str().unwrap().to_owned();
                if tell.send(Answered { operation, assignee: assignee.clone(), ids: ids.to_vec() }).is_err() {
                    return;
                }
            }
        });
    }
    drop(tell);
    let mut answered = Vec::new();
    while answered.len() < ANSWERS {
        answered.push(told.recv().await.expect("the service answers"));
    }
    server.kill();
    while let Some(more) = told.recv().await {
        answered.push(more);
    }
    answered
}

async fn ids(client: &Client) -> Vec<String> {
    let page = client.get("/api/crm/opportunities?limit=1000").await;
    let rows = page["opportunities"].as_array().unwrap();
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

async fn histories(client: &Client) -> HashMap<String, Vec<Value>> {
    let mut histories = HashMap::new();
    for id in ids(client).await {
        let history = client.get(&format!("/api/crm/opportunities/{id}/history?limit=1000")).await;
        assert!(history["next_cursor"].is_null());
        histories.insert(id, history["items"].as_array().unwrap().clone());
    }
    histories
}
