//! Code shared by the engines of Reparto: types of stored rows, and machinery that needs no SQL.
//!
//! [`reparto_store`] defines the contract of a store; this crate contains what every engine would otherwise duplicate.
//! Business rules are in [`reparto_domain`], SQL is in the engines.

pub mod actor;
pub mod audit;
pub mod columns;
pub mod contacts;
pub mod copy;
pub mod erasures;
pub mod first_run;
pub mod idempotency;
pub mod imports;
pub mod job_errors;
pub mod job_items;
pub mod jobs;
pub mod json;
pub mod kept;
pub mod lists;
pub mod names;
pub mod numbers;
pub mod operations;
pub mod rotations;
pub mod secrets;
pub mod teams;
pub mod text;
pub mod users;
pub mod webhooks;
