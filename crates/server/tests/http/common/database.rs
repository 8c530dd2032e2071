//! A database of its own for each test. Which engine: `REPARTO_TEST_ENGINE`, `sqlite` where it is not set.

use std::sync::Arc;

use reparto_store::Store;
use reparto_store_sqlite::{Options, SqliteStore};

/// A database, and what must be kept for as long as it is used.
pub struct Database {
    /// The store.
    pub store: Arc<dyn Store>,
    _kept: Box<dyn Send + Sync>,
}

impl Database {
    /// An empty one.
    #[allow(clippy::unused_async, reason = "an engine on a server is awaited")]
    pub async fn fresh() -> Self {
        match std::env::var("REPARTO_TEST_ENGINE").as_deref() {
            Err(_) | Ok("sqlite") => sqlite(),
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
