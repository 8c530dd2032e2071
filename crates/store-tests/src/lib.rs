//! The conformance suite: every promise of a store, run on every engine.
//!
//! An engine says how to make a fresh database ([`Engine`]); [`conformance!`] turns every rule into a test of its
//! own, so that each is listed, run and reported by itself. A rule is an `async fn` over a [`Fixture`], named after
//! what it guards, in the module of its resource. After every rule the whole database is verified (see [`verify`]):
//! a rule can therefore be about one thing, and still notices what was broken beside it.
//!
//! A rule that is not listed in its module's `rules!` is dead code, which the compiler reports.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "this crate is tests: it panics where a promise is broken"
)]
#![allow(clippy::too_many_lines, reason = "a rule with its steps is best read in one piece")]

#[macro_use]
mod rules;

pub mod assignments;
pub mod audit;
pub mod authority;
pub mod concurrency;
pub mod contacts;
pub mod copying;
pub mod engine;
pub mod feed;
pub mod first_run;
pub mod fixture;
pub mod idempotency;
pub mod imports;
pub mod jobs;
pub mod lists;
pub mod maintenance;
pub mod operations;
pub mod opportunities;
pub mod properties;
pub mod sessions;
pub mod times;
pub mod users;
pub mod verify;
pub mod webhooks;

pub use engine::{Database, Engine, run, run_on_nothing};
pub use fixture::{Fixture, Member};
