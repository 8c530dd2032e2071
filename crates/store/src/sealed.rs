//! Texts that the service encrypts before it stores them.

use async_trait::async_trait;
use reparto_domain::second_factor::SealedSecret;

use crate::StoreResult;

/// What is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealedKind {
    /// The secret of a second factor.
    SecondFactor,
    /// The signing key of a webhook.
    Webhook,
}

impl SealedKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::SecondFactor, Self::Webhook];
}

/// A stored text. Earlier versions stored some unencrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The number of its row.
    pub seq: i64,
    /// The text.
    pub text: SealedSecret,
}

/// Encrypted texts, to be encrypted anew.
#[async_trait]
pub trait SealedTexts: Send + Sync {
    /// Lists at most so many texts of a kind whose number is above `after`, in order.
    async fn sealed_list(&self, kind: SealedKind, after: i64, limit: u64) -> StoreResult<Vec<Sealed>>;

    /// Replaces a text that is still the one that was read; returns whether it was.
    async fn sealed_replace(&self, kind: SealedKind, sealed: Sealed, by: SealedSecret) -> StoreResult<bool>;
}
