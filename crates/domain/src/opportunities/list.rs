//! Lists of opportunities: filter, order and position.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::Opportunity;
use crate::{
    ContactId, ImportId, Priority, Score, Status, Timestamp, UserId, caller::Visibility, cursor::OpportunityCursor,
    search::Search,
};

/// The sort keys of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum OpportunitySort {
    /// When it was detected.
    #[default]
    DetectedAt,
    /// Score.
    Score,
    /// Priority.
    Priority,
    /// When it was created.
    CreatedAt,
}

impl OpportunitySort {
    /// Every supported order; each has an index.
    pub const ALL: [Self; 4] = [Self::DetectedAt, Self::Score, Self::Priority, Self::CreatedAt];

    /// The name used in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DetectedAt => "detected_at",
            Self::Score => "opportunity_score",
            Self::Priority => "priority",
            Self::CreatedAt => "created_at",
        }
    }

    /// Parses the name.
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

/// A filter by holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum HeldBy {
    /// Unassigned.
    Nobody,
    /// Held by this user.
    User(UserId),
    /// Held by a user who does not exist: nothing matches.
    Unknown,
}

/// A filter by contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum OfContact {
    /// Of this contact, which has at most one.
    Contact(ContactId),
    /// Of a contact that does not exist: nothing matches.
    Unknown,
}

/// A filter by import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum OfImport {
    /// Created by this import.
    Import(ImportId),
    /// By an import that does not exist: nothing matches.
    Unknown,
}

/// Whose opportunities a list shows: the requested ones, within those that the viewer may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Everybody's, and unassigned ones.
    Any,
    /// Unassigned ones.
    Nobody,
    /// This user's.
    User(UserId),
    /// This user's, and unassigned ones.
    UserOrNobody(UserId),
    /// No opportunity at all.
    Nothing,
}

impl Whose {
    /// Restricts a filter by holder to what the viewer may see.
    #[must_use]
    pub fn of(visibility: Visibility, held_by: Option<HeldBy>) -> Self {
        match (visibility, held_by) {
            (_, Some(HeldBy::Nobody)) => Self::Nobody,
            (Visibility::All, None) => Self::Any,
            (Visibility::All, Some(HeldBy::User(id))) => Self::User(id),
            (Visibility::OwnOrUnassigned(own), None) => Self::UserOrNobody(own),
            (Visibility::OwnOrUnassigned(own), Some(HeldBy::User(id))) if own == id => Self::User(own),
            (_, Some(HeldBy::Unknown)) | (Visibility::OwnOrUnassigned(_), Some(HeldBy::User(_))) => Self::Nothing,
        }
    }

    /// The user whose seq an engine must look up.
    pub const fn user(self) -> Option<UserId> {
        match self {
            Self::User(id) | Self::UserOrNobody(id) => Some(id),
            Self::Any | Self::Nobody | Self::Nothing => None,
        }
    }
}

/// A filter of opportunities: all conditions that are set must match.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OpportunityFilter {
    /// Of this contact.
    pub contact: Option<OfContact>,
    /// Created by this import.
    #[serde(default)]
    pub import: Option<OfImport>,
    /// With this status.
    pub status: Option<Status>,
    /// With this priority.
    pub priority: Option<Priority>,
    /// By holder.
    pub held_by: Option<HeldBy>,
    /// What is searched for in the contact.
    pub search: Option<Search>,
    /// With at least this score.
    pub min_score: Option<Score>,
    /// With at most this score.
    pub max_score: Option<Score>,
    /// Detected at or after this time.
    pub detected_from: Option<Timestamp>,
    /// Detected at or before this time.
    pub detected_to: Option<Timestamp>,
    /// `true`: fewer than five attempts and the first call not completed; `false`: all others.
    pub attempts_left: Option<bool>,
    /// `true`: of contacts who do not want to be contacted, or were erased; `false`: all others.
    #[serde(default)]
    pub do_not_contact: Option<bool>,
}

impl OpportunityFilter {
    /// Whether the maintained counts by (status, holder) give the number of matches.
    pub const fn is_counted(&self) -> bool {
        self.contact.is_none()
            && self.import.is_none()
            && self.priority.is_none()
            && self.search.is_none()
            && self.min_score.is_none()
            && self.max_score.is_none()
            && self.detected_from.is_none()
            && self.detected_to.is_none()
            && self.attempts_left.is_none()
            && self.do_not_contact.is_none()
    }

    /// The conditions that are set, under their names in the API, as the audit log keeps them. Of a text that was
    /// searched for it says only that there was one: it may name a person. An id that is unknown is null.
    pub fn audited(&self) -> Map<String, Value> {
        let contact = self.contact.map(|of| match of {
            OfContact::Contact(id) => json!(id),
            OfContact::Unknown => Value::Null,
        });
        let import = self.import.map(|of| match of {
            OfImport::Import(id) => json!(id),
            OfImport::Unknown => Value::Null,
        });
        let held_by = self.held_by.map(|held_by| match held_by {
            HeldBy::Nobody => json!("none"),
            HeldBy::User(id) => json!(id),
            HeldBy::Unknown => Value::Null,
        });
        let conditions = [
            ("contact_id", contact),
            ("import_id", import),
            ("status", self.status.map(|status| json!(status))),
            ("priority", self.priority.map(|priority| json!(priority))),
            ("assigned_to", held_by),
            ("search", self.search.as_ref().map(|_| json!(true))),
            ("min_score", self.min_score.map(|score| json!(score.get()))),
            ("max_score", self.max_score.map(|score| json!(score.get()))),
            ("detected_from", self.detected_from.map(|at| json!(at))),
            ("detected_to", self.detected_to.map(|at| json!(at))),
            ("attempts_left", self.attempts_left.map(|left| json!(left))),
            ("do_not_contact", self.do_not_contact.map(|unwilling| json!(unwilling))),
        ];
        conditions.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }
}

/// The position in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// The page of this number, from 1.
    Page(u64),
    /// After this row.
    After(OpportunityCursor),
}

/// A query for a page of opportunities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpportunityQuery {
    /// What the viewer may see.
    pub visibility: Visibility,
    /// The filter.
    pub filter: OpportunityFilter,
    /// The sort order. Ties are broken by id, ascending in a descending list.
    pub sort: OpportunitySort,
    /// Whether the order is descending.
    pub descending: bool,
    /// The position of the page.
    pub position: Position,
    /// Rows per page, 1 to 1,000.
    pub limit: u64,
}

/// A page of opportunities.
#[derive(Debug, Clone, PartialEq)]
pub struct OpportunityPage {
    /// The rows.
    pub items: Vec<Opportunity>,
    /// The number of matches; a lower bound if it is not exact.
    pub total: u64,
    /// Whether `total` is exact.
    pub total_is_exact: bool,
    /// The start of the next page; `None` on the last.
    pub next: Option<OpportunityCursor>,
}

/// Matches are counted up to this number where no count is maintained.
pub const COUNT_BOUND: u64 = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_condition_is_audited_but_no_searched_text() {
        let filter = OpportunityFilter {
            contact: Some(OfContact::Contact(ContactId::from_uuid(uuid::Uuid::from_u128(1)))),
            import: Some(OfImport::Unknown),
            status: Some(Status::Lost),
            priority: Some(Priority::High),
            held_by: Some(HeldBy::Nobody),
            search: Search::new("ana"),
            min_score: Score::new(1),
            max_score: Score::new(2),
            detected_from: Some(Timestamp::from_seconds(0)),
            detected_to: Some(Timestamp::from_seconds(1)),
            attempts_left: Some(false),
            do_not_contact: Some(true),
        };
        let audited = json!({
            "contact_id": "00000000-0000-0000-0000-000000000001", "import_id": null, "status": "lost",
            "priority": "high", "assigned_to": "none", "search": true, "min_score": 1, "max_score": 2,
            "detected_from": "1970-01-01T00:00:00Z", "detected_to": "1970-01-01T00:00:01Z", "attempts_left": false,
            "do_not_contact": true
        });
        assert_eq!(Value::Object(filter.audited()), audited);
        assert!(OpportunityFilter::default().audited().is_empty());
    }
}
