//! Random assignment: free opportunities, picked uniformly.

use super::Assignee;
use crate::{OperationId, OpportunityId, Priority, Score, Timestamp, UserId};

/// Which free opportunities may be picked. Free: nobody's, not deleted, `pending`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RandomFilter {
    /// With at least this score.
    pub min_score: Option<Score>,
    /// With at most this score.
    pub max_score: Option<Score>,
    /// With this priority.
    pub priority: Option<Priority>,
    /// Noticed at or after.
    pub detected_from: Option<Timestamp>,
    /// Noticed at or before.
    pub detected_to: Option<Timestamp>,
}

impl RandomFilter {
    /// Whether it lets everything through.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Assign free opportunities, picked uniformly at random.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AssignRandom {
    /// To whom.
    pub assignee: Assignee,
    /// How many, 1 to 100.
    pub count: u32,
    /// Out of which.
    pub filter: RandomFilter,
    /// The seed of the pick; from outside, so that tests are exact.
    pub seed: u64,
}

/// What came of a random assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RandomOutcome {
    /// The operation; `None` where nothing was free.
    pub operation: Option<OperationId>,
    /// What was assigned.
    pub ids: Vec<OpportunityId>,
    /// How many were free before the pick; with a filter it may stop at [`COUNT_BOUND`].
    pub available: u64,
    /// To whom, by id and name.
    pub assignee: (UserId, String),
    /// When it took effect.
    pub at: Timestamp,
}
