//! Every promise of a store, on PostgreSQL.
#![allow(clippy::unwrap_used, reason = "a test that cannot have its database panics")]

use std::sync::Arc;

use async_trait::async_trait;
use reparto_store_postgres::{Options, PostgresStore, schema_fingerprint};
use reparto_store_tests::{Database, Engine};

struct Postgres;

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
