//! Random assignment: free opportunities, picked uniformly.

use super::{Assignee, HeldBy, OpportunityFilter};
use crate::{OperationId, OpportunityId, Priority, Score, Status, Timestamp, UserId};

/// Which free opportunities may be picked. Free means unassigned, not deleted, `pending`, and of a contact who may be
/// contacted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RandomFilter {
    /// With at least this score.
    pub min_score: Option<Score>,
    /// With at most this score.
    pub max_score: Option<Score>,
    /// With this priority.
    pub priority: Option<Priority>,
    /// Detected at or after this time.
    pub detected_from: Option<Timestamp>,
    /// Detected at or before this time.
    pub detected_to: Option<Timestamp>,
}

impl RandomFilter {
    /// Whether there are no conditions.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The same condition as a filter of all opportunities: what makes one free is spelled out.
    pub fn of_free(&self) -> OpportunityFilter {
        let Self { min_score, max_score, priority, detected_from, detected_to } = *self;
        OpportunityFilter {
            status: Some(Status::Pending),
            held_by: Some(HeldBy::Nobody),
            do_not_contact: Some(false),
            min_score,
            max_score,
            priority,
            detected_from,
            detected_to,
            ..OpportunityFilter::default()
        }
    }
}

/// The command to assign free opportunities, picked uniformly at random.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AssignRandom {
    /// The assignee.
    pub assignee: Assignee,
    /// The number to assign, 1 to 100.
    pub count: u32,
    /// Which may be picked.
    pub filter: RandomFilter,
    /// The random seed; passed in, so that tests are exact.
    pub seed: u64,
}

/// The outcome of a random assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RandomOutcome {
    /// The operation; `None` if nothing was free.
    pub operation: Option<OperationId>,
    /// The assigned opportunities.
    pub ids: Vec<OpportunityId>,
    /// The number of free ones before the pick; with a filter, counting may stop at [`COUNT_BOUND`].
    pub available: u64,
    /// The assignee, by id and name.
    pub assignee: (UserId, String),
    /// When it took effect.
    pub at: Timestamp,
}
