//! Import of leads from another system.

use serde_json::{Map, Value};

use crate::{
    ContactId, OpportunityId, Priority, Score, Status, Timestamp, contacts::ContactFields, opportunities::Attempts,
};

/// A row of an import: a contact, and the opportunity that it brings.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportRow {
    /// Where it stood in the file: the number of its first line, from 1.
    pub line: u64,
    /// The contact. Identified by email, else by phone (or mobile); one that exists gets what it lacks, and keeps
    /// what it has.
    pub contact: ContactFields,
    /// When the opportunity was noticed; `None`: at the import.
    pub detected_at: Option<Timestamp>,
    /// How promising.
    pub score: Score,
    /// How urgent.
    pub priority: Priority,
    /// Where it stands; `None`: `assigned` with a holder, else `pending`.
    pub status: Option<Status>,
    /// Why it was noticed.
    pub detection_reason: Map<String, Value>,
    /// The address of the user who holds it; unknown, inactive or not assignable is an error of the row.
    pub holder_email: Option<String>,
    /// Free text of the opportunity.
    pub notes: Option<String>,
    /// Attempts at the first call; a green one completes it.
    pub attempts: Attempts,
    /// What is from outside so that a demo can be repeated exactly; `None` in an import from another system.
    pub fixed: Option<FixedIds>,
}

/// The ids and the age of what a row brings, where they are not made at the import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FixedIds {
    /// The id of the contact, where it is created.
    pub contact: ContactId,
    /// The id of the opportunity, where it is created.
    pub opportunity: OpportunityId,
    /// When contact and opportunity were created (`created_at`); `updated_at` is the time of the import.
    pub created_at: Timestamp,
}

/// What came of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowOutcome {
    /// Contact and opportunity were created.
    Created,
    /// The contact was there, without an opportunity: it got one.
    OpportunityAdded,
    /// Both were there: nothing was changed but what the contact lacked.
    AlreadyThere,
    /// Nothing was written for this row.
    Skipped(RowError),
}

/// Why a row was skipped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// Neither name, email nor phone.
    #[error("no name, no email and no phone")]
    NoIdentity,
    /// The holder's address is no user's.
    #[error("no user has the address {0}")]
    HolderNotFound(String),
    /// The holder is inactive.
    #[error("the user {0} is inactive")]
    HolderInactive(String),
    /// The holder's role may hold nothing.
    #[error("the role of the user {0} may hold no opportunity")]
    HolderNotAssignable(String),
}

/// How to import.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportMode {
    /// Say what would happen, write nothing.
    pub dry_run: bool,
    /// The first row with an error stops the import, and nothing of it remains.
    pub strict: bool,
}
