//! Idempotency keys: a request that is repeated is carried out once.

use std::{fmt, sync::Arc};

use crate::Timestamp;

/// The longest key, in characters.
pub const KEY_MAX: usize = 255;

/// An answer as it was sent, to be sent again byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// HTTP status.
    pub status: u16,
    /// `Location`, where there was one.
    pub location: Option<String>,
    /// `ETag`, where there was one.
    pub etag: Option<String>,
    /// The JSON body.
    pub body: Vec<u8>,
}

/// A key that came with a request, and how to render the answer that is stored in the same transaction.
pub struct Keyed<T> {
    /// The key, unquoted.
    pub key: String,
    /// SHA-256 of method, path and body: the same key with another request is refused.
    pub fingerprint: [u8; 32],
    /// The body of the request: whoever has this fingerprint has it too, so that the answer may be kept in terms of it.
    pub request: Arc<[u8]>,
    /// Until when the answer is kept.
    pub expires_at: Timestamp,
    /// Makes the answer of an outcome.
    pub render: Arc<dyn Fn(&T) -> StoredAnswer + Send + Sync>,
}

impl<T> Clone for Keyed<T> {
    fn clone(&self) -> Self {
        Self {
            key: self.key.clone(),
            fingerprint: self.fingerprint,
            request: Arc::clone(&self.request),
            expires_at: self.expires_at,
            render: Arc::clone(&self.render),
        }
    }
}

impl<T> fmt::Debug for Keyed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyed").field("key", &self.key).finish_non_exhaustive()
    }
}

/// What came of a request that may carry a key.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer<T> {
    /// It was carried out now.
    Fresh(T),
    /// It was carried out before; this was the answer.
    Stored(StoredAnswer),
}

impl<T> Answer<T> {
    /// The outcome, where it was carried out now.
    pub fn fresh(self) -> Option<T> {
        match self {
            Self::Fresh(outcome) => Some(outcome),
            Self::Stored(_) => None,
        }
    }
}
