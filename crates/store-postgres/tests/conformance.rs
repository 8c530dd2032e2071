//! The conformance suite on PostgreSQL.
#![allow(clippy::unwrap_used, reason = "a test that cannot have its database panics")]

use std::sync::Arc;

use async_trait::async_trait;
use reparto_store_postgres::{Options, PostgresStore, schema_fingerprint};
use reparto_store_tests::{Database, Engine};

struct Postgres;

/// The other engine, to copy from and to.
struct Sqlite;

#[async_trait]
impl Engine for Sqlite {
    async fn fresh() -> Database {
        let folder = tempfile::tempdir().unwrap();
        let options = reparto_store_sqlite::Options::new(folder.path().join("reparto.db"));
        let store = reparto_store_sqlite::SqliteStore::open(options).unwrap();
        Database { store: Arc::new(store), guard: Box::new(folder) }
    }
}

#[async_trait]
impl Engine for Postgres {
    async fn fresh() -> Database {
        let migrate = |url| async move { PostgresStore::connect(Options::new(url)).await.map(|_| ()) };
        let database = reparto_test_postgres::Database::fresh(&schema_fingerprint(), migrate).await.unwrap();
        let mut options = Options::new(database.url());
        options.migrate = false;
        options.pool_size = 8;
        let store = PostgresStore::connect(options).await.unwrap();
        Database { store: Arc::new(store), guard: Box::new(database) }
    }
}

reparto_store_tests::conformance!(Postgres);
reparto_store_tests::copies!(copies_from_sqlite, Sqlite, Postgres);
reparto_store_tests::copies!(copies_to_sqlite, Postgres, Sqlite);
reparto_store_tests::copies!(copies, Postgres, Postgres);
