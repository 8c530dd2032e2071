//! Checkpoints: bringing the WAL's pages into the database, on a thread of its own.
//!
//! The WAL may grow to some hundred megabytes, so that changes of the same page meet in it and the page is copied
//! once. The thread copies without stopping anybody (PASSIVE); what was written meanwhile, little, the writer itself
//! copies between two groups, which lets the WAL begin again at its start.

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

use crate::engine::errors::Sql as _;

/// When to do what, in bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    /// The thread starts to copy when so much waits to be copied.
    pub growth: u64,
    /// The writer finishes a checkpoint when no more than this is left to copy.
    pub little: u64,
    /// Over this size of the WAL the writer finishes it whatever is left: the thread does not keep up.
    pub limit: u64,
}

impl Default for Policy {
    fn default() -> Self {
        Self { growth: 128 << 20, little: 16 << 20, limit: 1 << 30 }
    }
}

/// How long the thread waits for something to happen before it looks whether the store is at rest.
const REST: Duration = Duration::from_secs(2);
/// How long the writer waits for readers of old pages when it finishes a checkpoint.
const PATIENCE: Duration = Duration::from_millis(25);
/// How long a write waits for another process that writes.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// What is known of the WAL, in pages.
#[derive(Debug)]
pub(crate) struct Wal {
    page_size: u64,
    policy: Policy,
    /// Pages in the WAL after the newest commit.
    written: AtomicU64,
    /// How many of them are in the database.
    copied: AtomicU64,
    /// Whether the writer is to finish the checkpoint.
    finish: AtomicBool,
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
            wake: Mutex::new(Some(wake)),
        };
        (Arc::new(wal), woken)
    }

    /// After a commit: the WAL has this many pages.
    pub(crate) fn committed(&self, pages: i32) {
        let pages = u64::try_from(pages).unwrap_or(0);
        if self.written.swap(pages, Relaxed) > pages {
            // It began again at its start.
            self.copied.store(0, Relaxed);
        }
    }

    /// Bytes that are in the WAL alone.
    pub(crate) fn bytes(&self) -> u64 {
        self.written.load(Relaxed).saturating_sub(self.copied.load(Relaxed)) * self.page_size
    }

    /// The thread ends when it next looks.
    pub(crate) fn stop(&self) {
        self.wake.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// The writer's part, between two groups.
    pub(crate) fn between_groups(&self, conn: &Connection) {
        if self.finish.swap(false, Relaxed) || self.written.load(Relaxed) * self.page_size > self.policy.limit {
            if let Err(error) = self.restart(conn) {
                tracing::debug!(%error, "the WAL goes on growing: it could not begin again");
            }
        } else if self.bytes() > self.policy.growth
            && let Some(wake) = &*self.wake.lock().unwrap_or_else(PoisonError::into_inner)
        {
            // Full: it is awake already.
            let _ = wake.try_send(());
        }
    }

    /// Copies what is left and lets the next change begin at the WAL's start, unless a reader still needs it.
    fn restart(&self, conn: &Connection) -> StoreResult<()> {
        conn.busy_timeout(PATIENCE).sql()?;
        let done = self.checkpoint(conn, CheckpointMode::RESTART);
        conn.busy_timeout(BUSY_TIMEOUT).sql()?;
        done
    }

    fn checkpoint(&self, conn: &Connection, mode: CheckpointMode) -> StoreResult<()> {
        let (written, copied) = conn.wal_checkpoint_v2(Some(MAIN_DB), mode).sql()?;
        if let (Ok(written), Ok(copied)) = (u64::try_from(written), u64::try_from(copied)) {
            self.written.fetch_max(written, Relaxed);
            self.copied.store(copied, Relaxed);
        }
        Ok(())
    }
}

/// Lets the WAL's size be known after each commit of this connection.
pub(crate) fn follow_size(conn: &mut Connection, wal: &Arc<Wal>) -> StoreResult<()> {
    let wal = Arc::clone(wal);
    let hook = move |_: &mut rusqlite::hooks::Wal, pages: i32| {
        wal.committed(pages);
        Ok(())
    };
    conn.wal_hook(Some(hook)).sql()
}

/// Copies pages when the WAL has grown, or when the store is at rest, until the store is closed.
pub(crate) fn run(conn: &Connection, wal: &Wal, wake: &Receiver<()>) {
    let mut before = 0;
    loop {
        match wake.recv_timeout(REST) {
            Ok(()) => {}
            Err(RecvTimeoutError::Timeout) => {
                let written = wal.written.load(Relaxed);
                let at_rest = written == before && wal.bytes() > 0;
                before = written;
                if !at_rest {
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
            // Another process checkpoints, or the disk is full: the WAL keeps what it has, and the next turn comes.
            Err(error) => tracing::warn!(%error, "a checkpoint failed"),
        }
    }
}
