//! A mirror of what lists filter and sort by, in the memory of the process: 58 bytes a row, and the texts of contacts.
//!
//! Without it, a filtered list, or a page deep in a list, would scan an index and look at each row. In the mirror the
//! matching rows are found by one pass over arrays, and a page by one pass along the list's order
//! ([`reparto_store_rows::lists`]); its rows are then read from the database as usual. Searches scan the texts of all
//! contacts, and their results are kept.
//!
//! Any number of processes write to the database without notifying each other. So **the mirror is brought up to date
//! before each answer** ([`catch_up`]): one query for changed facts and contacts, by the transaction that changed them,
//! and one for new operations. Requests that arrive meanwhile share the next refresh. So a page shows everything that
//! any process committed before the request.
//!
//! A process takes over what another left in a file, where there is a folder for it ([`cache`]). Otherwise it is built when
//! the process begins to serve, or when a list first needs it ([`keeper`]); until then, and whenever there is none, lists use SQL.

pub(crate) mod build;
pub(crate) mod cache;
pub(crate) mod catch_up;
mod columns;
mod keeper;
pub(crate) mod question;

#[cfg(test)]
mod tests;

use std::{
    path::PathBuf,
    sync::{
        Arc, OnceLock, PoisonError, RwLock, RwLockWriteGuard,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::Instant,
};

use rand::{SeedableRng as _, rngs::StdRng};
use reparto_domain::{
    cursor::OpportunityCursor,
    opportunities::{AssignRandom, OpportunityQuery},
    search::Search,
};
use reparto_store::{ListsInMemory, StoreError, StoreResult};
use reparto_store_rows::lists::{Holders, ListPage, Lists, Texts};
use tokio::sync::{Mutex, Semaphore};

use crate::{PostgresStore, engine::tx::read};
use columns::Columns;
use keeper::Keeping;
pub(crate) use keeper::begin;
use question::holders;

/// How often a list starts again if the mirror has changed while it was searching.
const ATTEMPTS: usize = 3;

/// The mirror of a store, if there is one.
#[derive(Debug)]
pub(crate) struct Mirror {
    lists: Lists,
    /// The folder with the file that it is kept in, and that file.
    folder: Option<PathBuf>,
    file: OnceLock<PathBuf>,
    columns: Arc<RwLock<Option<Columns>>>,
    /// Held during a refresh; contains the number of the last refresh that ended.
    refreshed: Mutex<u64>,
    /// The number of the last refresh that began.
    began: AtomicU64,
    /// Limits concurrent lists to the number of processors.
    finding: Arc<Semaphore>,
    keeping: std::sync::Mutex<Keeping>,
    is_closed: AtomicBool,
    /// The number of lists answered from it.
    answered: AtomicU64,
}

/// A page that was found.
#[derive(Debug)]
pub(crate) struct Page {
    /// Its rows.
    pub part: ListPage,
    /// Where the next one begins.
    pub next: Option<OpportunityCursor>,
}

/// The outcome of a query of the mirror.
enum Found {
    Page(Page),
    /// The search must be executed first, in these texts.
    Search(Arc<Texts>),
    Nothing,
}

impl Mirror {
    pub(crate) fn new(lists: Lists, folder: Option<PathBuf>) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            lists,
            folder,
            file: OnceLock::new(),
            columns: Arc::default(),
            refreshed: Mutex::new(0),
            began: AtomicU64::new(0),
            finding: Arc::new(Semaphore::new(processors)),
            keeping: std::sync::Mutex::default(),
            is_closed: AtomicBool::new(false),
            answered: AtomicU64::new(0),
        }
    }

    /// What it holds.
    pub(crate) fn size(&self) -> ListsInMemory {
        let held = self.columns.read();
        let columns = held.as_ref().ok().and_then(|held| held.as_ref());
        columns.map_or_else(ListsInMemory::default, |columns| ListsInMemory {
            rows: columns.facts.len() as u64,
            has_texts: columns.searches.is_some(),
        })
    }

    /// Drops the mirror, if any.
    pub(crate) fn close(&self) {
        self.is_closed.store(true, Relaxed);
        *write(&self.columns) = None;
    }

    fn is_open(&self) -> bool {
        !self.is_closed.load(Relaxed)
    }

    /// The maximum number of rows for which a mirror is built.
    fn most(&self) -> u64 {
        self.lists.max_rows(columns::ROW_BYTES)
    }

    fn exists(&self) -> bool {
        self.columns.read().is_ok_and(|held| held.is_some())
    }
}

/// The rows of a page, as of some time after the call. `None`: there is no usable mirror.
pub(crate) async fn page(store: &PostgresStore, query: &OpportunityQuery) -> Option<Page> {
    let found = try_page(store, query).await;
    if let Err(error) = &found {
        // SQL reports the error.
        tracing::debug!(%error, "a list was not found in memory");
    }
    found.ok().flatten()
}

/// How many contacts a search finds, as of some time after the call. `None`: there is no usable mirror, or none that has
/// the texts.
pub(crate) async fn count(store: &PostgresStore, search: &Search) -> Option<u64> {
    let counted = try_count(store, search).await;
    if let Err(error) = &counted {
        // SQL reports the error.
        tracing::debug!(%error, "contacts were not counted in memory");
    }
    counted.ok().flatten()
}

async fn try_count(store: &PostgresStore, search: &Search) -> StoreResult<Option<u64>> {
    let mirror = store.mirror();
    if !is_there(store).await? {
        return Ok(None);
    }
    for _ in 0..ATTEMPTS {
        if !catch_up::up_to_date(store).await? {
            break;
        }
        let texts = {
            let Ok(held) = mirror.columns.read() else { break };
            let Some(searches) = held.as_ref().and_then(|columns| columns.searches.as_ref()) else { break };
            if let Some(found) = searches.get(search) {
                mirror.answered.fetch_add(1, Relaxed);
                return Ok(Some(found.len() as u64));
            }
            searches.texts()
        };
        searched(mirror, texts, search.clone()).await?;
    }
    Ok(None)
}

/// Whether there is a mirror; one is made if not.
async fn is_there(store: &PostgresStore) -> StoreResult<bool> {
    let mirror = store.mirror();
    if !mirror.is_open() || (!mirror.exists() && !keeper::wanted(store).await?) {
        return Ok(false);
    }
    mirror.keeping().used = Some(Instant::now());
    Ok(true)
}

/// At most this many of the free opportunities that match, any of them as likely as any other, and how many there are;
/// as of some time after the call. `None`: there is no usable mirror.
pub(crate) async fn sample(store: &PostgresStore, command: &AssignRandom, at_most: usize) -> Option<(Vec<u32>, u64)> {
    let sampled = try_sample(store, command, at_most).await;
    if let Err(error) = &sampled {
        // SQL reports the error.
        tracing::debug!(%error, "free opportunities were not found in memory");
    }
    sampled.ok().flatten()
}

async fn try_sample(
    store: &PostgresStore,
    command: &AssignRandom,
    at_most: usize,
) -> StoreResult<Option<(Vec<u32>, u64)>> {
    let mirror = store.mirror();
    if !is_there(store).await? || !catch_up::up_to_date(store).await? {
        return Ok(None);
    }
    let (columns, filter, seed) = (Arc::clone(&mirror.columns), command.filter.of_free(), command.seed);
    let sampled = blocking(mirror, move || {
        let held = columns.read().ok()?;
        let free = held.as_ref()?.matching(&filter, Holders::Nobody, None);
        drop(held);
        Some((free.sample(&mut StdRng::seed_from_u64(seed), at_most), free.len() as u64))
    });
    let sampled = sampled.await?;
    if sampled.is_some() {
        mirror.answered.fetch_add(1, Relaxed);
    }
    Ok(sampled)
}

async fn try_page(store: &PostgresStore, query: &OpportunityQuery) -> StoreResult<Option<Page>> {
    let mirror = store.mirror();
    if !mirror.lists.applies_to(query) || !is_there(store).await? {
        return Ok(None);
    }
    for _ in 0..ATTEMPTS {
        if !catch_up::up_to_date(store).await? {
            return Ok(None);
        }
        let whose = read!(store, conn => holders(conn, query))?;
        match find(mirror, query.clone(), whose).await? {
            Found::Page(page) => {
                mirror.answered.fetch_add(1, Relaxed);
                return Ok(Some(page));
            }
            Found::Search(texts) => {
                let Some(search) = query.filter.search.clone() else { break };
                searched(mirror, texts, search).await?;
            }
            Found::Nothing => break,
        }
    }
    Ok(None)
}

/// Executes a search and keeps its result, unless other texts have taken the place of these.
async fn searched(mirror: &Mirror, texts: Arc<Texts>, search: Search) -> StoreResult<()> {
    let columns = Arc::clone(&mirror.columns);
    blocking(mirror, move || {
        // It takes some milliseconds, in which nobody waits for the columns.
        let found = texts.search(&search);
        if let Some(searches) = write(&columns).as_mut().and_then(|columns| columns.searches.as_mut()) {
            searches.keep(&texts, &search, found);
        }
    })
    .await
}

/// Queries the mirror.
async fn find(mirror: &Mirror, query: OpportunityQuery, whose: Holders) -> StoreResult<Found> {
    let columns = Arc::clone(&mirror.columns);
    blocking(mirror, move || {
        let Ok(held) = columns.read() else { return Found::Nothing };
        let Some(columns) = held.as_ref() else { return Found::Nothing };
        let found = match (&query.filter.search, &columns.searches) {
            (None, _) => None,
            (Some(_), None) => return Found::Nothing,
            (Some(search), Some(searches)) => match searches.get(search) {
                None => return Found::Search(searches.texts()),
                found => found,
            },
        };
        Found::Page(columns.page(&query, whose, found))
    })
    .await
}

/// Runs something on a blocking thread, as many at once as there are processors.
async fn blocking<T: Send + 'static>(mirror: &Mirror, work: impl FnOnce() -> T + Send + 'static) -> StoreResult<T> {
    let gone = |what: &str| StoreError::Internal(format!("a list was not found in memory: {what}"));
    let permit = Arc::clone(&mirror.finding).acquire_owned().await.map_err(|error| gone(&error.to_string()))?;
    let work = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        work()
    });
    work.await.map_err(|error| gone(&error.to_string()))
}

/// The columns, for writing. If a thread panicked while changing them, their state is unknown, and they are dropped.
fn write(columns: &RwLock<Option<Columns>>) -> RwLockWriteGuard<'_, Option<Columns>> {
    columns.write().unwrap_or_else(|poisoned: PoisonError<_>| {
        let mut held: RwLockWriteGuard<'_, Option<Columns>> = poisoned.into_inner();
        *held = None;
        columns.clear_poison();
        held
    })
}
