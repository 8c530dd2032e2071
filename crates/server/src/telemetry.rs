//! Metrics for Prometheus. What each one means stands in its description.

use std::{
    sync::OnceLock,
    time::{Duration, Instant},
};

use axum::http::{Method, StatusCode};
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use reparto_store::Statistics;

/// Requests answered, by method, route and status.
const REQUESTS: &str = "reparto_http_requests_total";
/// How long answers took, in seconds, by method and route.
const DURATION: &str = "reparto_http_request_duration_seconds";
/// Opportunities assigned, by kind of operation.
const ASSIGNED: &str = "reparto_opportunities_assigned_total";
/// Requests that wait for the database.
const WAITING: &str = "reparto_store_waiting";
/// Size of the database, in bytes.
const BYTES: &str = "reparto_store_bytes";
/// Size of what is not yet checkpointed, in bytes.
const WAL_BYTES: &str = "reparto_store_wal_bytes";

/// The recorder of this process, made at first use. Without one (somebody else's is installed) nothing is shown.
fn recorder() -> Option<&'static PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let make = || {
        let buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
        let handle = PrometheusBuilder::new().set_buckets(&buckets).ok()?.install_recorder().ok()?;
        describe_counter!(REQUESTS, "Requests answered, by method, route and status");
        describe_histogram!(DURATION, "How long answers took, in seconds, by method and route");
        describe_counter!(ASSIGNED, "Opportunities assigned, by kind of operation");
        describe_gauge!(WAITING, "Requests that wait for the database");
        describe_gauge!(BYTES, "Size of the database, in bytes");
        describe_gauge!(WAL_BYTES, "Size of the write-ahead log that is not yet checkpointed, in bytes");
        Some(handle)
    };
    RECORDER.get_or_init(make).as_ref()
}

/// Makes sure that a recorder is there before the first request.
pub fn install() {
    recorder();
}

/// The metrics page.
pub fn render(statistics: &Statistics) -> String {
    let Some(recorder) = recorder() else { return String::new() };
    gauge!(WAITING).set(statistics.waiting as f64);
    if let Some(bytes) = statistics.bytes {
        gauge!(BYTES).set(bytes as f64);
    }
    if let Some(bytes) = statistics.wal_bytes {
        gauge!(WAL_BYTES).set(bytes as f64);
    }
    recorder.run_upkeep();
    recorder.render()
}

/// Counts opportunities that an operation of this kind assigned.
pub fn assigned(kind: &'static str, n: usize) {
    counter!(ASSIGNED, "kind" => kind).increment(n as u64);
}

/// Times an answer.
pub struct Timer(Instant);

impl Timer {
    /// Starts now.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Records how long it took.
    pub fn finish(&self, method: &Method, route: &str, status: StatusCode) {
        // An unknown method is the client's invention, and each would be a time series of its own.
        let method = match method.as_str() {
            known @ ("GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD" | "OPTIONS") => known.to_owned(),
            _ => "other".to_owned(),
        };
        let labels = [("method", method), ("route", route.to_owned())];
        histogram!(DURATION, &labels).record(self.0.elapsed());
        let [method, route] = labels;
        counter!(REQUESTS, &[method, route, ("status", status.as_u16().to_string())]).increment(1);
    }

    /// Microseconds so far.
    pub fn micros(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

/// How often buckets are tidied while nobody asks for the page.
pub const UPKEEP: Duration = Duration::from_secs(30);

/// Tidies buckets.
pub fn upkeep() {
    if let Some(recorder) = recorder() {
        recorder.run_upkeep();
    }
}
