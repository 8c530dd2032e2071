//! The change feed: what happened, told from the operations themselves, so that a crash loses nothing.

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
    /// What an event tells.
    EventType {
        /// Opportunities were given to somebody.
        Assigned = 0 "opportunity.assigned",
        /// Opportunities lost their holders.
        Unassigned = 1 "opportunity.unassigned",
        /// Something else of opportunities changed: created, status, deleted.
        Updated = 2 "opportunity.updated",
        /// An operation was taken back.
        Undone = 3 "operation.undone",
        /// A job ended.
        JobFinished = 4 "job.finished",
        /// Nothing: somebody wants to see whether a webhook is reached. In no feed, and sent only when asked for.
        Test = 5 "webhook.test",
    }
}

impl EventType {
    /// What the feed tells, and what a webhook can ask for.
    pub const PUBLISHED: &'static [Self] =
        &[Self::Assigned, Self::Unassigned, Self::Updated, Self::Undone, Self::JobFinished];
}

/// How far somebody has read: operations and ends of jobs are two sequences, each in the order of commits. Written
/// as `12.3`: what `Last-Event-ID` carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord)]
pub struct FeedPosition {
    /// The last operation that was read.
    pub operation: i64,
    /// The last end of a job that was read.
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
    /// Which.
    pub opportunity_id: OpportunityId,
    /// Who held it before.
    pub from_id: Option<UserId>,
    /// Who holds it after.
    pub to_id: Option<UserId>,
    /// Where it stood before; `None`: it did not exist.
    pub previous_status: Option<Status>,
    /// Where it stands after.
    pub new_status: Status,
}

impl EventItem {
    /// Whether somebody with this visibility may see it after the change, or held it before.
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
    /// Where a reader stands who has read it.
    pub position: FeedPosition,
    /// When it happened.
    pub at: Timestamp,
    /// What it tells.
    pub body: EventBody,
}

/// What an event tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventBody {
    /// An operation, with all its items.
    Operation {
        /// Which.
        id: OperationId,
        /// What kind.
        kind: OperationKind,
        /// Who; `None`: the system.
        actor_id: Option<UserId>,
        /// The job it was a part of.
        job_id: Option<JobId>,
        /// The operation that it undid, where it is an undo.
        undoes: Option<OperationId>,
        /// Its items.
        items: Vec<EventItem>,
    },
    /// A job ended.
    Job {
        /// Which.
        id: JobId,
        /// What kind.
        kind: JobKind,
        /// How it ended.
        status: JobStatus,
        /// Who made it.
        actor_id: UserId,
        /// How many it was about.
        total: u64,
        /// How many were carried out.
        done: u64,
        /// How many were not.
        failed: u64,
    },
}

impl EventBody {
    /// The event's type. An edit that gave an opportunity to somebody tells of an assignment.
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
