//! Values that are stored as JSON texts.

use reparto_store::{StoreError, StoreResult};
use serde::{Serialize, de::DeserializeOwned};

/// A value as it is stored.
pub fn to_text(value: &impl Serialize) -> StoreResult<String> {
    serde_json::to_string(value).map_err(|error| StoreError::Internal(error.to_string()))
}

/// A stored value; `what` it is, for the error.
pub fn from_text<T: DeserializeOwned>(text: &str, what: &str) -> StoreResult<T> {
    serde_json::from_str(text).map_err(|_| meaningless(what))
}

/// The error of a stored value that cannot be read.
pub fn meaningless(what: &str) -> StoreError {
    StoreError::Inconsistent(format!("a stored {what} means nothing"))
}
