//! What users do with their own account: sessions, password, second factor; and the links for a new password.

use async_trait::async_trait;
use reparto_domain::{
    Authority, Caller, Origin, SessionId, Timestamp, UserId,
    second_factor::{ConfirmSecondFactor, SealedSecret, SecondFactor},
    sessions::{Credentials, OpenedSession, SignedIn, Standing, TokenHash},
    users::PasswordHash,
};

use crate::StoreResult;

/// The command to change one's own password.
#[derive(Debug, Clone)]
pub struct ChangePassword {
    /// The hash that the current password was verified against; refused with
    /// [`Refusal::CurrentPasswordWrong`](reparto_domain::Refusal::CurrentPasswordWrong) if it has changed since.
    pub current: PasswordHash,
    /// Hash of the new password.
    pub password: PasswordHash,
    /// The session to go on with: all others end.
    pub session: NewSession,
}

/// A session to open.
#[derive(Debug, Clone, Copy)]
pub struct NewSession {
    /// Its id.
    pub id: SessionId,
    /// Hash of its first refresh token.
    pub token: TokenHash,
    /// When that token expires.
    pub expires_at: Timestamp,
}

/// The command to set a new password by a link.
#[derive(Debug, Clone)]
pub struct ResetPassword {
    /// Hash of the link's token.
    pub token: TokenHash,
    /// Hash of the new password.
    pub password: PasswordHash,
    /// Where the request came from.
    pub origin: Origin,
    /// When it happened.
    pub at: Timestamp,
}

/// Users and their own accounts. A caller without an own account (the system) gets
/// [`Refusal::TokenInvalid`](reparto_domain::Refusal::TokenInvalid) where one is needed.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// Returns the user of a token, with the state that decides what the token is good for; a 401 refusal if the token
    /// is no longer valid or its session has ended.
    async fn account_standing(&self, authority: &Authority) -> StoreResult<Standing>;

    /// Lists the caller's sessions that began after a time, have not ended and can still be refreshed, last used first.
    async fn account_sessions(&self, caller: &Caller, began_after: Timestamp) -> StoreResult<Vec<OpenedSession>>;

    /// Ends one of the caller's sessions; refused with
    /// [`Refusal::SessionNotFound`](reparto_domain::Refusal::SessionNotFound) if it is another's or has ended.
    async fn account_end_session(&self, caller: &Caller, id: SessionId) -> StoreResult<()>;

    /// Ends every session of another user, with all access tokens. For administrators; only a superuser ends a
    /// superuser's.
    async fn account_end_all(&self, caller: &Caller, user: UserId) -> StoreResult<()>;

    /// Returns the credentials of the caller, to check the current password against.
    async fn account_credentials(&self, caller: &Caller) -> StoreResult<Credentials>;

    /// Records in the audit log that the caller gave a wrong password or code.
    async fn account_check_failed(&self, caller: &Caller) -> StoreResult<()>;

    /// Changes the caller's password, ends all sessions, starts a new token generation and opens a session. It is no
    /// longer a password that must be changed.
    async fn account_change_password(&self, caller: &Caller, command: ChangePassword) -> StoreResult<SignedIn>;

    /// Stores the hash of a one-time link for another user's new password, in place of an earlier one. For
    /// administrators; only a superuser for a superuser; not for oneself, whose current password is asked for.
    async fn password_reset_offer(
        &self,
        caller: &Caller,
        user: UserId,
        token: TokenHash,
        expires_at: Timestamp,
    ) -> StoreResult<()>;

    /// Returns the credentials of the user whose link it is, to check a new password against; refused with
    /// [`Refusal::ResetTokenInvalid`](reparto_domain::Refusal::ResetTokenInvalid) if
    /// [`Accounts::password_reset`] would currently refuse it.
    async fn password_reset_credentials(&self, token: TokenHash, at: Timestamp) -> StoreResult<Credentials>;

    /// Sets the password of a link's user, ends all sessions, and drops the link. Of two concurrent calls exactly one
    /// succeeds.
    async fn password_reset(&self, command: ResetPassword) -> StoreResult<()>;

    /// Returns the caller's second factor, confirmed or not.
    async fn second_factor(&self, caller: &Caller) -> StoreResult<Option<SecondFactor>>;

    /// Stores the secret of a second factor that is to be confirmed, in place of an unconfirmed one; refused with
    /// [`Refusal::TotpExists`](reparto_domain::Refusal::TotpExists) where one is confirmed.
    async fn second_factor_begin(&self, caller: &Caller, secret: SealedSecret) -> StoreResult<()>;

    /// Confirms the caller's second factor, replaces the recovery codes, and counts the present session as one in which
    /// the second factor was shown.
    async fn second_factor_confirm(&self, caller: &Caller, command: ConfirmSecondFactor) -> StoreResult<()>;

    /// Removes a user's second factor and recovery codes; no session counts as one with a second factor any more. One's
    /// own needs the hash that the current password was verified against (else
    /// [`Refusal::CurrentPasswordWrong`](reparto_domain::Refusal::CurrentPasswordWrong)); another's needs an
    /// administrator, a superuser's a superuser.
    async fn second_factor_remove(
        &self,
        caller: &Caller,
        user: UserId,
        current: Option<PasswordHash>,
    ) -> StoreResult<()>;
}
