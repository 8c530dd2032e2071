//! How to connect.

use std::{sync::Arc, time::Duration};

use reparto_domain::{Clock, SystemClock};
use reparto_store_rows::lists::Lists;
use secrecy::SecretString;

/// How to connect to a database.
#[derive(Debug, Clone)]
pub struct Options {
    /// `postgres://user@host/database?sslmode=…`. Besides what the driver knows, `sslmode=verify-full` and
    /// `verify-ca`, `sslrootcert`, `sslcert` and `sslkey` (paths of PEM files) are understood.
    pub url: SecretString,
    /// Whether to bring the schema up to date; else an older one is refused.
    pub migrate: bool,
    /// Connections at most.
    pub pool_size: usize,
    /// How long a request waits for a connection before it is refused as busy.
    pub wait: Duration,
    /// How long making a connection may take.
    pub connect_timeout: Duration,
    /// How long a statement may run before the server ends it; zero: without end.
    pub statement_timeout: Duration,
    /// How long a statement waits for another's lock; zero: without end.
    pub lock_timeout: Duration,
    /// How statements are sent.
    pub statements: Statements,
    /// A streaming replica for list pages. A page comes from it where it has replayed, or within some moments replays,
    /// all that was written before the page was asked for, by whichever process; else from the primary.
    pub read_url: Option<SecretString>,
    /// Whether a database may be opened into which a copy is unfinished: only the copy itself does that.
    pub unfinished_copy: bool,
    /// How lists find their pages.
    pub lists: Lists,
    /// Tells when a write takes effect: read when its rows are locked, or as the one statement that does both is sent.
    pub clock: Arc<dyn Clock>,
}

/// How statements are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Statements {
    /// Prepared once per connection, and time-outs set when connecting: for a server, or a proxy that keeps prepared
    /// statements and start-up parameters apart by client (PgBouncer 1.21 and later with `max_prepared_statements`
    /// and `ignore_startup_parameters = options`, where the time-outs are then set for the role).
    #[default]
    Prepared,
    /// Sent whole each time, and nothing set when connecting: for any proxy that pools transactions. Time-outs are
    /// then set for the role (`ALTER ROLE … SET statement_timeout`).
    Unprepared,
}

impl Options {
    /// The usual: migrate, 16 connections, 2 s for a connection, 30 s for a statement, 10 s for a lock, lists by SQL, the
    /// machine's clock.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: SecretString::from(url.into()),
            migrate: true,
            pool_size: 16,
            wait: Duration::from_secs(2),
            connect_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(30),
            lock_timeout: Duration::from_secs(10),
            statements: Statements::Prepared,
            read_url: None,
            unfinished_copy: false,
            lists: Lists::Sql,
            clock: Arc::new(SystemClock),
        }
    }
}
