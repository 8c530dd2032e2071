//! Lists of opportunities: which, in what order, which part.

use serde::{Deserialize, Serialize};

use super::Opportunity;
use crate::{Priority, Score, Status, Timestamp, UserId, caller::Visibility, cursor::OpportunityCursor};

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

/// Whose opportunities a list shows: what is asked for, as far as the asker may see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Anybody's, and nobody's.
    Any,
    /// Nobody's.
    Nobody,
    /// This user's.
    User(UserId),
    /// This user's, and nobody's.
    UserOrNobody(UserId),
    /// None at all.
    None,
}

impl Whose {
    /// What is asked for, within what may be seen.
    #[must_use]
    pub fn of(visibility: Visibility, held_by: Option<HeldBy>) -> Self {
        match (visibility, held_by) {
            (_, Some(HeldBy::Nobody)) => Self::Nobody,
            (_, Some(HeldBy::Unknown)) => Self::None,
            (Visibility::All, None) => Self::Any,
            (Visibility::All, Some(HeldBy::User(id))) => Self::User(id),
            (Visibility::OwnOrUnassigned(own), None) => Self::UserOrNobody(own),
            (Visibility::OwnOrUnassigned(own), Some(HeldBy::User(id))) if own == id => Self::User(own),
            (Visibility::OwnOrUnassigned(_), Some(HeldBy::User(_))) => Self::None,
        }
    }

    /// The user whose number an engine must look up.
    pub const fn user(self) -> Option<UserId> {
        match self {
            Self::User(id) | Self::UserOrNobody(id) => Some(id),
            Self::Any | Self::Nobody | Self::None => None,
        }
    }
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
