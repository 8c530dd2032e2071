//! What this engine promises beyond the conformance suite: round trips, plans, faults, versions of the schema.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests panic where a promise is broken")]

mod common;
mod faults;
mod plans;
mod round_trips;
mod schema;
