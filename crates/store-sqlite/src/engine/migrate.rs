//! Recognising database files, and migrating the schema.

use std::path::Path;

use refinery::{Runner, error::Kind};
use reparto_store::{StoreError, StoreResult};
use rusqlite::Connection;

use super::{Conn as _, errors::unavailable};
use crate::{
    engine::errors::{IntoStore as _, store_error},
    rows::value,
};

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// The application id that marks a file as Reparto's: `RPTO`.
const APPLICATION_ID: i32 = 0x5250_544F;

/// Refuses files that are not databases, or not Reparto's. An empty one becomes Reparto's with the first migration.
pub(crate) fn identify(conn: &Connection, path: &Path) -> StoreResult<()> {
    let marked: i32 = conn.one("PRAGMA application_id", [], value)?;
    let tables: i64 = conn.one("SELECT count(*) FROM sqlite_schema", [], value)?;
    if marked != APPLICATION_ID && !(marked == 0 && tables == 0) {
        return Err(StoreError::Damaged(format!("{} is a database of another program", path.display())));
    }
    cut_short(conn, path)
}

/// Detects a truncated file now, not when the lost part is needed.
fn cut_short(conn: &Connection, path: &Path) -> StoreResult<()> {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    if std::fs::metadata(wal).is_ok_and(|wal| wal.len() > 0) {
        // With a write-ahead log, the newest pages are not in the file, so its length proves nothing.
        return Ok(());
    }
    let expected = conn.count("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size", [])?;
    let found = std::fs::metadata(path).map_err(|error| unavailable(format!("{}: {error}", path.display())))?.len();
    if found < expected.unsigned_abs() {
        return Err(StoreError::Damaged(format!(
            "{} has {found} bytes where {expected} are expected: it was cut short",
            path.display()
        )));
    }
    Ok(())
}

/// Migrates the schema, or returns an error saying how it differs.
pub(super) fn migrate(conn: &mut Connection, wanted: bool) -> StoreResult<()> {
    let (found, known) = (version(conn)?, schema_version());
    if found > known {
        return Err(StoreError::NewerSchema { found, known });
    }
    if found < known && !wanted {
        return Err(StoreError::OlderSchema { found, known });
    }
    if wanted {
        if found == 0 {
            conn.pragma_update(None, "application_id", APPLICATION_ID).into_store()?;
        }
        return runner().run(conn).map(|_| ()).map_err(|error| refused(&error));
    }
    // Even without migrating, a schema that was changed by hand is refused.
    let applied = runner().get_applied_migrations(conn).map_err(|error| refused(&error))?;
    let known = runner();
    for migration in &applied {
        if !known.get_migrations().iter().any(|own| own.checksum() == migration.checksum()) {
            return Err(StoreError::Damaged(format!("migration {migration} is not the one that this program knows")));
        }
    }
    Ok(())
}

/// The newest schema version that this program knows: the number of its newest migration.
pub fn schema_version() -> u32 {
    let newest = runner().get_migrations().iter().map(refinery::Migration::version).max();
    newest.and_then(|version| u32::try_from(version).ok()).unwrap_or(0)
}

fn runner() -> Runner {
    embedded::migrations::runner().set_abort_divergent(true).set_abort_missing(true)
}

fn version(conn: &Connection) -> StoreResult<u32> {
    let history = conn.opt("SELECT 1 FROM sqlite_schema WHERE name = 'refinery_schema_history'", [], |_| Ok(()))?;
    if history.is_none() {
        return Ok(0);
    }
    conn.one("SELECT coalesce(max(version), 0) FROM refinery_schema_history", [], value)
}

fn refused(error: &refinery::Error) -> StoreError {
    match error.kind() {
        Kind::DivergentVersion(applied, _) => {
            StoreError::Damaged(format!("migration {applied} is not the one that this program knows"))
        }
        Kind::MissingVersion(applied) => {
            StoreError::Damaged(format!("migration {applied} is missing from this program"))
        }
        Kind::Connection(_, cause) => match cause.downcast_ref::<rusqlite::Error>() {
            Some(cause) => store_error(cause),
            None => StoreError::Internal(error.to_string()),
        },
        _ => StoreError::Internal(error.to_string()),
    }
}
