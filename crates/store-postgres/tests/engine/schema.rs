//! Schema versions.

use std::collections::HashSet;

use reparto_domain::{Role, Roles};
use reparto_store::{Maintenance as _, Operations as _, StoreError};
use reparto_store_postgres::{Options, PostgresStore};
use reparto_test_postgres::Database;

use crate::common::{bulk_assign, by, client, opportunities, store, user};

#[tokio::test]
async fn replicas_that_start_at_once_migrate_once() {
    let database = Database::empty().await.unwrap();
    let starts = (0..4).map(|_| PostgresStore::connect(Options::new(database.url())));
    for started in futures::future::join_all(starts).await {
        started.unwrap();
    }
    let applied = client(&database).await.query("SELECT version FROM refinery_schema_history", &[]).await.unwrap();
    let versions: HashSet<i32> = applied.iter().map(|row| row.get(0)).collect();
    assert!(versions.len() >= 3 && versions.len() == applied.len(), "{versions:?}");
}

#[tokio::test]
async fn an_older_schema_is_refused_unless_it_may_be_migrated() {
    let database = Database::empty().await.unwrap();
    let mut options = Options::new(database.url());
    options.migrate = false;
    let refused = PostgresStore::connect(options).await.unwrap_err();
    assert!(matches!(refused, StoreError::OlderSchema { found: 0, known: 3.. }), "{refused:?}");
}

/// A typical migration of a later version, which only adds.
const EXPAND: &str = "ALTER TABLE opportunities ADD COLUMN region text; \
    ALTER TABLE assignments ADD COLUMN priority_override smallint NOT NULL DEFAULT 0; \
    ALTER TABLE operations ADD COLUMN origin text DEFAULT 'unknown'; \
    CREATE INDEX opportunities_region ON opportunities (region) WHERE region IS NOT NULL; \
    CREATE TABLE regions (name text PRIMARY KEY); \
    INSERT INTO refinery_schema_history (version, name, applied_on, checksum) \
        VALUES (9001, 'regions', '2030-01-01T00:00:00Z', '1')";

/// A migration for when no earlier program runs any more: it removes what those need, and marks the schema accordingly.
const CONTRACT: &str = "UPDATE schema_support SET oldest = 9002; \
    ALTER TABLE opportunities DROP COLUMN attempt_count CASCADE; \
    INSERT INTO refinery_schema_history (version, name, applied_on, checksum) \
        VALUES (9002, 'no_attempt_count', '2030-02-01T00:00:00Z', '1')";

#[tokio::test]
async fn a_running_program_survives_additive_migrations_only() {
    let database = crate::common::fresh().await;
    let running = store(&database.url(), 2).await;
    let (admin, agent) = (user(&running, "admin", Role::Admin).await, user(&running, "agent", Role::Agent).await);
    let ids = opportunities(&database, &running, 10).await;
    bulk_assign(&running, &by(admin), &ids, agent).await.unwrap();
    let client = client(&database).await;
    client.batch_execute(EXPAND).await.unwrap();

    // The running program, whose statements are already prepared, and one that starts now, with and without migrating.
    bulk_assign(&running, &by(admin), &ids, agent).await.unwrap();
    for migrate in [true, false] {
        let mut options = Options::new(database.url());
        options.migrate = migrate;
        let started = PostgresStore::connect(options).await.unwrap();
        let outcome = bulk_assign(&started, &by(admin), &ids[..5], agent).await.unwrap();
        let undone = started.operation_undo(&by(admin), outcome.operation.unwrap(), &Roles::default(), None).await;
        assert_eq!(undone.unwrap().fresh().unwrap().done.len(), 5);
        opportunities(&database, &started, 10).await;
        assert_eq!(started.check(10).await.unwrap(), []);
    }

    client.batch_execute(CONTRACT).await.unwrap();
    for migrate in [true, false] {
        let mut options = Options::new(database.url());
        options.migrate = migrate;
        let refused = PostgresStore::connect(options).await.unwrap_err();
        assert!(matches!(refused, StoreError::NewerSchema { found: 9002, .. }), "{refused:?}");
        assert!(refused.to_string().contains("run the newer program"), "{refused}");
    }
}

#[tokio::test]
async fn a_database_of_another_program_is_left_alone() {
    let database = Database::empty().await.unwrap();
    client(&database).await.batch_execute("CREATE TABLE users (id integer)").await.unwrap();
    let refused = PostgresStore::connect(Options::new(database.url())).await.unwrap_err();
    assert!(matches!(refused, StoreError::Damaged(_)), "{refused:?}");
}
