//! Idempotency keys: a repeated request is executed once.

use std::{fmt, str::FromStr, sync::Arc};

use crate::{ContactId, Timestamp};

/// The longest key, in characters.
pub const KEY_MAX: usize = 255;

/// A response as it was sent, to be replayed byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// HTTP status.
    pub status: u16,
    /// `Location`, if any.
    pub location: Option<String>,
    /// `ETag`, if any.
    pub etag: Option<String>,
    /// The JSON body.
    pub body: Vec<u8>,
    /// The contact whose data the body shows, if it shows one's: it goes when that person is erased.
    pub contact: Option<ContactId>,
    /// Whether the body may name users: it goes when one is erased.
    pub names_users: bool,
}

impl StoredAnswer {
    /// The id of what the request created: the end of its path in `Location`.
    pub fn created<T: FromStr>(&self) -> Option<T> {
        self.location.as_deref()?.rsplit('/').next()?.parse().ok()
    }
}

/// The idempotency key of a request, and how to render the response that is stored in the same transaction.
pub struct Keyed<T> {
    /// The key, unquoted.
    pub key: String,
    /// SHA-256 of method, path and body: a key reused with another request is refused.
    pub fingerprint: [u8; 32],
    /// The request body: any request with this fingerprint has the same body, so that the stored response may be
    /// compressed against it.
    pub request: Arc<[u8]>,
    /// When the stored response expires.
    pub expires_at: Timestamp,
    /// Renders the response of an outcome.
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

/// The result of a request that may carry a key.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer<T> {
    /// It was executed now.
    Fresh(T),
    /// It was executed before; this was the response.
    Stored(StoredAnswer),
}

impl<T> Answer<T> {
    /// The outcome, if it was executed now.
    pub fn fresh(self) -> Option<T> {
        match self {
            Self::Fresh(outcome) => Some(outcome),
            Self::Stored(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OpportunityId;

    #[test]
    fn location_names_what_was_created() {
        let id = OpportunityId::new();
        let created = |location: Option<String>| {
            StoredAnswer { status: 201, location, etag: None, body: Vec::new(), contact: None, names_users: false }
                .created::<OpportunityId>()
        };
        assert_eq!(created(Some(format!("/api/crm/opportunities/{id}"))), Some(id));
        assert_eq!((created(Some("/api/somewhere".into())), created(None)), (None, None));
    }
}
