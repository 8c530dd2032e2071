//! Bulk requests.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::Assignee;
use crate::{
    JobId, OperationId, OpportunityId, Refusal, Status, Timestamp, UserId, second_factor::RequireTotp, users::Person,
};

/// An id as the client sent it, and the opportunity it denotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestedId {
    /// The text as sent, which an item error repeats.
    pub sent: String,
    /// The opportunity; `None` if the text is not a UUID.
    pub id: Option<OpportunityId>,
}

/// The ids of a bulk request, in the order of the request: at least one, not over the maximum, no duplicates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkIds(Vec<RequestedId>);

impl BulkIds {
    /// Checks a list as sent by a client.
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

    /// From ids known to be well-formed and distinct (a job's chunk).
    pub fn from_ids(ids: impl IntoIterator<Item = OpportunityId>) -> Self {
        Self(ids.into_iter().map(|id| RequestedId { sent: id.to_string(), id: Some(id) }).collect())
    }

    /// Like [`BulkIds::from_ids`], with the original text at those positions (from 0) where it was not a UUID.
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

    /// The number of ids.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none; never true for a list from a request.
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

/// The options of a bulk request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BulkMode {
    /// Report what would happen without writing anything.
    pub dry_run: bool,
    /// Any item error refuses the whole request.
    pub all_or_nothing: bool,
    /// Who must hold each item; any other holder is an item error.
    pub expected_holder: Option<ExpectedHolder>,
    /// Assign even opportunities of contacts who do not want to be contacted; otherwise these are item errors.
    pub include_do_not_contact: bool,
    /// Who needs a second factor, where it was not looked at before what the caller's token is good for: it is checked
    /// with the caller's other rights then (see [`Standing::lacking`](crate::sessions::Standing::lacking)).
    pub standing: Option<RequireTotp>,
}

/// The holder that a client expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpectedHolder {
    /// Nobody.
    Nobody,
    /// This user.
    User(UserId),
    /// A user who does not exist: no item matches.
    Unknown,
}

/// The command to assign opportunities to one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkAssign {
    /// The opportunities.
    pub ids: BulkIds,
    /// The assignee.
    pub assignee: Assignee,
    /// The status to set; `None` leaves each status as it is.
    pub status: Option<Status>,
    /// A note, stored with the operation and appended to each opportunity's notes on a new line.
    pub note: Option<String>,
    /// The options.
    pub mode: BulkMode,
    /// The job that this is a chunk of.
    pub job: Option<JobId>,
}

/// The command to unassign opportunities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkUnassign {
    /// The opportunities.
    pub ids: BulkIds,
    /// The options.
    pub mode: BulkMode,
    /// The job that this is a chunk of.
    pub job: Option<JobId>,
}

/// An opportunity after a bulk request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkItem {
    /// Its id.
    pub id: OpportunityId,
    /// The current holder.
    pub assigned_to_id: Option<UserId>,
    /// The current status.
    pub status: Status,
    /// When it changed.
    pub updated_at: Timestamp,
}

/// Why an item of a bulk request failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemError {
    /// The opportunity does not exist or was deleted.
    NotFound,
    /// Its holder is not the expected one.
    HeldByAnother {
        /// The holder by id and name; `None`: nobody.
        holder: Option<(UserId, String)>,
    },
    /// It would be assigned, and its contact does not want to be contacted.
    DoNotContact,
    /// A later operation touched it.
    Touched {
        /// That operation.
        operation: OperationId,
        /// Who did it.
        actor: Option<UserId>,
        /// When it happened.
        at: Timestamp,
    },
    /// The earlier holder is inactive or deleted.
    EarlierHolderInactive {
        /// The earlier holder, by id and name.
        holder: (UserId, String),
    },
    /// The earlier holder's role is not assignable.
    EarlierHolderNotAssignable {
        /// The earlier holder, by id and name.
        holder: (UserId, String),
    },
}

impl ItemError {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "opportunity_not_found",
            Self::HeldByAnother { .. } => "held_by_another",
            Self::DoNotContact => "do_not_contact",
            Self::Touched { .. } => "touched_since",
            Self::EarlierHolderInactive { .. } => "earlier_holder_inactive",
            Self::EarlierHolderNotAssignable { .. } => "earlier_holder_not_assignable",
        }
    }
}

/// An item that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemFailure {
    /// The id as sent by the client.
    pub sent: String,
    /// The reason.
    pub error: ItemError,
}

/// The outcome of a bulk request: every requested id is in exactly one of the two lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkOutcome {
    /// The operation; `None` if nothing was written (every item failed, or a dry run).
    pub operation: Option<OperationId>,
    /// The items that succeeded, in request order.
    pub done: Vec<BulkItem>,
    /// The items that failed, in request order.
    pub failed: Vec<ItemFailure>,
    /// In a dry run: how many of `done` each holder has now (`None`: unassigned), largest number first.
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
