//! What a store of Reparto promises: one small trait for each resource, summed in [`Store`].
//!
//! The rules that hold for every method:
//!
//! - **A method is a use case and a transaction.** Nothing outside an engine begins, commits or retries. When a
//!   method has returned `Ok`, what it wrote is durable.
//! - Names are resource first: `opportunity_bulk_assign`, `user_set_role`.
//! - A method that takes a [`Caller`](reparto_domain::Caller) checks *inside its transaction* that the caller's
//!   authority still holds (else a 401 refusal) and suffices (else a 403 one), in an order that the database decides:
//!   an administrator who is demoted, or an assignee who is deactivated, either was so before the write or is so
//!   after it. Refusals come in the order: authority, right, list, whom, conflict; then items.
//! - A write, its operation and its audit entry are one transaction.
//! - A constraint's violation becomes a [`Refusal`](reparto_domain::Refusal) inside the engine.
//! - Every promise has its cases in the conformance suite, which runs on every engine.

pub mod audit;
pub mod contacts;
pub mod copy;
pub mod error;
pub mod events;
pub mod first_run;
pub mod imports;
pub mod jobs;
pub mod maintenance;
pub mod operations;
pub mod opportunities;
pub mod sessions;
pub mod users;

pub use audit::Audit;
pub use contacts::Contacts;
pub use copy::Copying;
pub use error::{StoreError, StoreResult};
pub use events::{Feed, RenderEvent, Webhooks};
pub use first_run::{FIRST_RUN_TOKENS, FirstRun};
pub use imports::Imports;
pub use jobs::Jobs;
pub use maintenance::{Finding, Maintenance, Statistics};
pub use operations::Operations;
pub use opportunities::{Assignments, Opportunities};
pub use sessions::Sessions;
pub use users::Users;

/// The target of spans that are made for traces: logs leave it out, so that they cost nothing where nobody traces.
pub const TRACE: &str = "reparto::trace";

/// Everything that the service asks of its database.
pub trait Store:
    Opportunities
    + Assignments
    + Operations
    + Contacts
    + Users
    + Sessions
    + FirstRun
    + Audit
    + Imports
    + Jobs
    + Feed
    + Webhooks
    + Maintenance
    + Copying
{
}

impl<T> Store for T where
    T: Opportunities
        + Assignments
        + Operations
        + Contacts
        + Users
        + Sessions
        + FirstRun
        + Audit
        + Imports
        + Jobs
        + Feed
        + Webhooks
        + Maintenance
        + Copying
{
}
