//! Any question for a list and any write that lists show, for engines that find lists in two ways: both must say the
//! same.

pub mod comparison;
pub mod queries;
pub mod writes;
