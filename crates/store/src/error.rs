//! What can go wrong in a store.

use reparto_domain::Refusal;

/// A refusal, or something that broke.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The request was turned down; nothing was written.
    #[error("refused: {}", .0.code())]
    Refused(Refusal),
    /// Too many wait already: try again in a moment. Nothing was written.
    #[error("the store is busy")]
    Busy,
    /// The database cannot be reached, or cannot be written (away, disk full, read-only). Nothing was written, or it
    /// is not known whether it was, which `outcome_unknown` says.
    #[error("the database is unavailable: {reason}")]
    Unavailable {
        /// What is known of the cause; for logs, never for clients.
        reason: String,
        /// Whether the change may have been committed all the same.
        outcome_unknown: bool,
    },
    /// The database was made by a newer version of Reparto.
    #[error(
        "the database is of a newer version (schema {found}, this program knows {known}): run the newer program, or restore a backup"
    )]
    NewerSchema {
        /// The version that was found.
        found: u32,
        /// The newest that this program knows.
        known: u32,
    },
    /// The database lacks migrations and was opened without migrating.
    #[error("the database is of an older version (schema {found}, this program needs {known}): run `reparto migrate`")]
    OlderSchema {
        /// The version that was found.
        found: u32,
        /// The one that is needed.
        known: u32,
    },
    /// A copy into the database was begun and not finished.
    #[error(
        "a copy into this database is unfinished: run the same `reparto copy` again to finish it, or remove the database"
    )]
    UnfinishedCopy,
    /// The database is damaged, or is no database of Reparto's.
    #[error("the database is damaged or not Reparto's: {0}")]
    Damaged(String),
    /// Stored data breaks an invariant; names table and row.
    #[error("inconsistent data: {0}")]
    Inconsistent(String),
    /// A defect of the program; for logs, never for clients.
    #[error("internal error: {0}")]
    Internal(String),
}

impl From<Refusal> for StoreError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// A result of a store's method.
pub type StoreResult<T> = Result<T, StoreError>;
