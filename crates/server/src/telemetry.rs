//! Metrics for Prometheus. [`METRICS`] is the list of them all; `docs/operating.md` explains each.

use std::{
    sync::OnceLock,
    time::{Duration, Instant},
};

use axum::http::{Method, StatusCode};
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use reparto_domain::{
    imports::{Import, ImportOutcome, ImportStatus, ImportTally},
    jobs::JobStatus,
};
use reparto_store::{Statistics, Store};
use tokio::sync::Mutex;

/// The type of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Goes up, and starts at 0 with the process.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Observations in buckets: `_bucket`, `_sum` and `_count`.
    Histogram,
}

/// A metric.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// The name of the metric.
    pub name: &'static str,
    /// The type of the metric.
    pub kind: Kind,
    /// What the metric measures, with the names of its labels.
    pub about: &'static str,
}

const fn metric(name: &'static str, kind: Kind, about: &'static str) -> Metric {
    Metric { name, kind, about }
}

const BUILD: &str = "reparto_build_info";
const REQUESTS: &str = "reparto_http_requests_total";
const DURATION: &str = "reparto_http_request_duration_seconds";
const ASSIGNED: &str = "reparto_opportunities_assigned_total";
const JOBS: &str = "reparto_jobs_ended_total";
const IMPORTS: &str = "reparto_imports_ended_total";
const IMPORT_ROWS: &str = "reparto_import_rows_total";
const IMPORTS_RUNNING: &str = "reparto_imports_running";
const IMPORT_DURATION: &str = "reparto_import_duration_seconds";
const WEBHOOKS: &str = "reparto_webhook_attempts_total";
const REMOVED: &str = "reparto_rows_removed_total";
const BEHIND: &str = "reparto_removal_behind";
const STREAMS: &str = "reparto_event_streams";
const UP: &str = "reparto_store_up";
const WAITING: &str = "reparto_store_waiting";
const BYTES: &str = "reparto_store_bytes";
const WAL_BYTES: &str = "reparto_store_wal_bytes";
const LISTS_ROWS: &str = "reparto_lists_rows";
const LISTS_TEXTS: &str = "reparto_lists_texts";

/// All metrics.
pub const METRICS: [Metric; 19] = [
    metric(BUILD, Kind::Gauge, "Always 1; the version and the engine are its labels"),
    metric(REQUESTS, Kind::Counter, "Requests answered, by method, route and status"),
    metric(DURATION, Kind::Histogram, "How long answers took, in seconds, by method and route"),
    metric(ASSIGNED, Kind::Counter, "Opportunities assigned, by kind of operation"),
    metric(JOBS, Kind::Counter, "Jobs that this process brought to their end, by status"),
    metric(IMPORTS, Kind::Counter, "Imports that this process brought to their end, by status"),
    metric(IMPORT_ROWS, Kind::Counter, "Rows of imports written by this process, by outcome"),
    metric(IMPORTS_RUNNING, Kind::Gauge, "Imports that this process is writing"),
    metric(IMPORT_DURATION, Kind::Histogram, "How long imports took from the file to the end, in seconds"),
    metric(WEBHOOKS, Kind::Counter, "Webhooks called by this process, by outcome"),
    metric(REMOVED, Kind::Counter, "Rows removed by this process because they had expired or were too old, by kind"),
    metric(BEHIND, Kind::Gauge, "Whether the last removal ended before everything was gone: 1 or 0, by kind"),
    metric(STREAMS, Kind::Gauge, "Open streams of the change feed and of jobs"),
    metric(UP, Kind::Gauge, "Whether the database answers: 1 or 0"),
    metric(WAITING, Kind::Gauge, "Requests that wait for the writer or a connection"),
    metric(BYTES, Kind::Gauge, "Size of the database, in bytes"),
    metric(WAL_BYTES, Kind::Gauge, "SQLite: size of what is not yet checkpointed, in bytes"),
    metric(LISTS_ROWS, Kind::Gauge, "Opportunities among which lists are found in memory; 0: by SQL"),
    metric(LISTS_TEXTS, Kind::Gauge, "Whether searches are answered from memory: 1 or 0"),
];

/// What assigned an opportunity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assigned {
    /// A single assignment.
    One,
    /// A bulk request.
    Bulk,
    /// A random pick.
    Random,
    /// A job.
    Job,
}

impl Assigned {
    const ALL: [Self; 4] = [Self::One, Self::Bulk, Self::Random, Self::Job];

    const fn name(self) -> &'static str {
        match self {
            Self::One => "assign",
            Self::Bulk => "bulk_assign",
            Self::Random => "assign_random",
            Self::Job => "job",
        }
    }
}

/// The recorder of this process, made at first use; `None` where another one is installed already.
fn recorder() -> Option<&'static PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let make = || {
        let buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
        let of_imports = [0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3_600.0];
        let handle = PrometheusBuilder::new()
            .set_buckets(&buckets)
            .ok()?
            .set_buckets_for_metric(Matcher::Full(IMPORT_DURATION.into()), &of_imports)
            .ok()?
            .install_recorder()
            .ok()?;
        for Metric { name, kind, about } in METRICS {
            match kind {
                Kind::Counter => describe_counter!(name, about),
                Kind::Gauge => describe_gauge!(name, about),
                Kind::Histogram => describe_histogram!(name, about),
            }
        }
        // A counter that was never touched has no series, and an alert rule over it would find nothing instead of 0.
        for kind in Assigned::ALL {
            counter!(ASSIGNED, "kind" => kind.name()).increment(0);
        }
        for status in JobStatus::ALL.iter().filter(|status| status.has_ended()) {
            counter!(JOBS, "status" => status.as_str()).increment(0);
        }
        for status in ImportStatus::ALL.iter().filter(|status| status.has_ended()) {
            counter!(IMPORTS, "status" => status.as_str()).increment(0);
        }
        import_rows(ImportTally::default());
        gauge!(IMPORTS_RUNNING).set(0.0);
        // Registered without a value: its series begin at 0.
        let _ = histogram!(IMPORT_DURATION);
        for kind in [Removed::Expired, Removed::Old] {
            counter!(REMOVED, "kind" => kind.name()).increment(0);
            gauge!(BEHIND, "kind" => kind.name()).set(0.0);
        }
        for outcome in [DELIVERED, FAILED] {
            counter!(WEBHOOKS, "outcome" => outcome).increment(0);
        }
        Some(handle)
    };
    RECORDER.get_or_init(make).as_ref()
}

/// Installs the recorder before the first request.
pub fn install() {
    recorder();
}

/// The state that the metrics page reports.
#[derive(Debug)]
pub struct Moment {
    /// The engine's name.
    pub engine: &'static str,
    /// The store's figures; `None` where it does not answer.
    pub store: Option<Statistics>,
    /// Open streams.
    pub streams: usize,
}

/// How long the store's figures are good for: whoever asks for the page again and again does not make the database count
/// again and again.
const GOOD_FOR: Duration = Duration::from_secs(5);

/// The store's figures, kept for a few seconds.
#[derive(Debug, Default)]
pub struct Figures(Mutex<Option<(Instant, Option<Statistics>)>>);

impl Figures {
    /// The figures of the last seconds; `None` where the store did not answer. Those who ask at once share an answer.
    pub async fn now(&self, store: &dyn Store) -> Option<Statistics> {
        let mut kept = self.0.lock().await;
        if let Some((at, statistics)) = &*kept
            && at.elapsed() < GOOD_FOR
        {
            return statistics.clone();
        }
        let statistics = store.statistics().await.ok();
        *kept = Some((Instant::now(), statistics.clone()));
        statistics
    }
}

/// A number as a gauge holds it.
#[expect(clippy::cast_precision_loss, reason = "gauges are floats, exact up to 2^53")]
fn float(number: u64) -> f64 {
    number as f64
}

/// The metrics page.
pub fn render(moment: &Moment) -> String {
    let Some(recorder) = recorder() else { return String::new() };
    gauge!(BUILD, "version" => env!("CARGO_PKG_VERSION"), "engine" => moment.engine).set(1.0);
    gauge!(STREAMS).set(float(moment.streams as u64));
    gauge!(UP).set(f64::from(u8::from(moment.store.is_some())));
    if let Some(store) = &moment.store {
        gauge!(WAITING).set(float(store.waiting));
        gauge!(LISTS_ROWS).set(float(store.lists.rows));
        gauge!(LISTS_TEXTS).set(f64::from(u8::from(store.lists.has_texts)));
        if let Some(bytes) = store.bytes {
            gauge!(BYTES).set(float(bytes));
        }
        if let Some(bytes) = store.wal_bytes {
            gauge!(WAL_BYTES).set(float(bytes));
        }
    }
    recorder.run_upkeep();
    recorder.render()
}

/// Counts opportunities that were assigned.
pub fn assigned(kind: Assigned, n: u64) {
    counter!(ASSIGNED, "kind" => kind.name()).increment(n);
}

/// Counts a job that ended.
pub fn job_ended(status: JobStatus) {
    counter!(JOBS, "status" => status.as_str()).increment(1);
}

/// Counts the rows of an import that were written.
pub fn import_rows(tally: ImportTally) {
    let counts = [tally.created, tally.completed, tally.unchanged, tally.skipped];
    for (outcome, count) in ImportOutcome::ALL.iter().zip(counts) {
        counter!(IMPORT_ROWS, "outcome" => outcome.as_str()).increment(count);
    }
}

/// Counts an import that ended, and how long it took from the file to its end.
pub fn import_ended(import: &Import) {
    counter!(IMPORTS, "status" => import.status.as_str()).increment(1);
    if let Some(end) = import.finished_at {
        let micros = u64::try_from(end.micros() - import.created_at.micros()).unwrap_or(0);
        histogram!(IMPORT_DURATION).record(Duration::from_micros(micros));
    }
}

/// An import that is being written, until it is dropped.
#[derive(Debug)]
pub struct RunningImport(());

impl RunningImport {
    /// One more is.
    pub fn begin() -> Self {
        gauge!(IMPORTS_RUNNING).increment(1.0);
        Self(())
    }
}

impl Drop for RunningImport {
    fn drop(&mut self) {
        gauge!(IMPORTS_RUNNING).decrement(1.0);
    }
}

/// Why rows are removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removed {
    /// They have expired: answers to idempotency keys, tokens, counted attempts.
    Expired,
    /// They are older than is kept: details of jobs, deliveries.
    Old,
}

impl Removed {
    const fn name(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Old => "old",
        }
    }
}

/// Counts rows that were removed.
pub fn removed(kind: Removed, rows: u64) {
    counter!(REMOVED, "kind" => kind.name()).increment(rows);
}

/// Tells whether a removal ended before everything was gone.
pub fn removal_behind(kind: Removed, behind: bool) {
    gauge!(BEHIND, "kind" => kind.name()).set(f64::from(u8::from(behind)));
}

const DELIVERED: &str = "delivered";
const FAILED: &str = "failed";

/// Counts a call of a webhook.
pub fn webhook_called(delivered: bool) {
    counter!(WEBHOOKS, "outcome" => if delivered { DELIVERED } else { FAILED }).increment(1);
}

/// Measures how long an answer takes.
pub struct Timer(Instant);

impl Timer {
    /// Starts now.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Records how long it took.
    pub fn finish(&self, method: &Method, route: &str, status: StatusCode) {
        let labels = [("method", known(method).to_owned()), ("route", route.to_owned())];
        histogram!(DURATION, &labels).record(self.0.elapsed());
        let [method, route] = labels;
        counter!(REQUESTS, &[method, route, ("status", status.as_u16().to_string())]).increment(1);
    }

    /// Microseconds so far.
    pub fn micros(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

/// The method as a label: unknown ones share one, or each would be a time series of its own.
pub(crate) fn known(method: &Method) -> &str {
    match method.as_str() {
        known @ ("GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD" | "OPTIONS") => known,
        _ => "other",
    }
}

/// How often buckets are cleaned up while nobody reads the page.
pub const UPKEEP: Duration = Duration::from_secs(30);

/// Cleans up buckets.
pub fn upkeep() {
    if let Some(recorder) = recorder() {
        recorder.run_upkeep();
    }
}
