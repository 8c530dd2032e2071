//! The store: the engine's threads, and the lists in memory that they keep up to date.

#[cfg(test)]
mod tests;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, mpsc::sync_channel},
    thread::{self, JoinHandle},
    time::Duration,
};

use async_channel::{Sender, TrySendError, WeakSender};
use reparto_domain::{Caller, Clock};
use reparto_store::{StoreError, StoreResult, TRACE};
use rusqlite::Connection;
use tokio::sync::oneshot;
use tracing::Instrument as _;

use crate::{
    Options, copy,
    engine::{
        checkpoint::{self, Policy, Wal},
        connect,
        errors::{closed, unavailable},
        reader::{self, Question},
        writer::{self, Change, Follower, Pending},
    },
    mirror::{self, Feeder, Left, Mirror},
};

/// How often, and after which pause, an erasure looks whether the WAL is empty.
const EMPTY_TRIES: u32 = 500;
const EMPTY_PAUSE: Duration = Duration::from_millis(10);

/// A store on one SQLite file. A clone is the same store; it ends with [`close`](reparto_store::Maintenance::close)
/// or with its last clone.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    changes: Sender<Box<dyn Change>>,
    questions: Sender<Question>,
    wal: Arc<Wal>,
    mirror: Arc<Mirror>,
    clock: Arc<dyn Clock>,
    threads: Mutex<Threads>,
}

/// The threads that must end before the store is closed. The writer returns its connection, so that it can be closed
/// last: if two are closed at the same time, each leaves the WAL to the other.
#[derive(Debug)]
struct Threads {
    writer: Option<JoinHandle<Connection>>,
    others: Vec<JoinHandle<()>>,
}

impl SqliteStore {
    /// Opens a database: checks the file, migrates it if requested, and starts the threads. Blocks meanwhile.
    pub fn open(options: Options) -> StoreResult<Self> {
        let left = options.keep_lists.then(|| Left::of(&options.path)).flatten();
        let writing = connect::writer(&options)?;
        if !options.unfinished_copy && copy::is_unfinished(&writing)? {
            return Err(StoreError::UnfinishedCopy);
        }
        let page_size = connect::page_size(&writing)?;
        let (changes, waiting_changes) = async_channel::bounded(options.queue.max(1));
        let (questions, waiting_questions) = async_channel::bounded(options.queue.max(1));
        let (wal, wake) = Wal::new(page_size, Policy::default());
        let mut others = Vec::new();
        for number in 0..options.readers.max(1) {
            let (conn, queue) = (connect::reader(&options.path)?, waiting_questions.clone());
            others.push(spawn(&format!("sqlite-reader-{number}"), move || reader::run(&conn, &queue))?);
        }
        let (conn, state) = (connect::checkpointer(&options.path)?, Arc::clone(&wal));
        let writer = changes.downgrade();
        others.push(spawn("sqlite-checkpoint", move || checkpoint::run(&conn, &state, &wake, || nudge(&writer)))?);
        let (mirror, woken) = Mirror::new(options.path.clone(), options.lists, options.keep_lists);
        let mirror = Arc::new(mirror);
        let kept = Arc::clone(&mirror);
        others.push(spawn("sqlite-mirror", move || mirror::run(&kept, &woken, connect::reader))?);
        let (state, kept) = (Arc::clone(&wal), Arc::clone(&mirror));
        let (following, is_following) = sync_channel(1);
        let follow = move |conn: &mut Connection| {
            let follower = follower(conn, &kept);
            let _ = following.send(());
            follower
        };
        let writer = Some(spawn("sqlite-writer", move || writer::run(writing, &waiting_changes, &state, follow))?);
        if is_following.recv().is_ok() {
            mirror.load(left.as_ref(), connect::reader);
        }
        let threads = Mutex::new(Threads { writer, others });
        let inner = Inner { path: options.path, changes, questions, wal, mirror, clock: options.clock, threads };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Runs a change on the writer, in a savepoint of a transaction that may include other changes, and returns once
    /// the transaction is on disk. An error rolls the savepoint back and does not affect the other changes.
    pub async fn write<T, F>(&self, change: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> StoreResult<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        send(&self.inner.changes, Box::new(Pending::new(change, reply)))?;
        // From the queue to the shared commit.
        let span = tracing::info_span!(target: TRACE, "write", otel.kind = "client", db.system.name = "sqlite");
        answer.instrument(span).await.unwrap_or_else(|_| Err(closed()))
    }

    /// Like [`SqliteStore::write`], for a caller whose time is replaced by the time at which the writer executes the
    /// change, if that is later. What the change follows may make it later still; see [`Caller::taking_effect`].
    pub(crate) async fn write_for<T, F>(&self, caller: &Caller, change: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection, &Caller) -> StoreResult<T> + Send + 'static,
    {
        let (caller, clock) = (caller.clone(), Arc::clone(&self.inner.clock));
        self.write(move |conn| change(conn, &caller.taking_effect(clock.now(), []))).await
    }

    /// Runs a question on a reader, in one read transaction, so that it reads a consistent snapshot.
    pub async fn read<T, F>(&self, question: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> StoreResult<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        send(&self.inner.questions, reader::question(question, reply))?;
        let span = tracing::info_span!(target: TRACE, "read", otel.kind = "client", db.system.name = "sqlite");
        answer.instrument(span).await.unwrap_or_else(|_| Err(closed()))
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// The mirror for lists.
    pub(crate) fn mirror(&self) -> Arc<Mirror> {
        Arc::clone(&self.inner.mirror)
    }

    /// The number of waiting changes and questions.
    pub(crate) fn waiting(&self) -> usize {
        self.inner.changes.len() + self.inner.questions.len()
    }

    /// The size of the part of the WAL that is not in the database yet, in bytes.
    pub(crate) fn wal_bytes(&self) -> u64 {
        self.inner.wal.bytes()
    }

    /// Empties the WAL, so that old pages are gone from disk. Waits some seconds for readers of old pages; after that
    /// it is emptied as soon as they end.
    pub(crate) async fn empty_wal(&self) {
        let number = self.inner.wal.empty();
        for _ in 0..EMPTY_TRIES {
            if self.inner.wal.is_emptied(number) {
                return;
            }
            tokio::time::sleep(EMPTY_PAUSE).await;
        }
        tracing::warn!("the write-ahead log still has old pages: a reader, perhaps a backup, needs them");
    }

    /// Refuses new work, finishes what is waiting and ends the threads. Closing the last connection copies the WAL into
    /// the database and removes it.
    pub(crate) async fn shut_down(&self) {
        self.inner.changes.close();
        self.inner.questions.close();
        self.inner.wal.stop();
        self.inner.mirror.close();
        let (writer, others) = {
            let mut threads = self.inner.threads.lock().unwrap_or_else(PoisonError::into_inner);
            (threads.writer.take(), std::mem::take(&mut threads.others))
        };
        let mirror = self.mirror();
        let joined = tokio::task::spawn_blocking(move || {
            let mut ended = others.into_iter().all(|thread| thread.join().is_ok());
            match writer.map(JoinHandle::join) {
                // Its connection closes here, after all others.
                Some(Ok(conn)) => mirror.leave(conn),
                Some(Err(_)) => ended = false,
                None => {}
            }
            if !ended {
                tracing::error!("a thread of the store ended by a panic");
            }
        });
        if let Err(error) = joined.await {
            tracing::error!(%error, "the store's threads could not be waited for");
        }
    }
}

/// The follower that informs the mirror of each transaction. Without it lists use SQL.
fn follower(conn: &mut Connection, mirror: &Arc<Mirror>) -> Option<Box<dyn Follower>> {
    match Feeder::new(conn, Arc::clone(mirror)) {
        Ok(feeder) => Some(Box::new(feeder)),
        Err(error) => {
            tracing::error!(%error, "writes cannot be followed: lists are found by SQL");
            mirror.give_up();
            None
        }
    }
}

/// Has the writer end its rest, with a change that nobody awaits. If its queue is full, it does not rest.
fn nudge(changes: &WeakSender<Box<dyn Change>>) {
    if let Some(changes) = changes.upgrade() {
        let (reply, _) = oneshot::channel();
        let _ = changes.try_send(Box::new(Pending::new(|_: &Connection| Ok(()), reply)));
    }
}

fn send<T>(queue: &Sender<T>, item: T) -> StoreResult<()> {
    queue.try_send(item).map_err(|refused| match refused {
        TrySendError::Full(_) => StoreError::Busy,
        TrySendError::Closed(_) => closed(),
    })
}

fn spawn<T: Send + 'static>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> StoreResult<JoinHandle<T>> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(|error| unavailable(format!("no thread can be started: {error}")))
}
