//! Every promise of a store, on PostgreSQL.
#![allow(clippy::unwrap_used, reason = "a test that cannot have its database panics")]

use std::sync::Arc;

use async_trait::async_trait;
use reparto_domain::{CallerClock, Clock};
use reparto_store_postgres::{Options, PostgresStore, schema_fingerprint};
use reparto_store_tests::{Database, Engine, times::TwoProcesses};

struct Postgres;

/// The other engine, to copy from and to.
struct Sqlite;

#[async_trait]
impl Engine for Sqlite {
    async fn fresh() -> Database {
        let folder = tempfile::tempdir().unwrap();
        let mut options = reparto_store_sqlite::Options::new(folder.path().join("reparto.db"));
        options.clock = Arc::new(CallerClock);
        let store = reparto_store_sqlite::SqliteStore::open(options).unwrap();
        Database { store: Arc::new(store), guard: Box::new(folder) }
    }
}

#[async_trait]
impl Engine for Postgres {
    async fn fresh() -> Database {
        let database = database().await;
        let store = store(&database, Arc::new(CallerClock)).await;
        Database { store: Arc::new(store), guard: Box::new(database) }
    }
}

#[async_trait]
impl TwoProcesses for Postgres {
    async fn open([first, second]: [Arc<dyn Clock>; 2]) -> [Database; 2] {
        let database = Arc::new(database().await);
        let stores = [store(&database, first).await, store(&database, second).await];
        stores.map(|store| Database { store: Arc::new(store), guard: Box::new(Arc::clone(&database)) })
    }
}

async fn database() -> reparto_test_postgres::Database {
    let migrate = |url| async move { PostgresStore::connect(Options::new(url)).await.map(|_| ()) };
    reparto_test_postgres::Database::fresh(&schema_fingerprint(), migrate).await.unwrap()
}

async fn store(database: &reparto_test_postgres::Database, clock: Arc<dyn Clock>) -> PostgresStore {
    let mut options = Options::new(database.url());
    options.migrate = false;
    options.pool_size = 8;
    options.clock = clock;
    PostgresStore::connect(options).await.unwrap()
}

reparto_store_tests::conformance!(Postgres);
reparto_store_tests::two_clocks!(Postgres);
reparto_store_tests::copies!(copies_from_sqlite, Sqlite, Postgres);
reparto_store_tests::copies!(copies_to_sqlite, Postgres, Sqlite);
reparto_store_tests::copies!(copies, Postgres, Postgres);
