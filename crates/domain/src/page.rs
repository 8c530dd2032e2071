//! Parts of lists.

use crate::Refusal;

/// A part of a list by offset: at most `limit` rows after `skip`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// The number of rows to skip.
    pub skip: u64,
    /// Maximum number of rows, 1 to 1,000.
    pub limit: u64,
}

/// Part of a list, with the total number of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// The total number of rows.
    pub total: u64,
}

/// Part of a list that is paged by cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CursorPage<T, C> {
    /// The rows.
    pub items: Vec<T>,
    /// The start of the next part; `None` at the end.
    pub next: Option<C>,
}

/// The most that an answer may weigh, in bytes.
pub const ANSWER_MAX: usize = 16 << 20;

/// Weighs the rows of a page as they are read, so that reading stops before they fill the memory.
#[derive(Debug, Default)]
pub struct Weight(usize);

impl Weight {
    /// Adds a row of this many bytes. Refused where the page is larger than an answer may be.
    pub fn add(&mut self, bytes: usize) -> Result<(), Refusal> {
        self.0 = self.0.saturating_add(bytes);
        if self.0 > ANSWER_MAX { Err(Refusal::PageTooLarge) } else { Ok(()) }
    }
}

/// The default maximum of `limit`.
pub const LIMIT_MAX: u64 = 1_000;
