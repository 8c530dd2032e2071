//! Connections: their permissions and cache sizes.

use std::path::Path;

use reparto_store::StoreResult;
use rusqlite::{Connection, OpenFlags, config::DbConfig};

use super::{Conn as _, Options, checkpoint::BUSY_TIMEOUT, errors::unavailable, migrate, private};
use crate::{
    engine::errors::IntoStore as _,
    rows::{amount, value},
    search,
};

/// Page cache of the writer, in KiB: the hot rows and their index at a million opportunities.
const WRITER_CACHE: i64 = 40 << 10;
/// Page cache of a reader, in KiB.
const READER_CACHE: i64 = 6 << 10;
/// The number of prepared statements that a connection caches: more than there are.
const STATEMENTS_KEPT: usize = 256;
/// Bytes of a page of a new database.
const PAGE_SIZE: u32 = 4_096;

/// Opens the writer's connection, after checking that the database is Reparto's and up to date.
pub(crate) fn writer(options: &Options) -> StoreResult<Connection> {
    let path = &options.path;
    if path.is_dir() {
        return Err(unavailable(format!("{} is a directory", path.display())));
    }
    if !path.exists() && !options.migrate {
        return Err(unavailable(format!("{} does not exist", path.display())));
    }
    if path.exists() {
        // SQLite would open it anyway, read-only, and leave companion files behind that are read-only too.
        std::fs::OpenOptions::new()
            .write(true)
            .open(path)
            .map_err(|error| unavailable(format!("{} cannot be written: {error}", path.display())))?;
    }
    if path.exists() {
        private::tighten(path);
    } else {
        private::create(path).map_err(|error| unavailable(format!("{} cannot be opened: {error}", path.display())))?;
    }
    let mut conn = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE, WRITER_CACHE)?;
    if conn.is_readonly(rusqlite::MAIN_DB).into_store()? {
        return Err(unavailable(format!("{} is read-only", path.display())));
    }
    migrate::identify(&conn, path)?;
    // Has no effect if there are tables already.
    conn.pragma_update(None, "page_size", PAGE_SIZE).into_store()?;
    let mode: String = conn.one("PRAGMA journal_mode = WAL", [], value)?;
    if mode != "wal" {
        return Err(unavailable(format!("{}: no write-ahead log here (mode {mode})", path.display())));
    }
    conn.pragma_update(None, "wal_autocheckpoint", 0).into_store()?;
    conn.pragma_update(None, "synchronous", "FULL").into_store()?;
    migrate::migrate(&mut conn, options.migrate)?;
    // If the file is writable but its folder is not, the write-ahead log cannot be created: fail now rather than later.
    conn.command("BEGIN IMMEDIATE; ROLLBACK")?;
    Ok(conn)
}

/// A read-only connection.
pub(crate) fn reader(path: &Path) -> StoreResult<Connection> {
    let conn = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE, READER_CACHE)?;
    conn.pragma_update(None, "query_only", true).into_store()?;
    Ok(conn)
}

/// A read-only connection that sees a snapshot of this moment until it is closed.
pub(crate) fn snapshot(path: &Path) -> StoreResult<Connection> {
    let conn = reader(path)?;
    // A read transaction begins with the first read.
    conn.command("BEGIN; SELECT count(*) FROM sqlite_schema")?;
    Ok(conn)
}

/// The connection that checkpoints.
pub(crate) fn checkpointer(path: &Path) -> StoreResult<Connection> {
    let conn = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE, 64)?;
    conn.pragma_update(None, "wal_autocheckpoint", 0).into_store()?;
    conn.pragma_update(None, "synchronous", "FULL").into_store()?;
    Ok(conn)
}

/// A connection that writes the whole file anew: what it needs meanwhile is a file, not memory.
pub(crate) fn rewriter(path: &Path) -> StoreResult<Connection> {
    let conn = checkpointer(path)?;
    conn.pragma_update(None, "temp_store", "FILE").into_store()?;
    Ok(conn)
}

/// Bytes of a page.
pub(crate) fn page_size(conn: &Connection) -> StoreResult<u64> {
    conn.one("PRAGMA page_size", [], amount)
}

fn open(path: &Path, flags: OpenFlags, cache_kib: i64) -> StoreResult<Connection> {
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)
        .map_err(|error| unavailable(format!("{} cannot be opened: {error}", path.display())))?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    // If a table has a partial index, SQLite would plan a statement again whenever another value is bound: a bulk
    // request of a hundred items would be parsed a hundred times. Tests check the plan of each statement.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).into_store()?;
    conn.busy_timeout(BUSY_TIMEOUT).into_store()?;
    conn.pragma_update(None, "foreign_keys", true).into_store()?;
    conn.pragma_update(None, "temp_store", "MEMORY").into_store()?;
    conn.pragma_update(None, "cache_size", -cache_kib).into_store()?;
    conn.pragma_update(None, "trusted_schema", false).into_store()?;
    // What is deleted is overwritten, so that an erased person is in no free page and in no gap of a page.
    conn.pragma_update(None, "secure_delete", true).into_store()?;
    search::register(&conn)?;
    Ok(conn)
}
