//! Throwaway PostgreSQL databases for tests.
//!
//! [`Database::fresh`] gives a test a migrated database of its own, cloned from a template that is migrated once. The
//! server is the one that `REPARTO_TEST_DATABASE_URL` names (a superuser, or one who may create databases), else a
//! cluster of its own, made of the installed binaries: the first test process starts it, all share it, and it goes
//! away by itself once no test process is left. Without either, tests fail and say what to install; they never skip.

mod binaries;
mod cluster;
mod database;
pub mod proxy;

pub use database::{Database, server_url};
