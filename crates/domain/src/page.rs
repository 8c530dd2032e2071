//! Parts of lists.

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

/// The default maximum of `limit`.
pub const LIMIT_MAX: u64 = 1_000;
