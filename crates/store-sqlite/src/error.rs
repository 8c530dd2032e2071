//! What SQLite reports, as what a store reports.

use reparto_store::{StoreError, StoreResult};
use rusqlite::{Error, ErrorCode};

/// Turns what the driver gave into what a store gives.
pub(crate) trait Sql<T> {
    /// The value, or the store's error for what broke.
    fn sql(self) -> StoreResult<T>;
}

impl<T> Sql<T> for rusqlite::Result<T> {
    fn sql(self) -> StoreResult<T> {
        self.map_err(broke)
    }
}

/// The store's error for what the driver reported. A violated constraint that a use case expects is turned into its
/// refusal by that use case, before it gets here.
#[allow(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
pub(crate) fn broke(error: Error) -> StoreError {
    store_error(&error)
}

/// As [`broke`], for an error that somebody else owns.
pub(crate) fn store_error(error: &Error) -> StoreError {
    let reason = error.to_string();
    match error {
        Error::SqliteFailure(failure, _) | Error::SqlInputError { error: failure, .. } => match failure.code {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Busy,
            ErrorCode::DiskFull
            | ErrorCode::SystemIoFailure
            | ErrorCode::ReadOnly
            | ErrorCode::CannotOpen
            | ErrorCode::PermissionDenied
            | ErrorCode::FileLockingProtocolFailed
            | ErrorCode::OutOfMemory => StoreError::Unavailable { reason, outcome_unknown: false },
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => StoreError::Damaged(reason),
            _ => StoreError::Internal(reason),
        },
        Error::FromSqlConversionFailure(..) | Error::IntegralValueOutOfRange(..) | Error::InvalidColumnType(..) => {
            StoreError::Inconsistent(reason)
        }
        _ => StoreError::Internal(reason),
    }
}

/// Whether a unique constraint on this column (`table.column`) was violated.
pub(crate) fn violates_unique(error: &Error, column: &str) -> bool {
    matches!(error, Error::SqliteFailure(failure, Some(message))
        if failure.code == ErrorCode::ConstraintViolation && message.contains(column))
}
