//! Clients that write concurrently, and a record of the responses.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use serde_json::{Value, json};
use tokio::{sync::watch, task::JoinHandle};

use super::fleet::{Answer, Asker, Fleet, PATIENCE};

/// The number of items of every bulk request: an operation with fewer was stored partially.
const BATCH: usize = 20;

/// The number of items of a job: two chunks.
const JOB: usize = 300;

/// The refusals that concurrent requests may cause.
const REFUSALS: [&str; 4] = ["assignee_inactive", "random_assignee_invalid", "opportunity_taken", "already_undone"];

/// What a response said: the operation, its opportunities, and the assignee (or none, or various).
#[derive(Debug)]
struct Told {
    operation: String,
    ids: Vec<String>,
    to: Option<Value>,
}

/// The record of all responses.
#[derive(Debug, Default)]
struct Book {
    told: Mutex<Vec<Told>>,
    /// Bulk requests without a key and without a response: they may have been executed.
    unknown: AtomicU64,
    answers: watch::Sender<u64>,
    stop: watch::Sender<bool>,
}

/// All clients.
pub struct Traffic {
    boss: Asker,
    book: Arc<Book>,
    tasks: Vec<JoinHandle<()>>,
}

/// One of the clients.
struct Client {
    boss: Asker,
    agent: Asker,
    agents: Vec<String>,
    ids: Vec<String>,
    book: Arc<Book>,
    random: StdRng,
    undoable: Vec<String>,
}

impl Traffic {
    /// Starts this many clients, one that deactivates users and one that runs jobs.
    pub async fn begin(fleet: &Fleet, clients: u64) -> Self {
        let boss = fleet.sign_in("admin@example.org").await;
        let ids = boss.opportunities().await;
        let people: Vec<_> =
            boss.responsibles().await.into_iter().filter(|(_, email)| email != "admin@example.org").collect();
        let agents: Vec<String> = people.iter().map(|(id, _)| id.clone()).collect();
        let agent = fleet.sign_in(&people[0].1).await;
        let book = Arc::new(Book::default());
        let mut tasks = vec![
            tokio::spawn(toggle(boss.clone(), agents[1].clone(), Arc::clone(&book))),
            tokio::spawn(jobs(boss.clone(), ids[..JOB].to_vec(), agents[2].clone(), Arc::clone(&book))),
        ];
        for number in 0..clients {
            let client = Client {
                boss: boss.clone(),
                agent: agent.clone(),
                agents: agents.clone(),
                ids: ids.clone(),
                book: Arc::clone(&book),
                random: StdRng::seed_from_u64(number),
                undoable: Vec::new(),
            };
            tasks.push(tokio::spawn(client.run()));
        }
        Self { boss, book, tasks }
    }

    /// Waits for this many more responses.
    pub async fn answers(&self, more: u64) {
        let mut answers = self.book.answers.subscribe();
        let until = *answers.borrow() + more;
        let came = tokio::time::timeout(PATIENCE, answers.wait_for(|answers| *answers >= until)).await;
        came.expect("answers come").expect("the book is kept");
        assert!(!self.tasks.iter().any(JoinHandle::is_finished), "a client has given up");
    }

    /// Stops the clients and compares the responses with the stored data. Returns the number of responses.
    pub async fn end(self) -> u64 {
        self.book.stop.send_replace(true);
        for task in self.tasks {
            task.await.expect("no client panics");
        }
        self.book.verify(&self.boss).await;
        *self.book.answers.borrow()
    }
}

impl Book {
    fn is_over(&self) -> bool {
        *self.stop.borrow()
    }

    fn answered(&self) {
        self.answers.send_modify(|answers| *answers += 1);
    }

    async fn verify(&self, boss: &Asker) {
        let told = std::mem::take(&mut *self.told.lock().unwrap());
        let mut known = HashSet::new();
        for told in &told {
            assert!(known.insert(told.operation.as_str()), "two requests were told of one operation: {told:?}");
        }
        let bulk: HashMap<String, u64> = boss
            .walk("/api/crm/operations?", "items")
            .await
            .into_iter()
            .filter(|operation| operation["job_id"].is_null())
            .filter(|operation| matches!(operation["kind"].as_str(), Some("bulk_assign" | "bulk_unassign")))
            .map(|operation| {
                (operation["id"].as_str().unwrap().to_owned(), operation["assigned_count"].as_u64().unwrap())
            })
            .collect();
        assert!(bulk.values().all(|count| *count == BATCH as u64), "an operation is there by halves: {bulk:?}");
        let untold = bulk.keys().filter(|id| !known.contains(id.as_str())).count() as u64;
        let unknown = self.unknown.load(Ordering::SeqCst);
        assert!(untold <= unknown, "{untold} operations are nobody's: a key was used twice ({unknown} unknown)");
        let parts: Vec<_> = told.chunks(told.len().div_ceil(8).max(1)).map(|part| compare(boss, part)).collect();
        futures::future::join_all(parts).await;
    }
}

/// Asserts that the responses match the stored data.
async fn compare(boss: &Asker, told: &[Told]) {
    for told in told {
        let operation = boss.get(&format!("/api/crm/operations/{}", told.operation)).await;
        let items = operation["items"].as_array().unwrap();
        let ids: Vec<&str> = items.iter().map(|item| item["opportunity_id"].as_str().unwrap()).collect();
        assert_eq!(ids, told.ids, "{}", told.operation);
        if let Some(to) = &told.to {
            assert!(items.iter().all(|item| item["to_id"] == *to), "{told:?}: {operation}");
        }
    }
}

impl Client {
    async fn run(mut self) {
        while !self.book.is_over() {
            match self.random.random_range(0..20) {
                0..9 => self.bulk_assign().await,
                9..11 => self.bulk_assign_without_key().await,
                11..14 => self.bulk_unassign().await,
                14 => self.random_pick().await,
                15 => self.take_one().await,
                16 => self.give_one().await,
                _ => self.undo().await,
            }
            self.book.answered();
        }
    }

    fn some(&mut self, count: usize) -> Vec<String> {
        self.ids.sample(&mut self.random, count).cloned().collect()
    }

    fn someone(&mut self) -> String {
        self.agents.choose(&mut self.random).unwrap().clone()
    }

    fn assignment(&mut self) -> (Value, Vec<String>, String) {
        let (ids, to) = (self.some(BATCH), self.someone());
        let mut body = json!({ "opportunity_ids": ids, "assigned_to_id": to });
        if self.random.random_ratio(1, 8) {
            body["notes"] = json!("bajo carga");
        }
        (body, ids, to)
    }

    /// Sends a request with a key until there is a response; sometimes repeats it, which must yield the same response.
    async fn send(&mut self, path: &str, body: &Value) -> Option<Answer> {
        let key = format!("{:032x}", self.random.random::<u128>());
        let answer = self.boss.until_answered("POST", path, Some(body), Some(&key)).await;
        if answer.status >= 400 {
            assert!(REFUSALS.contains(&answer.code().as_str()), "{path}: {answer:?}");
            return None;
        }
        if self.random.random_ratio(1, 4) {
            let again = self.boss.until_answered("POST", path, Some(body), Some(&key)).await;
            assert!(again.replayed && again.body == answer.body, "{path}: {answer:?}, then {again:?}");
        }
        Some(answer)
    }

    fn record(&mut self, answer: &Value, ids: Vec<String>, to: Option<Value>) {
        let operation = answer["operation_id"].as_str().unwrap().to_owned();
        self.undoable.push(operation.clone());
        self.book.told.lock().unwrap().push(Told { operation, ids, to });
    }

    async fn bulk_assign(&mut self) {
        let (body, ids, to) = self.assignment();
        if let Some(answer) = self.send("/api/crm/opportunities/bulk-assign", &body).await {
            assert_eq!(answer.json()["assigned_count"], BATCH, "{answer:?}");
            self.record(&answer.json(), ids, Some(json!(to)));
        }
    }

    async fn bulk_assign_without_key(&mut self) {
        let (body, ids, to) = self.assignment();
        let service = self.boss.next();
        let sent = self.boss.once(service, "POST", "/api/crm/opportunities/bulk-assign", Some(&body), None).await;
        match sent {
            Some(answer) if answer.status < 400 => self.record(&answer.json(), ids, Some(json!(to))),
            Some(answer) if answer.status < 500 => assert_eq!(answer.code(), "assignee_inactive"),
            _ => _ = self.book.unknown.fetch_add(1, Ordering::SeqCst),
        }
    }

    async fn bulk_unassign(&mut self) {
        let ids = self.some(BATCH);
        let body = json!({ "opportunity_ids": ids });
        let answer = self.send("/api/crm/opportunities/bulk-unassign", &body).await.expect("nothing refuses it");
        assert_eq!(answer.json()["unassigned_count"], BATCH, "{answer:?}");
        self.record(&answer.json(), ids, Some(Value::Null));
    }

    async fn random_pick(&mut self) {
        let body = json!({ "assigned_to_id": self.someone(), "count": 5 });
        if let Some(answer) = self.send("/api/crm/opportunities/assign-random", &body).await {
            assert!(answer.json()["assigned_count"].as_u64().unwrap() <= 5);
        }
    }

    /// An agent claims one.
    async fn take_one(&mut self) {
        let (id, key) = (self.some(1).remove(0), format!("{:032x}", self.random.random::<u128>()));
        let path = format!("/api/crm/opportunities/{id}/assign");
        let body = json!({ "assigned_to_id": self.agents[0] });
        let answer = self.agent.until_answered("POST", &path, Some(&body), Some(&key)).await;
        assert!(answer.status == 200 || answer.code() == "opportunity_taken", "{answer:?}");
    }

    async fn give_one(&mut self) {
        let (id, to) = (self.some(1).remove(0), self.someone());
        let path = format!("/api/crm/opportunities/{id}/assign");
        let answer = self.send(&path, &json!({ "assigned_to_id": to })).await;
        assert!(answer.is_none_or(|answer| answer.json()["assigned_to_id"] == to));
    }

    async fn undo(&mut self) {
        let Some(operation) = self.undoable.pop() else { return };
        let path = format!("/api/crm/operations/{operation}/undo");
        let Some(answer) = self.send(&path, &json!({})).await else { return };
        let answer = answer.json();
        let done: Vec<String> = answer["opportunities"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(answer["undone_count"], done.len());
        if answer["operation_id"].is_string() {
            self.record(&answer, done, None);
        }
    }
}

/// Repeatedly deactivates and reactivates an agent.
async fn toggle(boss: Asker, agent: String, book: Arc<Book>) {
    let path = format!("/api/users/{agent}/status");
    let mut is_active = true;
    while !book.is_over() || !is_active {
        is_active = !is_active;
        let answer = boss.until_answered("PATCH", &path, Some(&json!({ "is_active": is_active })), None).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        book.answered();
    }
}

/// Repeatedly assigns to an agent by a job and undoes it by another.
async fn jobs(boss: Asker, ids: Vec<String>, agent: String, book: Arc<Book>) {
    let mut number = 0;
    while !book.is_over() {
        number += 1;
        let give = json!({ "kind": "bulk_assign", "opportunity_ids": ids, "assigned_to_id": agent });
        let made = boss.until_answered("POST", "/api/crm/jobs", Some(&give), Some(&format!("job-{number}"))).await;
        assert_eq!(made.status, 202, "{made:?}");
        let given = boss.ended(made.json()["id"].as_str().unwrap()).await;
        assert_eq!((&given["status"], &given["done"]), (&json!("finished"), &json!(JOB)), "{given}");
        let path = format!("/api/crm/jobs/{}/undo", given["id"].as_str().unwrap());
        let made = boss.until_answered("POST", &path, Some(&json!({})), Some(&format!("undo-{number}"))).await;
        assert_eq!(made.status, 202, "{made:?}");
        let undone = boss.ended(made.json()["id"].as_str().unwrap()).await;
        let sum = undone["done"].as_u64().unwrap() + undone["failed"].as_u64().unwrap();
        assert_eq!((&undone["status"], sum), (&json!("finished"), JOB as u64), "{undone}");
        book.answered();
    }
}
