//! The service as a client meets it: the real router over a real database, one module for each resource.

mod common;

mod access;
mod auth;
mod document;
mod export;
mod ground;
mod limits;
mod users;
