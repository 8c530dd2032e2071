//! The metrics endpoint and its documentation: alert rules, dashboard and guide name exactly the existing metrics.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use reparto_domain::Role;
use reparto_server::telemetry::{Kind, METRICS};
use serde_json::{Value, json};

use crate::common::Server;

fn file(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The metrics named in a text, without the suffixes of histograms.
fn named(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_lowercase() || c == '_'));
    let names = words.filter(|word| word.strip_prefix("reparto_").is_some_and(|rest| !rest.is_empty()));
    let bare = |name: &str| {
        let histogram = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| name.strip_suffix(suffix));
        histogram.filter(|name| METRICS.iter().any(|metric| metric.name == *name)).unwrap_or(name).to_owned()
    };
    names.map(bare).collect()
}

fn all() -> BTreeSet<String> {
    METRICS.iter().map(|metric| metric.name.to_owned()).collect()
}

const RULES: &str = "packaging/monitoring/reparto.rules.yml";
const DASHBOARD: &str = "packaging/monitoring/dashboard.json";
const GUIDE: &str = "docs/operating.md";

/// The type of each metric declared by the endpoint.
async fn declared(server: &Server) -> BTreeMap<String, String> {
    let answer = server.get("/metrics").await;
    assert_eq!(answer.status, 200);
    let types = answer.text().lines().filter_map(|line| line.strip_prefix("# TYPE "));
    types.filter_map(|line| line.split_once(' ')).map(|(name, kind)| (name.to_owned(), kind.to_owned())).collect()
}

/// The value of a series, found by its prefix.
async fn value(server: &Server, series: &str) -> Option<f64> {
    let page = server.get("/metrics").await;
    page.text().lines().find_map(|line| line.strip_prefix(series)?.trim().parse().ok())
}

#[tokio::test]
async fn the_page_shows_every_metric_and_no_other() {
    let server = Server::start().await;
    server.get("/api/users/me").await.refused(401, "token_missing");
    let kind = |kind| match kind {
        Kind::Counter => "counter",
        Kind::Gauge => "gauge",
        Kind::Histogram => "histogram",
    };
    let mut expected: BTreeMap<_, _> =
        METRICS.iter().map(|metric| (metric.name.to_owned(), kind(metric.kind).to_owned())).collect();
    if server.store().engine() != "sqlite" {
        assert!(expected.remove("reparto_store_wal_bytes").is_some());
    }
    assert_eq!(declared(&server).await, expected);
}

#[test]
fn alerts_and_dashboard_name_exactly_the_metrics() {
    let (rules, dashboard) = (named(&file(RULES)), named(&file(DASHBOARD)));
    let used: BTreeSet<_> = rules.union(&dashboard).cloned().collect();
    assert_eq!(used, all());
}

#[test]
fn the_guide_explains_every_metric_and_no_other() {
    let guide = file(GUIDE);
    assert_eq!(named(&guide), all());
}

#[test]
fn the_guide_says_what_to_do_on_each_alert() {
    let (rules, guide) = (file(RULES), file(GUIDE));
    let alerts: BTreeSet<&str> =
        rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).map(str::trim).collect();
    assert!(alerts.len() > 5);
    let explained: BTreeSet<&str> = guide
        .lines()
        .filter_map(|line| line.strip_prefix("#### "))
        .map(str::trim)
        .filter(|heading| heading.starts_with("Reparto"))
        .collect();
    assert_eq!(explained, alerts);
}

#[test]
fn every_dashboard_panel_has_a_query() {
    let dashboard: Value = serde_json::from_str(&file(DASHBOARD)).unwrap();
    for panel in dashboard["panels"].as_array().unwrap() {
        let targets = panel["targets"].as_array().unwrap();
        assert!(!targets.is_empty(), "{}", panel["title"]);
        for target in targets {
            assert!(!target["expr"].as_str().unwrap().is_empty(), "{}", panel["title"]);
        }
    }
}

#[tokio::test]
async fn assignments_are_counted_by_kind_dry_runs_are_not() {
    let server = Server::start().await;
    let admin = server.account(Role::Admin).await;
    let agent = server.account(Role::Agent).await;
    let mut ids = Vec::new();
    for n in 0..3 {
        let contact = json!({ "first_name": format!("Contact {n}") });
        let contact = server.post("/api/crm/contacts", contact).by(&admin).await.ok(201)["id"].clone();
        let body = json!({ "contact_id": contact });
        ids.push(server.post("/api/crm/opportunities", body).by(&admin).await.ok(201)["id"].clone());
    }
    let bulk = "/api/crm/opportunities/bulk-assign";
    let body = json!({ "opportunity_ids": ids, "assigned_to_id": agent.id, "dry_run": true });
    server.post(bulk, body).by(&admin).await.ok(200);
    let count = "reparto_opportunities_assigned_total{kind=\"bulk_assign\"}";
    // Tests in one process share its counters.
    let before = value(&server, count).await.unwrap();
    let body = json!({ "opportunity_ids": ids, "assigned_to_id": agent.id });
    server.post(bulk, body).by(&admin).await.ok(200);
    assert!(value(&server, count).await.unwrap() >= before + 3.0);
    assert_eq!(value(&server, "reparto_store_up").await, Some(1.0));
}

#[tokio::test]
async fn metrics_apart_are_not_served_with_the_api() {
    let server = Server::with(|config| config.metrics_apart = true).await;
    assert_eq!(server.get("/metrics").await.status, 404);
    assert_eq!(server.get("/healthz").await.status, 200);
    let request = axum::extract::Request::builder().uri("/metrics").body(axum::body::Body::empty()).unwrap();
    let apart = reparto_server::metrics_router(&server.app);
    let answer = tower::ServiceExt::oneshot(apart, request).await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn https_is_demanded_where_the_public_address_has_it() {
    for (url, expected) in [(Some("https://crm.example.org"), true), (Some("http://10.0.0.1"), false), (None, false)] {
        let server = Server::with(|config| config.public_url = url.map(str::to_owned)).await;
        for path in ["/api/users/me", "/", "/healthz"] {
            let answer = server.get(path).await;
            assert_eq!(answer.headers.contains_key("strict-transport-security"), expected, "{url:?} {path}");
        }
    }
}

#[tokio::test]
async fn what_has_expired_goes_until_nothing_is_left() {
    use futures::StreamExt as _;
    use reparto_server::background::expire;
    let server = Server::start().await;
    let admin = server.account(Role::Admin).await;
    let mut asked = Vec::new();
    for n in 0..1_200 {
        let contact = server.post("/api/crm/contacts", json!({ "first_name": "Ana" })).by(&admin);
        asked.push(contact.header("idempotency-key", &format!("key-{n}")));
    }
    // A few at a time: more would wait for a connection longer than a request may.
    let mut answers = futures::stream::iter(asked.into_iter().map(IntoFuture::into_future)).buffer_unordered(16);
    while let Some(answer) = answers.next().await {
        assert_eq!(answer.status, 201);
    }
    drop(answers);
    server.advance(2 * 86_400);
    let now = server.app.clock.now();
    let none = expire::expired(server.store(), now, std::time::Duration::ZERO).await.unwrap();
    assert!(!none.whole, "the time was up with rows left: {none:?}");
    assert_eq!(value(&server, "reparto_removal_behind{kind=\"expired\"}").await, Some(1.0));
    let rest = expire::expired(server.store(), now, expire::BUDGET).await.unwrap();
    assert_eq!((none.rows + rest.rows, rest.whole), (1_200, true));
    assert_eq!(value(&server, "reparto_removal_behind{kind=\"expired\"}").await, Some(0.0));
    assert!(value(&server, "reparto_rows_removed_total{kind=\"expired\"}").await.unwrap() >= 1_200.0);
}
