//! The real program on real files.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod accounts;
mod care;
mod copies;
mod demo;
mod durability;
mod erasing;
mod faults;
mod harness;
mod help;
mod import_ways;
mod imports;
mod secrets;
mod serving;
mod traces;
