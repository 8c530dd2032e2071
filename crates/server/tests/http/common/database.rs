//! A separate database for each test. `REPARTO_TEST_ENGINE` selects the engine; the default is `sqlite`.

use std::sync::Arc;

use reparto_store::Store;
use reparto_store_postgres::{Options as PostgresOptions, PostgresStore, schema_fingerprint};
use reparto_store_sqlite::{Options, SqliteStore};

/// A database, and what must live as long as it.
pub struct Database {
    /// The store.
    pub store: Arc<dyn Store>,
    _kept: Box<dyn Send + Sync>,
}

impl Database {
    /// Creates an empty one.
    pub async fn fresh() -> Self {
        match std::env::var("REPARTO_TEST_ENGINE").as_deref() {
            Err(_) | Ok("sqlite") => sqlite(),
            Ok("postgres") => postgres().await,
            Ok(other) => panic!("these tests know no engine {other}"),
        }
    }
}

fn sqlite() -> Database {
    let folder = tempfile::tempdir().expect("a folder for the database");
    let options = Options { readers: 2, ..Options::new(folder.path().join("reparto.db")) };
    let store = SqliteStore::open(options).expect("a database");
    Database { store: Arc::new(store), _kept: Box::new(folder) }
}

async fn postgres() -> Database {
    let migrate = |url| async move { PostgresStore::connect(PostgresOptions::new(url)).await.map(|_| ()) };
    let database = reparto_test_postgres::Database::fresh(&schema_fingerprint(), migrate).await.expect("a database");
    let options = PostgresOptions { migrate: false, pool_size: 8, ..PostgresOptions::new(database.url()) };
    let store = PostgresStore::connect(options).await.expect("a connection");
    Database { store: Arc::new(store), _kept: Box::new(database) }
}
