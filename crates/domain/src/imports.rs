//! Import of leads from another system.

use crate::{
    ContactId, OpportunityId, Priority, Score, Status, Timestamp, contacts::ContactFields, json::KeptObject,
    opportunities::Attempts,
};

/// A row of an import: a contact and its opportunity.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportRow {
    /// The number of its first line in the file, from 1.
    pub line: u64,
    /// The contact, identified by email, else by phone or mobile. An existing contact has only its empty fields filled
    /// in.
    pub contact: ContactFields,
    /// When the opportunity was detected; `None`: at the time of the import.
    pub detected_at: Option<Timestamp>,
    /// The score.
    pub score: Score,
    /// The priority.
    pub priority: Priority,
    /// The status; `None`: `assigned` if there is a holder, else `pending`.
    pub status: Option<Status>,
    /// Why it was detected.
    pub detection_reason: KeptObject,
    /// The holder's email address. A holder who is unknown, inactive or not assignable makes the row fail.
    pub holder_email: Option<String>,
    /// Notes of the opportunity.
    pub notes: Option<String>,
    /// First-call attempts; a green one completes the call.
    pub attempts: Attempts,
    /// What is left out of the row because it exceeds the bounds of kept objects, by the names of its cells.
    pub left_out: Vec<String>,
    /// Ids and times fixed in advance, so that a demo is reproducible; `None` in imports from other systems.
    pub fixed: Option<FixedIds>,
}

/// Predetermined ids and creation time of the rows to create.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FixedIds {
    /// The contact's id, if it is created.
    pub contact: ContactId,
    /// The opportunity's id, if it is created.
    pub opportunity: OpportunityId,
    /// When contact and opportunity were created (`created_at`); `updated_at` is the time of the import.
    pub created_at: Timestamp,
}

/// The outcome of a row, and what was left out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowResult {
    /// The outcome.
    pub outcome: RowOutcome,
    /// The names of custom fields that did not fit beside those that the contact had.
    pub left_out: Vec<String>,
}

impl From<RowOutcome> for RowResult {
    fn from(outcome: RowOutcome) -> Self {
        Self { outcome, left_out: Vec::new() }
    }
}

impl PartialEq<RowOutcome> for RowResult {
    fn eq(&self, outcome: &RowOutcome) -> bool {
        self.outcome == *outcome
    }
}

/// The outcome of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowOutcome {
    /// Contact and opportunity were created.
    Created,
    /// The contact existed without an opportunity, which was created.
    OpportunityAdded,
    /// Both existed; at most, empty fields of the contact were filled in.
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
    /// No user has the holder's address.
    #[error("no user has the address {0}")]
    HolderNotFound(String),
    /// The holder is inactive.
    #[error("the user {0} is inactive")]
    HolderInactive(String),
    /// The holder's role is not assignable.
    #[error("the role of the user {0} may hold no opportunity")]
    HolderNotAssignable(String),
}

/// The options of an import.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportMode {
    /// Report what would happen without writing anything.
    pub dry_run: bool,
    /// The first row with an error aborts the import, and nothing is written.
    pub strict: bool,
}
