//! Versions of the schema.

use reparto_store::StoreError;
use reparto_store_postgres::{Options, PostgresStore};
use reparto_test_postgres::Database;

use crate::common::client;

#[tokio::test]
async fn replicas_that_start_at_once_migrate_once() {
    let database = Database::empty().await.unwrap();
    let starts = (0..4).map(|_| PostgresStore::connect(Options::new(database.url())));
    for started in futures::future::join_all(starts).await {
        started.unwrap();
    }
    let applied = client(&database).await.query("SELECT version FROM refinery_schema_history", &[]).await.unwrap();
    assert_eq!(applied.len(), 3);
}

#[tokio::test]
async fn an_older_schema_is_refused_unless_it_may_be_migrated() {
    let database = Database::empty().await.unwrap();
    let mut options = Options::new(database.url());
    options.migrate = false;
    let refused = PostgresStore::connect(options).await.unwrap_err();
    assert!(matches!(refused, StoreError::OlderSchema { found: 0, known: 3 }), "{refused:?}");
}

#[tokio::test]
async fn a_newer_schema_is_taken_as_long_as_it_says_that_this_program_may_run_on_it() {
    let database = crate::common::fresh().await;
    let client = client(&database).await;
    let newer = "INSERT INTO refinery_schema_history (version, name, applied_on, checksum) \
        VALUES (99, 'later', '2030-01-01T00:00:00Z', '1')";
    client.batch_execute(newer).await.unwrap();
    PostgresStore::connect(Options::new(database.url())).await.unwrap();
    client.batch_execute("UPDATE schema_support SET oldest = 99").await.unwrap();
    let refused = PostgresStore::connect(Options::new(database.url())).await.unwrap_err();
    assert!(matches!(refused, StoreError::NewerSchema { found: 99, known: 3 }), "{refused:?}");
}

#[tokio::test]
async fn a_database_of_another_program_is_left_alone() {
    let database = Database::empty().await.unwrap();
    client(&database).await.batch_execute("CREATE TABLE users (id integer)").await.unwrap();
    let refused = PostgresStore::connect(Options::new(database.url())).await.unwrap_err();
    assert!(matches!(refused, StoreError::Damaged(_)), "{refused:?}");
}
