//! The keeper: builds the mirror when a list first needs it, and reads touched rows when no list does.

use std::{
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    time::{Duration, Instant},
};

use reparto_store::StoreResult;
use rusqlite::Connection;

use super::{
    Lists, Mirror, build,
    columns::Columns,
    feed::{self, Feed},
};
use crate::engine::Conn as _;

/// The number of touched rows at which the keeper wakes up, so that no list has to read them all.
const WAITING: usize = 4_096;
/// The minimum time between two builds of a mirror.
const BUILD_PAUSE: Duration = Duration::from_secs(2);
/// The number of touched rows of each kind read at a time under the lock: a few milliseconds.
const STEP: usize = 1_024;
/// When to retry after a failure.
const RETRY_AFTER: Duration = Duration::from_secs(60);

impl Mirror {
    /// Without columns yet, and what wakes its keeper.
    pub(crate) fn new(path: PathBuf, lists: Lists, is_kept: bool) -> (Self, Receiver<()>) {
        let (wake, woken) = sync_channel(1);
        let mirror = Self {
            lists,
            path,
            is_kept,
            feed: Feed::default(),
            columns: RwLock::new(None),
            keeper: Mutex::new(Keeping { wake: Some(wake), is_wanted: false, lacks_texts: false, paused_until: None }),
            is_closed: AtomicBool::new(false),
            answered: AtomicU64::new(0),
        };
        (mirror, woken)
    }

    /// Called when a list could have used a mirror but there was none; with the number of live rows.
    pub(crate) fn wanted(&self, live: u64) {
        let Lists::Mirror { fewest, .. } = self.lists else { return };
        if live < fewest {
            return;
        }
        let mut keeping = self.keeping();
        if !keeping.is_wanted && keeping.paused_until.is_none_or(|until| until <= Instant::now()) {
            keeping.is_wanted = true;
            keeping.wake();
        }
    }

    /// Has the texts of contacts read.
    pub(super) fn texts_wanted(&self) {
        let mut keeping = self.keeping();
        keeping.lacks_texts = true;
        keeping.wake();
    }

    /// Whether a mirror is being built, or is about to be.
    #[cfg(test)]
    pub(super) fn is_wanted(&self) -> bool {
        self.keeping().is_wanted
    }

    /// Whether one was ever built, or is about to be.
    #[cfg(test)]
    pub(super) fn was_wanted(&self) -> bool {
        let keeping = self.keeping();
        keeping.is_wanted || keeping.paused_until.is_some()
    }

    /// Called with the number of touched rows waiting to be read.
    pub(super) fn waiting(&self, rows: usize) {
        if rows > WAITING {
            self.keeping().wake();
        }
    }

    /// Without the feed, a mirror cannot be kept up to date.
    pub(crate) fn give_up(&self) {
        self.close();
        *self.write() = None;
    }

    /// Makes the keeper end when it next checks.
    pub(crate) fn close(&self) {
        self.is_closed.store(true, Relaxed);
        self.keeping().wake.take();
    }

    fn keeping(&self) -> MutexGuard<'_, Keeping> {
        self.keeper.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_open(&self) -> bool {
        !self.is_closed.load(Relaxed)
    }

    /// Builds a mirror as of a snapshot that this opens in the connection's transaction.
    pub(super) fn made(&self, conn: &Connection) -> StoreResult<Option<Columns>> {
        conn.command("ROLLBACK; BEGIN")?;
        let epoch = self.feed.start();
        let columns = feed::newest(conn).and_then(|newest| {
            self.feed.begun_with(newest);
            build::columns(conn, epoch, self.lists, &|| self.is_open() && self.feed.epoch() == epoch)
        });
        if !matches!(columns, Ok(Some(_))) {
            self.feed.stop();
        }
        columns
    }

    fn make(&self, conn: &Connection) -> StoreResult<()> {
        if self.columns.read().is_ok_and(|held| held.is_some()) {
            return Ok(());
        }
        let started = Instant::now();
        let made = in_snapshot(conn, || {
            let (rows, limit) = (build::highest(conn)?, self.most());
            if rows > limit {
                tracing::info!(rows, limit, "lists are found by SQL: a mirror would take more memory than it may");
                self.keeping().paused_until = Some(started + RETRY_AFTER);
                return Ok(None);
            }
            // This restarts the transaction.
            self.made(conn)
        })?;
        if let Some(columns) = made {
            let took = started.elapsed();
            tracing::debug!(rows = columns.orders[0].rows().len(), bytes = columns.bytes(), ?took, "a mirror was made");
            *self.write() = Some(columns);
            // Even if another process writes all the time, no more than a third of the time is spent on building.
            self.keeping().paused_until = Some(Instant::now() + BUILD_PAUSE.max(took * 2));
        }
        Ok(())
    }

    /// Reads touched rows, some at a time.
    fn catch_up(&self, conn: &Connection) -> StoreResult<()> {
        let mut left = usize::MAX;
        while self.is_open() && left > 0 {
            let mut held = self.write();
            left = in_snapshot(conn, || Ok(self.advance(conn, &mut held, STEP)))?;
        }
        Ok(())
    }
}

/// Requests to the keeper.
#[derive(Debug)]
pub(super) struct Keeping {
    /// Wakes the keeper; `None` once the store is closed.
    wake: Option<SyncSender<()>>,
    /// A mirror is wanted.
    is_wanted: bool,
    /// There is one without the texts of contacts, which are to be read.
    lacks_texts: bool,
    /// Not earlier: a database that another process keeps writing to must not be read over and over.
    paused_until: Option<Instant>,
}

impl Keeping {
    fn wake(&self) {
        if let Some(wake) = &self.wake
            && let Err(TrySendError::Disconnected(())) = wake.try_send(())
        {
            tracing::error!("the keeper of the mirror has ended");
        }
    }
}

pub(super) fn in_snapshot<T>(conn: &Connection, ask: impl FnOnce() -> StoreResult<T>) -> StoreResult<T> {
    conn.command("BEGIN")?;
    let answer = ask();
    if !conn.is_autocommit() {
        conn.command("ROLLBACK")?;
    }
    answer
}

/// Maintains the mirror until the store is closed. The connection is opened when there is something to do.
pub(crate) fn run(mirror: &Mirror, woken: &Receiver<()>, open: impl Fn(&Path) -> StoreResult<Connection>) {
    let mut conn = None;
    while woken.recv().is_ok() {
        let done = match &conn {
            Some(conn) => Ok(conn),
            None => open(&mirror.path).map(|opened| &*conn.insert(opened)),
        }
        .and_then(|conn| {
            let is_wanted = mirror.keeping().is_wanted;
            if is_wanted {
                let made = mirror.make(conn);
                mirror.keeping().is_wanted = false;
                made?;
            }
            if mirror.keeping().lacks_texts {
                let is_done = mirror.complete(conn)?;
                mirror.keeping().lacks_texts = !is_done;
            }
            mirror.catch_up(conn)
        });
        if let Err(error) = done {
            tracing::warn!(%error, "the mirror of lists could not be kept: they are found by SQL");
            mirror.keeping().paused_until = Some(Instant::now() + RETRY_AFTER);
        }
    }
}
