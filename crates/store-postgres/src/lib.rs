//! The PostgreSQL engine of Reparto: the store's contract on PostgreSQL 13 or later, for any number of replicas.
//!
//! Each module is named after its resource. A use case is an async function over a connection, `fn(&mut Conn, …) ->
//! Db<…>`. [`engine::tx::transact`] runs it in a transaction, and retries it after conflicts; [`engine::tx::read`] runs
//! it without one. The trait's method only passes it on. A bulk request is a single statement (see
//! [`assignments::bulk_sql`]).

#![allow(clippy::similar_names, reason = "seq and seqs, by and before: the words are what they are")]

mod absences;
mod accounts;
mod actor;
mod assignee;
mod assignments;
mod audit;
pub mod bare;
mod check;
mod contacts;
mod copy;
mod counts;
mod engine;
mod erasures;
mod events;
mod first_run;
mod folding;
mod hot;
mod idempotency;
mod imports;
mod items;
mod jobs;
mod maintenance;
mod mirror;
mod operations;
mod opportunities;
mod replica;
mod retention;
mod rotations;
mod rows;
mod sealed;
mod sessions;
mod sql;
mod statements;
mod store;
mod teams;
#[cfg(test)]
mod testing;
mod users;
mod webhooks;

pub use reparto_store_rows::lists::Lists;

pub use engine::{Options, Statements, schema_fingerprint};
pub use store::PostgresStore;
