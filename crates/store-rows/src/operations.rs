//! Operations and the assignments that they change, as every engine reads and writes them. Users, opportunities and
//! operations are named by their seq.

pub use reparto_store::copy::{Before, Item};
