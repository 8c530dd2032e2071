//! Every promise of a store, kept by the SQLite engine.

#![allow(clippy::unwrap_used, reason = "a fixture that cannot be made fails its test")]

use std::sync::Arc;

use async_trait::async_trait;
use reparto_domain::{CallerClock, Clock};
use reparto_store_sqlite::{Lists, Options, SqliteStore};
use reparto_store_tests::{Database, Engine, times::TwoProcesses};

struct Sqlite;

#[async_trait]
impl Engine for Sqlite {
    async fn fresh() -> Database {
        let folder = tempfile::tempdir().unwrap();
        // Lists in memory have their own: `lists_in_memory.rs`.
        let path = folder.path().join("reparto.db");
        let options = Options { readers: 2, lists: Lists::Sql, clock: Arc::new(CallerClock), ..Options::new(path) };
        Database { store: Arc::new(SqliteStore::open(options).unwrap()), guard: Box::new(folder) }
    }
}

#[async_trait]
impl TwoProcesses for Sqlite {
    async fn open(clocks: [Arc<dyn Clock>; 2]) -> [Database; 2] {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        clocks.map(|clock| {
            let path = folder.path().join("reparto.db");
            let options = Options { readers: 2, lists: Lists::Sql, clock, ..Options::new(path) };
            Database { store: Arc::new(SqliteStore::open(options).unwrap()), guard: Box::new(Arc::clone(&folder)) }
        })
    }
}

reparto_store_tests::conformance!(Sqlite);
reparto_store_tests::two_clocks!(Sqlite);
reparto_store_tests::copies!(copies, Sqlite, Sqlite);
