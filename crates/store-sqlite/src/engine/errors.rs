//! Errors of the engine, and conversion of SQLite's errors into those of a store.

use reparto_store::{StoreError, StoreResult};
use rusqlite::{Error, ErrorCode};

/// The database cannot be used for this reason; nothing was written.
pub(crate) fn unavailable(reason: impl Into<String>) -> StoreError {
    StoreError::Unavailable { reason: reason.into(), outcome_unknown: false }
}

/// The store was closed.
pub(crate) fn closed() -> StoreError {
    unavailable("the store is closed")
}

/// A copy of the error, for every change of a group that cannot be committed.
pub(crate) fn duplicate(error: &StoreError) -> StoreError {
    match error {
        StoreError::Busy => StoreError::Busy,
        StoreError::Unavailable { reason, outcome_unknown } => {
            StoreError::Unavailable { reason: reason.clone(), outcome_unknown: *outcome_unknown }
        }
        StoreError::Damaged(what) => StoreError::Damaged(what.clone()),
        StoreError::Inconsistent(what) => StoreError::Inconsistent(what.clone()),
        other => StoreError::Internal(other.to_string()),
    }
}

/// The message of a panic, as an error.
pub(crate) fn panicked(payload: &(dyn std::any::Any + Send)) -> StoreError {
    let said = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned());
    StoreError::Internal(format!("panic: {said}"))
}

/// Converts a result of the driver into a store's.
pub(crate) trait IntoStore<T> {
    /// The value, or the store's error for the driver's.
    fn into_store(self) -> StoreResult<T>;
}

impl<T> IntoStore<T> for rusqlite::Result<T> {
    fn into_store(self) -> StoreResult<T> {
        self.map_err(into_store_error)
    }
}

/// The store's error for an error of the driver. Constraint violations that a use case expects do not get here: the use
/// case itself turns them into refusals.
#[allow(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
pub(crate) fn into_store_error(error: Error) -> StoreError {
    store_error(&error)
}

/// Like [`into_store_error`], for a borrowed error.
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
