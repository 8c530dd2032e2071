//! The parts of the conformance suite that concern lists, on SQLite with lists in memory.

#![allow(clippy::unwrap_used, reason = "a fixture that cannot be made fails its test")]

use std::sync::Arc;

use async_trait::async_trait;
use reparto_store::Maintenance as _;
use reparto_store_sqlite::{Lists, Options, SqliteStore};
use reparto_store_tests::{Database, Engine};

struct Mirrored;

#[async_trait]
impl Engine for Mirrored {
    async fn fresh() -> Database {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reparto.db");
        let options = Options {
            readers: 2,
            lists: Lists::Always,
            clock: Arc::new(reparto_domain::CallerClock),
            ..Options::new(path)
        };
        Database { store: Arc::new(SqliteStore::open(options).unwrap()), guard: Box::new(folder) }
    }
}

/// The same, in the second process that serves: it takes over what the first one left.
struct Kept;

#[async_trait]
impl Engine for Kept {
    async fn fresh() -> Database {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reparto.db");
        let options = || Options {
            readers: 2,
            lists: Lists::Always,
            keep_lists: true,
            clock: Arc::new(reparto_domain::CallerClock),
            ..Options::new(&path)
        };
        SqliteStore::open(options()).unwrap().close().await;
        assert!(folder.path().join("reparto.db-lists").exists());
        Database { store: Arc::new(SqliteStore::open(options()).unwrap()), guard: Box::new(folder) }
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

mod after_a_start {
    use super::Kept;
    reparto_store_tests::list_rules!(Kept);
}

mod search_after_a_start {
    use super::Kept;
    reparto_store_tests::search_rules!(Kept);
}

mod properties {
    use super::*;
    reparto_store_tests::property_tests!(Mirrored);
}
