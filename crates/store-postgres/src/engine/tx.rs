//! Connections and transactions: sending statements, and ending well or not at all.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use deadpool_postgres::{ClientWrapper, Object};
use reparto_domain::{Caller, Clock, Timestamp};
use reparto_store::{StoreResult, TRACE};
use tokio::runtime::Handle;
use tokio_postgres::Row;
use tokio_postgres_rustls::MakeRustlsConnect;
use tracing::Instrument as _;

use super::{
    errors::{Db, Fault},
    options::Statements,
    params::Param,
};
use crate::store::Inner;

/// A connection out of the pool.
pub(crate) struct Conn {
    object: Option<Object>,
    mode: Statements,
    clock: Arc<dyn Clock>,
    /// For another connection to the same server, by which a statement is given up.
    tls: MakeRustlsConnect,
    /// Statements that were sent and whose answer was not read to its end.
    in_flight: AtomicUsize,
    /// Whether a transaction is open.
    open: bool,
    /// What opens the transaction, until the first statement has taken it along.
    begin: Option<&'static str>,
    /// What COMMIT takes along.
    last: Option<Last>,
    /// Whether the server was found to be gone: such a connection is not put back, even before its driver knows.
    broken: AtomicBool,
}

/// A statement whose rows nobody needs, and which is sent with COMMIT.
struct Last {
    sql: &'static str,
    params: Vec<Box<dyn Param>>,
}

/// A statement and its parameters.
pub(crate) type Bound<'a> = (&'a str, &'a [&'a dyn Param]);

impl Conn {
    pub(crate) fn new(object: Object, store: &Inner) -> Self {
        Self::to_replica(object, store, store.tls.clone())
    }

    /// A connection to another server of the store.
    pub(crate) fn to_replica(object: Object, store: &Inner, tls: MakeRustlsConnect) -> Self {
        Self {
            object: Some(object),
            mode: store.statements,
            clock: Arc::clone(&store.clock),
            tls,
            in_flight: AtomicUsize::new(0),
            open: false,
            begin: None,
            last: None,
            broken: AtomicBool::new(false),
        }
    }

    /// A connection on which a transaction begins with the first statement.
    pub(crate) fn beginning(object: Object, store: &Inner, begin: &'static str) -> Self {
        let mut conn = Self::new(object, store);
        (conn.begin, conn.open) = (Some(begin), true);
        conn
    }

    /// The caller at the moment at which what was asked for takes effect, by the clock of this process and what it
    /// follows: to be called when all rows are locked that it depends on.
    pub(crate) fn taking_effect(&self, caller: &Caller, follows: impl IntoIterator<Item = Timestamp>) -> Caller {
        caller.taking_effect(self.clock.now(), follows)
    }

    fn object(&self) -> Db<&Object> {
        self.object.as_ref().ok_or_else(|| Fault::inconsistent("a connection was used after its end"))
    }

    /// Sends what opens the transaction, where that has not gone out yet.
    async fn begin(&self, begin: Option<&'static str>) -> Db<()> {
        match begin {
            Some(begin) => Ok(self.object()?.batch_execute(begin).await?),
            None => Ok(()),
        }
    }

    /// Sends BEGIN ahead of the first statement, without waiting for its answer.
    async fn begun(&mut self, sql: &str, params: &[&dyn Param], prepared: bool) -> Db<Vec<Row>> {
        let begin = self.begin.take();
        if begin.is_some() && prepared {
            self.prepare(sql, params).await?;
        }
        let (begun, rows) = futures::join!(self.begin(begin), self.send(sql, params, prepared));
        begun?;
        rows
    }

    /// Prepares a statement that others are sent along with: they would otherwise wait for its description.
    async fn prepare(&self, sql: &str, params: &[&dyn Param]) -> Db<()> {
        if self.mode == Statements::Prepared {
            self.object()?.prepare_typed_cached(sql, &types(params)).await?;
        }
        Ok(())
    }

    /// Two statements that are the same text each time, the second sent without waiting for the first; gives the rows
    /// of the second. It sees what others had committed when the first was done.
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

    /// Has a statement, whose rows are of no interest, sent together with COMMIT: nothing waits for it alone. Where it
    /// fails, the transaction is undone.
    pub(crate) fn at_the_end(&mut self, sql: &'static str, params: Vec<Box<dyn Param>>) {
        self.last = Some(Last { sql, params });
    }

    async fn commit(&mut self) -> Db<()> {
        let Some(Last { sql, params }) = self.last.take() else { return self.command("COMMIT").await };
        let params: Vec<&dyn Param> = params.iter().map(|param| &**param).collect();
        self.prepare(sql, &params).await?;
        let (last, committed) = futures::join!(self.send(sql, &params, true), self.object()?.batch_execute("COMMIT"));
        // Where the statement failed, the server has answered COMMIT by undoing all.
        last?;
        Ok(committed?)
    }

    async fn send(&self, sql: &str, params: &[&dyn Param], prepared: bool) -> Db<Vec<Row>> {
        // The statement has no values in it, those travel beside it; its head tells which one it is.
        let span = tracing::info_span!(
            target: TRACE,
            "statement",
            otel.kind = "client",
            db.system.name = "postgresql",
            db.query.summary = &sql[..sql.floor_char_boundary(80)],
        );
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        let sent = self.send_to_server(sql, params, prepared).instrument(span).await;
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
        if sent.as_ref().is_err_and(Fault::is_disconnect) {
            self.broken.store(true, Ordering::Relaxed);
        }
        sent
    }

    async fn send_to_server(&self, sql: &str, params: &[&dyn Param], prepared: bool) -> Db<Vec<Row>> {
        let object = self.object()?;
        if prepared && self.mode == Statements::Prepared {
            let statement = object.prepare_typed_cached(sql, &types(params)).await?;
            let values: Vec<_> = params.iter().map(|param| param.value()).collect();
            Ok(object.query(&statement, &values).await?)
        } else {
            let values: Vec<_> = params.iter().map(|param| (param.value(), param.pg_type())).collect();
            Ok(object.query_typed(sql, &values).await?)
        }
    }

    /// All rows of a statement that is the same text each time.
    pub(crate) async fn all(&mut self, sql: &str, params: &[&dyn Param]) -> Db<Vec<Row>> {
        self.begun(sql, params, true).await
    }

    /// Runs a statement whose rows, where it gives any, are of no interest.
    pub(crate) async fn run(&mut self, sql: &str, params: &[&dyn Param]) -> Db<()> {
        self.all(sql, params).await.map(drop)
    }

    /// All rows of a statement that is put together for its parameters, and planned for them.
    pub(crate) async fn all_once(&mut self, sql: &str, params: &[&dyn Param]) -> Db<Vec<Row>> {
        self.begun(sql, params, false).await
    }

    /// The only row of a statement that always has one.
    pub(crate) async fn one(&mut self, sql: &str, params: &[&dyn Param]) -> Db<Row> {
        let row = self.all(sql, params).await?.pop();
        row.ok_or_else(|| Fault::inconsistent("a statement that always gives a row gave none"))
    }

    /// The row of a statement that has at most one.
    pub(crate) async fn opt(&mut self, sql: &str, params: &[&dyn Param]) -> Db<Option<Row>> {
        Ok(self.all(sql, params).await?.pop())
    }

    /// The number that a statement gives.
    pub(crate) async fn count(&mut self, sql: &str, params: &[&dyn Param]) -> Db<i64> {
        Ok(self.one(sql, params).await?.try_get(0)?)
    }

    /// Begins to send rows into a table.
    pub(crate) async fn copy_in(&mut self, sql: &str) -> Db<tokio_postgres::CopyInSink<bytes::Bytes>> {
        let begin = self.begin.take();
        self.begin(begin).await?;
        Ok(self.object()?.copy_in(sql).await?)
    }

    /// Sends a command that gives no rows.
    pub(crate) async fn command(&mut self, sql: &str) -> Db<()> {
        let begin = self.begin.take();
        self.begin(begin).await?;
        Ok(self.object()?.batch_execute(sql).await?)
    }

    /// Commits what was done, or takes it back. Where a connection is lost, the error says whether a commit was on its
    /// way. Dropped without this, the transaction ends with its connection.
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
        // A connection that was lost before its commit was on its way took the transaction with it.
        if fault.is_retryable() || (!committing && fault.is_disconnect()) {
            Err(Retry(fault))
        } else {
            Ok(Err(fault.into_store(committing)))
        }
    }
}

fn types(params: &[&dyn Param]) -> Vec<tokio_postgres::types::Type> {
    params.iter().map(|param| param.pg_type()).collect()
}

/// The transaction was undone because of others, or its connection was lost before it was to be committed: it may be
/// run again.
pub(crate) struct Retry(pub Fault);

impl Drop for Conn {
    /// A connection whose server is gone is not put back. A request that was given up in the middle leaves a
    /// transaction behind, or a statement that goes on: the connection goes, and these with it.
    fn drop(&mut self) {
        let in_flight = *self.in_flight.get_mut() > 0;
        if (self.open && self.begin.is_none() || in_flight || self.broken.load(Ordering::Relaxed))
            && let Some(object) = self.object.take()
        {
            let client = Object::take(object);
            if in_flight && let Ok(runtime) = Handle::try_current() {
                runtime.spawn(give_up(client, self.tls.clone()));
            }
        }
    }
}

/// How long to try to tell the server that nobody waits for a statement any more.
const GIVE_UP: Duration = Duration::from_secs(5);

/// Has the server give up what a connection asked for. Without this it would go on, though nobody reads the answer, and
/// whoever got the connection next would wait for its end.
async fn give_up(client: ClientWrapper, tls: MakeRustlsConnect) {
    let cancelled = tokio::time::timeout(GIVE_UP, client.cancel_token().cancel_query(tls)).await;
    if let Ok(Err(error)) = cancelled {
        tracing::debug!(%error, "a statement that nobody waits for was not given up");
    }
}

/// How often a transaction that was undone is run again.
pub(crate) const RETRIES: u32 = 8;

/// Runs a transaction that writes; again, a bounded number of times, where others made the server undo it, or the
/// connection was lost in the middle of it.
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
                    $store.wrote();
                    break outcome;
                }
                Err(again) => $crate::engine::tx::pause(&mut tries, again).await?,
            }
        }
    }};
}

/// Runs a statement that is a transaction of its own; again, a bounded number of times, where others made the server
/// undo it. Where the connection is lost, nobody knows whether it was carried out.
macro_rules! alone {
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

/// Runs questions on a connection; once more, where the connection turns out to be gone.
macro_rules! ask {
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

pub(crate) use {alone, ask, transact};

/// Waits a little before the next try, longer each time, or gives up.
pub(crate) async fn pause(tries: &mut u32, Retry(fault): Retry) -> StoreResult<()> {
    *tries += 1;
    if *tries > RETRIES {
        return Err(fault.into_store(false));
    }
    tokio::time::sleep(Duration::from_millis(1 << (*tries).min(6))).await;
    Ok(())
}
