//! The mirror and SQL must say the same of the same moment, whatever was written and whoever wrote it.

mod cache;
mod keeping;
mod properties;

use std::sync::{Arc, atomic::Ordering::Relaxed};

use reparto_domain::{CallerClock, opportunities::OpportunityQuery};
use reparto_store::StoreResult;
use reparto_store_tests::{Database, Fixture};
use rusqlite::Connection;

use super::{Lists, Mirror};
use crate::{
    Options, SqliteStore,
    opportunities::{self, list},
};

/// A store in a folder of its own.
pub(super) struct Tried {
    pub f: Fixture,
    pub store: SqliteStore,
    path: std::path::PathBuf,
}

impl Tried {
    async fn with(lists: Lists) -> Self {
        Self::opened(lists, false).await
    }

    async fn opened(lists: Lists, keep_lists: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reparto.db");
        let clock = Arc::new(CallerClock);
        let store = SqliteStore::open(Options { readers: 2, lists, keep_lists, clock, ..Options::new(&path) }).unwrap();
        let database = Database { store: Arc::new(store.clone()), guard: Box::new(folder) };
        Self { f: Fixture::on(database).await, store, path }
    }

    /// Another process on the same file: what it writes, this store's writer does not know of.
    fn another(&self) -> SqliteStore {
        SqliteStore::open(Options {
            readers: 1,
            lists: Lists::Sql,
            clock: Arc::new(CallerClock),
            ..Options::new(&self.path)
        })
        .unwrap()
    }

    fn answered(&self) -> u64 {
        self.store.mirror().answered.load(Relaxed)
    }

    /// Asks mirror and SQL in one snapshot; whether the mirror answered.
    async fn compare(&self, query: OpportunityQuery) -> bool {
        compared(&self.store, query).await
    }
}

async fn compared(store: &SqliteStore, query: OpportunityQuery) -> bool {
    let mirror = store.mirror();
    store.read(move |conn| compare(conn, &mirror, &query)).await.unwrap()
}

fn compare(conn: &Connection, mirror: &Mirror, query: &OpportunityQuery) -> StoreResult<bool> {
    let Some(part) = mirror.page(conn, query)? else { return Ok(false) };
    let expected = list::by_sql(conn, query)?;
    let rows = opportunities::by_seqs(conn, &part.seqs)?;
    let ids = |rows: &[reparto_domain::opportunities::Opportunity]| rows.iter().map(|row| row.id).collect::<Vec<_>>();
    assert_eq!(ids(&rows), ids(&expected.items), "{query:?}");
    assert_eq!((part.total, part.more), (expected.total, expected.next.is_some()), "{query:?}");
    assert!(expected.total_is_exact);
    Ok(true)
}
