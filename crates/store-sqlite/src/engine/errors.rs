//! Errors of the engine itself, and what SQLite reports as what a store reports.

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

/// The same error once more: every command of a group that cannot be committed gets it.
pub(crate) fn again(error: &StoreError) -> StoreError {
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

/// What a panic said.
pub(crate) fn panicked(payload: &(dyn std::any::Any + Send)) -> StoreError {
    let said = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned());
    StoreError::Internal(format!("panic: {said}"))
}

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
