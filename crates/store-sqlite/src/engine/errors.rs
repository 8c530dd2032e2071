//! Errors of the engine room itself.

use reparto_store::StoreError;

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
