//! Bulk requests: the reason to exist.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::Assignee;
use crate::{JobId, OperationId, OpportunityId, Refusal, Status, Timestamp, UserId, users::Person};

/// An id as the client sent it, and what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestedId {
    /// As it was sent: what an item error repeats.
    pub sent: String,
    /// The opportunity, or `None` where it is no UUID and so names none.
    pub id: Option<OpportunityId>,
}

/// The ids of a bulk request, in the order of the request: at least one, not over the maximum, no duplicates.
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
        let (mut known, mut malformed, mut duplicates) = (HashSet::new(), HashSet::new(), Vec::new());
        for requested in &ids {
            let first = match requested.id {
                Some(id) => known.insert(id),
                None => malformed.insert(requested.sent.as_str()),
            };
            if !first {
                duplicates.push(requested.id.map_or_else(|| requested.sent.clone(), |id| id.to_string()));
            }
        }
        if duplicates.is_empty() {
            Ok(Self(ids))
        } else {
            duplicates.sort_unstable();
            duplicates.dedup();
            Err(Refusal::ListHasDuplicates { ids: duplicates })
        }
    }

    /// Ids that are known to be well-formed and distinct (a job's chunk).
    pub fn from_ids(ids: impl IntoIterator<Item = OpportunityId>) -> Self {
        Self(ids.into_iter().map(|id| RequestedId { sent: id.to_string(), id: Some(id) }).collect())
    }

    /// As [`BulkIds::from_ids`], where at some places (from 0) something else was sent, which that id stands for.
    pub fn from_sent(ids: impl IntoIterator<Item = OpportunityId>, sent: Vec<(usize, String)>) -> Self {
        let mut ids = Self::from_ids(ids);
        for (place, text) in sent {
            if let Some(requested) = ids.0.get_mut(place) {
                requested.sent = text;
            }
        }
        ids
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
    pub job: Option<JobId>,
}

/// Take the holder away from opportunities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkUnassign {
    /// Which.
    pub ids: BulkIds,
    /// How.
    pub mode: BulkMode,
    /// The job it is a chunk of.
    pub job: Option<JobId>,
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
    fn the_maximum_length_is_allowed_and_one_more_refused() {
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
    fn malformed_ids_are_kept_and_their_duplicates_refused() {
        let ids = BulkIds::new(vec!["invalid-uuid".into(), id(1)], 100).unwrap();
        assert_eq!(
            ids.iter().map(|r| (r.sent.as_str(), r.id.is_some())).collect::<Vec<_>>(),
            [("invalid-uuid", false), (id(1).as_str(), true)]
        );
        let refused = BulkIds::new(vec!["x".into(), "x".into()], 100);
        assert_eq!(refused, Err(Refusal::ListHasDuplicates { ids: vec!["x".into()] }));
    }
}
