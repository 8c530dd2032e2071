//! Reading, creating and editing opportunities.

pub mod create;
pub mod delete;
pub mod first_call;
pub mod history;
pub mod list;
pub mod read;
pub mod search;
pub mod update;
