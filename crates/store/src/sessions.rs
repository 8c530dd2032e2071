//! Sessions, and whether a token still holds.

use async_trait::async_trait;
use reparto_domain::{
    Authority, Caller, Origin, Timestamp, Viewer,
    limits::{Counted, Window},
    sessions::{Credentials, OpenSession, RefreshSession, SignedIn, StoredSecret, TokenHash},
    values::EmailAddress,
};

use crate::StoreResult;

/// Sessions.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// The user of a token, with the present role, where the token still holds; else a 401 refusal.
    async fn session_viewer(&self, authority: &Authority) -> StoreResult<Viewer>;

    /// What a sign-in with this address is checked against; `None` for an address that is unknown, or whose user is
    /// inactive or deleted.
    async fn session_credentials(&self, email: &EmailAddress) -> StoreResult<Option<Credentials>>;

    /// Opens a session, if the user is still active and the password hash still the same (else
    /// [`Refusal::CredentialsInvalid`](reparto_domain::Refusal::CredentialsInvalid)), and notes the sign-in.
    async fn session_open(&self, command: OpenSession) -> StoreResult<SignedIn>;

    /// Records a failed sign-in in the audit log. `email` is what was tried, at most 254 characters of it.
    async fn session_failed(&self, email: &str, origin: Origin, at: Timestamp) -> StoreResult<()>;

    /// Counts an attempt to sign in or to refresh (`subject` says which, and whose) together with those that came
    /// through other processes on this database. `None` where only one process may serve it: that one counts by itself.
    async fn session_attempt(&self, subject: &str, windows: &[Window], now: Timestamp) -> StoreResult<Option<Counted>>;

    /// Exchanges a refresh token for its replacement. A used one that comes back within the grace, while its family
    /// lives, gets another valid pair; later it ends the whole family, durably, and is refused. All refusals are
    /// [`Refusal::RefreshTokenInvalid`](reparto_domain::Refusal::RefreshTokenInvalid).
    async fn session_refresh(&self, command: RefreshSession) -> StoreResult<SignedIn>;

    /// Ends the family of a refresh token; an unknown one is no error.
    async fn session_close(&self, token: TokenHash, origin: Origin, at: Timestamp) -> StoreResult<()>;

    /// Ends every session of the caller. Access tokens live on until they expire.
    async fn session_close_all(&self, caller: &Caller) -> StoreResult<()>;

    /// The secret of this name: the stored one, or the given one, which is then stored. Every replica gets the same.
    async fn secret_get_or_create(&self, candidate: StoredSecret) -> StoreResult<StoredSecret>;
}
