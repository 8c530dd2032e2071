//! The change feed. Events are derived from the operations themselves, so that a crash loses nothing.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    JobId, OperationId, OpportunityId, Status, Timestamp, UserId,
    caller::Visibility,
    jobs::{JobKind, JobStatus},
    operations::OperationKind,
    roles::UnknownValue,
    values::named_values,
};

named_values! {
    /// The type of an event.
    EventType {
        /// Opportunities were assigned.
        Assigned = 0 "opportunity.assigned",
        /// Opportunities were unassigned.
        Unassigned = 1 "opportunity.unassigned",
        /// Opportunities were created or deleted, or their status changed.
        Updated = 2 "opportunity.updated",
        /// An operation was undone.
        Undone = 3 "operation.undone",
        /// A job ended.
        JobFinished = 4 "job.finished",
        /// A test message, sent on request to check that a webhook is reachable. Never in the feed.
        Test = 5 "webhook.test",
    }
}

impl EventType {
    /// The types that the feed publishes and a webhook can subscribe to.
    pub const PUBLISHED: &'static [Self] =
        &[Self::Assigned, Self::Unassigned, Self::Updated, Self::Undone, Self::JobFinished];
}

/// A reader's position: operations and job ends are two sequences, each in commit order. Written as `12.3` in
/// `Last-Event-ID`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord)]
pub struct FeedPosition {
    /// The last operation read.
    pub operation: i64,
    /// The last job end read.
    pub job: i64,
}

impl fmt::Display for FeedPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.operation, self.job)
    }
}

impl FromStr for FeedPosition {
    type Err = UnknownValue;

    fn from_str(text: &str) -> Result<Self, UnknownValue> {
        let (operation, job) = text.trim().split_once('.').ok_or(UnknownValue)?;
        match (operation.parse(), job.parse()) {
            (Ok(operation), Ok(job)) if operation >= 0 && job >= 0 => Ok(Self { operation, job }),
            _ => Err(UnknownValue),
        }
    }
}

/// An opportunity in an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventItem {
    /// The opportunity.
    pub opportunity_id: OpportunityId,
    /// The holder before.
    pub from_id: Option<UserId>,
    /// The holder after.
    pub to_id: Option<UserId>,
    /// The status before; `None` if it did not exist.
    pub previous_status: Option<Status>,
    /// The status after.
    pub new_status: Status,
}

impl EventItem {
    /// Whether a user with this visibility may see it after the change, or held it before.
    pub fn is_visible(&self, visibility: Visibility) -> bool {
        match visibility {
            Visibility::All => true,
            Visibility::OwnOrUnassigned(own) => visibility.allows(self.to_id) || self.from_id == Some(own),
        }
    }
}

/// An event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The position of a reader who has read it.
    pub position: FeedPosition,
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    pub body: EventBody,
}

/// What an event reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventBody {
    /// An operation, with all its items.
    Operation {
        /// Its id.
        id: OperationId,
        /// Its kind.
        kind: OperationKind,
        /// Who did it; `None` for the system.
        actor_id: Option<UserId>,
        /// The job it belongs to.
        job_id: Option<JobId>,
        /// The operation it undid, if it is an undo.
        undoes: Option<OperationId>,
        /// Its items.
        items: Vec<EventItem>,
    },
    /// A job ended.
    Job {
        /// Its id.
        id: JobId,
        /// Its kind.
        kind: JobKind,
        /// How it ended.
        status: JobStatus,
        /// Who created it.
        actor_id: UserId,
        /// The number of items.
        total: u64,
        /// The number of successful items.
        done: u64,
        /// The number of failed items.
        failed: u64,
    },
}

impl EventBody {
    /// The event's type. An edit that assigned an opportunity counts as an assignment.
    pub fn event_type(&self) -> EventType {
        let Self::Operation { kind, items, .. } = self else { return EventType::JobFinished };
        let moved = |item: &EventItem| item.from_id != item.to_id;
        match kind {
            OperationKind::Undo => EventType::Undone,
            OperationKind::Assign | OperationKind::BulkAssign | OperationKind::AssignRandom => EventType::Assigned,
            OperationKind::Unassign | OperationKind::BulkUnassign => EventType::Unassigned,
            OperationKind::Delete => EventType::Updated,
            OperationKind::Create | OperationKind::Import | OperationKind::Update | OperationKind::FirstCall => {
                match items.iter().find(|item| moved(item)) {
                    Some(item) if item.to_id.is_some() => EventType::Assigned,
                    Some(_) => EventType::Unassigned,
                    None => EventType::Updated,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_round_trip_and_malformed_ones_are_refused() {
        let position = FeedPosition { operation: 12, job: 3 };
        assert_eq!(position.to_string().parse(), Ok(position));
        for text in ["", "12", "12.", ".3", "-1.0", "a.b", "1.2.3"] {
            assert_eq!(text.parse::<FeedPosition>(), Err(UnknownValue), "{text}");
        }
    }

    #[test]
    fn staff_see_own_unassigned_and_previously_held_items() {
        let (me, other) = (UserId::new(), UserId::new());
        let item = |from_id, to_id| EventItem {
            opportunity_id: OpportunityId::new(),
            from_id,
            to_id,
            previous_status: None,
            new_status: Status::Pending,
        };
        let mine = Visibility::OwnOrUnassigned(me);
        assert!(item(Some(other), Some(me)).is_visible(mine));
        assert!(item(Some(me), Some(other)).is_visible(mine));
        assert!(item(Some(other), None).is_visible(mine));
        assert!(!item(None, Some(other)).is_visible(mine));
        assert!(item(None, Some(other)).is_visible(Visibility::All));
    }
}
