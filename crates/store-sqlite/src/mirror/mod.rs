//! A mirror of what lists filter and sort by, in the memory of the process: 26 bytes a row, and the texts of contacts.
//!
//! Without it, a filtered list, or a page deep in a list, would scan an index and look at each row. In the mirror the
//! matching rows are found by one pass over arrays ([`columns`]), and a page by one pass along the list's order
//! ([`Order`](reparto_store_rows::lists::Order)); its rows are then read from the database as usual. Searches
//! scan the texts of all contacts, and their results are kept as sets of contacts.
//!
//! A process that serves takes it over from the one before ([`cache`]). Otherwise it is built by the keeper's thread
//! ([`keeper`]) when a list first needs it; until then, and whenever there is none, lists use SQL. The writer publishes the rows that it touches ([`feed`]), and each reader of a list brings the mirror
//! up to date **in the snapshot that the list is read in** ([`catch_up`]), so that a page is consistent either way.
//! Writes of another process are detected by their entries in the audit log, or by SQLite's own change counter; then
//! the mirror is built anew.

mod build;
mod cache;
mod catch_up;
mod columns;
mod feed;
mod keeper;
pub(crate) mod question;

#[cfg(test)]
mod tests;

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
};

use reparto_domain::{opportunities::OpportunityQuery, search::Search};
use reparto_store::{ListsInMemory, StoreResult};
use reparto_store_rows::lists::{Bits, ListPage, Lists, Texts};
use rusqlite::Connection;

use crate::engine::Conn as _;
pub(crate) use cache::Left;
use columns::Columns;
use feed::Feed;
pub(crate) use feed::Feeder;
use keeper::Keeping;
pub(crate) use keeper::run;
use question::Question;

/// A mirror may grow beyond the maximum number of rows for a build, by this fraction of it.
const MORE: u64 = 16;
/// How often a list starts again if the mirror has changed while it was searching.
const ATTEMPTS: usize = 3;

/// The mirror of a store, if there is one.
#[derive(Debug)]
pub(crate) struct Mirror {
    lists: Lists,
    path: PathBuf,
    /// Whether it goes from one process to the next in a file.
    is_kept: bool,
    feed: Feed,
    columns: RwLock<Option<Columns>>,
    keeper: Mutex<Keeping>,
    is_closed: AtomicBool,
    /// The number of lists answered from it.
    answered: AtomicU64,
}

impl Mirror {
    /// What it holds.
    pub(crate) fn size(&self) -> ListsInMemory {
        let held = self.columns.read();
        let columns = held.as_ref().ok().and_then(|held| held.as_ref());
        columns.map_or_else(ListsInMemory::default, |columns| ListsInMemory {
            rows: columns.facts.len() as u64,
            has_texts: columns.searches.is_some(),
        })
    }

    /// Whether pages of this query are worth a mirror; `false`: SQL is as fast.
    pub(crate) fn is_for(&self, query: &OpportunityQuery) -> bool {
        self.is_open() && self.lists.applies_to(query)
    }

    /// How many contacts a search finds, as of the snapshot that this opens in the connection's transaction. `None`: there
    /// is no usable mirror, or none that has the texts.
    pub(crate) fn count(&self, conn: &Connection, search: &Search) -> StoreResult<Option<u64>> {
        for _ in 0..ATTEMPTS {
            if !self.is_open() || self.lists == Lists::Sql {
                break;
            }
            let held = self.at_snapshot(conn)?;
            let Some(columns) = &*held else { break };
            let Some(searches) = &columns.searches else { break };
            if let Some(found) = searches.get(search) {
                self.answered.fetch_add(1, Relaxed);
                return Ok(Some(found.len() as u64));
            }
            let (epoch, texts) = (columns.epoch, searches.texts());
            drop(held);
            self.search(conn, epoch, &texts, search)?;
        }
        Ok(None)
    }

    /// Searches the texts of contacts, and keeps the result. The connection's transaction begins anew, for the mirror may
    /// be another one afterwards.
    fn search(&self, conn: &Connection, epoch: u64, texts: &Arc<Texts>, search: &Search) -> StoreResult<()> {
        self.keep(epoch, texts, search, texts.search(search));
        conn.command("ROLLBACK; BEGIN")
    }

    /// The rows of a page. The connection's transaction must not have read anything yet; later reads in it see the same
    /// snapshot as the answer. `None`: there is no usable mirror.
    pub(crate) fn page(&self, conn: &Connection, query: &OpportunityQuery) -> StoreResult<Option<ListPage>> {
        self.ask(conn, query, |columns, question, found| columns.part(conn, query, question, found))
    }

    /// The numbers of all rows that match a query, whatever its position; otherwise like [`Mirror::page`].
    pub(crate) fn all(&self, conn: &Connection, query: &OpportunityQuery) -> StoreResult<Option<Bits>> {
        self.ask(conn, query, |columns, question, found| {
            if question.is_empty() {
                return Ok(Bits::default());
            }
            Ok(columns.matching(conn, question, found)?.unwrap_or_else(|| columns.live()))
        })
    }

    /// Asks the mirror as of a snapshot that this opens, with the contacts of the query's search.
    fn ask<T>(
        &self,
        conn: &Connection,
        query: &OpportunityQuery,
        answer: impl Fn(&Columns, &Question, Option<&Bits>) -> StoreResult<T>,
    ) -> StoreResult<Option<T>> {
        for _ in 0..ATTEMPTS {
            let held = self.at_snapshot(conn)?;
            let Some(columns) = &*held else { return Ok(None) };
            let question = Question::new(conn, query)?;
            let found = match (&question.filter.search, &columns.searches) {
                (None, _) => None,
                (Some(_), None) => return Ok(None),
                (Some(search), Some(searches)) => {
                    let Some(found) = searches.get(search) else {
                        let (epoch, texts) = (columns.epoch, searches.texts());
                        drop(held);
                        self.search(conn, epoch, &texts, search)?;
                        continue;
                    };
                    Some(found)
                }
            };
            let answer = answer(columns, &question, found);
            drop(held);
            match answer {
                Ok(answer) => {
                    self.answered.fetch_add(1, Relaxed);
                    return Ok(Some(answer));
                }
                Err(error) => {
                    tracing::warn!(%error, "a list was not found in memory");
                    self.forget(&mut self.write());
                    break;
                }
            }
        }
        Ok(None)
    }

    /// Drops the mirror, and stops collecting touched rows for it.
    fn forget(&self, held: &mut Option<Columns>) {
        *held = None;
        self.feed.stop();
    }

    /// The mirror as of the snapshot that this opens in the connection's transaction. `None`: there is none.
    fn at_snapshot(&self, conn: &Connection) -> StoreResult<RwLockReadGuard<'_, Option<Columns>>> {
        // If nobody writes, lists need not wait for each other.
        if self.feed.is_quiet()
            && let Ok(held) = self.columns.read()
            && let Some(columns) = held.as_ref().filter(|columns| columns.backlog.is_empty())
        {
            let newest = feed::newest(conn)?;
            let seen = self.feed.after_snapshot();
            if seen.touched.is_empty() && seen.is_of(columns.epoch, newest) {
                return Ok(held);
            }
            drop(held);
            conn.command("ROLLBACK; BEGIN")?;
        }
        let mut held = self.write();
        if held.is_none() && self.lists == Lists::Always {
            *held = self.made(conn)?;
            conn.command("ROLLBACK; BEGIN")?;
        }
        self.advance(conn, &mut held, usize::MAX);
        Ok(RwLockWriteGuard::downgrade(held))
    }

    /// Opens the snapshot and reads the touched rows in it, up to a maximum of each kind. A mirror that cannot be
    /// brought up to date is dropped. Returns how many touched rows are left.
    fn advance(&self, conn: &Connection, held: &mut Option<Columns>, at_most: usize) -> usize {
        let Some(columns) = held.as_mut() else { return 0 };
        columns.backlog.extend(&self.feed.before_snapshot());
        let mut touched = columns.backlog.split_off(at_most);
        let outcome = feed::newest(conn).and_then(|newest| {
            let seen = self.feed.after_snapshot();
            if !seen.is_of(columns.epoch, newest) {
                return Ok(false);
            }
            touched.extend(&seen.touched);
            columns.catch_up(conn, touched)?;
            if !self.lists.has_room(columns.bytes() - columns.bytes() / 16) {
                columns.searches = None;
            }
            Ok(columns.facts.len() as u64 <= self.most().saturating_add(self.most() / MORE))
        });
        if let Err(error) = &outcome {
            tracing::warn!(%error, "the mirror of lists could not be brought up to date");
        }
        if matches!(outcome, Ok(true)) {
            return columns.backlog.len();
        }
        self.forget(held);
        0
    }

    /// The maximum number of rows for which a mirror is built.
    fn most(&self) -> u64 {
        self.lists.max_rows(build::ROW_BYTES)
    }

    /// Keeps the result of a search, if the mirror is still the one that was searched.
    fn keep(&self, epoch: u64, texts: &Arc<Texts>, search: &Search, found: Bits) {
        let mut held = self.write();
        if let Some(searches) =
            held.as_mut().filter(|columns| columns.epoch == epoch).and_then(|it| it.searches.as_mut())
        {
            searches.keep(texts, search, found);
        }
    }

    fn write(&self) -> RwLockWriteGuard<'_, Option<Columns>> {
        self.columns.write().unwrap_or_else(|poisoned| {
            // A thread panicked while changing it, so its state is unknown.
            let mut held = poisoned.into_inner();
            *held = None;
            self.columns.clear_poison();
            held
        })
    }
}

impl Columns {
    fn part(
        &self,
        conn: &Connection,
        query: &OpportunityQuery,
        question: &Question,
        found: Option<&Bits>,
    ) -> StoreResult<ListPage> {
        if question.is_empty() {
            return Ok(ListPage::NONE);
        }
        let matching = self.matching(conn, question, found)?;
        self.order(query.sort).page(columns::places(conn, query.sort), query, matching.as_ref())
    }
}
