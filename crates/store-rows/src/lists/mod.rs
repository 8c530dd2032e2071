//! What the engines' lists in memory have in common: facts of rows, sets of rows, orders of rows, and what searches
//! found. How a mirror is made and kept up to date is each engine's own affair.

mod bits;
mod facts;
mod order;
mod searches;

pub use bits::Bits;
pub use facts::{Facts, Holders, scan};
pub use order::{Order, Part, Place, place_of};
pub use searches::{SEARCH_BYTES, Searches};

use reparto_domain::{
    caller::Visibility,
    opportunities::{OpportunityFilter, OpportunityQuery, Position},
};

/// Which list pages are worth a mirror: what filters, and what lies deeper than this.
const SHALLOW: u64 = 1_000;

/// How lists find their pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lists {
    /// By SQL alone.
    Sql,
    /// In memory where that is quicker.
    Mirror {
        /// With fewer rows than these SQL is quick enough.
        fewest: u64,
        /// The most bytes that the mirror may take.
        bytes: usize,
    },
    /// In memory always, and at once: for tests.
    Always,
}

impl Lists {
    /// The usual: in memory from 20,000 opportunities on, as long as that takes no more than 128 MiB.
    pub const USUAL: Self = Self::up_to(128 << 20);

    /// The usual, with at most so many bytes; 0: by SQL alone.
    pub const fn up_to(bytes: usize) -> Self {
        if bytes == 0 { Self::Sql } else { Self::Mirror { fewest: 20_000, bytes } }
    }

    /// Whether the page of a query is to be found in memory; `false`: SQL is as quick.
    pub fn is_for(self, query: &OpportunityQuery) -> bool {
        let is_shallow = match query.position {
            Position::After(_) => true,
            Position::Page(page) => page.saturating_mul(query.limit) <= SHALLOW,
        };
        match self {
            Self::Sql => false,
            Self::Always => true,
            Self::Mirror { .. } => {
                !(is_shallow && query.filter == OpportunityFilter::default() && query.visibility == Visibility::All)
            }
        }
    }

    /// The most rows that a mirror is made for, where one takes so many bytes.
    pub fn most(self, row_bytes: usize) -> u64 {
        match self {
            Self::Sql => 0,
            Self::Mirror { bytes, .. } => (bytes.saturating_sub(SEARCH_BYTES) / row_bytes.max(1)) as u64,
            Self::Always => u32::MAX.into(),
        }
    }
}
