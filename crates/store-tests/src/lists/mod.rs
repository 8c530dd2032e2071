//! Arbitrary list queries and arbitrary writes, for engines that find lists in two ways, which must agree.

pub mod comparison;
pub mod queries;
pub mod writes;
