//! The rows in one order, from the highest key down, ties broken by id.

use std::ops::Range;

use reparto_domain::opportunities::{OpportunityFilter, OpportunityQuery, OpportunitySort, Position};

use super::Bits;

/// Up to this many rows are removed one by one; for more, a single pass is cheaper.
const ONE_BY_ONE: usize = 4;

/// The sort key of a row: its key, descending, then its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SortKey {
    /// The value it is sorted by; times in microseconds.
    pub key: i64,
    /// The opportunity's id.
    pub id: [u8; 16],
}

impl SortKey {
    /// Whether it comes before the other in a descending list.
    pub fn is_before(&self, other: &Self) -> bool {
        (other.key, self.id) < (self.key, other.id)
    }
}

/// The rows of a page.
#[derive(Debug, PartialEq, Eq)]
pub struct ListPage {
    /// Its rows, in order.
    pub seqs: Vec<i64>,
    /// The total number of matches.
    pub total: u64,
    /// Whether more follow.
    pub more: bool,
}

impl ListPage {
    /// Nothing matches.
    pub const NONE: Self = Self { seqs: Vec::new(), total: 0, more: false };
}

/// The live rows in one order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Order {
    rows: Vec<u32>,
}

impl Order {
    /// From rows that are already in this order.
    pub const fn new(rows: Vec<u32>) -> Self {
        Self { rows }
    }

    /// The rows in this order.
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// The memory used, in bytes.
    pub fn bytes(&self) -> usize {
        self.rows.capacity() * size_of::<u32>()
    }

    /// The number of rows before the first one for which `is_behind` is true (binary search).
    pub fn partition<E>(
        &self,
        sort_key: impl Fn(u32) -> Result<SortKey, E>,
        is_behind: impl Fn(&SortKey) -> bool,
    ) -> Result<usize, E> {
        let (mut low, mut high) = (0, self.rows.len());
        while low < high {
            let middle = low.midpoint(high);
            if is_behind(&sort_key(self.rows[middle])?) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Ok(low)
    }

    /// Removes rows; missing ones are ignored.
    pub fn remove(&mut self, rows: &[u32]) {
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

    /// Inserts rows in order. None of them may be present.
    pub fn insert<E>(&mut self, sort_key: impl Fn(u32) -> Result<SortKey, E>, rows: &[u32]) -> Result<(), E> {
        let mut new = Vec::with_capacity(rows.len());
        for row in rows {
            let place = sort_key(*row)?;
            let at = self.partition(&sort_key, |other| place.is_before(other))?;
            new.push((at, place, *row));
        }
        new.sort_unstable_by(|(_, a, _), (_, b, _)| b.key.cmp(&a.key).then(a.id.cmp(&b.id)));
        let mut end = self.rows.len();
        let spare = self.rows.capacity() - end;
        if spare < new.len() {
            // Less than the doubling that a vector would do by itself.
            self.rows.reserve_exact(new.len() + end / 32);
        }
        self.rows.resize(end + new.len(), 0);
        // From the end, so that rows between two new ones move only once.
        for (before, (at, _, row)) in new.iter().enumerate().rev() {
            self.rows.copy_within(*at..end, at + before + 1);
            self.rows[at + before] = *row;
            end = *at;
        }
        Ok(())
    }

    /// The range of the rows detected within the filter's bounds; for the order by `detected_at`.
    pub fn within<E>(
        &self,
        sort_key: impl Fn(u32) -> Result<SortKey, E>,
        filter: &OpportunityFilter,
    ) -> Result<Range<usize>, E> {
        let first = match filter.detected_to {
            Some(to) => self.partition(&sort_key, |place| place.key <= to.micros())?,
            None => 0,
        };
        let end = match filter.detected_from {
            Some(from) => self.partition(&sort_key, |place| place.key < from.micros())?,
            None => self.rows.len(),
        };
        Ok(first..end.max(first))
    }

    /// The page of a query in this order, out of the matching rows; `None`: all match.
    pub fn page<E>(
        &self,
        sort_key: impl Fn(u32) -> Result<SortKey, E>,
        query: &OpportunityQuery,
        matching: Option<&Bits>,
    ) -> Result<ListPage, E> {
        let total = matching.map_or(self.rows.len(), Bits::len);
        let matches = Matches { rows: &self.rows, descending: query.descending, matching, total };
        let limit = usize::try_from(query.limit.max(1)).unwrap_or(usize::MAX);
        let (rows, more) = match query.position {
            Position::Page(number) => {
                let offset = number.saturating_sub(1).saturating_mul(query.limit.max(1));
                let offset = usize::try_from(offset).unwrap_or(usize::MAX);
                (matches.page(offset, limit), offset.saturating_add(limit) < total)
            }
            Position::After(cursor) => {
                let at = SortKey { key: cursor.key, id: *cursor.id.as_bytes() };
                let start = if query.descending {
                    self.partition(sort_key, |place| at.is_before(place))?
                } else {
                    self.partition(sort_key, |place| !place.is_before(&at))?
                };
                let mut rows = matches.from(start, limit.saturating_add(1));
                let more = rows.len() > limit;
                rows.truncate(limit);
                (rows, more)
            }
        };
        Ok(ListPage { seqs: rows.into_iter().map(i64::from).collect(), total: total as u64, more })
    }
}

/// The rows that pages are taken from.
#[derive(Debug)]
struct Matches<'a> {
    rows: &'a [u32],
    descending: bool,
    /// The matching rows; `None`: all match.
    matching: Option<&'a Bits>,
    /// Counts the matches.
    total: usize,
}

impl Matches<'_> {
    /// The rows of a page, counted from the nearer end.
    fn page(&self, offset: usize, limit: usize) -> Vec<u32> {
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

    /// Matching rows after the first `start` rows of the order, matching or not.
    fn from(&self, start: usize, limit: usize) -> Vec<u32> {
        let rest = if self.descending { &self.rows[start..] } else { &self.rows[..start] };
        Matches { rows: rest, ..*self }.take(self.descending, 0, limit)
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

/// The index of an order among the four.
pub const fn order_index(sort: OpportunitySort) -> usize {
    match sort {
        OpportunitySort::DetectedAt => 0,
        OpportunitySort::Score => 1,
        OpportunitySort::Priority => 2,
        OpportunitySort::CreatedAt => 3,
    }
}
