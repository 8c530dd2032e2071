//! The SQLite engine of Reparto: the store's contract on a single file.
//!
//! One writer thread commits in groups; readers never wait for it (see [`engine`]). Each module is named after its
//! resource. A use case is a plain function over a connection, `fn(&Connection, …) -> StoreResult<…>`, that runs inside
//! the savepoint or read transaction opened by [`SqliteStore::write`](SqliteStore::write) or
//! [`SqliteStore::read`](SqliteStore::read); the trait's method only passes it on.

pub mod bare;
mod engine;

mod absences;
mod accounts;
mod actor;
mod assignee;
mod assignments;
mod audit;
mod backup;
mod check;
mod contacts;
mod copy;
mod counts;
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
mod notes;
mod operations;
mod opportunities;
mod retention;
mod rotations;
mod rows;
mod sealed;
mod search;
mod sessions;
mod statements;
mod store;
mod teams;
#[cfg(test)]
mod testing;
mod users;
mod vacuum;
mod webhooks;

pub use backup::{BackupError, backup};
pub use engine::Options;
pub use reparto_store_rows::lists::Lists;
pub use store::SqliteStore;
pub use vacuum::vacuum;
