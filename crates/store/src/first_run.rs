//! The first run: a database without any user, and the one-time token that makes the first administrator.

use async_trait::async_trait;
use reparto_domain::{
    Caller, Timestamp,
    sessions::TokenHash,
    users::{NewUser, User},
};

use crate::StoreResult;

/// How many one-time tokens hold at once: each process that starts on an empty database tells one of its own, and a
/// process that starts over and over must not fill the database.
pub const FIRST_RUN_TOKENS: usize = 16;

/// The first run. It is over for good once a user exists, also one who was deleted since.
#[async_trait]
pub trait FirstRun: Send + Sync {
    /// Whether there is no user yet.
    async fn first_run_needed(&self) -> StoreResult<bool>;

    /// Keeps the hash of a one-time token while there is no user, beside those of other replicas: the newest
    /// [`FIRST_RUN_TOKENS`] hold. Says whether it was kept; once a user exists it is not, and none is left.
    async fn first_run_offer(&self, token: TokenHash, at: Timestamp) -> StoreResult<bool>;

    /// Passes a token that [`FirstRun::first_run_create`] would take at this moment, so that nobody else can have a
    /// password hashed. Refusals: [`Refusal::FirstRunOver`](reparto_domain::Refusal::FirstRunOver),
    /// [`Refusal::FirstRunTokenInvalid`](reparto_domain::Refusal::FirstRunTokenInvalid).
    async fn first_run_check(&self, token: TokenHash) -> StoreResult<()>;

    /// Makes the first user, and drops all tokens. Of two at once exactly one succeeds. `caller` is the system, with
    /// the origin of the request. Refusals as in [`FirstRun::first_run_check`].
    async fn first_run_create(&self, caller: &Caller, token: TokenHash, user: NewUser) -> StoreResult<User>;
}
