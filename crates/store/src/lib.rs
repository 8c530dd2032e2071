//! The contract of Reparto's storage: one small trait per resource, combined in [`Store`].
//!
//! Rules that apply to every method:
//!
//! - **A method is a use case and a transaction.** Nothing outside an engine begins, commits or retries. When a
//!   method has returned `Ok`, what it wrote is durable.
//! - Names are resource first: `opportunity_bulk_assign`, `user_set_role`.
//! - A method that takes a [`Caller`](reparto_domain::Caller) checks *inside its transaction* that the caller's
//!   authority is still valid (else a 401 refusal) and sufficient (else a 403 one). The database orders this against
//!   concurrent changes: the demotion of an administrator or the deactivation of an assignee takes effect either before
//!   the write or after it. Checks run in the order: authority, right, list, assignee, conflict, items.
//! - A write, its operation and its audit entry are one transaction.
//! - The engine turns constraint violations into a [`Refusal`](reparto_domain::Refusal).
//! - Every promise has test cases in the conformance suite, which runs on every engine.

pub mod absences;
pub mod accounts;
pub mod audit;
pub mod contacts;
pub mod copy;
pub mod erasures;
pub mod error;
pub mod events;
pub mod first_run;
pub mod imports;
pub mod jobs;
pub mod maintenance;
pub mod operations;
pub mod opportunities;
pub mod retention;
pub mod rotations;
pub mod sealed;
pub mod sessions;
pub mod teams;
pub mod users;

pub use absences::Absences;
pub use accounts::{Accounts, ChangePassword, NewSession, ResetPassword};
pub use audit::Audit;
pub use contacts::Contacts;
pub use copy::Copying;
pub use erasures::Erasures;
pub use error::{StoreError, StoreResult};
pub use events::{Feed, RenderEvent, Webhooks};
pub use first_run::{FIRST_RUN_SECONDS, FIRST_RUN_TOKENS, FirstRun};
pub use imports::Imports;
pub use jobs::Jobs;
pub use maintenance::{Finding, ListsInMemory, Maintenance, Statistics};
pub use operations::Operations;
pub use opportunities::{Assignments, Opportunities};
pub use retention::Retention;
pub use rotations::Rotations;
pub use sealed::SealedTexts;
pub use sessions::Sessions;
pub use teams::Teams;
pub use users::Users;

/// The target of tracing spans. Logs exclude it, so that spans cost nothing unless traces are exported.
pub const TRACE: &str = "reparto::trace";

/// Everything that the service needs from its database.
pub trait Store:
    Opportunities
    + Assignments
    + Operations
    + Contacts
    + Erasures
    + Users
    + Teams
    + Absences
    + Rotations
    + Sessions
    + Accounts
    + FirstRun
    + Audit
    + Imports
    + Jobs
    + Feed
    + Webhooks
    + Maintenance
    + Retention
    + SealedTexts
    + Copying
{
}

impl<T> Store for T where
    T: Opportunities
        + Assignments
        + Operations
        + Contacts
        + Erasures
        + Users
        + Teams
        + Absences
        + Rotations
        + Sessions
        + Accounts
        + FirstRun
        + Audit
        + Imports
        + Jobs
        + Feed
        + Webhooks
        + Maintenance
        + Retention
        + SealedTexts
        + Copying
{
}
