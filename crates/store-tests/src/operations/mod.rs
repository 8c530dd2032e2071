//! Operations and their undo.

pub mod listing;
pub mod undo;
pub mod undo_chains;
