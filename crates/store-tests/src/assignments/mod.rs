//! Assignments: the hot path.

pub mod assign;
pub mod bulk_assign;
pub mod bulk_modes;
pub mod bulk_unassign;
pub mod do_not_contact;
pub mod random;
