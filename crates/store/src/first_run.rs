//! The first run: a database without users, and the one-time token that creates the first administrator.

use async_trait::async_trait;
use reparto_domain::{
    Caller, Timestamp,
    sessions::TokenHash,
    users::{NewUser, User},
};

use crate::StoreResult;

/// The maximum number of valid one-time tokens: each process that starts on an empty database prints one, and a process
/// that keeps restarting must not fill the database.
pub const FIRST_RUN_TOKENS: usize = 16;

/// Seconds for which a one-time token is valid: whoever reads an old log must not be able to use one. A start prints a
/// new one.
pub const FIRST_RUN_SECONDS: i64 = 86_400;

/// The first run. It is over for good once a user has been created, even if that user was deleted since.
#[async_trait]
pub trait FirstRun: Send + Sync {
    /// Whether there are no users yet.
    async fn first_run_needed(&self) -> StoreResult<bool>;

    /// Stores the hash of a one-time token while there are no users, in addition to those of other replicas; only the
    /// newest [`FIRST_RUN_TOKENS`] are valid, for [`FIRST_RUN_SECONDS`]. Returns whether it was stored: once a user exists, it is not, and all
    /// tokens are gone.
    async fn first_run_offer(&self, token: TokenHash, at: Timestamp) -> StoreResult<bool>;

    /// Checks that [`FirstRun::first_run_create`] would currently accept the token, so that nobody else can make the
    /// service hash passwords. Refusals: [`Refusal::FirstRunOver`](reparto_domain::Refusal::FirstRunOver),
    /// [`Refusal::FirstRunTokenInvalid`](reparto_domain::Refusal::FirstRunTokenInvalid).
    async fn first_run_check(&self, token: TokenHash, at: Timestamp) -> StoreResult<()>;

    /// Creates the first user and drops all tokens. Of two concurrent calls exactly one succeeds. `caller` is the
    /// system, with the origin of the request. Refusals as in [`FirstRun::first_run_check`].
    async fn first_run_create(&self, caller: &Caller, token: TokenHash, user: NewUser) -> StoreResult<User>;
}
