//! Randomness of the system.

use reparto_store::{StoreError, StoreResult};

/// Cryptographically random bytes.
pub(crate) fn random_bytes<const N: usize>() -> StoreResult<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| StoreError::Internal(format!("the system gives no random bytes: {error}")))?;
    Ok(bytes)
}
