//! Traces as received over OTLP.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::Command,
    sync::mpsc::{Receiver, Sender, channel},
    time::{Duration, Instant},
};

use opentelemetry_proto::tonic::{
    collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse},
    common::v1::{KeyValue, any_value},
    trace::v1::Span,
};
use prost::Message as _;
use serde_json::json;

use crate::harness::{Folder, PASSWORD, client};

/// The timeout, sufficient for a loaded machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Receives spans over OTLP/HTTP on a free port while the test runs.
struct Collector {
    url: String,
    requests: Receiver<ExportTraceServiceRequest>,
}

impl Collector {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, requests) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let sender = sender.clone();
                std::thread::spawn(move || take(&stream, &sender));
            }
        });
        Self { url, requests }
    }

    /// Waits for the first matching span; returns it with its resource attributes.
    fn find(&self, wanted: impl Fn(&Span) -> bool) -> (Span, Vec<KeyValue>) {
        let until = Instant::now() + PATIENCE;
        loop {
            let request = self.requests.recv_timeout(until.saturating_duration_since(Instant::now())).unwrap();
            for resource in request.resource_spans {
                let spans = resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
                if let Some(span) = spans.into_iter().find(&wanted) {
                    return (span, resource.resource.unwrap().attributes);
                }
            }
        }
    }
}

/// Answers the requests of one connection.
fn take(stream: &TcpStream, sender: &Sender<ExportTraceServiceRequest>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if line.trim().is_empty() {
                break;
            }
            head.push(line.trim().to_ascii_lowercase());
        }
        assert_eq!(head[0], "post /v1/traces http/1.1");
        assert!(head.contains(&"content-type: application/x-protobuf".to_owned()), "{head:?}");
        let length = head.iter().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap();
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        sender.send(ExportTraceServiceRequest::decode(&*body).unwrap()).ok()?;
        let answer = ExportTraceServiceResponse::default().encode_to_vec();
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: {}\r\n\r\n",
            answer.len()
        );
        (&mut &*stream).write_all(&[head.as_bytes(), &answer].concat()).ok()?;
    }
}

/// An attribute as text.
fn attribute(attributes: &[KeyValue], key: &str) -> Option<String> {
    let value = attributes.iter().find(|attribute| attribute.key == key)?.value.clone()?.value?;
    Some(match value {
        any_value::Value::StringValue(text) => text,
        any_value::Value::IntValue(number) => number.to_string(),
        other => format!("{other:?}"),
    })
}

const BULK: &str = "POST /api/crm/opportunities/bulk-assign";

#[tokio::test]
async fn bulk_request_span_joins_the_callers_trace() {
    let folder = Folder::new();
    folder.demo(20);
    let collector = Collector::start();
    let mut server = folder.serve_with(&["--otlp-endpoint", &collector.url]);
    let admin = server.sign_in("admin@example.org").await;
    let ids = |page: &serde_json::Value, list: &str| -> Vec<serde_json::Value> {
        page[list].as_array().unwrap().iter().map(|item| item["id"].clone()).collect()
    };
    let free = ids(&admin.get("/api/crm/opportunities?assigned_to=none&limit=3").await, "opportunities");
    let agents = admin.get("/api/crm/users?is_active=true").await;
    let agent = agents.as_array().unwrap().iter().find(|user| user["role_name"] == "agent").unwrap();
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let answer = client()
        .post(format!("{}/api/crm/opportunities/bulk-assign", server.url))
        .bearer_auth(admin.token())
        .header("traceparent", format!("00-{trace}-b7ad6b7169203331-01"))
        .header("x-request-id", "a-request-of-ours")
        .json(&json!({ "opportunity_ids": free, "assigned_to_id": agent["id"] }))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let request_id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    assert_ne!(request_id, "a-request-of-ours");
    let operation: serde_json::Value = answer.json().await.unwrap();

    // Pending spans are exported when the program ends.
    let id = server.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    let (span, resource) = collector.find(|span| span.name == BULK);
    assert!(server.child.wait().unwrap().success());

    assert_eq!(u128::from_be_bytes(span.trace_id[..].try_into().unwrap()), u128::from_str_radix(trace, 16).unwrap());
    assert_eq!(u64::from_be_bytes(span.parent_span_id[..].try_into().unwrap()), 0xb7ad_6b71_6920_3331);
    let is = |key, value: &str| assert_eq!(attribute(&span.attributes, key).as_deref(), Some(value), "{key}");
    is("http.request.method", "POST");
    is("http.route", "/api/crm/opportunities/bulk-assign");
    is("http.response.status_code", "200");
    is("request_id", &request_id);
    is("reparto.items.done", "3");
    is("reparto.items.failed", "0");
    is("reparto.operation", operation["operation_id"].as_str().unwrap());
    assert!(attribute(&span.attributes, "user.id").is_some());
    assert_eq!(attribute(&resource, "service.name").as_deref(), Some("reparto"));
    // Neither the payload nor credentials.
    assert!(!format!("{span:?}").contains(PASSWORD) && !format!("{span:?}").contains(admin.token()));
}

#[tokio::test]
async fn database_call_is_a_span_within_the_request() {
    let folder = Folder::new();
    folder.demo(5);
    let collector = Collector::start();
    let mut server = folder.serve_with(&["--otlp-endpoint", &collector.url]);
    server.sign_in("admin@example.org").await;
    let id = server.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    let (span, _) = collector.find(|span| span.name == "write" && !span.parent_span_id.is_empty());
    assert!(server.child.wait().unwrap().success());
    assert_eq!(attribute(&span.attributes, "db.system.name").as_deref(), Some("sqlite"));
}

#[tokio::test]
async fn a_receiver_that_is_away_hinders_nobody() {
    let folder = Folder::new();
    folder.demo(5);
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut server = folder.serve_with(&["--otlp-endpoint", &format!("http://{gone}")]);
    let admin = server.sign_in("admin@example.org").await;
    assert_eq!(admin.get("/api/crm/opportunities").await["total"], 5);
    let id = server.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert!(server.child.wait().unwrap().success());
}

#[tokio::test]
async fn each_request_is_a_line_of_json_with_its_id() {
    let folder = Folder::new();
    folder.demo(5);
    let log = folder.path("log");
    let mut server = folder.serve_logging(&log, &["--log", "info", "--log-format", "json"]);
    let answer = client()
        .get(format!("{}/api/users/me", server.url))
        .header("x-request-id", "a-request-of-ours")
        .send()
        .await
        .unwrap();
    let request_id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    let id = server.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert!(server.child.wait().unwrap().success());
    let log = std::fs::read_to_string(log).unwrap();
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let line = lines.iter().find(|line| line["fields"]["request_id"] == request_id.as_str()).unwrap();
    assert_eq!(line["fields"]["client_request_id"], "a-request-of-ours");
    assert_eq!(line["fields"]["status"], 401);
    assert_eq!(line["fields"]["path"], "/api/users/me");
    // Tracing is off, so that there is no trace of it.
    assert!(line["fields"]["trace_id"].is_null() && line["spans"].is_null(), "{line}");
}
