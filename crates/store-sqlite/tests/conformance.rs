//! The conformance suite on SQLite.

#![allow(clippy::unwrap_used, reason = "a fixture that cannot be made fails its test")]

use std::sync::Arc;

use async_trait::async_trait;
use reparto_store_sqlite::{Lists, Options, SqliteStore};
use reparto_store_tests::{Database, Engine};

struct Sqlite;

#[async_trait]
impl Engine for Sqlite {
    async fn fresh() -> Database {
        let folder = tempfile::tempdir().unwrap();
        // Lists in memory are tested in `lists_in_memory.rs`.
        let path = folder.path().join("reparto.db");
        let options = Options { readers: 2, lists: Lists::Sql, ..Options::new(path) };
        Database { store: Arc::new(SqliteStore::open(options).unwrap()), guard: Box::new(folder) }
    }
}

reparto_store_tests::conformance!(Sqlite);
reparto_store_tests::copies!(copies, Sqlite, Sqlite);
