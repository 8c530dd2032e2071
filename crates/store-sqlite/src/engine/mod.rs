//! The engine: one writer that commits in groups, some readers, one thread that checkpoints.
//!
//! Both queues are bounded: when one is full, further requests are refused as busy at once instead of waiting.

pub(crate) mod checkpoint;
mod conn;
pub(crate) mod connect;
pub(crate) mod errors;
mod migrate;
mod options;
pub(crate) mod private;
pub(crate) mod reader;
pub(crate) mod writer;

pub(crate) use conn::Conn;
pub(crate) use connect::{snapshot, writer as bare_connection};
pub(crate) use migrate::identify;
#[cfg(test)]
pub(crate) use migrate::schema_version;
pub use options::Options;

/// A freshly migrated database for tests of statements, and its folder.
#[cfg(test)]
pub(crate) fn migrated() -> (tempfile::TempDir, rusqlite::Connection) {
    let folder = tempfile::tempdir().unwrap();
    let conn = connect::writer(&Options::new(folder.path().join("reparto.db"))).unwrap();
    (folder, conn)
}
