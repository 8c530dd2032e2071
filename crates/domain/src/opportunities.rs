//! Opportunities (leads): facts, filters, and the commands that change who holds them.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    AttemptStatus, ContactId, OperationId, OpportunityId, Priority, Refusal, Score, Status, Timestamp, UserId,
    caller::Visibility, contacts::Contact, cursor::OpportunityCursor, users::Person,
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

/// What a list may be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum OpportunitySort {
    /// When it was noticed.
    #[default]
    DetectedAt,
    /// How promising it is.
    Score,
    /// How urgent it is.
    Priority,
    /// When it was created.
    CreatedAt,
}

impl OpportunitySort {
    /// Every order that is offered; each has its index.
    pub const ALL: [Self; 4] = [Self::DetectedAt, Self::Score, Self::Priority, Self::CreatedAt];

    /// The name as it is sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DetectedAt => "detected_at",
            Self::Score => "opportunity_score",
            Self::Priority => "priority",
            Self::CreatedAt => "created_at",
        }
    }

    /// Reads the name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.as_str() == name)
    }

    pub(crate) const fn number(self) -> u8 {
        self as u8
    }

    pub(crate) const fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::DetectedAt),
            1 => Some(Self::Score),
            2 => Some(Self::Priority),
            3 => Some(Self::CreatedAt),
            _ => None,
        }
    }
}

/// Whose opportunities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum HeldBy {
    /// Nobody's.
    Nobody,
    /// This user's.
    User(UserId),
    /// Somebody's who does not exist: nothing matches.
    Unknown,
}

/// Which opportunities. Everything that is set must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OpportunityFilter {
    /// With this status.
    pub status: Option<Status>,
    /// With this priority.
    pub priority: Option<Priority>,
    /// Held by.
    pub held_by: Option<HeldBy>,
    /// Whose contact's search text has this part; folded (see [`crate::fold::fold`]), never empty.
    pub search: Option<String>,
    /// With at least this score.
    pub min_score: Option<Score>,
    /// With at most this score.
    pub max_score: Option<Score>,
    /// Noticed at or after.
    pub detected_from: Option<Timestamp>,
    /// Noticed at or before.
    pub detected_to: Option<Timestamp>,
    /// True: fewer than five attempts and the first call not completed. False: the others.
    pub attempts_left: Option<bool>,
}

impl OpportunityFilter {
    /// Whether kept counts by (status, holder) answer how many match.
    pub const fn is_counted(&self) -> bool {
        self.priority.is_none()
            && self.search.is_none()
            && self.min_score.is_none()
            && self.max_score.is_none()
            && self.detected_from.is_none()
            && self.detected_to.is_none()
            && self.attempts_left.is_none()
    }
}

/// Where in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// The page of this number, from 1.
    Page(u64),
    /// After this row.
    After(OpportunityCursor),
}

/// A question for a page of opportunities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpportunityQuery {
    /// What the asker may see.
    pub visibility: Visibility,
    /// What they want to see.
    pub filter: OpportunityFilter,
    /// In which order; rows with the same key follow by id, ascending where the list descends.
    pub sort: OpportunitySort,
    /// From the highest key down.
    pub descending: bool,
    /// Which part.
    pub position: Position,
    /// Rows per page, 1 to 1,000.
    pub limit: u64,
}

/// A page of opportunities.
#[derive(Debug, Clone, PartialEq)]
pub struct OpportunityPage {
    /// The rows.
    pub items: Vec<Opportunity>,
    /// How many match in all; a lower bound where it is not exact.
    pub total: u64,
    /// Whether `total` is exact.
    pub total_is_exact: bool,
    /// Where the next page begins; `None` on the last.
    pub next: Option<OpportunityCursor>,
}

/// How far matching rows are counted where no count is kept.
pub const COUNT_BOUND: u64 = 10_000;

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

/// An id as the client sent it, and what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestedId {
    /// As it was sent: what an item error repeats.
    pub sent: String,
    /// The opportunity, or `None` where it is no UUID and so names none.
    pub id: Option<OpportunityId>,
}

/// The ids of a bulk request, in the order of the request: at least one, not over the maximum, none twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkIds(Vec<RequestedId>);

impl BulkIds {
    /// Checks a list as it was sent.
    pub fn new(sent: Vec<String>, max: usize) -> Result<Self, Refusal> {
        if sent.is_empty() {
            return Err(Refusal::ListEmpty);
        }
        if sent.len() > max {
            return Err(Refusal::ListTooLong { max });
        }
        let ids: Vec<RequestedId> = sent.into_iter().map(|sent| RequestedId { id: sent.parse().ok(), sent }).collect();
        let (mut known, mut strange, mut twice) = (HashSet::new(), HashSet::new(), Vec::new());
        for requested in &ids {
            let first = match requested.id {
                Some(id) => known.insert(id),
                None => strange.insert(requested.sent.as_str()),
            };
            if !first {
                twice.push(requested.id.map_or_else(|| requested.sent.clone(), |id| id.to_string()));
            }
        }
        if twice.is_empty() {
            Ok(Self(ids))
        } else {
            twice.sort_unstable();
            twice.dedup();
            Err(Refusal::ListHasDuplicates { ids: twice })
        }
    }

    /// Ids that are known to be well-formed and distinct (a job's chunk).
    pub fn from_ids(ids: impl IntoIterator<Item = OpportunityId>) -> Self {
        Self(ids.into_iter().map(|id| RequestedId { sent: id.to_string(), id: Some(id) }).collect())
    }

    /// The ids, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, RequestedId> {
        self.0.iter()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Never, for a list that came in a request.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> IntoIterator for &'a BulkIds {
    type Item = &'a RequestedId;
    type IntoIter = std::slice::Iter<'a, RequestedId>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// How a bulk request is to be carried out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BulkMode {
    /// Say what would happen, write nothing.
    pub dry_run: bool,
    /// Any item error refuses the whole.
    pub all_or_nothing: bool,
    /// Who must hold each item; an item held by another is an item error.
    pub expected_holder: Option<ExpectedHolder>,
}

/// Who a client believes holds an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpectedHolder {
    /// Nobody.
    Nobody,
    /// This user.
    User(UserId),
    /// Somebody who does not exist: no item meets it.
    Unknown,
}

/// Assign opportunities to one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkAssign {
    /// Which.
    pub ids: BulkIds,
    /// To whom.
    pub assignee: Assignee,
    /// The status that each gets; `None` leaves each as it is.
    pub status: Option<Status>,
    /// Kept with the assignment and added to each opportunity's own notes on a new line.
    pub note: Option<String>,
    /// How.
    pub mode: BulkMode,
    /// The job it is a chunk of.
    pub job: Option<crate::JobId>,
}

/// Take the holder away from opportunities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkUnassign {
    /// Which.
    pub ids: BulkIds,
    /// How.
    pub mode: BulkMode,
    /// The job it is a chunk of.
    pub job: Option<crate::JobId>,
}

/// An opportunity after a bulk request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkItem {
    /// Which.
    pub id: OpportunityId,
    /// Who holds it now.
    pub assigned_to_id: Option<UserId>,
    /// Where it stands now.
    pub status: Status,
    /// When it changed.
    pub updated_at: Timestamp,
}

/// Why an item of a bulk request was not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemError {
    /// There is no such opportunity, or it was deleted.
    NotFound,
    /// Somebody else holds it than was expected.
    HeldByAnother {
        /// Who holds it; `None`: nobody.
        holder: Option<(UserId, String)>,
    },
    /// Something newer touched it since.
    Touched {
        /// What touched it.
        operation: OperationId,
        /// Who did.
        actor: Option<UserId>,
        /// When.
        at: Timestamp,
    },
    /// The user who would get it back is inactive or deleted.
    EarlierHolderInactive {
        /// Who, by id and name.
        holder: (UserId, String),
    },
    /// The user who would get it back has a role that may hold nothing.
    EarlierHolderNotAssignable {
        /// Who, by id and name.
        holder: (UserId, String),
    },
}

impl ItemError {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "opportunity_not_found",
            Self::HeldByAnother { .. } => "held_by_another",
            Self::Touched { .. } => "touched_since",
            Self::EarlierHolderInactive { .. } => "earlier_holder_inactive",
            Self::EarlierHolderNotAssignable { .. } => "earlier_holder_not_assignable",
        }
    }
}

/// An item that was not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemFailure {
    /// What the client sent.
    pub sent: String,
    /// Why not.
    pub error: ItemError,
}

/// What came of a bulk request: every requested id is in exactly one of the two lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkOutcome {
    /// The operation; `None` where nothing was written (no item could be carried out, or a dry run).
    pub operation: Option<OperationId>,
    /// What was carried out, in the order of the request.
    pub done: Vec<BulkItem>,
    /// What was not, in the order of the request.
    pub failed: Vec<ItemFailure>,
    /// With a dry run: how many of `done` would be taken from whom (`None`: from nobody), most first.
    pub taken_from: Vec<(Option<Person>, u64)>,
}

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
    /// When.
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> String {
        OpportunityId::from_bytes([n; 16]).to_string()
    }

    #[test]
    fn an_empty_list_is_refused() {
        assert_eq!(BulkIds::new(vec![], 100), Err(Refusal::ListEmpty));
    }

    #[test]
    fn a_list_over_the_maximum_is_refused_and_one_at_it_is_not() {
        let ids: Vec<String> = (0..3).map(id).collect();
        assert_eq!(BulkIds::new(ids.clone(), 2), Err(Refusal::ListTooLong { max: 2 }));
        assert_eq!(BulkIds::new(ids, 3).map(|ids| ids.len()), Ok(3));
    }

    #[test]
    fn two_spellings_of_one_uuid_are_the_same_id() {
        let refused = BulkIds::new(vec![id(0xab), id(1), id(0xab).to_uppercase().replace('-', "")], 100);
        assert_eq!(refused, Err(Refusal::ListHasDuplicates { ids: vec![id(0xab)] }));
    }

    #[test]
    fn a_malformed_id_is_kept_as_it_was_sent_and_refused_when_it_comes_twice() {
        let ids = BulkIds::new(vec!["invalid-uuid".into(), id(1)], 100).unwrap();
        assert_eq!(
            ids.iter().map(|r| (r.sent.as_str(), r.id.is_some())).collect::<Vec<_>>(),
            [("invalid-uuid", false), (id(1).as_str(), true)]
        );
        let refused = BulkIds::new(vec!["x".into(), "x".into()], 100);
        assert_eq!(refused, Err(Refusal::ListHasDuplicates { ids: vec!["x".into()] }));
    }
}
