//! Throwaway PostgreSQL databases for tests.
//!
//! [`Database::fresh`] gives a test a migrated database of its own, cloned from a template that is migrated once. The
//! server is the one that `REPARTO_TEST_DATABASE_URL` names (a superuser, or one who may create databases), else a
//! cluster of its own, made of the installed binaries: the first test process starts it, all share it, and it goes
//! away by itself once no test process is left. Without either, tests fail and say what to install; they never skip.
//!
//! [`OwnCluster`] is a server of a test's own, for what a shared one cannot bear: restarts, a streaming replica, TLS.
//! Between a client and a server may stand a [`proxy::Proxy`] that counts and cuts, or a [`pooler::Pooler`] that pools
//! transactions.

mod binaries;
mod cluster;
mod database;
mod own;
pub mod pooler;
pub mod proxy;

pub use own::{Held, OwnCluster, Stop, sql};

pub use database::{Database, server_url};
