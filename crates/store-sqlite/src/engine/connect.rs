//! Connections: what each is allowed and how much it may keep in memory.

use std::path::Path;

use reparto_store::StoreResult;
use rusqlite::{Connection, OpenFlags, config::DbConfig};

use super::{Conn as _, Options, checkpoint::BUSY_TIMEOUT, errors::unavailable, migrate};
use crate::{
    engine::errors::Sql as _,
    rows::{amount, value},
};

/// Page cache of the writer, in KiB: the hot rows and their index at a million opportunities.
const WRITER_CACHE: i64 = 40 << 10;
/// Page cache of a reader, in KiB.
const READER_CACHE: i64 = 6 << 10;
/// Prepared statements that a connection keeps: more than there are.
const STATEMENTS_KEPT: usize = 256;
/// Bytes of a page of a new database.
const PAGE_SIZE: u32 = 4_096;

/// The writer's connection to a database that is Reparto's and up to date.
pub(crate) fn writer(options: &Options) -> StoreResult<Connection> {
    let path = &options.path;
    if path.is_dir() {
        return Err(unavailable(format!("{} is a directory", path.display())));
    }
    if !path.exists() && !options.migrate {
        return Err(unavailable(format!("{} does not exist", path.display())));
    }
    if path.exists() {
        // SQLite would open it all the same, for reading, and leave companions behind that are read-only too.
        std::fs::OpenOptions::new()
            .write(true)
            .open(path)
            .map_err(|error| unavailable(format!("{} cannot be written: {error}", path.display())))?;
    }
    let create = if options.migrate { OpenFlags::SQLITE_OPEN_CREATE } else { OpenFlags::empty() };
    let mut conn = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE | create, WRITER_CACHE)?;
    if conn.is_readonly(rusqlite::MAIN_DB).sql()? {
        return Err(unavailable(format!("{} is read-only", path.display())));
    }
    migrate::identify(&conn, path)?;
    // Without effect where there are tables already.
    conn.pragma_update(None, "page_size", PAGE_SIZE).sql()?;
    let mode: String = conn.one("PRAGMA journal_mode = WAL", [], value)?;
    if mode != "wal" {
        return Err(unavailable(format!("{}: no write-ahead log here (mode {mode})", path.display())));
    }
    conn.pragma_update(None, "wal_autocheckpoint", 0).sql()?;
    conn.pragma_update(None, "synchronous", "FULL").sql()?;
    migrate::migrate(&mut conn, options.migrate)?;
    // A writable file in a folder that is not: the write-ahead log cannot be made. Better to know it now.
    conn.command("BEGIN IMMEDIATE; ROLLBACK")?;
    Ok(conn)
}

/// A connection that cannot write.
pub(crate) fn reader(path: &Path) -> StoreResult<Connection> {
    let conn = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE, READER_CACHE)?;
    conn.pragma_update(None, "query_only", true).sql()?;
    Ok(conn)
}

/// A connection that cannot write, and sees everything as it is at this moment until it is closed.
pub(crate) fn snapshot(path: &Path) -> StoreResult<Connection> {
    let conn = reader(path)?;
    // A read transaction begins with the first look.
    conn.command("BEGIN; SELECT count(*) FROM sqlite_schema")?;
    Ok(conn)
}

/// The connection that checkpoints.
pub(crate) fn checkpointer(path: &Path) -> StoreResult<Connection> {
    let conn = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE, 64)?;
    conn.pragma_update(None, "wal_autocheckpoint", 0).sql()?;
    conn.pragma_update(None, "synchronous", "FULL").sql()?;
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
    // Where a table has a partial index, SQLite would plan a statement anew each time that another value is bound: a
    // bulk request of a hundred would be parsed a hundred times. What each statement's plan is, is tested.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).sql()?;
    conn.busy_timeout(BUSY_TIMEOUT).sql()?;
    conn.pragma_update(None, "foreign_keys", true).sql()?;
    conn.pragma_update(None, "temp_store", "MEMORY").sql()?;
    conn.pragma_update(None, "cache_size", -cache_kib).sql()?;
    conn.pragma_update(None, "trusted_schema", false).sql()?;
    Ok(conn)
}
