//! The common parts of the engines' lists in memory: facts of rows, sets of rows, orders of rows, and search results.
//! Building a mirror and keeping it up to date is up to each engine.

mod bits;
pub mod cache;
mod facts;
mod order;
mod searches;
mod texts;

pub use bits::Bits;
pub use facts::{Facts, Holders, scan};
pub use order::{ListPage, Order, SortKey, order_index};
pub use searches::{SEARCH_BYTES, Searches};
pub use texts::Texts;

use reparto_domain::{
    caller::Visibility,
    opportunities::{OpportunityFilter, OpportunityQuery, Position},
};

/// Unfiltered pages up to this offset are answered by SQL; filtered or deeper ones are worth a mirror.
const SHALLOW_OFFSET: u64 = 1_000;

/// How list pages are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lists {
    /// By SQL alone.
    Sql,
    /// In memory where that is faster.
    Mirror {
        /// The minimum number of rows; below it SQL is fast enough.
        fewest: u64,
        /// The maximum memory of the mirror, in bytes.
        bytes: usize,
    },
    /// Always in memory, from the start; for tests.
    Always,
}

impl Lists {
    /// In memory from 20,000 opportunities on, within 1 GiB.
    pub const DEFAULT: Self = Self::with_budget(1 << 30);

    /// Like [`Lists::DEFAULT`], but with this memory limit in bytes; 0: by SQL alone.
    pub const fn with_budget(bytes: usize) -> Self {
        if bytes == 0 { Self::Sql } else { Self::Mirror { fewest: 20_000, bytes } }
    }

    /// Whether to find the page of a query in memory; `false` if SQL is as fast.
    pub fn applies_to(self, query: &OpportunityQuery) -> bool {
        let is_shallow = match query.position {
            Position::After(_) => true,
            Position::Page(page) => page.saturating_mul(query.limit) <= SHALLOW_OFFSET,
        };
        if query.filter.contact.is_some() || query.filter.import.is_some() {
            // An index finds them: the one of a contact, and those of an import, which are not among the columns in memory.
            return false;
        }
        match self {
            Self::Sql => false,
            Self::Always => true,
            Self::Mirror { .. } => {
                !(is_shallow && query.filter == OpportunityFilter::default() && query.visibility == Visibility::All)
            }
        }
    }

    /// The maximum number of rows of a mirror with `row_bytes` per row.
    pub fn max_rows(self, row_bytes: usize) -> u64 {
        match self {
            Self::Sql => 0,
            Self::Mirror { bytes, .. } => (bytes.saturating_sub(SEARCH_BYTES) / row_bytes.max(1)) as u64,
            Self::Always => u32::MAX.into(),
        }
    }

    /// Whether a mirror may take so much memory, beside the results of searches. Without room for the texts of contacts,
    /// it is made without them, and SQL searches.
    pub const fn has_room(self, mirror_bytes: usize) -> bool {
        match self {
            Self::Sql => false,
            Self::Mirror { bytes, .. } => mirror_bytes <= bytes.saturating_sub(SEARCH_BYTES),
            Self::Always => true,
        }
    }
}
