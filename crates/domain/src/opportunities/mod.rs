//! Opportunities (leads): their fields and filters, and the commands that assign them.

mod bulk;
mod edit;
mod list;
mod random;
mod single;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::{
    bulk::{
        BulkAssign, BulkIds, BulkItem, BulkMode, BulkOutcome, BulkUnassign, ExpectedHolder, ItemError, ItemFailure,
        RequestedId,
    },
    edit::OpportunityEdit,
    list::{
        COUNT_BOUND, HeldBy, OfContact, OfImport, OpportunityFilter, OpportunityPage, OpportunityQuery,
        OpportunitySort, Position, Whose,
    },
    random::{AssignRandom, RandomFilter, RandomOutcome},
    single::{Reassigned, reassign, require_may_assign},
};
use crate::{
    AttemptStatus, ContactId, OpportunityId, Priority, Score, Status, Timestamp, UserId, contacts::Contact,
    json::KeptObject, users::Person,
};

/// The maximum number of first-call attempts.
pub const ATTEMPTS_MAX: u8 = 5;

/// A first-call attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The result.
    pub status: AttemptStatus,
    /// The call's id in the telephone system, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<String>,
    /// When it was recorded.
    pub attempted_at: Timestamp,
    /// Notes on the attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

/// Attempts by number, 1 to 5.
pub type Attempts = BTreeMap<u8, Attempt>;

/// An opportunity with its contact and holder.
#[derive(Debug, Clone, PartialEq)]
pub struct Opportunity {
    /// Its id.
    pub id: OpportunityId,
    /// The contact.
    pub contact: Contact,
    /// When it was detected.
    pub detected_at: Timestamp,
    /// The score.
    pub score: Score,
    /// The priority.
    pub priority: Priority,
    /// Its status.
    pub status: Status,
    /// Why it was detected; all given keys are stored.
    pub detection_reason: KeptObject,
    /// The holder, even if that user is now inactive or deleted.
    pub holder: Option<Person>,
    /// First-call attempts.
    pub attempts: Attempts,
    /// Whether the first call is completed.
    pub first_call_completed: bool,
    /// The number of the successful attempt.
    pub first_call_successful_attempt: Option<u8>,
    /// Free text.
    pub notes: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed in any way.
    pub updated_at: Timestamp,
    /// The version sent as `ETag`: changes whenever a response would show it, its contact or its holder differently.
    pub version: String,
    /// The daily quota that the caller has just exceeded by taking it. Only in the outcome of taking it.
    pub over_quota: Option<i64>,
}

/// The command to create an opportunity.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateOpportunity {
    /// The contact; `None` if the id sent is not a UUID.
    pub contact: Option<ContactId>,
    /// The score.
    pub score: Score,
    /// The priority.
    pub priority: Priority,
    /// Why it was detected.
    pub detection_reason: KeptObject,
    /// The initial assignee.
    pub assignee: Option<Assignee>,
    /// Free text.
    pub notes: Option<String>,
}

/// The user to assign to, as named by the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assignee {
    /// This user.
    User(UserId),
    /// Missing or not a UUID, hence nobody.
    Unknown,
}

impl Assignee {
    /// Parses an id; a text that is not a UUID names nobody.
    pub fn parse(text: &str) -> Self {
        text.parse().map_or(Self::Unknown, Self::User)
    }
}

/// Changes to an opportunity; `None` leaves a field unchanged.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OpportunityChanges {
    /// New status.
    pub status: Option<Status>,
    /// New priority.
    pub priority: Option<Priority>,
    /// New score.
    pub score: Option<Score>,
    /// New notes; `Some(None)` clears them.
    pub notes: Option<Option<String>>,
    /// New holder; `Some(None)` unassigns.
    pub assignee: Option<Option<Assignee>>,
}

/// The precondition in `If-Match`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IfMatch {
    /// `*`: any version, as long as it exists.
    Any,
    /// One of these versions (see [`Opportunity::version`]).
    Versions(Vec<String>),
}

impl IfMatch {
    /// Whether the precondition holds for this version.
    pub fn allows(&self, version: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Versions(versions) => versions.iter().any(|v| v == version),
        }
    }
}

/// The command to record a first-call attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstCall {
    /// The attempt's number, 1 to 5; an existing one is overwritten.
    pub number: u8,
    /// The result.
    pub status: AttemptStatus,
    /// The call's id in the telephone system.
    pub call_id: Option<String>,
    /// Notes on the attempt.
    pub notes: Option<String>,
}
