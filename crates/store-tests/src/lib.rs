//! The conformance suite: every promise of a store, run on every engine.
//!
//! An engine defines how to create a fresh database ([`Engine`]); [`conformance!`] turns every rule into a separate
//! test, which is listed, run and reported by itself. A rule is an `async fn` over a [`Fixture`] in the module of its
//! resource, named after what it guards. After every rule the whole database is verified (see [`verify`]): so a rule
//! can focus on one thing and still detect other damage.
//!
//! A rule that is missing in its module's `rules!` is dead code, which the compiler reports.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "this crate is tests: it panics where a promise is broken"
)]
#![allow(clippy::too_many_lines, reason = "a rule with its steps is best read in one piece")]

#[macro_use]
mod rules;

pub mod absences;
pub mod accounts;
pub mod assignments;
pub mod audit;
pub mod authority;
pub mod concurrency;
pub mod contacts;
pub mod copying;
pub mod engine;
pub mod erasures;
pub mod events;
pub mod first_run;
pub mod fixture;
pub mod idempotency;
pub mod imports;
pub mod jobs;
pub mod kept;
pub mod lists;
pub mod maintenance;
pub mod operations;
pub mod opportunities;
pub mod properties;
pub mod retention;
pub mod rotations;
pub mod sealed;
pub mod sent_imports;
pub mod sessions;
pub mod teams;
pub mod times;
pub mod users;
pub mod verify;
pub mod webhooks;

pub use engine::{Database, Engine, run, run_on_empty};
pub use fixture::{Fixture, Member};
