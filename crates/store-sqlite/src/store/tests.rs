mod opening;
mod writing;

use reparto_store::{StoreError, StoreResult};
use rusqlite::Connection;

use super::SqliteStore;
use crate::{Options, engine::errors::IntoStore as _};

/// A store in a folder of its own.
fn store() -> (tempfile::TempDir, SqliteStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(Options::new(folder.path().join("reparto.db"))).unwrap();
    (folder, store)
}

/// A change that can be seen: a secret of this name.
fn keep(conn: &Connection, name: &str) -> StoreResult<()> {
    conn.execute("INSERT INTO secrets (name, value, created_at) VALUES (?1, '', 0)", [name]).into_store()?;
    Ok(())
}

/// The names that were kept, in order.
fn kept(conn: &Connection) -> StoreResult<Vec<String>> {
    let mut statement = conn.prepare("SELECT name FROM secrets ORDER BY name").into_store()?;
    statement.query_map([], |row| row.get(0)).into_store()?.collect::<rusqlite::Result<_>>().into_store()
}

fn is_unavailable<T>(result: &StoreResult<T>) -> bool {
    matches!(result, Err(StoreError::Unavailable { .. }))
}
