//! Connections and transactions: sending statements, committing, rolling back, retrying.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use deadpool_postgres::{ClientWrapper, Object};
use futures::{TryStreamExt as _, future::join_all};
use reparto_domain::{Caller, Clock, Timestamp, page::Weight};
use reparto_store::{StoreResult, TRACE};
use tokio::runtime::Handle;
use tokio_postgres::{Row, RowStream};
use tokio_postgres_rustls::MakeRustlsConnect;
use tracing::Instrument as _;

use super::{
    errors::{Db, Fault},
    options::Statements,
    params::Param,
};
/// What the connections to one server have in common.
#[derive(Clone)]
pub(crate) struct Settings {
    /// How statements are sent.
    pub statements: Statements,
    /// The clock of this process.
    pub clock: Arc<dyn Clock>,
    /// How long a group of bulk requests waits for a lock.
    pub patience: Duration,
    /// For another connection to the same server, which cancels a statement.
    pub tls: MakeRustlsConnect,
}

/// A connection from the pool.
pub(crate) struct Conn {
    object: Option<Object>,
    settings: Settings,
    /// The number of statements sent whose response has not been read completely.
    in_flight: AtomicUsize,
    /// Whether a transaction is open.
    open: bool,
    /// The statement that begins the transaction, until it has been sent with the first statement.
    begin: Option<&'static str>,
    /// Statements to send with COMMIT.
    last: Vec<Last>,
    /// Whether the connection is known to be lost: it is then not returned to the pool, even if the driver has not
    /// noticed yet.
    broken: AtomicBool,
}

/// A statement without a result that is sent with COMMIT.
struct Last {
    sql: &'static str,
    params: Vec<Box<dyn Param>>,
}

/// A statement and its parameters.
pub(crate) type Bound<'a> = (&'a str, &'a [&'a dyn Param]);

impl Conn {
    pub(crate) fn new(object: Object, settings: &Settings) -> Self {
        Self {
            object: Some(object),
            settings: settings.clone(),
            in_flight: AtomicUsize::new(0),
            open: false,
            begin: None,
            last: Vec::new(),
            broken: AtomicBool::new(false),
        }
    }

    /// A connection whose transaction begins with the first statement.
    pub(crate) fn beginning(object: Object, settings: &Settings, begin: &'static str) -> Self {
        let mut conn = Self::new(object, settings);
        (conn.begin, conn.open) = (Some(begin), true);
        conn
    }

    /// The caller at the time at which the request takes effect, from this process's clock and the times it follows.
    /// Must be called after locking all rows that it depends on.
    pub(crate) fn taking_effect(&self, caller: &Caller, follows: impl IntoIterator<Item = Timestamp>) -> Caller {
        caller.taking_effect(self.settings.clock.now(), follows)
    }

    /// How long a group of bulk requests waits for a lock.
    pub(crate) const fn patience(&self) -> Duration {
        self.settings.patience
    }

    fn object(&self) -> Db<&Object> {
        self.object.as_ref().ok_or_else(|| Fault::inconsistent("a connection was used after its end"))
    }

    /// Begins the transaction, unless that has been sent already.
    async fn begin(&self, begin: Option<&'static str>) -> Db<()> {
        match begin {
            Some(begin) => Ok(self.object()?.batch_execute(begin).await?),
            None => Ok(()),
        }
    }

    /// Sends a statement; the first one right after BEGIN, without waiting for its response.
    async fn send_after_begin(&mut self, sql: &str, params: &[&dyn Param], prepared: bool) -> Db<Vec<Row>> {
        let begin = self.begin.take();
        if begin.is_some() && prepared {
            self.prepare(sql, params).await?;
        }
        let (begun, rows) = futures::join!(self.begin(begin), self.send(sql, params, prepared));
        begun?;
        rows
    }

    /// Prepares a statement that is sent together with others, which would otherwise wait for its description.
    async fn prepare(&self, sql: &str, params: &[&dyn Param]) -> Db<()> {
        if self.settings.statements == Statements::Prepared {
            self.object()?.prepare_typed_cached(sql, &types(params)).await?;
        }
        Ok(())
    }

    /// Executes two statements with fixed texts, sending the second without waiting for the first; returns the rows of
    /// the second. It sees what others had committed by the time the first was done.
    pub(crate) async fn query_after(&mut self, first: Bound<'_>, second: Bound<'_>) -> Db<Vec<Row>> {
        self.prepare(first.0, first.1).await?;
        self.prepare(second.0, second.1).await?;
        let begin = self.begin.take();
        let sent = (self.send(first.0, first.1, true), self.send(second.0, second.1, true));
        let (begun, first, second) = futures::join!(self.begin(begin), sent.0, sent.1);
        begun?;
        first?;
        second
    }

    /// Sends a statement together with COMMIT, without a round trip of its own, ignoring any rows. If it fails, the
    /// transaction is rolled back.
    pub(crate) fn send_with_commit(&mut self, sql: &'static str, params: Vec<Box<dyn Param>>) {
        self.last.push(Last { sql, params });
    }

    async fn commit(&mut self) -> Db<()> {
        let last = std::mem::take(&mut self.last);
        if last.is_empty() {
            return self.command("COMMIT").await;
        }
        let last: Vec<(&str, Vec<&dyn Param>)> =
            last.iter().map(|Last { sql, params }| (*sql, params.iter().map(|param| &**param).collect())).collect();
        for (sql, params) in &last {
            self.prepare(sql, params).await?;
        }
        // In order, and COMMIT after them.
        let sent = last.iter().map(|(sql, params)| self.send(sql, params, true));
        let (sent, committed) = futures::join!(join_all(sent), self.object()?.batch_execute("COMMIT"));
        // If a statement failed, the server's response to COMMIT was a rollback.
        for sent in sent {
            sent?;
        }
        Ok(committed?)
    }

    async fn send(&self, sql: &str, params: &[&dyn Param], prepared: bool) -> Db<Vec<Row>> {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        let sent = self.send_to_server(sql, params, prepared).instrument(span(sql)).await;
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
        if sent.as_ref().is_err_and(Fault::is_disconnect) {
            self.broken.store(true, Ordering::Relaxed);
        }
        sent
    }

    async fn send_to_server(&self, sql: &str, params: &[&dyn Param], prepared: bool) -> Db<Vec<Row>> {
        let object = self.object()?;
        if prepared && self.settings.statements == Statements::Prepared {
            let statement = object.prepare_typed_cached(sql, &types(params)).await?;
            let values: Vec<_> = params.iter().map(|param| param.value()).collect();
            Ok(object.query(&statement, &values).await?)
        } else {
            let values: Vec<_> = params.iter().map(|param| (param.value(), param.pg_type())).collect();
            Ok(object.query_typed(sql, &values).await?)
        }
    }

    /// All rows of a statement with a fixed text.
    pub(crate) async fn all(&mut self, sql: &str, params: &[&dyn Param]) -> Db<Vec<Row>> {
        self.send_after_begin(sql, params, true).await
    }

    /// The rows of a page, read one by one. Refused, and given up, where they are more than an answer may hold.
    pub(crate) async fn page<T>(
        &mut self,
        sql: &str,
        params: &[&dyn Param],
        prepared: bool,
        mut read: impl FnMut(&Row) -> Db<T>,
    ) -> Db<Vec<T>> {
        let (mut found, mut weight) = (Vec::new(), Weight::default());
        let take = |row: &Row| {
            weight.add(row.raw_size_bytes())?;
            found.push(read(row)?);
            Ok(())
        };
        self.each(sql, params, prepared, take).await?;
        Ok(found)
    }

    /// Passes the rows of a statement to `take` as they arrive; an error ends the reading.
    pub(crate) async fn each(
        &mut self,
        sql: &str,
        params: &[&dyn Param],
        prepared: bool,
        mut take: impl FnMut(&Row) -> Db<()>,
    ) -> Db<()> {
        let begin = self.begin.take();
        self.begin(begin).await?;
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        let mut rows = std::pin::pin!(match self.stream(sql, params, prepared).instrument(span(sql)).await {
            Ok(rows) => rows,
            Err(fault) => return Err(self.ended(fault)),
        });
        loop {
            match rows.try_next().await {
                // Reading that ends early leaves its statement in flight: the connection is given up.
                Ok(Some(row)) => take(&row)?,
                Ok(None) => break,
                Err(error) => return Err(self.ended(error.into())),
            }
        }
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
        Ok(())
    }

    /// Notes that a statement has ended with this fault.
    fn ended(&self, fault: Fault) -> Fault {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
        if fault.is_disconnect() {
            self.broken.store(true, Ordering::Relaxed);
        }
        fault
    }

    async fn stream(&self, sql: &str, params: &[&dyn Param], prepared: bool) -> Db<RowStream> {
        let object = self.object()?;
        if prepared && self.settings.statements == Statements::Prepared {
            let statement = object.prepare_typed_cached(sql, &types(params)).await?;
            Ok(object.query_raw(&statement, params.iter().map(|param| param.value())).await?)
        } else {
            Ok(object.query_typed_raw(sql, params.iter().map(|param| (param.value(), param.pg_type()))).await?)
        }
    }

    /// Executes a statement and ignores any rows it returns.
    pub(crate) async fn run(&mut self, sql: &str, params: &[&dyn Param]) -> Db<()> {
        self.all(sql, params).await.map(drop)
    }

    /// All rows of a statement that is built, and planned, for its parameters.
    pub(crate) async fn all_once(&mut self, sql: &str, params: &[&dyn Param]) -> Db<Vec<Row>> {
        self.send_after_begin(sql, params, false).await
    }

    /// The row of a statement that always returns exactly one.
    pub(crate) async fn one(&mut self, sql: &str, params: &[&dyn Param]) -> Db<Row> {
        let row = self.all(sql, params).await?.pop();
        row.ok_or_else(|| Fault::inconsistent("a statement that always gives a row gave none"))
    }

    /// The row of a statement that returns at most one.
    pub(crate) async fn opt(&mut self, sql: &str, params: &[&dyn Param]) -> Db<Option<Row>> {
        Ok(self.all(sql, params).await?.pop())
    }

    /// The single number that a statement returns.
    pub(crate) async fn count(&mut self, sql: &str, params: &[&dyn Param]) -> Db<i64> {
        Ok(self.one(sql, params).await?.try_get(0)?)
    }

    /// Starts a COPY into a table.
    pub(crate) async fn copy_in(&mut self, sql: &str) -> Db<tokio_postgres::CopyInSink<bytes::Bytes>> {
        let begin = self.begin.take();
        self.begin(begin).await?;
        Ok(self.object()?.copy_in(sql).await?)
    }

    /// Executes a command that returns no rows.
    pub(crate) async fn command(&mut self, sql: &str) -> Db<()> {
        let begin = self.begin.take();
        self.begin(begin).await?;
        Ok(self.object()?.batch_execute(sql).await?)
    }

    /// Commits, or rolls back if `outcome` is an error. If the connection is lost, the error says whether a commit was
    /// in flight. If dropped without calling this, the transaction ends with its connection.
    pub(crate) async fn finish<T>(mut self, outcome: Db<T>) -> Result<StoreResult<T>, Retry> {
        let sent = self.begin.is_none();
        let (fault, committing) = match outcome {
            Ok(value) => match if sent { self.commit().await } else { Ok(()) } {
                Ok(()) => {
                    self.open = false;
                    return Ok(Ok(value));
                }
                Err(fault) => (fault, true),
            },
            Err(fault) => {
                if sent && !fault.is_disconnect() && self.command("ROLLBACK").await.is_ok() {
                    self.open = false;
                }
                (fault, false)
            }
        };
        // A connection lost before the commit was sent rolled the transaction back.
        if fault.is_retryable() || (!committing && fault.is_disconnect()) {
            Err(Retry(fault))
        } else {
            Ok(Err(fault.into_store(committing)))
        }
    }
}

/// The span of a statement. Its text contains no values, which are sent separately; its beginning identifies it.
fn span(sql: &str) -> tracing::Span {
    tracing::info_span!(
        target: TRACE,
        "statement",
        otel.kind = "client",
        db.system.name = "postgresql",
        db.query.summary = &sql[..sql.floor_char_boundary(80)],
    )
}

fn types(params: &[&dyn Param]) -> Vec<tokio_postgres::types::Type> {
    params.iter().map(|param| param.pg_type()).collect()
}

/// The transaction was rolled back because of concurrent ones, or its connection was lost before the commit: it may be
/// retried.
pub(crate) struct Retry(pub Fault);

impl Drop for Conn {
    /// A lost connection is not returned to the pool. Neither is that of an aborted request, which may have an open
    /// transaction or a running statement: these end with the connection.
    fn drop(&mut self) {
        let in_flight = *self.in_flight.get_mut() > 0;
        if (self.open && self.begin.is_none() || in_flight || self.broken.load(Ordering::Relaxed))
            && let Some(object) = self.object.take()
        {
            let client = Object::take(object);
            if in_flight && let Ok(runtime) = Handle::try_current() {
                runtime.spawn(give_up(client, self.settings.tls.clone()));
            }
        }
    }
}

/// The time-out for cancelling a statement.
const GIVE_UP: Duration = Duration::from_secs(5);

/// Cancels a connection's running statement. Otherwise the server would continue, although nobody reads the result.
async fn give_up(client: ClientWrapper, tls: MakeRustlsConnect) {
    let cancelled = tokio::time::timeout(GIVE_UP, client.cancel_token().cancel_query(tls)).await;
    if let Ok(Err(error)) = cancelled {
        tracing::debug!(%error, "a statement that nobody waits for was not given up");
    }
}

/// The maximum number of retries of a transaction.
pub(crate) const RETRIES: u32 = 8;

/// Runs a writing transaction; retries it, a bounded number of times, if the server rolled it back because of
/// concurrent ones, or the connection was lost before the commit.
macro_rules! transact {
    ($store:expr, $tx:ident => $body:expr) => {{
        let mut tries = 0;
        loop {
            let mut connection = $store.begin().await?;
            let outcome: $crate::engine::errors::Db<_> = {
                let $tx = &mut connection;
                $body.await
            };
            match connection.finish(outcome).await {
                Ok(outcome) => {
                    $store.notify_write();
                    break outcome;
                }
                Err(again) => $crate::engine::tx::pause(&mut tries, again).await?,
            }
        }
    }};
}

/// Runs a statement that is its own transaction; retries it, a bounded number of times, if the server rolled it back
/// because of concurrent ones. If the connection is lost, it is unknown whether it was executed.
macro_rules! autocommit {
    ($store:expr, $conn:ident => $body:expr) => {{
        let mut tries = 0;
        loop {
            let mut connection = $store.reader().await?;
            let outcome: $crate::engine::errors::Db<_> = {
                let $conn = &mut connection;
                $body.await
            };
            match outcome {
                Err(fault) if fault.is_retryable() => {
                    $crate::engine::tx::pause(&mut tries, $crate::engine::tx::Retry(fault)).await?;
                }
                outcome => break outcome.map_err(|fault| fault.into_store(true)),
            }
        }
    }};
}

/// Runs queries outside a transaction; retries once if the connection turns out to be lost.
macro_rules! read {
    ($store:expr, $conn:ident => $body:expr) => {{
        let mut tried = false;
        loop {
            let mut connection = $store.reader().await?;
            let outcome: $crate::engine::errors::Db<_> = {
                let $conn = &mut connection;
                $body.await
            };
            match outcome {
                Err(fault) if fault.is_disconnect() && !tried => tried = true,
                outcome => break outcome.map_err(|fault| fault.into_store(false)),
            }
        }
    }};
}

pub(crate) use {autocommit, read, transact};

/// Waits before the next retry, longer each time; gives up after [`RETRIES`].
pub(crate) async fn pause(tries: &mut u32, Retry(fault): Retry) -> StoreResult<()> {
    *tries += 1;
    if *tries > RETRIES {
        return Err(fault.into_store(false));
    }
    tokio::time::sleep(Duration::from_millis(1 << (*tries).min(6))).await;
    Ok(())
}
