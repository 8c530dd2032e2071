//! Logs, to standard error, so that standard output is a subcommand's own; and traces, where somebody takes them.

use std::{
    io::{self, IsTerminal as _},
    time::Duration,
};

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use reparto_store::TRACE;
use tracing::{Level, Metadata};
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    filter::{FilterExt as _, LevelFilter, filter_fn},
    fmt,
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

use crate::args::{LogArgs, LogFormat};

/// How long the last spans may take to be handed over when the program ends.
const LAST: Duration = Duration::from_secs(5);

/// What must be ended with the program.
pub struct Telemetry {
    traces: Option<SdkTracerProvider>,
}

/// Starts logging; and tracing, where `traces` says that this subcommand may and a setting says where to.
pub fn start(args: &LogArgs, traces: bool) -> Telemetry {
    let filter = EnvFilter::try_new(&args.log).unwrap_or_else(|error| {
        eprintln!("warning: --log is ignored: {error}");
        EnvFilter::new("info")
    });
    let provider = if traces { provider(args) } else { None };
    let spans = provider.as_ref().map(|provider| {
        tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("reparto"))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_filter(filter_fn(is_traced).with_max_level_hint(LevelFilter::INFO))
    });
    let logs = fmt::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    // A span that exists for traces is nobody's line in the log. The hint leaves the level to the other filter: what is
    // below it stays as cheap as if it were not there.
    let is_log = filter_fn(|metadata| metadata.target() != TRACE).with_max_level_hint(LevelFilter::TRACE);
    let filter = filter.and(is_log);
    let logs = match args.log_format {
        LogFormat::Text => logs.with_target(false).with_filter(filter).boxed(),
        LogFormat::Json => logs.json().with_filter(filter).boxed(),
    };
    Registry::default().with(logs).with(spans).init();
    Telemetry { traces: provider }
}

/// Our spans, and what went wrong within them.
fn is_traced(metadata: &Metadata<'_>) -> bool {
    metadata.target() == TRACE || (metadata.is_event() && *metadata.level() <= Level::WARN)
}

/// What hands spans over, in batches and on a thread of its own: a receiver that is away delays nobody.
fn provider(args: &LogArgs) -> Option<SdkTracerProvider> {
    let named = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let mut builder = SpanExporter::builder().with_http();
    match args.otlp_endpoint.as_deref().map(str::trim).filter(|url| !url.is_empty()) {
        Some(url) => builder = builder.with_endpoint(format!("{}/v1/traces", url.trim_end_matches('/'))),
        // The exporter reads these itself.
        None if named("OTEL_EXPORTER_OTLP_ENDPOINT") || named("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") => {}
        None => return None,
    }
    // Another part of the process may have chosen a provider before: that one does.
    _ = rustls::crypto::ring::default_provider().install_default();
    match builder.build() {
        Ok(exporter) => {
            let mut resource = Resource::builder();
            if !named("OTEL_SERVICE_NAME") {
                resource = resource.with_service_name("reparto");
            }
            let version = opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
            let resource = resource.with_attribute(version).build();
            Some(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build())
        }
        Err(error) => {
            eprintln!("warning: there will be no traces: {error}");
            None
        }
    }
}

impl Telemetry {
    /// Hands over what is left.
    pub fn finish(self) {
        if let Some(Err(error)) = self.traces.map(|provider| provider.shutdown_with_timeout(LAST)) {
            tracing::warn!(%error, "the last spans were not handed over");
        }
    }
}
