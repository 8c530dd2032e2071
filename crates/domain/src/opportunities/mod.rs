//! Opportunities (leads): facts, filters, and the commands that change who holds them.

mod bulk;
mod list;
mod random;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use self::{
    bulk::{
        BulkAssign, BulkIds, BulkItem, BulkMode, BulkOutcome, BulkUnassign, ExpectedHolder, ItemError, ItemFailure,
        RequestedId,
    },
    list::{
        COUNT_BOUND, HeldBy, OpportunityFilter, OpportunityPage, OpportunityQuery, OpportunitySort, Position, Whose,
    },
    random::{AssignRandom, RandomFilter, RandomOutcome},
};
use crate::{
    AttemptStatus, ContactId, OpportunityId, Priority, Score, Status, Timestamp, UserId, contacts::Contact,
    users::Person,
};

/// The number of attempts at a first call.
pub const ATTEMPTS_MAX: u8 = 5;

/// An attempt at the first call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// What came of it.
    pub status: AttemptStatus,
    /// The call in the telephone system, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<String>,
    /// When it was recorded.
    pub attempted_at: Timestamp,
    /// What the caller noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

/// Attempts by number, 1 to 5.
pub type Attempts = BTreeMap<u8, Attempt>;

/// An opportunity as it stands, with its contact and its holder.
#[derive(Debug, Clone, PartialEq)]
pub struct Opportunity {
    /// Its id.
    pub id: OpportunityId,
    /// Who it is about.
    pub contact: Contact,
    /// When it was noticed.
    pub detected_at: Timestamp,
    /// How promising it is.
    pub score: Score,
    /// How urgent it is.
    pub priority: Priority,
    /// Where it stands.
    pub status: Status,
    /// Why it was noticed; every key that was given is kept.
    pub detection_reason: Map<String, Value>,
    /// Who holds it, also where that user is inactive or deleted by now.
    pub holder: Option<Person>,
    /// Attempts at the first call.
    pub attempts: Attempts,
    /// Whether the first call is completed.
    pub first_call_completed: bool,
    /// Which attempt succeeded.
    pub first_call_successful_attempt: Option<u8>,
    /// Free text.
    pub notes: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When anything of it last changed.
    pub updated_at: Timestamp,
    /// Changes with every change of what an answer shows of it, its contact and its holder: what an `ETag` carries.
    pub version: String,
}

/// A new opportunity.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateOpportunity {
    /// About whom; `None` where the id that came is no UUID and so names nobody.
    pub contact: Option<ContactId>,
    /// How promising.
    pub score: Score,
    /// How urgent.
    pub priority: Priority,
    /// Why.
    pub detection_reason: Map<String, Value>,
    /// For whom, at once.
    pub assignee: Option<Assignee>,
    /// Free text.
    pub notes: Option<String>,
}

/// The user that is to hold something, as the client named them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assignee {
    /// This user.
    User(UserId),
    /// Missing, or no UUID: nobody who exists.
    Unknown,
}

impl Assignee {
    /// Reads an id; what is no UUID names nobody.
    pub fn parse(text: &str) -> Self {
        text.parse().map_or(Self::Unknown, Self::User)
    }
}

/// Changes to an opportunity; `None` leaves as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OpportunityChanges {
    /// New status.
    pub status: Option<Status>,
    /// New priority.
    pub priority: Option<Priority>,
    /// New score.
    pub score: Option<Score>,
    /// New notes; `Some(None)` empties them.
    pub notes: Option<Option<String>>,
    /// New holder; `Some(None)` takes the holder away.
    pub assignee: Option<Option<Assignee>>,
}

/// What `If-Match` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IfMatch {
    /// `*`: anything that exists.
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

/// Record an attempt at the first call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstCall {
    /// Which attempt, 1 to 5; one that exists is overwritten.
    pub number: u8,
    /// What came of it.
    pub status: AttemptStatus,
    /// The call in the telephone system.
    pub call_id: Option<String>,
    /// What the caller noted.
    pub notes: Option<String>,
}
