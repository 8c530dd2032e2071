//! The settings of a deployment that decide what people may do.

use crate::{Roles, contacts::AgentsSee};

/// The settings of a deployment that decide what people may do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// The roles that may hold opportunities.
    pub assignable: Roles,
    /// Which contacts agents and lawyers may read.
    pub agents_see: AgentsSee,
}
