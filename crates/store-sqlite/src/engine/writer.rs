//! The writer: takes waiting changes, runs each in a savepoint of one transaction, commits once, then answers.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

use async_channel::Receiver;
use reparto_store::{StoreError, StoreResult};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{
    Conn as _,
    checkpoint::{Wal, follow_size},
    errors::{duplicate, panicked, unavailable},
};
use crate::engine::errors::{IntoStore as _, store_error};

/// The maximum number of changes that share a commit.
const GROUP_MAX: usize = 64;
/// A group accepts no more changes after this time, so that its first one does not wait long.
const GROUP_TIME: Duration = Duration::from_millis(40);

/// A change that waits for the writer.
pub(crate) trait Change: Send {
    /// Whether anybody is still waiting for the answer.
    fn is_awaited(&self) -> bool;
    /// Executes it; returns whether it succeeded.
    fn run(&mut self, conn: &Connection) -> bool;
    /// Answers with its outcome, or with the reason why the group was not committed.
    fn answer(self: Box<Self>, committed: Result<(), &StoreError>);
}

/// A change, its outcome once it has run, and the channel for its answer.
pub(crate) struct Pending<T, F> {
    change: Option<F>,
    outcome: Option<StoreResult<T>>,
    reply: oneshot::Sender<StoreResult<T>>,
}

impl<T, F> Pending<T, F> {
    pub(crate) const fn new(change: F, reply: oneshot::Sender<StoreResult<T>>) -> Self {
        Self { change: Some(change), outcome: None, reply }
    }
}

impl<T, F> Change for Pending<T, F>
where
    T: Send,
    F: FnOnce(&Connection) -> StoreResult<T> + Send,
{
    fn is_awaited(&self) -> bool {
        !self.reply.is_closed()
    }

    fn run(&mut self, conn: &Connection) -> bool {
        let Some(change) = self.change.take() else { return false };
        let outcome =
            catch_unwind(AssertUnwindSafe(|| change(conn))).unwrap_or_else(|panic| Err(panicked(panic.as_ref())));
        let done = outcome.is_ok();
        self.outcome = Some(outcome);
        done
    }

    fn answer(self: Box<Self>, committed: Result<(), &StoreError>) {
        let answer = match (committed, self.outcome) {
            (Ok(()), Some(outcome)) => outcome,
            // The change's own error says more than the failed commit of the group.
            (Err(_), Some(Err(error))) if !matches!(error, StoreError::Refused(_)) => Err(error),
            (Err(error), _) => Err(duplicate(error)),
            (Ok(()), None) => Err(StoreError::Internal("a change was not executed".into())),
        };
        let _ = self.reply.send(answer);
    }
}

/// Called for each transaction of the writer.
pub(crate) trait Follower: Send {
    /// Called at the beginning of a transaction, with the write lock held.
    fn on_begin(&mut self, conn: &Connection) -> StoreResult<()>;

    /// Called before the commit.
    fn before_commit(&mut self, conn: &Connection) -> StoreResult<()>;

    /// Called after the commit, or its failure.
    fn after_commit(&mut self, committed: bool);
}

/// Executes changes until the queue is closed and empty, then returns the connection.
pub(crate) fn run(
    mut conn: Connection,
    queue: &Receiver<Box<dyn Change>>,
    wal: &Arc<Wal>,
    follow: impl FnOnce(&mut Connection) -> Option<Box<dyn Follower>>,
) -> Connection {
    if let Err(error) = follow_size(&mut conn, wal) {
        tracing::error!(%error, "the size of the WAL cannot be followed");
    }
    let mut follower = follow(&mut conn);
    while let Ok(first) = queue.recv_blocking() {
        group(&conn, first, queue, follower.as_deref_mut());
        wal.between_groups(&conn);
    }
    // What another process wrote since the last transaction is noticed here.
    if let Some(Err(error)) = follower.as_mut().map(|follower| follower.on_begin(&conn)) {
        tracing::warn!(%error, "whether another process has written is not known");
    }
    conn
}

/// Executes one group: `first` and the changes waiting behind it.
fn group(
    conn: &Connection,
    first: Box<dyn Change>,
    queue: &Receiver<Box<dyn Change>>,
    mut follower: Option<&mut (dyn Follower + '_)>,
) {
    if !first.is_awaited() {
        return;
    }
    if let Err(error) = begin(conn, follower.as_deref_mut()) {
        // Nobody can write now: the waiting changes get the same answer at once.
        first.answer(Err(&error));
        while let Ok(next) = queue.try_recv() {
            next.answer(Err(&error));
        }
        return;
    }
    let started = Instant::now();
    let alone = queue.is_empty();
    let mut executed = Vec::new();
    let mut next = Some(first);
    let mut anything = false;
    let mut broken = None;
    while let Some(mut change) = next.take() {
        // A single change needs no savepoint: if it fails, the whole transaction is rolled back.
        let result =
            if alone && executed.is_empty() { Ok(change.run(conn)) } else { in_savepoint(conn, change.as_mut()) };
        executed.push(change);
        match result {
            // SQLite itself rolls the whole transaction back on some errors, such as a full disk.
            Ok(_) if conn.is_autocommit() => broken = Some(unavailable("the transaction was given up")),
            Ok(done) => anything |= done,
            Err(error) => broken = Some(error),
        }
        // Changes that arrived during the first one need not wait for a commit of their own.
        if broken.is_none() && (!alone || anything) && executed.len() < GROUP_MAX && started.elapsed() < GROUP_TIME {
            next = awaited(queue);
        }
    }
    let committed = match broken {
        Some(error) => Err(error),
        None if anything => commit(conn, follower),
        None => Ok(()),
    };
    if !conn.is_autocommit() {
        // Nothing to commit, or nothing that can be committed.
        if let Err(error) = conn.execute_batch("ROLLBACK") {
            tracing::error!(%error, "a transaction could not be rolled back");
        }
    }
    for change in executed {
        change.answer(committed.as_ref().copied());
    }
}

/// The next change whose answer is still awaited.
fn awaited(queue: &Receiver<Box<dyn Change>>) -> Option<Box<dyn Change>> {
    std::iter::from_fn(|| queue.try_recv().ok()).find(|change| change.is_awaited())
}

fn in_savepoint(conn: &Connection, change: &mut dyn Change) -> StoreResult<bool> {
    conn.run("SAVEPOINT change", [])?;
    let done = change.run(conn);
    if conn.is_autocommit() {
        return Ok(done);
    }
    if !done {
        conn.run("ROLLBACK TO change", [])?;
    }
    conn.run("RELEASE change", [])?;
    Ok(done)
}

fn begin(conn: &Connection, follower: Option<&mut (dyn Follower + '_)>) -> StoreResult<()> {
    conn.run("BEGIN IMMEDIATE", [])?;
    follower.map_or(Ok(()), |follower| follower.on_begin(conn))
}

/// Commits, and calls the follower before and after.
fn commit(conn: &Connection, follower: Option<&mut (dyn Follower + '_)>) -> StoreResult<()> {
    let Some(follower) = follower else { return send_commit(conn) };
    let done = follower.before_commit(conn).and_then(|()| send_commit(conn));
    follower.after_commit(done.is_ok());
    done
}

fn send_commit(conn: &Connection) -> StoreResult<()> {
    let committed = conn.prepare_cached("COMMIT").into_store()?.execute([]);
    committed.map(|_| ()).map_err(|error| match store_error(&error) {
        // A full disk is detected while frames are written, before the commit frame. Any other failure may have come
        // after it.
        StoreError::Unavailable { reason, .. } => StoreError::Unavailable {
            reason,
            outcome_unknown: error.sqlite_error_code() == Some(rusqlite::ErrorCode::SystemIoFailure),
        },
        other => other,
    })
}
