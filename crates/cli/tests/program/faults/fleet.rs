//! Services on one database that are killed and restarted while clients send requests.

use std::sync::{
    Arc, Mutex, RwLock,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::{Value, json};

use crate::harness::{Folder, PASSWORD, Server, client};

/// The timeout for waiting for an expected event.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_secs(300);

/// The delay before a client retries.
const BACK_OFF: std::time::Duration = std::time::Duration::from_millis(20);

/// One or more services on a database.
pub struct Fleet {
    pub folder: Folder,
    servers: Vec<Mutex<Option<Server>>>,
    /// Additional arguments of each.
    more: Vec<Vec<String>>,
    urls: Arc<Vec<RwLock<String>>>,
}

impl Fleet {
    /// Starts one service per list of arguments.
    pub fn start(folder: Folder, more: &[&[&str]]) -> Self {
        let servers: Vec<Server> = more.iter().map(|more| folder.serve_with(more)).collect();
        let urls = Arc::new(servers.iter().map(|server| RwLock::new(server.url.clone())).collect());
        let more = more.iter().map(|more| more.iter().map(|&arg| arg.to_owned()).collect()).collect();
        Self { folder, servers: servers.into_iter().map(|server| Mutex::new(Some(server))).collect(), more, urls }
    }

    /// Kills it with SIGKILL and waits until it is gone.
    pub fn kill(&self, which: usize) {
        self.servers[which].lock().unwrap().take().expect("one that runs").kill();
    }

    /// Restarts a killed one, on another port.
    pub fn revive(&self, which: usize) {
        let more: Vec<&str> = self.more[which].iter().map(String::as_str).collect();
        let server = self.folder.serve_with(&more);
        self.urls[which].write().unwrap().clone_from(&server.url);
        *self.servers[which].lock().unwrap() = Some(server);
    }

    /// A client that is not signed in.
    pub fn stranger(&self) -> Asker {
        Asker { http: client(), token: String::new(), urls: Arc::clone(&self.urls), turn: Arc::default() }
    }

    /// A signed-in client that uses any service that responds.
    pub async fn sign_in(&self, email: &str) -> Asker {
        let asker = self.stranger();
        let body = json!({ "email": email, "password": PASSWORD });
        let answer = asker.until_answered("POST", "/api/auth/login", Some(&body), None).await;
        Asker { token: answer.json()["access_token"].as_str().unwrap().to_owned(), ..asker }
    }
}

/// A response.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    /// Whether it was replayed.
    pub replayed: bool,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The code of a problem; empty if it is not a problem.
    pub fn code(&self) -> String {
        if self.status < 400 { String::new() } else { self.json()["code"].as_str().unwrap_or_default().to_owned() }
    }
}

/// A client that knows the addresses of the services.
#[derive(Clone)]
pub struct Asker {
    http: reqwest::Client,
    token: String,
    urls: Arc<Vec<RwLock<String>>>,
    /// The service to use next.
    turn: Arc<AtomicUsize>,
}

impl Asker {
    /// Sends a request to a service once; `None` without a complete response.
    pub async fn once(
        &self,
        which: usize,
        method: &str,
        path: &str,
        body: Option<&Value>,
        key: Option<&str>,
    ) -> Option<Answer> {
        let url = self.urls[which % self.urls.len()].read().unwrap().clone();
        let mut request = self.http.request(method.parse().unwrap(), format!("{url}{path}")).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let answer = request.send().await.ok()?;
        let replayed = answer.headers().contains_key("idempotency-replayed");
        let retry_after = answer.headers().contains_key("retry-after");
        let status = answer.status().as_u16();
        let answer = Answer { status, replayed, body: answer.bytes().await.ok()?.to_vec() };
        // The only server error that a fault may cause; it says when to retry.
        assert!(status < 500 || (answer.code() == "service_unavailable" && retry_after), "{path}: {answer:?}");
        Some(answer)
    }

    /// Sends a request to one service after another until the response is more than "retry later". The request must be
    /// repeatable: it has a key or is idempotent.
    pub async fn until_answered(&self, method: &str, path: &str, body: Option<&Value>, key: Option<&str>) -> Answer {
        let answered = async {
            loop {
                match self.once(self.next(), method, path, body, key).await {
                    Some(answer) if answer.status != 503 && answer.code() != "idempotency_key_running" => {
                        return answer;
                    }
                    _ => tokio::time::sleep(BACK_OFF).await,
                }
            }
        };
        tokio::time::timeout(PATIENCE, answered).await.unwrap_or_else(|_| panic!("no answer to {path}"))
    }

    /// Sends a CSV file to a service that responds.
    pub async fn send_file(&self, path: &str, file: Vec<u8>) -> Answer {
        let url = self.urls[0].read().unwrap().clone();
        let request = self.http.post(format!("{url}{path}")).bearer_auth(&self.token);
        let answer = request.header("content-type", "text/csv").body(file).send().await.unwrap();
        Answer { status: answer.status().as_u16(), replayed: false, body: answer.bytes().await.unwrap().to_vec() }
    }

    /// The index of the service to use next.
    pub fn next(&self) -> usize {
        self.turn.fetch_add(1, Ordering::Relaxed)
    }

    /// Waits for a job to end and returns it.
    pub async fn ended(&self, job: &str) -> Value {
        let ended = async {
            loop {
                let job = self.get(&format!("/api/crm/jobs/{job}")).await;
                if !job["finished_at"].is_null() {
                    return job;
                }
                tokio::time::sleep(BACK_OFF).await;
            }
        };
        tokio::time::timeout(PATIENCE, ended).await.expect("a job ends")
    }

    /// Reads a path.
    pub async fn get(&self, path: &str) -> Value {
        let answer = self.until_answered("GET", path, None, None).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.json()
    }

    /// All items of a list paged by cursor.
    pub async fn walk(&self, path: &str, items: &str) -> Vec<Value> {
        let mut all = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = self.get(&format!("{path}limit=1000{cursor}")).await;
            all.extend(page[items].as_array().unwrap().iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return all,
            }
        }
    }

    /// The ids of all opportunities.
    pub async fn opportunities(&self) -> Vec<String> {
        texts(&self.walk("/api/crm/opportunities?sort_by=created_at&", "opportunities").await, "id")
    }

    /// The ids and addresses of assignable users.
    pub async fn responsibles(&self) -> Vec<(String, String)> {
        let all = self.get("/api/crm/users/responsibles").await;
        let all = all.as_array().unwrap();
        texts(all, "id").into_iter().zip(texts(all, "email")).collect()
    }
}

fn texts(items: &[Value], member: &str) -> Vec<String> {
    items.iter().map(|item| item[member].as_str().unwrap().to_owned()).collect()
}
