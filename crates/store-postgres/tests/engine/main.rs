//! What this engine promises beyond the conformance suite: round trips, plans, faults, replicas, TLS, schema versions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests panic where a promise is broken")]

mod common;
mod damage;
mod faults;
mod folding;
mod groups;
mod jobs;
mod plans;
mod replica;
mod round_trips;
mod schema;
mod tls;
