//! Throwaway PostgreSQL databases for tests.
//!
//! [`Database::fresh`] gives a test a migrated database of its own, cloned from a template that is migrated once. The
//! server is the one named by `REPARTO_TEST_DATABASE_URL` (with a role that may create databases), or else a cluster
//! run with the installed programs: the first test process starts it, all share it, and it is removed once no test
//! process is left. Without either, tests fail and say what to install; they never skip.
//!
//! [`OwnCluster`] is a server for a single test, for what a shared one does not allow: restarts, a streaming replica,
//! TLS. A [`proxy::Proxy`], which counts messages and cuts connections, or a [`pooler::Pooler`] can be put between
//! client and server.

mod binaries;
mod cluster;
mod database;
mod own;
pub mod pooler;
pub mod proxy;

pub use own::{Held, OwnCluster, Stop, sql};

pub use database::{Database, server_url};
