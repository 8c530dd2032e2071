//! Checkpoints: bringing the WAL's pages into the database, on a thread of its own.
//!
//! The WAL may grow to some hundred megabytes, so that a page that is changed repeatedly is copied only once. The
//! thread copies without blocking anybody (PASSIVE). The little that was written meanwhile is copied by the writer
//! itself between two groups, which lets the WAL restart from its beginning. Emptying the WAL is the writer's, too: SQLite
//! tells a connection that another one restarted the WAL in the same way as that another one wrote, and the lists in
//! memory are dropped when somebody else has written.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    time::Duration,
};

use reparto_store::StoreResult;
use rusqlite::{Connection, MAIN_DB, wal::CheckpointMode};

use crate::engine::errors::IntoStore as _;

/// Thresholds in bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    /// The thread starts to copy when this much is waiting to be copied.
    pub growth: u64,
    /// The writer finishes a checkpoint if no more than this is left to copy.
    pub little: u64,
    /// Above this size of the WAL the writer finishes the checkpoint however much is left: the thread cannot keep up.
    pub limit: u64,
}

impl Default for Policy {
    fn default() -> Self {
        Self { growth: 128 << 20, little: 16 << 20, limit: 1 << 30 }
    }
}

/// How long the thread waits for commits before it checks whether the store is idle.
const PAUSE: Duration = Duration::from_secs(2);
/// How long emptying the WAL waits for readers, while writers wait for it.
const EMPTY_PATIENCE: Duration = Duration::from_millis(100);
/// How long the thread rests before it tries once more to empty the WAL.
const EMPTY_AGAIN: Duration = Duration::from_millis(50);
/// How long the writer waits for readers of old pages when it finishes a checkpoint.
const PATIENCE: Duration = Duration::from_millis(25);
/// How long a write waits for another writing process.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The state of the WAL, in pages.
#[derive(Debug)]
pub(crate) struct Wal {
    page_size: u64,
    policy: Policy,
    /// Pages in the WAL after the newest commit.
    written: AtomicU64,
    /// How many of them have been copied into the database.
    copied: AtomicU64,
    /// Whether the writer should finish the checkpoint.
    finish: AtomicBool,
    /// How often the WAL was to be emptied, and the last time of these at which it was.
    to_empty: AtomicU64,
    emptied: AtomicU64,
    /// Whether the writer should try to empty it.
    try_emptying: AtomicBool,
    wake: Mutex<Option<SyncSender<()>>>,
}

impl Wal {
    /// An empty WAL, and what wakes the thread.
    pub(crate) fn new(page_size: u64, policy: Policy) -> (Arc<Self>, Receiver<()>) {
        let (wake, woken) = sync_channel(1);
        let wal = Self {
            page_size,
            policy,
            written: AtomicU64::new(0),
            copied: AtomicU64::new(0),
            finish: AtomicBool::new(false),
            to_empty: AtomicU64::new(0),
            emptied: AtomicU64::new(0),
            try_emptying: AtomicBool::new(false),
            wake: Mutex::new(Some(wake)),
        };
        (Arc::new(wal), woken)
    }

    /// After a commit: the WAL has this many pages.
    pub(crate) fn committed(&self, pages: i32) {
        let pages = u64::try_from(pages).unwrap_or(0);
        if self.written.swap(pages, Relaxed) > pages {
            // The WAL was restarted from its beginning.
            self.copied.store(0, Relaxed);
        }
    }

    /// The number of bytes in the WAL that are not yet in the database.
    pub(crate) fn bytes(&self) -> u64 {
        self.written.load(Relaxed).saturating_sub(self.copied.load(Relaxed)) * self.page_size
    }

    /// Has the WAL emptied, so that nothing is left in it of what was committed before this call. Returns the
    /// number to ask [`Wal::is_emptied`] with.
    pub(crate) fn empty(&self) -> u64 {
        let number = self.to_empty.fetch_add(1, Relaxed) + 1;
        if let Some(wake) = &*self.wake.lock().unwrap_or_else(PoisonError::into_inner) {
            // If the channel is full, the thread has already been woken.
            let _ = wake.try_send(());
        }
        number
    }

    /// Whether the WAL was emptied since [`Wal::empty`] returned this number.
    pub(crate) fn is_emptied(&self, number: u64) -> bool {
        self.emptied.load(Relaxed) >= number
    }

    /// Whether somebody waits for the WAL to be emptied.
    fn is_to_be_emptied(&self) -> bool {
        !self.is_emptied(self.to_empty.load(Relaxed))
    }

    /// Empties the WAL, unless a reader still needs it: then the thread has it tried again.
    fn try_empty(&self, conn: &Connection) -> StoreResult<()> {
        let wanted = self.to_empty.load(Relaxed);
        conn.busy_timeout(EMPTY_PATIENCE).into_store()?;
        let done = self.checkpoint(conn, CheckpointMode::TRUNCATE);
        conn.busy_timeout(BUSY_TIMEOUT).into_store()?;
        done?;
        self.emptied.store(wanted, Relaxed);
        Ok(())
    }

    /// How long the thread rests.
    fn rest(&self) -> Duration {
        if self.is_to_be_emptied() { EMPTY_AGAIN } else { PAUSE }
    }

    /// Makes the thread end when it next checks.
    pub(crate) fn stop(&self) {
        self.wake.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// The writer's part, between two groups.
    pub(crate) fn between_groups(&self, conn: &Connection) {
        if self.try_emptying.swap(false, Relaxed) {
            if let Err(error) = self.try_empty(conn) {
                tracing::debug!(%error, "the WAL is not empty yet");
            }
        } else if self.finish.swap(false, Relaxed) || self.written.load(Relaxed) * self.page_size > self.policy.limit {
            if let Err(error) = self.restart(conn) {
                tracing::debug!(%error, "the WAL goes on growing: it could not begin again");
            }
        } else if self.bytes() > self.policy.growth
            && let Some(wake) = &*self.wake.lock().unwrap_or_else(PoisonError::into_inner)
        {
            // If the channel is full, the thread has already been woken.
            let _ = wake.try_send(());
        }
    }

    /// Copies the rest and lets the next change restart the WAL, unless a reader still needs it.
    fn restart(&self, conn: &Connection) -> StoreResult<()> {
        conn.busy_timeout(PATIENCE).into_store()?;
        let done = self.checkpoint(conn, CheckpointMode::RESTART);
        conn.busy_timeout(BUSY_TIMEOUT).into_store()?;
        done
    }

    fn checkpoint(&self, conn: &Connection, mode: CheckpointMode) -> StoreResult<()> {
        let (written, copied) = conn.wal_checkpoint_v2(Some(MAIN_DB), mode).into_store()?;
        if let (Ok(written), Ok(copied)) = (u64::try_from(written), u64::try_from(copied)) {
            self.written.fetch_max(written, Relaxed);
            self.copied.store(copied, Relaxed);
        }
        Ok(())
    }
}

/// Has the WAL's size reported after each commit of this connection.
pub(crate) fn follow_size(conn: &mut Connection, wal: &Arc<Wal>) -> StoreResult<()> {
    let wal = Arc::clone(wal);
    let hook = move |_: &mut rusqlite::hooks::Wal, pages: i32| {
        wal.committed(pages);
        Ok(())
    };
    conn.wal_hook(Some(hook)).into_store()
}

/// Copies pages when the WAL has grown, or when the store is idle, until the store is closed. `wake_writer` makes the
/// writer look what it has to do between two groups.
pub(crate) fn run(conn: &Connection, wal: &Wal, wake: &Receiver<()>, wake_writer: impl Fn()) {
    let mut before = 0;
    loop {
        match wake.recv_timeout(wal.rest()) {
            Ok(()) => {}
            Err(RecvTimeoutError::Timeout) => {
                let written = wal.written.load(Relaxed);
                let at_rest = written == before && wal.bytes() > 0;
                before = written;
                if !at_rest && !wal.is_to_be_emptied() {
                    continue;
                }
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
        match wal.checkpoint(conn, CheckpointMode::PASSIVE) {
            Ok(())
                if wal.bytes() <= wal.policy.little
                    && wal.written.load(Relaxed) * wal.page_size > wal.policy.growth =>
            {
                wal.finish.store(true, Relaxed);
            }
            Ok(()) => {}
            // Another process is checkpointing, or the disk is full: nothing is lost, and the next round tries again.
            Err(error) => tracing::warn!(%error, "a checkpoint failed"),
        }
        if wal.is_to_be_emptied() {
            wal.try_emptying.store(true, Relaxed);
            wake_writer();
        }
    }
}
