//! The rows in one order, from the highest key down; rows with the same key by id.

use std::ops::Range;

use reparto_domain::opportunities::{OpportunityFilter, OpportunityQuery, OpportunitySort, Position};

use super::Bits;

/// Up to so many rows are looked for one by one; for more one pass is cheaper.
const ONE_BY_ONE: usize = 4;

/// A row's place: its key, highest first, then its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// By what it is sorted; times in microseconds.
    pub key: i64,
    /// The opportunity's id.
    pub id: [u8; 16],
}

impl Place {
    /// Whether this one comes before the other in a list that descends.
    pub fn is_before(&self, other: &Self) -> bool {
        (other.key, self.id) < (self.key, other.id)
    }
}

/// The rows of a page.
#[derive(Debug, PartialEq, Eq)]
pub struct Part {
    /// Its rows, in order.
    pub seqs: Vec<i64>,
    /// How many match in all.
    pub total: u64,
    /// Whether more follow.
    pub more: bool,
}

impl Part {
    /// Nothing matches.
    pub const NONE: Self = Self { seqs: Vec::new(), total: 0, more: false };
}

/// The live rows in one order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Order {
    rows: Vec<u32>,
}

impl Order {
    /// Of rows that are in this order.
    pub const fn new(rows: Vec<u32>) -> Self {
        Self { rows }
    }

    /// The rows in this order.
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// How many bytes it takes.
    pub fn bytes(&self) -> usize {
        self.rows.capacity() * size_of::<u32>()
    }

    /// How many rows come before the first for which `is_behind` says so; they come in that order.
    pub fn partition<E>(
        &self,
        place_of: impl Fn(u32) -> Result<Place, E>,
        is_behind: impl Fn(&Place) -> bool,
    ) -> Result<usize, E> {
        let (mut low, mut high) = (0, self.rows.len());
        while low < high {
            let middle = low.midpoint(high);
            if is_behind(&place_of(self.rows[middle])?) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Ok(low)
    }

    /// Takes rows out; those that are not there do no harm.
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

    /// Puts rows in, each at its place. None of them may be there.
    pub fn insert<E>(&mut self, place_of: impl Fn(u32) -> Result<Place, E>, rows: &[u32]) -> Result<(), E> {
        let mut new = Vec::with_capacity(rows.len());
        for row in rows {
            let place = place_of(*row)?;
            let at = self.partition(&place_of, |other| place.is_before(other))?;
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

    /// In the order of `detected_at`: where the rows noticed within the filter's bounds stand.
    pub fn within<E>(
        &self,
        place_of: impl Fn(u32) -> Result<Place, E>,
        filter: &OpportunityFilter,
    ) -> Result<Range<usize>, E> {
        let first = match filter.detected_to {
            Some(to) => self.partition(&place_of, |place| place.key <= to.micros())?,
            None => 0,
        };
        let end = match filter.detected_from {
            Some(from) => self.partition(&place_of, |place| place.key < from.micros())?,
            None => self.rows.len(),
        };
        Ok(first..end.max(first))
    }

    /// The page of a query that is sorted by this order, out of the rows that match; `None`: all do.
    pub fn part<E>(
        &self,
        place_of: impl Fn(u32) -> Result<Place, E>,
        query: &OpportunityQuery,
        matching: Option<&Bits>,
    ) -> Result<Part, E> {
        let total = matching.map_or(self.rows.len(), Bits::len);
        let walk = Walk { rows: &self.rows, descending: query.descending, matching, total };
        let limit = usize::try_from(query.limit.max(1)).unwrap_or(usize::MAX);
        let (rows, more) = match query.position {
            Position::Page(number) => {
                let offset = number.saturating_sub(1).saturating_mul(query.limit.max(1));
                let offset = usize::try_from(offset).unwrap_or(usize::MAX);
                (walk.page(offset, limit), offset.saturating_add(limit) < total)
            }
            Position::After(cursor) => {
                let at = Place { key: cursor.key, id: *cursor.id.as_bytes() };
                let start = if query.descending {
                    self.partition(place_of, |place| at.is_before(place))?
                } else {
                    self.partition(place_of, |place| !place.is_before(&at))?
                };
                let mut rows = walk.from(start, limit.saturating_add(1));
                let more = rows.len() > limit;
                rows.truncate(limit);
                (rows, more)
            }
        };
        Ok(Part { seqs: rows.into_iter().map(i64::from).collect(), total: total as u64, more })
    }
}

/// Rows of a page, and what they are taken from.
#[derive(Debug)]
struct Walk<'a> {
    rows: &'a [u32],
    descending: bool,
    /// Those that match; `None`: all do.
    matching: Option<&'a Bits>,
    /// How many match.
    total: usize,
}

impl Walk<'_> {
    /// The rows of a page, counted from whichever end is nearer.
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

    /// Matching rows from a place in the order on: `start` rows of the order come before, matching or not.
    fn from(&self, start: usize, limit: usize) -> Vec<u32> {
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

/// An order's place among the four.
pub const fn place_of(sort: OpportunitySort) -> usize {
    match sort {
        OpportunitySort::DetectedAt => 0,
        OpportunitySort::Score => 1,
        OpportunitySort::Priority => 2,
        OpportunitySort::CreatedAt => 3,
    }
}
