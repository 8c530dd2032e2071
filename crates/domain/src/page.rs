//! Parts of lists.

/// Which part of a list: `skip` rows left out, then at most `limit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// Rows to leave out.
    pub skip: u64,
    /// Rows to give, 1 to 1,000.
    pub limit: u64,
}

/// Part of a list, and how long the whole is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// How many there are in all.
    pub total: u64,
}

/// Part of a list that is walked by cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CursorPage<T, C> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next part begins; `None` at the end.
    pub next: Option<C>,
}

/// The largest `limit` of a list that names no other.
pub const LIMIT_MAX: u64 = 1_000;
