//! The rows in one order, from the highest key down; rows with the same key by id.

use reparto_domain::opportunities::OpportunitySort;
use reparto_store::{StoreError, StoreResult};
use rusqlite::{Connection, OptionalExtension as _};

use super::bits::Bits;
use crate::{error::Sql as _, statements::statements};

statements! {
    PLACE = "SELECT id, detected_at, score, priority, created_at FROM opportunities WHERE seq = ?1";
}

/// Up to so many rows are looked for one by one; for more one pass is cheaper.
const ONE_BY_ONE: usize = 4;

/// A row's place: its key, highest first, then its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub key: i64,
    pub id: [u8; 16],
}

impl Place {
    /// Whether this one comes before the other in a list that descends.
    pub(super) fn is_before(&self, other: &Self) -> bool {
        (other.key, self.id) < (self.key, other.id)
    }

    /// The place of a row in an order. Neither its id nor its times ever change.
    fn of(conn: &Connection, sort: OpportunitySort, seq: u32) -> StoreResult<Self> {
        let key = match sort {
            OpportunitySort::DetectedAt => 1,
            OpportunitySort::Score => 2,
            OpportunitySort::Priority => 3,
            OpportunitySort::CreatedAt => 4,
        };
        conn.prepare_cached(PLACE)
            .sql()?
            .query_row([seq], |row| Ok(Self { id: row.get(0)?, key: row.get(key)? }))
            .optional()
            .sql()?
            .ok_or_else(|| StoreError::Internal(format!("opportunities.seq {seq} is in the mirror alone")))
    }
}

/// The live rows in one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Order {
    sort: OpportunitySort,
    rows: Vec<u32>,
}

impl Order {
    pub(super) const fn new(sort: OpportunitySort, rows: Vec<u32>) -> Self {
        Self { sort, rows }
    }

    pub(super) fn rows(&self) -> &[u32] {
        &self.rows
    }

    pub(super) fn bytes(&self) -> usize {
        self.rows.capacity() * size_of::<u32>()
    }

    /// How many rows come before the first for which `is_behind` says so; they come in that order.
    pub(super) fn partition(&self, conn: &Connection, is_behind: impl Fn(&Place) -> bool) -> StoreResult<usize> {
        let (mut low, mut high) = (0, self.rows.len());
        while low < high {
            let middle = low.midpoint(high);
            if is_behind(&Place::of(conn, self.sort, self.rows[middle])?) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Ok(low)
    }

    /// Takes rows out; those that are not there do no harm.
    pub(super) fn remove(&mut self, rows: &[u32]) {
        if rows.len() <= ONE_BY_ONE {
            for row in rows {
                if let Some(at) = self.rows.iter().position(|known| known == row) {
                    self.rows.remove(at);
                }
            }
        } else {
            let mut gone = Bits::default();
            for row in rows {
                gone.insert(*row);
            }
            self.rows.retain(|row| !gone.has(*row));
        }
    }

    /// Puts rows in, each at its place. None of them may be there.
    pub(super) fn insert(&mut self, conn: &Connection, rows: &[u32]) -> StoreResult<()> {
        let mut new = Vec::with_capacity(rows.len());
        for row in rows {
            let place = Place::of(conn, self.sort, *row)?;
            let at = self.partition(conn, |other| place.is_before(other))?;
            new.push((at, place, *row));
        }
        new.sort_unstable_by(|(_, a, _), (_, b, _)| b.key.cmp(&a.key).then(a.id.cmp(&b.id)));
        let mut end = self.rows.len();
        let spare = self.rows.capacity() - end;
        if spare < new.len() {
            // Not twice as much, as a vector would take by itself.
            self.rows.reserve_exact(new.len() + end / 32);
        }
        self.rows.resize(end + new.len(), 0);
        // From the end: what lies between two new ones moves once.
        for (before, (at, _, row)) in new.iter().enumerate().rev() {
            self.rows.copy_within(*at..end, at + before + 1);
            self.rows[at + before] = *row;
            end = *at;
        }
        Ok(())
    }
}

/// Rows of a page, and what they are taken from.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    pub rows: &'a [u32],
    pub descending: bool,
    /// Those that match; `None`: all do.
    pub matching: Option<&'a Bits>,
    /// How many match.
    pub total: usize,
}

impl Walk<'_> {
    /// The rows of a page, counted from whichever end is nearer.
    pub(super) fn page(&self, offset: usize, limit: usize) -> Vec<u32> {
        let length = limit.min(self.total.saturating_sub(offset));
        if length == 0 {
            return Vec::new();
        }
        let behind = self.total - offset - length;
        if behind < offset {
            let mut page = self.take(!self.descending, behind, length);
            page.reverse();
            page
        } else {
            self.take(self.descending, offset, length)
        }
    }

    /// Matching rows from a place in the order on: `start` rows of the order come before, matching or not.
    pub(super) fn from(&self, start: usize, limit: usize) -> Vec<u32> {
        let rest = if self.descending { &self.rows[start..] } else { &self.rows[..start] };
        Walk { rows: rest, ..*self }.take(self.descending, 0, limit)
    }

    fn take(&self, forward: bool, skip: usize, count: usize) -> Vec<u32> {
        let Some(matching) = self.matching else {
            return if forward {
                self.rows.iter().skip(skip).take(count).copied().collect()
            } else {
                self.rows.iter().rev().skip(skip).take(count).copied().collect()
            };
        };
        let is_wanted = |row: &&u32| matching.has(**row);
        if forward {
            self.rows.iter().filter(is_wanted).skip(skip).take(count).copied().collect()
        } else {
            self.rows.iter().rev().filter(is_wanted).skip(skip).take(count).copied().collect()
        }
    }
}
