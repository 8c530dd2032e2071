//! Hostile input never causes a 500. The harness validates each response against the API document; errors are problems.

use axum::http::Method;
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestRunner},
};
use reparto_domain::Role;
use serde_json::{Map, Value, json};

use crate::common::{Account, Operation, Server, document, operations};

/// Texts known to break software.
const NASTY: &[&str] = &[
    "",
    " ",
    "\u{0}",
    "'",
    "\"",
    "%",
    "_",
    "\\",
    "*",
    "' OR 1=1 --",
    "\"; DROP TABLE users",
    "../../etc/passwd",
    "-1",
    "0",
    "1e309",
    "9223372036854775807",
    "9223372036854775808",
    "NaN",
    "null",
    "true",
    "asc",
    "\u{202e}abc",
    "\u{feff}",
    "ﬁ",
    "İ",
    "ß",
    "👩‍👩‍👧",
    "a\u{301}",
    "2026-02-30",
    "9999-12-31T23:59:59.999999999Z",
    "-009999-01-01",
    "0001-01-01T00:00:00+23:59",
    "none",
    "me",
    "0190a6e0-7c1b-7abc-8def-0123456789ab",
    "00000000-0000-0000-0000-000000000000",
    "{0190a6e07c1b7abc8def0123456789ab}",
    "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "agent",
    "superuser",
    "pending",
    "a@b.co",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => proptest::sample::select(NASTY).prop_map(str::to_owned),
        1 => any::<String>(),
        1 => (proptest::sample::select(NASTY), 1..400_usize).prop_map(|(text, times)| text.repeat(times)),
    ]
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(|number| json!(number)),
        1 => (-2..200_i64).prop_map(Value::from),
        4 => text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((text(), inner), 0..4).prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

fn operation() -> impl Strategy<Value = &'static Operation> {
    proptest::sample::select(operations().iter().collect::<Vec<_>>())
}

/// The fields of an operation's request body according to the document.
fn fields(operation: &Operation) -> Vec<String> {
    let schema = &operation.described["requestBody"]["content"]["application/json"]["schema"];
    let schema =
        schema["$ref"].as_str().and_then(|to| document().pointer(to.trim_start_matches('#'))).unwrap_or(schema);
    schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect()
}

/// The query parameters of an operation.
fn parameters(operation: &Operation) -> Vec<String> {
    let all = operation.described["parameters"].as_array().into_iter().flatten();
    all.filter(|one| one["in"] == "query").filter_map(|one| one["name"].as_str().map(str::to_owned)).collect()
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// The path of an operation with each id replaced by this text.
fn path(operation: &Operation, id: &str) -> String {
    let id = if id.is_empty() { "x".to_owned() } else { encoded(id).replace('+', "%20") };
    let mut path = operation.path.clone();
    while let (Some(from), Some(to)) = (path.find('{'), path.find('}')) {
        path.replace_range(from..=to, &id);
    }
    path
}

/// Runs a property against one server with an administrator.
fn property<S: Strategy>(cases: u32, strategy: &S, test: impl AsyncFn(&Server, &Account, S::Value)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (server, admin) = runtime.block_on(async {
        let server = Server::start().await;
        let admin = server.account(Role::Superuser).await;
        (server, admin)
    });
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let checked = runner.run(strategy, |value| {
        runtime.block_on(test(&server, &admin, value));
        Ok(())
    });
    if let Err(failure) = checked {
        panic!("{failure}");
    }
}

#[test]
fn no_query_breaks_a_list() {
    let lists: Vec<&'static Operation> =
        operations().iter().filter(|operation| !parameters(operation).is_empty()).collect();
    let strategy = (proptest::sample::select(lists), vec((any::<prop::sample::Index>(), text()), 0..5), text());
    property(300, &strategy, async |server, admin, (operation, pairs, id)| {
        let names = parameters(operation);
        let query: Vec<String> =
            pairs.iter().map(|(index, value)| format!("{}={}", index.get(&names), encoded(value))).collect();
        let method: Method = operation.method.to_uppercase().parse().unwrap();
        let path = format!("{}?{}", path(operation, &id), query.join("&"));
        let answer = server.ask(method, &path).by(admin).await;
        assert!(answer.status < 500, "{path}: {}", answer.text());
    });
}

#[test]
fn malformed_queries_break_nothing() {
    let raw = "[!-~&&[^#<>\"`{}|^\\\\]]{0,60}";
    property(200, &(operation(), raw), async |server, admin, (operation, raw)| {
        let answer = server.get(&format!("{}?{raw}", path(operation, "x"))).by(admin).await;
        assert!(answer.status < 500, "{raw}: {}", answer.text());
    });
}

#[test]
fn no_json_breaks_an_operation() {
    let bodies: Vec<&'static Operation> =
        operations().iter().filter(|operation| !operation.described["requestBody"].is_null()).collect();
    let pairs = vec((any::<prop::sample::Index>(), json_value()), 0..6);
    property(400, &(proptest::sample::select(bodies), pairs, text()), async |server, admin, (operation, pairs, id)| {
        let names = fields(operation);
        let mut body = Map::new();
        for (index, value) in pairs {
            if !names.is_empty() {
                body.insert(index.get(&names).clone(), value);
            }
        }
        let method: Method = operation.method.to_uppercase().parse().unwrap();
        let body = Value::Object(body);
        let answer = server.ask(method, &path(operation, &id)).json(body.clone()).by(admin).await;
        assert!(answer.status < 500, "{} {body}: {}", operation.path, answer.text());
    });
}

#[test]
fn no_bytes_break_an_operation() {
    let bytes = prop_oneof![vec(any::<u8>(), 1..200), json_value().prop_map(|value| value.to_string().into_bytes())];
    property(200, &(operation(), bytes), async |server, admin, (operation, bytes)| {
        let method: Method = operation.method.to_uppercase().parse().unwrap();
        let ask = server.ask(method, &path(operation, "x")).raw("application/json", bytes);
        let answer = ask.by(admin).await;
        assert!(answer.status < 500, "{}: {}", operation.path, answer.text());
    });
}

#[test]
fn no_header_breaks_an_operation() {
    let names = [
        "authorization",
        "accept",
        "accept-language",
        "idempotency-key",
        "if-match",
        "content-type",
        "origin",
        "x-request-id",
        "user-agent",
        "x-forwarded-for",
        "cookie",
    ];
    let value = prop_oneof![
        "[ -~]{0,80}",
        "(Bearer |bearer  )?[A-Za-z0-9_.-]{0,80}",
        "([a-z*]{1,3}(-[A-Z]{2})?(;q=[0-9.-]{0,4})?,? ?){0,5}",
        "(W/)?\"[^\"\\p{Cc}]{0,40}\"",
        "[\\p{L} ]{0,30}",
    ];
    let headers = vec((proptest::sample::select(names.to_vec()), value), 1..4);
    property(400, &(operation(), headers), async |server, admin, (operation, headers)| {
        let method: Method = operation.method.to_uppercase().parse().unwrap();
        let has_body = !operation.described["requestBody"].is_null();
        let ask = server.ask(method, &path(operation, "x"));
        let mut ask = if has_body { ask.json(json!({})) } else { ask };
        if !headers.iter().any(|(name, _)| *name == "authorization") {
            ask = ask.by(admin);
        }
        for (name, value) in &headers {
            ask = ask.header(name, value);
        }
        let answer = ask.await;
        assert!(answer.status < 500, "{} {headers:?}", operation.path);
    });
}

#[tokio::test]
async fn deeply_nested_json_is_refused() {
    let server = Server::start().await;
    let admin = server.account(Role::Admin).await;
    for opening in ["[", "{\"a\":"] {
        let deep = format!("{{\"email\":{}", opening.repeat(100_000));
        let answer = server.ask(Method::POST, "/api/users").raw("application/json", deep).by(&admin).await;
        answer.refused(400, "body_not_json");
    }
    let within = format!("{{\"full_name\":{}{}}}", "[".repeat(100), "]".repeat(100));
    let answer = server.ask(Method::POST, "/api/users").raw("application/json", within).by(&admin).await;
    assert_eq!(answer.invalid_fields(), ["email", "password", "full_name"]);
}

#[tokio::test]
async fn input_is_never_echoed_in_full() {
    let server = Server::start().await;
    let admin = server.account(Role::Admin).await;
    let marker = "do-not-repeat-me".repeat(50);
    let body = json!({"email": marker, "password": marker, "role": marker, "full_name": marker});
    let answer = server.post("/api/users", body).by(&admin).await;
    assert_eq!(answer.status, 422);
    assert!(!answer.text().contains("do-not-repeat-me"), "{}", answer.text());
    let answer = server.get(&format!("/api/users?sort_by={marker}&role={marker}")).by(&admin).await;
    assert!(!answer.json()["detail"].as_str().unwrap().contains("do-not-repeat-me"));
}

#[tokio::test]
async fn a_time_to_be_stored_is_not_before_the_year_1() {
    let server = Server::start().await;
    let admin = server.account(Role::Admin).await;
    let before = "0000-12-31T23:59:59.999999Z";
    for body in [
        json!({"first_name": "Ana", "source_at": before}),
        json!({"first_name": "Ana", "do_not_contact": {"since": before, "reason": "x"}}),
        json!({"first_name": "Ana", "consent": {"text_version": "1", "at": before, "channel": "web"}}),
    ] {
        let refused = server.post("/api/crm/contacts", body.clone()).by(&admin).await;
        assert_eq!(refused.invalid_fields().len(), 1, "{body}");
    }
    let team = server.post("/api/crm/teams", json!({"name": "Madrid"})).by(&admin).await.ok(201);
    let member = format!("/api/crm/teams/{}/members/{}", team["id"].as_str().unwrap(), admin.id);
    let pause = |until: &str| server.ask(Method::PUT, &member).json(json!({"paused_until": until}));
    assert_eq!(pause(before).by(&admin).await.invalid_fields(), ["paused_until"]);
    let first = pause("0001-01-01T00:00:00Z").by(&admin).await.ok(200);
    assert_eq!(first["paused_until"], "0001-01-01T00:00:00Z");
}
