//! The mirror in a file beside the database, from one process that serves to the next.
//!
//! It is written when the store has closed, and read when one is opened, **if nobody has touched the database between**:
//! the file itself must be as it was left (size, times, number), without a write-ahead log beside it, and its newest entry
//! of the audit log, newest operation and highest opportunity the same. So neither what another process or tool wrote nor
//! a backup that was put in its place goes unnoticed. After a kill there is a write-ahead log: the mirror is built anew.
//!
//! The texts of contacts are not in it, for they would have to be erased there as well. They are read in the background
//! ([`Mirror::complete`]); until then SQL searches.

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    time::Instant,
};

use reparto_store::{StoreError, StoreResult};
use reparto_store_rows::lists::{
    Searches,
    cache::{self, CacheReader, CacheWriter},
};
use rusqlite::Connection;

use super::{
    Lists, Mirror,
    build::{self, ROW_BYTES, Read},
    columns::Columns,
    feed::{self, Touched},
    keeper::in_snapshot,
};
use crate::{
    engine::{Conn as _, private::with_ending},
    rows::value,
    statements::statements,
};

/// The ending of the file.
const ENDING: &str = "-lists";
/// Whose arrays they are.
const ENGINE: u32 = 1;

statements! {
    ENTRY = "SELECT seq, id FROM audit_logs ORDER BY seq DESC LIMIT 1";
    OPERATION = "SELECT seq, id FROM operations ORDER BY seq DESC LIMIT 1";
    SCHEMA = "PRAGMA user_version";
}

/// A database file that no process has open, as it lies there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Left(String);

impl Left {
    /// `None`: somebody has it open, or was killed.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        if fs::metadata(with_ending(path, "-wal")).is_ok_and(|log| log.len() > 0) {
            return None;
        }
        let about = fs::metadata(path).ok()?;
        // The time of the last change of the inode is one that no tool can set.
        let changed = (about.ctime(), about.ctime_nsec(), about.mtime(), about.mtime_nsec());
        Some(Self(format!("{} {} {} {changed:?}", about.dev(), about.ino(), about.len())))
    }
}

/// How far the database is, in the current snapshot.
fn reached(conn: &Connection) -> StoreResult<String> {
    let newest = |sql| conn.opt(sql, [], |row| Ok((row.next::<i64>()?, row.next::<[u8; 16]>()?)));
    let schema: i64 = conn.one(SCHEMA, [], value)?;
    Ok(format!("{schema} {:?} {:?} {}", newest(ENTRY)?, newest(OPERATION)?, build::highest(conn)?))
}

fn state(reached: &str, left: &Left) -> Vec<u8> {
    format!("{reached} {}", left.0).into_bytes()
}

impl Mirror {
    /// The file, where one is kept.
    fn file(&self) -> Option<PathBuf> {
        self.is_kept.then(|| with_ending(&self.path, ENDING))
    }

    /// Takes the arrays over from the file, if they are those of the database, which `left` shows as it was before it was
    /// opened; begins to build them otherwise. The writer must be followed already.
    pub(crate) fn load(&self, left: Option<&Left>, open: impl FnOnce(&Path) -> StoreResult<Connection>) {
        let Some(file) = self.file().filter(|_| self.lists != Lists::Sql) else { return };
        let started = Instant::now();
        let loaded = open(&self.path).and_then(|conn| {
            let found = left.map_or(Ok(None), |left| self.loaded(&conn, &file, left))?;
            let live = crate::counts::live(&conn)?;
            Ok((found, live))
        });
        match loaded {
            Ok((Some(columns), _)) => {
                tracing::info!(rows = columns.orders[0].rows().len(), took = ?started.elapsed(), "lists were read from {}", file.display());
                *self.write() = Some(columns);
                self.texts_wanted();
            }
            Ok((None, live)) => self.wanted(live),
            Err(error) => tracing::warn!(%error, "lists were not read from {}", file.display()),
        }
    }

    fn loaded(&self, conn: &Connection, file: &Path, left: &Left) -> StoreResult<Option<Columns>> {
        let most = self.most().saturating_add(self.most() / super::MORE);
        let content = match cache::read(file, most.saturating_mul(ROW_BYTES as u64)) {
            Ok(None) => return Ok(None),
            Ok(Some(content)) => content,
            Err(error) => {
                tracing::info!(%error, "{} is not used", file.display());
                return Ok(None);
            }
        };
        let Some(reader) = CacheReader::open(&content, ENGINE) else {
            tracing::info!("{} is not used: it is damaged, or of another version", file.display());
            return Ok(None);
        };
        let columns = in_snapshot(conn, || {
            let epoch = self.feed.start();
            // This opens the snapshot.
            self.feed.begun_with(feed::newest(conn)?);
            if state(&reached(conn)?, left) != reader.state() {
                tracing::info!("{} is not used: the database has changed", file.display());
                return Ok(None);
            }
            let columns = decoded(reader, epoch).filter(|columns| columns.facts.len() as u64 <= most.saturating_add(1));
            if columns.is_none() {
                tracing::info!("{} is not used: its rows do not fit", file.display());
            }
            Ok(columns)
        });
        if !matches!(columns, Ok(Some(_))) {
            self.feed.stop();
        }
        columns
    }

    /// Reads the texts of contacts, which a mirror from a file lacks. `false`: it must be tried again.
    pub(super) fn complete(&self, conn: &Connection) -> StoreResult<bool> {
        let started = Instant::now();
        let Some((epoch, rows)) = self.note_late() else { return Ok(true) };
        let read = in_snapshot(conn, || {
            let is_wanted = || self.is_open() && self.feed.epoch() == epoch;
            build::texts(conn, &|texts| self.lists.has_room(rows + texts.bytes()), &is_wanted)
        });
        let done = self.take_over(epoch, read);
        tracing::debug!(?done, took = ?started.elapsed(), "the texts of contacts were read");
        done
    }

    /// From here on it is noted which contacts change, and so before the snapshot is opened that the texts are read in: no
    /// change is in neither. Returns the epoch, and the bytes of the arrays; `None`: there is nothing to complete.
    pub(super) fn note_late(&self) -> Option<(u64, usize)> {
        let mut held = self.write();
        let columns = held.as_mut().filter(|columns| columns.searches.is_none())?;
        columns.late = Some(Vec::new());
        Some((columns.epoch, columns.bytes()))
    }

    /// Adds the texts that were read, and has those of contacts that have changed since read again.
    pub(super) fn take_over(&self, epoch: u64, read: StoreResult<Read>) -> StoreResult<bool> {
        let mut held = self.write();
        let Some(columns) = held.as_mut().filter(|columns| columns.epoch == epoch) else { return Ok(true) };
        let late = columns.late.take();
        match (read?, late) {
            (Read::Texts(texts), Some(late)) => {
                columns.searches = Some(Searches::new(texts));
                columns.backlog.contacts.extend(late);
                Ok(true)
            }
            (Read::Texts(_), None) => Ok(false),
            (Read::NoRoom | Read::Aborted, _) => Ok(true),
        }
    }

    /// Leaves the arrays in the file for the next process. Called when no other connection is open, with the last one,
    /// which this closes.
    pub(crate) fn leave(&self, conn: Connection) {
        let Some(file) = self.file() else { return };
        let reached = in_snapshot(&conn, || {
            let held = self.at_snapshot(&conn)?;
            // What is left of a backlog would be missing in the file.
            held.as_ref().filter(|columns| columns.backlog.is_empty()).map(|_| reached(&conn)).transpose()
        });
        drop(conn);
        let written = reached.and_then(|reached| {
            let (Some(reached), Some(left)) = (reached, Left::of(&self.path)) else { return Ok(false) };
            let Some(columns) = self.write().take() else { return Ok(false) };
            cache::write(&file, &encoded(&columns, &state(&reached, &left)))
                .map_err(|error| StoreError::Internal(error.to_string()))
        });
        match written {
            Ok(true) => tracing::debug!("lists were written to {}", file.display()),
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "lists were not written to {}", file.display()),
        }
    }
}

fn encoded(columns: &Columns, state: &[u8]) -> Vec<u8> {
    let mut writer = CacheWriter::new(ENGINE, state, columns.facts.len() * ROW_BYTES);
    writer.array(&columns.facts);
    writer.array(&columns.holders);
    writer.array(&columns.contacts);
    for order in &columns.orders {
        writer.array(order.rows());
    }
    writer.finish()
}

fn decoded(mut reader: CacheReader<'_>, epoch: u64) -> Option<Columns> {
    let facts = reader.array()?;
    let (holders, contacts) = (reader.column(facts.len())?, reader.column(facts.len())?);
    let orders = reader.orders(&facts)?;
    let backlog = Touched::default();
    reader.is_at_end().then_some(Columns {
        facts,
        holders,
        contacts,
        orders,
        searches: None,
        backlog,
        epoch,
        late: None,
    })
}
