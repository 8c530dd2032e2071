//! A database of its own for each test. Which engine: `REPARTO_TEST_ENGINE`, `sqlite` where it is not set.

use std::sync::Arc;

use reparto_domain::Clock;
use reparto_store::Store;
use reparto_store_postgres::{Options as PostgresOptions, PostgresStore, schema_fingerprint};
use reparto_store_sqlite::{Options, SqliteStore};

/// A database, and what must be kept for as long as it is used.
pub struct Database {
    /// The store.
    pub store: Arc<dyn Store>,
    _kept: Box<dyn Send + Sync>,
}

impl Database {
    /// An empty one, whose writes take effect by this clock.
    pub async fn fresh(clock: Arc<dyn Clock>) -> Self {
        match std::env::var("REPARTO_TEST_ENGINE").as_deref() {
            Err(_) | Ok("sqlite") => sqlite(clock),
            Ok("postgres") => postgres(clock).await,
            Ok(other) => panic!("these tests know no engine {other}"),
        }
    }
}

fn sqlite(clock: Arc<dyn Clock>) -> Database {
    let folder = tempfile::tempdir().expect("a folder for the database");
    let options = Options { readers: 2, clock, ..Options::new(folder.path().join("reparto.db")) };
    let store = SqliteStore::open(options).expect("a database");
    Database { store: Arc::new(store), _kept: Box::new(folder) }
}

async fn postgres(clock: Arc<dyn Clock>) -> Database {
    let migrate = |url| async move { PostgresStore::connect(PostgresOptions::new(url)).await.map(|_| ()) };
    let database = reparto_test_postgres::Database::fresh(&schema_fingerprint(), migrate).await.expect("a database");
    let options = PostgresOptions { migrate: false, pool_size: 8, clock, ..PostgresOptions::new(database.url()) };
    let store = PostgresStore::connect(options).await.expect("a connection");
    Database { store: Arc::new(store), _kept: Box::new(database) }
}
