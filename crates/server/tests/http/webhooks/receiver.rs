//! A receiver on a local port with its own signature check.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::{
    net::TcpListener,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::timeout,
};

use crate::common::GUARD;

/// A call.
#[derive(Debug, Clone)]
pub struct Call {
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// The response status.
    pub answered: StatusCode,
}

impl Call {
    /// A header.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).expect("the header").to_str().expect("text")
    }

    /// The message.
    pub fn message(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// Whether the signature was made with this secret, computed from the definition of HMAC (RFC 2104).
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").expect("the prefix")).expect("base64");
        assert!(key.len() <= 64, "a longer key is hashed first");
        let pad = |with: u8| {
            let mut block = [with; 64];
            block.iter_mut().zip(&key).for_each(|(byte, key)| *byte ^= key);
            block
        };
        let signed = format!("{}.{}.", self.header("webhook-id"), self.header("webhook-timestamp"));
        let inner = Sha256::new().chain_update(pad(0x36)).chain_update(signed).chain_update(&self.body).finalize();
        let outer = Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize();
        self.header("webhook-signature") == format!("v1,{}", STANDARD.encode(outer))
    }
}

/// The status for an attempt (from 1) of a message (from 1).
type Plan = fn(message: usize, attempt: usize) -> StatusCode;

/// The receiver.
pub struct Receiver {
    /// Its URL.
    pub url: String,
    calls: UnboundedReceiver<Call>,
}

struct Inner {
    plan: Plan,
    seen: Mutex<HashMap<String, (usize, usize)>>,
    calls: UnboundedSender<Call>,
}

impl Receiver {
    /// A receiver that responds like this.
    pub async fn start(plan: Plan) -> Self {
        let (sender, calls) = unbounded_channel();
        let inner = Arc::new(Inner { plan, seen: Mutex::default(), calls: sender });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let router = Router::new().route("/hook", post(take)).with_state(inner);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, calls }
    }

    /// The next call.
    pub async fn call(&mut self) -> Call {
        timeout(GUARD, self.calls.recv()).await.expect("a call in time").expect("a receiver that lives")
    }

    /// The calls until this many messages were accepted.
    pub async fn until_accepted(&mut self, messages: usize) -> Vec<Call> {
        let mut calls: Vec<Call> = Vec::new();
        while calls.iter().filter(|call| call.answered.is_success()).count() < messages {
            calls.push(self.call().await);
        }
        calls
    }

    /// Whether it was not called while others were.
    pub fn was_not_called(&mut self) -> bool {
        self.calls.try_recv().is_err()
    }
}

async fn take(State(inner): State<Arc<Inner>>, headers: HeaderMap, body: Bytes) -> Response {
    let id = headers.get("webhook-id").and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
    let (message, attempt) = {
        let mut seen = inner.seen.lock().expect("a lock");
        let next = seen.len() + 1;
        let entry = seen.entry(id).or_insert((next, 0));
        entry.1 += 1;
        *entry
    };
    let answered = (inner.plan)(message, attempt);
    _ = inner.calls.send(Call { headers, body, answered });
    // If the redirect were followed, there would be a second call.
    (answered, [(header::LOCATION, "/hook")], "x".repeat(100_000)).into_response()
}
