//! The service as clients see it: the real router on a real database, with one module per resource.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]
#![allow(clippy::needless_pass_by_value, reason = "json!({…}) is handed over as it is made")]

mod common;

mod access;
mod accounts;
mod auth;
mod crm;
mod document;
mod events;
mod export;
mod first_run;
mod ground;
mod hostile;
mod imports;
mod jobs;
mod limits;
mod looks;
mod metrics;
mod sockets;
mod teams;
mod users;
mod webhooks;
