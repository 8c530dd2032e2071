//! Databases for the tests inside this crate.

use reparto_test_postgres::Database;

use crate::{Options, PostgresStore};

/// A migrated database of the test's own.
pub(crate) async fn fresh() -> Database {
    Database::fresh(&crate::schema_fingerprint(), |url| async move {
        PostgresStore::connect(Options::new(url)).await.map(|_| ())
    })
    .await
    .unwrap()
}
