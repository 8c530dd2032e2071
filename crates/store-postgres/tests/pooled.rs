//! The main part of the conformance suite through PgBouncer in transaction pooling mode: the schema is migrated through
//! it, too, and a few server connections serve all clients.
#![allow(clippy::unwrap_used, reason = "a test that cannot have its database panics")]

use std::sync::Arc;

use async_trait::async_trait;
use reparto_store_postgres::{Options, PostgresStore, Statements};
use reparto_store_tests::{Database, Engine};
use reparto_test_postgres::pooler::Pooler;

/// The pooler's connections to the server: fewer than the store's connections to the pooler.
const SHARED: usize = 4;

struct Pooled;

#[async_trait]
impl Engine for Pooled {
    async fn fresh() -> Database {
        let database = reparto_test_postgres::Database::empty().await.unwrap();
        let pooler = Pooler::before(&database.url(), SHARED).await.unwrap();
        let mut options = Options::new(pooler.url());
        (options.statements, options.pool_size) = (Statements::Unprepared, 8);
        options.clock = Arc::new(reparto_domain::CallerClock);
        let store = PostgresStore::connect(options).await.unwrap();
        Database { store: Arc::new(store), guard: Box::new((pooler, database)) }
    }
}

reparto_store_tests::conformance! { @modules Pooled;
    assignments { bulk_modes: bulk_modes_rules, }
    operations { undo_chains: undo_chains_rules, }
    records { idempotency: idempotency_rules, }
    background { running: job_running_rules, events: event_rules, }
    concurrency { races: concurrency_rules, }
}
