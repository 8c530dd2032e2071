//! How to connect.

use std::{path::PathBuf, sync::Arc, time::Duration};

use reparto_domain::{Clock, SystemClock};
use reparto_store_rows::lists::Lists;
use secrecy::SecretString;

/// How to connect to a database.
#[derive(Debug, Clone)]
pub struct Options {
    /// `postgres://user@host/database?sslmode=…`. Besides what the driver knows, `sslmode=verify-full` and
    /// `verify-ca`, `sslrootcert`, `sslcert` and `sslkey` (paths of PEM files) are understood.
    pub url: SecretString,
    /// Whether to migrate the schema; otherwise an older one is refused.
    pub migrate: bool,
    /// The maximum number of connections.
    pub pool_size: usize,
    /// How long a request waits for a connection before it is refused as busy.
    pub wait: Duration,
    /// How long making a connection may take.
    pub connect_timeout: Duration,
    /// How long a statement may run before the server cancels it; zero: no limit.
    pub statement_timeout: Duration,
    /// How long a statement waits for a lock; zero: no limit.
    pub lock_timeout: Duration,
    /// How long bulk requests that are under way keep others from being executed, and how long one that is executed with
    /// others waits for a lock before each is executed by itself.
    pub patience: Duration,
    /// How statements are sent.
    pub statements: Statements,
    /// A streaming replica for list pages. It serves a page if it has replayed, or shortly replays, everything that any
    /// process wrote before the request; otherwise the primary does.
    pub read_url: Option<SecretString>,
    /// Whether to open a database with an unfinished copy in it: only the copy itself does.
    pub unfinished_copy: bool,
    /// How list pages are found.
    pub lists: Lists,
    /// Whether what lists are found in is made at once, rather than when a list first needs it: for a process that serves.
    pub lists_at_once: bool,
    /// The folder of a file in which it is kept for the next process; several may share it.
    pub cache_dir: Option<PathBuf>,
    /// The clock for the time at which a write takes effect: read when its rows are locked, or when the single
    /// statement that locks and writes is sent.
    pub clock: Arc<dyn Clock>,
}

/// How statements are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Statements {
    /// Prepared once per connection, with time-outs set when connecting: for direct connections, or a proxy that
    /// supports prepared statements and start-up parameters per client (PgBouncer 1.21 and later with
    /// `max_prepared_statements` and `ignore_startup_parameters = options`; time-outs are then set for the role).
    #[default]
    Prepared,
    /// Sent in full each time, and nothing set when connecting: for any proxy that pools transactions. Time-outs are
    /// then set for the role (`ALTER ROLE … SET statement_timeout`).
    Unprepared,
}

impl Options {
    /// Defaults: migrate, 16 connections, time-outs of 2 s for a connection, 30 s for a statement and 10 s for a lock,
    /// a patience of 200 ms, lists by SQL, the system clock.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: SecretString::from(url.into()),
            migrate: true,
            pool_size: 16,
            wait: Duration::from_secs(2),
            connect_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(30),
            lock_timeout: Duration::from_secs(10),
            patience: Duration::from_millis(200),
            statements: Statements::Prepared,
            read_url: None,
            unfinished_copy: false,
            lists: Lists::Sql,
            lists_at_once: false,
            cache_dir: None,
            clock: Arc::new(SystemClock),
        }
    }
}
