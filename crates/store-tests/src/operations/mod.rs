//! Operations, and taking them back.

pub mod listing;
pub mod undo;
pub mod undo_chains;
