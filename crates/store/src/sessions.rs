//! Sessions and the validity of tokens.

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
    /// Returns the user of a token with the current role if the token is still valid; else a 401 refusal.
    async fn session_viewer(&self, authority: &Authority) -> StoreResult<Viewer>;

    /// Returns the credentials to check a sign-in against; `None` if the address is unknown, or its user inactive or
    /// deleted.
    async fn session_credentials(&self, email: &EmailAddress) -> StoreResult<Option<Credentials>>;

    /// Opens a session if the user is still active and the password hash unchanged (else
    /// [`Refusal::CredentialsInvalid`](reparto_domain::Refusal::CredentialsInvalid)), and records the sign-in. A user
    /// with a second factor needs proof of it (else [`Refusal::TotpRequired`](reparto_domain::Refusal::TotpRequired)),
    /// which is good once (else [`Refusal::TotpCodeWrong`](reparto_domain::Refusal::TotpCodeWrong)).
    async fn session_open(&self, command: OpenSession) -> StoreResult<SignedIn>;

    /// Records a failed sign-in in the audit log. `email` is the address tried, cut to 254 characters.
    async fn session_failed(&self, email: &str, origin: Origin, at: Timestamp) -> StoreResult<()>;

    /// Counts an attempt to sign in or refresh (`subject` identifies kind and client) together with attempts through
    /// other processes on this database. `None` if only one process can serve the database, which then counts by
    /// itself.
    async fn session_attempt(&self, subject: &str, windows: &[Window], now: Timestamp) -> StoreResult<Option<Counted>>;

    /// Exchanges a refresh token for its replacement. Reusing a token within the grace period, while its family is
    /// alive, yields the same replacement again; later reuse is refused and durably ends the whole family. A session
    /// that has lasted its time is not refreshed. All refusals are
    /// [`Refusal::RefreshTokenInvalid`](reparto_domain::Refusal::RefreshTokenInvalid).
    async fn session_refresh(&self, command: RefreshSession) -> StoreResult<SignedIn>;

    /// Ends the family of a refresh token, and with it its access tokens; an unknown token is not an error.
    async fn session_close(&self, token: TokenHash, origin: Origin, at: Timestamp) -> StoreResult<()>;

    /// Ends every session of the caller, and with them all access tokens, also those of other backends.
    async fn session_close_all(&self, caller: &Caller) -> StoreResult<()>;

    /// Returns the stored secret of this name, or stores the given one. Every replica gets the same secret.
    async fn secret_get_or_create(&self, candidate: StoredSecret) -> StoreResult<StoredSecret>;
}
