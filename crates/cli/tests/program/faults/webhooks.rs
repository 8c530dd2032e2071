//! Webhooks of a process that is killed under load, with a receiver that fails half of the time.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
};

use axum::{Router, body::Bytes, extract::State, http::StatusCode, routing::post};
use reparto_test_postgres::Database;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch};

use super::fleet::{Asker, Fleet, PATIENCE};
use crate::harness::Folder;

const CLIENTS: usize = 4;
const KILLS: usize = 2;
/// The number of requests of a client between two kills, and after the last.
const REQUESTS: usize = 4;
const BATCH: usize = 6;

/// What was received: the operation of each message, and whether it was accepted.
#[derive(Debug, Default)]
struct Receiver {
    messages: Mutex<HashMap<String, usize>>,
    calls: watch::Sender<usize>,
    taken: watch::Sender<Vec<Value>>,
}

impl Receiver {
    /// Waits for a few calls.
    async fn is_called_again(&self) {
        let mut calls = self.calls.subscribe();
        let came = tokio::time::timeout(PATIENCE, calls.wait_for(|calls| *calls >= 3)).await;
        came.expect("calls come").unwrap();
    }
}

/// Fails the first call of every other message.
async fn receive(State(receiver): State<Arc<Receiver>>, headers: axum::http::HeaderMap, body: Bytes) -> StatusCode {
    let id = headers["webhook-id"].to_str().unwrap().to_owned();
    let (number, calls) = {
        let mut messages = receiver.messages.lock().unwrap();
        let number = messages.len();
        let calls = messages.entry(id).or_insert(0);
        *calls += 1;
        (number, *calls)
    };
    receiver.calls.send_modify(|calls| *calls += 1);
    if calls == 1 && number % 2 == 0 {
        return StatusCode::INTERNAL_SERVER_ERROR;
    }
    let message = serde_json::from_slice(&body).unwrap();
    receiver.taken.send_modify(|taken| taken.push(message));
    StatusCode::NO_CONTENT
}

#[tokio::test(flavor = "multi_thread")]
async fn no_webhook_event_is_lost_by_crashes_on_sqlite() {
    check_no_event_is_lost(Folder::new()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_webhook_event_is_lost_by_crashes_on_postgresql() {
    let database = Database::empty().await.unwrap();
    check_no_event_is_lost(Folder::on(database.url())).await;
}

async fn check_no_event_is_lost(folder: Folder) {
    folder.demo(200);
    let receiver = Arc::new(Receiver::default());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let router = Router::new().route("/hook", post(receive)).with_state(Arc::clone(&receiver));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let fleet = Arc::new(Fleet::start(folder, &[&["--webhook-allow-private"]]));
    let boss = fleet.sign_in("admin@example.org").await;
    let events = ["opportunity.assigned", "opportunity.unassigned", "opportunity.updated", "operation.undone"];
    let made = boss
        .until_answered("POST", "/api/crm/webhooks", Some(&json!({ "url": url, "events": events })), Some("hook"))
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    let mut answered = HashSet::new();
    for round in 0..=KILLS {
        receiver.calls.send_replace(0);
        let clients: Vec<_> = (0..CLIENTS).map(|client| tokio::spawn(write(boss.clone(), round, client))).collect();
        if round < KILLS {
            // In mid-traffic: the clients continue once it is back.
            receiver.is_called_again().await;
            fleet.kill(0);
            let revived = Arc::clone(&fleet);
            tokio::task::spawn_blocking(move || revived.revive(0)).await.unwrap();
        }
        for client in clients {
            answered.extend(client.await.unwrap());
        }
    }
    assert_eq!(answered.len(), (KILLS + 1) * CLIENTS * REQUESTS);
    let mut taken = receiver.taken.subscribe();
    let all = taken.wait_for(|taken| answered.is_subset(&operations(taken)));
    drop(tokio::time::timeout(PATIENCE, all).await.expect("every event is received").unwrap());
    let taken = taken.borrow().clone();
    in_order(&boss, &taken).await;
    tokio::task::spawn_blocking(move || fleet.folder.run(&["check"]).succeeded()).await.unwrap();
}

fn operations(taken: &[Value]) -> HashSet<String> {
    taken.iter().filter_map(|message| message["data"]["operation_id"].as_str()).map(str::to_owned).collect()
}

/// Assigns and unassigns; returns the operations.
async fn write(boss: Asker, round: usize, client: usize) -> Vec<String> {
    let (ids, agents) = (boss.opportunities().await, boss.responsibles().await);
    let mut operations = Vec::new();
    for turn in 0..REQUESTS {
        let from = (round * 13 + turn * 29 + client * 5) % (ids.len() - BATCH);
        let (path, body) = if turn % 3 == 2 {
            ("/api/crm/opportunities/bulk-unassign", json!({ "opportunity_ids": ids[from..from + BATCH] }))
        } else {
            let to = &agents[(turn + client) % agents.len()].0;
            let body = json!({ "opportunity_ids": ids[from..from + BATCH], "assigned_to_id": to });
            ("/api/crm/opportunities/bulk-assign", body)
        };
        let key = format!("{round}-{client}-{turn}");
        let answer = boss.until_answered("POST", path, Some(&body), Some(&key)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        operations.push(answer.json()["operation_id"].as_str().unwrap().to_owned());
    }
    operations
}

/// For each opportunity, the first messages arrived in the order of its history.
async fn in_order(boss: &Asker, taken: &[Value]) {
    let mut told: HashMap<String, Vec<String>> = HashMap::new();
    for message in taken {
        let operation = message["data"]["operation_id"].as_str().unwrap();
        for item in message["data"]["items"].as_array().unwrap() {
            let told = told.entry(item["opportunity_id"].as_str().unwrap().to_owned()).or_default();
            if !told.iter().any(|known| known == operation) {
                told.push(operation.to_owned());
            }
        }
    }
    for (id, told) in told {
        let history = boss.walk(&format!("/api/crm/opportunities/{id}/history?"), "items").await;
        let mut happened: Vec<&str> = history
            .iter()
            .map(|entry| entry["operation_id"].as_str().unwrap())
            .filter(|id| told.iter().any(|t| t == id))
            .collect();
        happened.reverse();
        assert_eq!(told, happened, "{id}");
    }
}
