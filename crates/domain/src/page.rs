//! Parts of lists.

use crate::{
    Refusal,
    cursor::{KeyCursor, SequenceCursor},
};

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

/// How many rows are read for a page of at most `limit`: one more, which says whether another page follows.
#[must_use]
pub fn rows_to_read(limit: u64) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1)
}

impl<T> CursorPage<T, SequenceCursor> {
    /// The page of at most `limit` rows, of which [`rows_to_read`] were read, each with its number.
    #[must_use]
    pub fn cut(found: Vec<(i64, T)>, limit: u64) -> Self {
        let CursorPage { items, next } = CursorPage::<T, i64>::cut_after(found, limit);
        Self { items, next: next.map(SequenceCursor) }
    }
}

impl<T> CursorPage<T, KeyCursor> {
    /// Like [`CursorPage::cut`], of rows each with its key and its number.
    #[must_use]
    pub fn cut_by_key(found: Vec<(KeyCursor, T)>, limit: u64) -> Self {
        Self::cut_after(found, limit)
    }
}

impl<T, C: Copy> CursorPage<T, C> {
    fn cut_after(mut found: Vec<(C, T)>, limit: u64) -> Self {
        let more = found.len() as u64 > limit;
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let next = found.last().filter(|_| more).map(|(cursor, _)| *cursor);
        Self { items: found.into_iter().map(|(_, item)| item).collect(), next }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_row_more_says_that_a_page_follows() {
        let found = || vec![(7, "a"), (5, "b"), (2, "c")];
        assert_eq!(rows_to_read(2), 3);
        assert_eq!(rows_to_read(u64::MAX), i64::MAX);
        let page = CursorPage::cut(found(), 2);
        assert_eq!((page.items, page.next), (vec!["a", "b"], Some(SequenceCursor(5))));
        assert_eq!(CursorPage::cut(found(), 3), CursorPage { items: vec!["a", "b", "c"], next: None });
        assert_eq!(CursorPage::<&str, _>::cut(Vec::new(), 2), CursorPage { items: Vec::new(), next: None });
    }
}
