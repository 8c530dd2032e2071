//! The engine room: one writer, some readers, one thread that checkpoints.

use std::{path::PathBuf, sync::Arc};

use reparto_store::StoreResult;
use rusqlite::Connection;

/// How to open a database.
#[derive(Debug, Clone)]
pub struct Options {
    /// The file; created where it is not there.
    pub path: PathBuf,
    /// Whether to bring the schema up to date; else an older one is refused.
    pub migrate: bool,
    /// Reading connections.
    pub readers: usize,
    /// Writes that may wait; one more is refused as busy.
    pub queue: usize,
}

impl Options {
    /// The usual: migrate, 4 readers, 1,024 writes may wait.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), migrate: true, readers: 4, queue: 1_024 }
    }
}

/// A store on one SQLite file.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    _inner: Arc<()>,
}

impl SqliteStore {
    /// Runs a change on the writer: in a savepoint of a transaction that may carry others, answered once the
    /// transaction is on disk. An error rolls the savepoint back and harms no neighbour.
    pub async fn write<T, F>(&self, change: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> StoreResult<T> + Send + 'static,
    {
        let _ = change;
        Err(reparto_store::StoreError::Busy)
    }

    /// Runs a question on a reader: in one read transaction, so that all it reads is of one moment.
    pub async fn read<T, F>(&self, question: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> StoreResult<T> + Send + 'static,
    {
        let _ = question;
        Err(reparto_store::StoreError::Busy)
    }
}
