//! The feed from the writer to the mirror: which rows a transaction touched, published before it commits.
//!
//! The reader that brings the mirror up to date reads the rows themselves, from a snapshot opened afterwards. So it
//! does no harm to list a row too many (after a rolled-back savepoint or a failed commit), and the feed need not
//! contain the new values.
//!
//! **Why nothing is missed.** A row that a transaction touched is in `flight` before its commit and in `pending` after
//! it, until somebody takes it out of `pending`, opens a snapshot *after* that, and reads the row there. What is taken
//! out of `pending` was committed before, so the snapshot shows it. What is still in `flight` may or may not be
//! visible: it is read as well, and stays.

use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use reparto_store::StoreResult;
use rusqlite::{Connection, hooks::Action};

use crate::{
    engine::{Conn as _, errors::IntoStore as _, writer::Follower},
    rows::value,
    statements::statements,
};

/// With more unread touched rows than this, the mirror is dropped.
pub(super) const WAITING_MAX: usize = 1 << 19;

statements! {
    /// Changes when another connection has written.
    VERSION = "PRAGMA data_version";
    /// Every change that a list can show has an entry in the audit log.
    NEWEST = "SELECT coalesce(max(seq), 0) FROM audit_logs";
}

/// The newest entry of the audit log, which shows whether a snapshot includes changes of another process.
pub(super) fn newest(conn: &Connection) -> StoreResult<i64> {
    conn.one(NEWEST, [], value)
}

/// Rows that were touched, by table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Touched {
    /// Opportunities whose holder or status may have changed.
    pub hot: Vec<i64>,
    /// Opportunities whose own facts may have changed, or that are new.
    pub facts: Vec<i64>,
    /// Contacts whose search text may have changed.
    pub contacts: Vec<i64>,
}

impl Touched {
    pub(super) const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) const fn len(&self) -> usize {
        self.hot.len() + self.facts.len() + self.contacts.len()
    }

    fn clear(&mut self) {
        self.hot.clear();
        self.facts.clear();
        self.contacts.clear();
    }

    pub(super) fn extend(&mut self, other: &Self) {
        self.hot.extend_from_slice(&other.hot);
        self.facts.extend_from_slice(&other.facts);
        self.contacts.extend_from_slice(&other.contacts);
    }

    /// Each row once, in the order of the tables.
    pub(super) fn sort(&mut self) {
        for rows in [&mut self.hot, &mut self.facts, &mut self.contacts] {
            rows.sort_unstable();
            rows.dedup();
        }
    }

    /// Removes and returns at most `count` of each kind.
    pub(super) fn split_off(&mut self, count: usize) -> Self {
        let some = |rows: &mut Vec<i64>| rows.split_off(rows.len().saturating_sub(count));
        Self { hot: some(&mut self.hot), facts: some(&mut self.facts), contacts: some(&mut self.contacts) }
    }
}

#[derive(Debug, Default)]
struct State {
    /// Whether there is a mirror to keep up to date, or one is being built.
    active: bool,
    /// Incremented when existing mirrors become useless.
    epoch: u64,
    flight: Touched,
    pending: Touched,
    /// The newest entry of the audit log known to this process.
    newest: i64,
}

/// Shared by the writer and the readers of the mirror. Its lock is only held briefly.
#[derive(Debug, Default)]
pub(super) struct Feed(Mutex<State>);

/// Touched rows to read; see [`Feed::after_snapshot`].
#[derive(Debug)]
pub(super) struct Seen {
    /// To be read in the snapshot, in addition to what was taken out before it.
    pub touched: Touched,
    /// The current epoch of the feed.
    pub epoch: u64,
    /// The newest entry of the audit log that a snapshot may show.
    pub newest: i64,
}

impl Seen {
    /// Whether a mirror of this epoch can be brought up to the snapshot whose newest entry this is.
    pub(super) const fn is_of(&self, epoch: u64, newest: i64) -> bool {
        self.epoch == epoch && newest <= self.newest
    }
}

impl Feed {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts to collect touched rows, and returns the epoch: data read in a snapshot opened after this can be kept up
    /// to date by the feed.
    pub(super) fn start(&self) -> u64 {
        let mut state = self.lock();
        state.epoch += 1;
        state.active = true;
        state.pending.clear();
        state.newest = 0;
        state.epoch
    }

    /// Stops collecting touched rows: there is no mirror.
    pub(super) fn stop(&self) {
        let mut state = self.lock();
        state.epoch += 1;
        state.active = false;
        state.pending = Touched::default();
    }

    /// Records the newest audit entry shown by the mirror's first snapshot.
    pub(super) fn begun_with(&self, newest: i64) {
        let mut state = self.lock();
        state.newest = state.newest.max(newest);
    }

    pub(super) fn epoch(&self) -> u64 {
        self.lock().epoch
    }

    /// Whether all touched rows have been read.
    pub(super) fn is_quiet(&self) -> bool {
        let state = self.lock();
        state.pending.is_empty() && state.flight.is_empty()
    }

    /// Takes the pending rows. Must be called before the snapshot is opened.
    pub(super) fn before_snapshot(&self) -> Touched {
        mem::take(&mut self.lock().pending)
    }

    /// The other rows that the snapshot may show. Must be called once it is open.
    pub(super) fn after_snapshot(&self) -> Seen {
        let state = self.lock();
        let mut touched = state.flight.clone();
        touched.extend(&state.pending);
        Seen { touched, epoch: state.epoch, newest: state.newest }
    }

    /// Called before the commit, with the rows that the transaction touched. Empties `touched`.
    fn publish(&self, touched: &mut Touched, newest: i64) {
        let mut state = self.lock();
        mem::swap(&mut state.flight, touched);
        state.newest = newest;
        touched.clear();
    }

    /// Called after the commit, or its failure; returns how many rows are pending now.
    fn settle(&self, committed: bool) -> usize {
        let state = &mut *self.lock();
        if state.active {
            state.pending.extend(&state.flight);
        }
        state.flight.clear();
        if !committed {
            // `newest` may be too high now, which would hide changes of another process.
            state.epoch += 1;
        }
        if state.pending.len() > WAITING_MAX {
            // Nobody reads them: building a new mirror is cheaper.
            state.epoch += 1;
            state.active = false;
            state.pending = Touched::default();
        }
        state.pending.len()
    }

    /// Another process has written: existing mirrors do not know what.
    fn note_other_process(&self) {
        self.lock().epoch += 1;
    }
}

/// The writer's end of the feed.
pub(crate) struct Feeder {
    touched: Arc<Mutex<Touched>>,
    mirror: Arc<super::Mirror>,
    version: i64,
}

impl Feeder {
    /// Hooks into the writes of this connection.
    pub(crate) fn new(conn: &mut Connection, mirror: Arc<super::Mirror>) -> StoreResult<Self> {
        let touched = Arc::new(Mutex::new(Touched::default()));
        let seen = Arc::clone(&touched);
        let hook = move |_: Action, _: &str, table: &str, row: i64| {
            let mut touched = seen.lock().unwrap_or_else(PoisonError::into_inner);
            match table {
                "assignments" => touched.hot.push(row),
                "opportunities" => touched.facts.push(row),
                "contacts" => touched.contacts.push(row),
                _ => {}
            }
        };
        conn.update_hook(Some(hook)).into_store()?;
        let version = version(conn)?;
        Ok(Self { touched, mirror, version })
    }

    fn touched(&self) -> MutexGuard<'_, Touched> {
        self.touched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Follower for Feeder {
    fn on_begin(&mut self, conn: &Connection) -> StoreResult<()> {
        self.touched().clear();
        let version = version(conn)?;
        if version != mem::replace(&mut self.version, version) {
            self.mirror.feed.note_other_process();
        }
        Ok(())
    }

    fn before_commit(&mut self, conn: &Connection) -> StoreResult<()> {
        let newest = newest(conn)?;
        self.mirror.feed.publish(&mut self.touched(), newest);
        Ok(())
    }

    fn after_commit(&mut self, committed: bool) {
        let waiting = self.mirror.feed.settle(committed);
        self.mirror.waiting(waiting);
    }
}

fn version(conn: &Connection) -> StoreResult<i64> {
    conn.one(VERSION, [], value)
}
