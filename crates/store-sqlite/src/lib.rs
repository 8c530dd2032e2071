//! The SQLite engine of Reparto: the store's promises on one file.
//!
//! One writer thread commits in groups; readers never wait for it (see [`engine`]). Each module has the name of its
//! resource. A use case is a plain function over a connection, `fn(&Connection, …) -> StoreResult<…>`, that runs
//! inside the savepoint or read transaction which [`SqliteStore::write`](engine::SqliteStore::write) and
//! [`SqliteStore::read`](engine::SqliteStore::read) open around it; the trait's method only hands it over.

pub(crate) mod actors;
pub mod engine;
pub(crate) mod rows;
pub(crate) mod statements;

mod actor;
mod audit;
mod error;
mod idempotency;
mod rows;

pub use engine::{Options, SqliteStore};
