//! The service as a client meets it: the real router over a real database, one module for each resource.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]
#![allow(clippy::needless_pass_by_value, reason = "json!({…}) is handed over as it is made")]

mod common;

mod access;
mod auth;
mod crm;
mod document;
mod events;
mod export;
mod first_run;
mod ground;
mod hostile;
mod jobs;
mod limits;
mod metrics;
mod sockets;
mod users;
mod webhooks;
