//! The errors of a store.

use reparto_domain::Refusal;

/// A refusal or a failure.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The request was refused; nothing was written.
    #[error("refused: {}", .0.code())]
    Refused(Refusal),
    /// Too many requests are waiting: retry in a moment. Nothing was written.
    #[error("the store is busy")]
    Busy,
    /// The database cannot be reached or written (connection lost, disk full, read-only). Nothing was written, unless
    /// `outcome_unknown` is set.
    #[error("the database is unavailable: {reason}")]
    Unavailable {
        /// The cause; for logs, never for clients.
        reason: String,
        /// Whether the change may have been committed nevertheless.
        outcome_unknown: bool,
    },
    /// The database was created by a newer version of Reparto.
    #[error(
        "the database is of a newer version (schema {found}, this program knows {known}): run the newer program, or restore a backup"
    )]
    NewerSchema {
        /// The version found.
        found: u32,
        /// The newest version known to this program.
        known: u32,
    },
    /// The database needs migrations but was opened without migrating.
    #[error("the database is of an older version (schema {found}, this program needs {known}): run `reparto migrate`")]
    OlderSchema {
        /// The version found.
        found: u32,
        /// The version needed.
        known: u32,
    },
    /// A copy into the database was started but not finished.
    #[error(
        "a copy into this database is unfinished: run the same `reparto copy` again to finish it, or remove the database"
    )]
    UnfinishedCopy,
    /// The database is damaged, or not one of Reparto's.
    #[error("the database is damaged or not Reparto's: {0}")]
    Damaged(String),
    /// Stored data violates an invariant; names table and row.
    #[error("inconsistent data: {0}")]
    Inconsistent(String),
    /// A bug in the program; for logs, never for clients.
    #[error("internal error: {0}")]
    Internal(String),
}

impl From<Refusal> for StoreError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// The result of a store method.
pub type StoreResult<T> = Result<T, StoreError>;
