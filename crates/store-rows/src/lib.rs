//! What the engines of Reparto have in common: the shapes of stored rows, and the machinery that needs no SQL.
//!
//! [`reparto_store`] says what a store promises; here is what every engine would otherwise write for itself. Rules are in
//! [`reparto_domain`], SQL is in the engines.

pub mod answers;
pub mod copy;
pub mod job_errors;
pub mod job_items;
pub mod lists;
pub mod webhooks;
