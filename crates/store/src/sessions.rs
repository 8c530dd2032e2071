//! Sessions and the validity of tokens.

use async_trait::async_trait;
use reparto_domain::{
    AuditId, Authority, Caller, Origin, Timestamp, Viewer,
    guessing::{self, Guess, Guessed, Outcome},
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

    /// Records a failed sign-in in the audit log if the address tried is an account's. Otherwise nothing is kept of it,
    /// since people type passwords there, too: returns `false`, and [`Sessions::session_failed_unknown`] records it.
    async fn session_failed(&self, email: &str, origin: Origin, at: Timestamp) -> StoreResult<bool>;

    /// Records failed sign-ins that belong to no account, as one entry with their number. With the id of an entry that
    /// exists its number is replaced: it grows until its minute is over.
    async fn session_failed_unknown(
        &self,
        entry: AuditId,
        count: u64,
        origin: Origin,
        at: Timestamp,
    ) -> StoreResult<()>;

    /// Counts an attempt to sign in or refresh (`subject` identifies kind and client) together with attempts through
    /// other processes on this database. `None` if only one process can serve the database, which then counts by
    /// itself.
    async fn session_attempt(&self, subject: &str, windows: &[Window], now: Timestamp) -> StoreResult<Option<Counted>>;

    /// Counts a guess at a password or code, as wrong until it is settled, or tells how long it must wait; see
    /// [`guessing`](reparto_domain::guessing). `None` as in [`Sessions::session_attempt`].
    async fn guess_count(&self, guessed: &Guessed, now: Timestamp) -> StoreResult<Option<Guess>>;

    /// Settles a guess that was counted and was not wrong.
    async fn guess_settle(
        &self,
        guessed: &Guessed,
        counted: guessing::Counted,
        outcome: Outcome,
        now: Timestamp,
    ) -> StoreResult<()>;

    /// Exchanges a refresh token for its replacement. Reusing a token within the grace period, while its family is
    /// alive, yields the same replacement again; later reuse is refused and durably ends the whole family. A session
    /// that has lasted its time is not refreshed. All refusals are
    /// [`Refusal::RefreshTokenInvalid`](reparto_domain::Refusal::RefreshTokenInvalid).
    async fn session_refresh(&self, command: RefreshSession) -> StoreResult<SignedIn>;

    /// Ends the family of a refresh token, and with it its access tokens; an unknown token is not an error.
    async fn session_close(&self, token: TokenHash, origin: Origin, at: Timestamp) -> StoreResult<()>;

    /// Ends every session of the caller, and with them all access tokens, also those of other backends.
    async fn session_close_all(&self, caller: &Caller) -> StoreResult<()>;

    /// Returns the secrets that this one replaced and that are still accepted, with until when; newest first.
    async fn secret_predecessors(&self, name: &str, now: Timestamp) -> StoreResult<Vec<(StoredSecret, Timestamp)>>;

    /// Replaces a stored secret. The one before is accepted until a time, beside those replaced earlier; `None`: none of
    /// them is any longer.
    async fn secret_replace(&self, secret: StoredSecret, accepted_until: Option<Timestamp>) -> StoreResult<()>;

    /// Returns the stored secret of this name, or stores the given one. Every replica gets the same secret.
    async fn secret_get_or_create(&self, candidate: StoredSecret) -> StoreResult<StoredSecret>;
}
