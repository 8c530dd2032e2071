//! Opportunities: to read, to make, to edit.

pub mod create;
pub mod delete;
pub mod first_call;
pub mod history;
pub mod list;
pub mod read;
pub mod search;
pub mod update;
