//! The parts of the conformance suite that concern lists, on PostgreSQL with lists in memory.
#![allow(clippy::unwrap_used, reason = "a test that cannot have its database panics")]

use std::sync::Arc;

use async_trait::async_trait;
use reparto_store_postgres::{Lists, Options, PostgresStore, schema_fingerprint};
use reparto_store_tests::{Database, Engine};

struct Mirrored;

#[async_trait]
impl Engine for Mirrored {
    async fn fresh() -> Database {
        let migrate = |url| async move { PostgresStore::connect(Options::new(url)).await.map(|_| ()) };
        let database = reparto_test_postgres::Database::fresh(&schema_fingerprint(), migrate).await.unwrap();
        let mut options = Options::new(database.url());
        (options.migrate, options.pool_size, options.lists) = (false, 8, Lists::Always);
        options.clock = Arc::new(reparto_domain::CallerClock);
        let store = PostgresStore::connect(options).await.unwrap();
        Database { store: Arc::new(store), guard: Box::new(database) }
    }
}

macro_rules! promises {
    ($($module:ident: $rules:ident,)*) => {
        $(mod $module {
            use super::*;
            reparto_store_tests::$rules!(Mirrored);
        })*
    };
}

promises! {
    list: list_rules,
    search: search_rules,
    contact_access: contact_access_rules,
    create: create_rules,
    update: update_rules,
    delete: delete_rules,
    first_call: first_call_rules,
    bulk_assign: bulk_assign_rules,
    random: random_rules,
    do_not_contact: do_not_contact_rules,
    undo: undo_rules,
    imports: imports_rules,
    sent_imports: sent_imports_rules,
    job_running: job_running_rules,
    races: concurrency_rules,
}
