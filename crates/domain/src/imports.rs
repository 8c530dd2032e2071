//! Import of leads from another system.

mod enquiry;
mod fate;
mod record;
mod told;

pub use enquiry::{Added, Enquired, Stays};
pub use fate::{Fate, ImportOutcome, ImportTally, ReadRow};
pub use record::{
    FILE_MAX, IMPORTS_PER_USER, IMPORTS_TOTAL, Import, ImportBatch, ImportClaim, ImportColumn, ImportFile, ImportPart,
    ImportRowQuery, ImportStatus, ImportUndo, ImportedRow, NewImport, OpenImports, PIECE, ROWS_AT_ONCE, ROWS_IN_STEP,
    RowUndo, Standing, undo_row,
};
pub use told::{Told, ToldCode, called, quoted};

use serde::Serialize;

use crate::{
    AttemptStatus, ContactId, OpportunityId, Priority, Role, Roles, Score, Status, Timestamp,
    contacts::ContactFields,
    erasures::{ERASED_NAMES, IfErased},
    json::KeptObject,
    opportunities::Attempts,
};

/// A row of an import: a contact and its opportunity.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportRow {
    /// The number of its first line in the file, from 1.
    pub line: u64,
    /// The contact, identified by email, else by phone or mobile, else by `contact_id` or the name. An existing contact
    /// has only its empty fields filled in.
    pub contact: ContactFields,
    /// The id of the contact that our own export names: by it somebody is known who has neither email nor phone, or has
    /// others by now and still the same name. New contacts do not get it.
    pub contact_id: Option<ContactId>,
    /// When the opportunity was detected; `None`: at the time of the import.
    pub detected_at: Option<Timestamp>,
    /// The day of the enquiry in the import's time zone, as `YYYY-MM-DD`: the date of what it adds to notes.
    pub day: Option<String>,
    /// The score; `None`: the default.
    pub score: Option<Score>,
    /// The priority; `None`: medium.
    pub priority: Option<Priority>,
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
    /// Ids and times fixed in advance, so that a demo is reproducible; `None` in imports from other systems.
    pub fixed: Option<FixedIds>,
}

impl ImportRow {
    /// A row with this contact, and nothing else in it.
    #[must_use]
    pub fn new(line: u64, contact: ContactFields) -> Self {
        Self {
            line,
            contact,
            contact_id: None,
            detected_at: None,
            day: None,
            score: None,
            priority: None,
            status: None,
            detection_reason: KeptObject::default(),
            holder_email: None,
            notes: None,
            attempts: Attempts::new(),
            fixed: None,
        }
    }

    /// Why the row is skipped whatever is stored: it says nobody, or (a row of our own exports) somebody erased.
    pub fn refused(&self) -> Option<RowError> {
        let contact = &self.contact;
        let name = contact.name();
        if name.is_empty() {
            return Some(RowError::NoIdentity);
        }
        let nameless = contact.email.is_none() && contact.phone.is_none() && contact.mobile.is_none();
        (nameless && ERASED_NAMES.contains(&name.as_str())).then_some(RowError::PersonErased)
    }
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
    /// What could not be added to a known contact.
    pub added: Added,
    /// Whether the opportunity came in without the holder that the row names, because the person does not want to be
    /// contacted.
    pub withheld: bool,
}

impl From<RowOutcome> for RowResult {
    fn from(outcome: RowOutcome) -> Self {
        Self { outcome, added: Added::default(), withheld: false }
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
    /// Both existed, and what the row brought was added to the contact.
    Completed,
    /// Both existed, with all that the row brings.
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
    /// The person was erased. Nothing of the row is repeated.
    #[error("person_erased: this person was erased")]
    PersonErased,
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
    /// What becomes of people who were erased.
    pub if_erased: IfErased,
}

impl ImportRow {
    /// The score of the opportunity to create.
    #[must_use]
    pub fn initial_score(&self) -> Score {
        self.score.unwrap_or(Score::DEFAULT)
    }

    /// The priority of the opportunity to create.
    #[must_use]
    pub fn initial_priority(&self) -> Priority {
        self.priority.unwrap_or(Priority::Medium)
    }

    /// The status of the opportunity to create.
    #[must_use]
    pub fn initial_status(&self, has_holder: bool) -> Status {
        self.status.unwrap_or(Status::initial(has_holder))
    }

    /// The number of the attempt that completed the first call: the first green one.
    #[must_use]
    pub fn successful_attempt(&self) -> Option<u8> {
        self.attempts.iter().find(|(_, attempt)| attempt.status == AttemptStatus::Green).map(|(number, _)| *number)
    }
}

/// The holder of a row's opportunity: the user found by the address that the row names, with role and whether they are
/// active.
pub fn holder<Id>(email: &str, found: Option<(Id, Role, bool)>, assignable: &Roles) -> Result<Id, RowError> {
    match found {
        None => Err(RowError::HolderNotFound(email.to_owned())),
        Some((_, _, false)) => Err(RowError::HolderInactive(email.to_owned())),
        Some((_, role, true)) if !assignable.contains(role) => Err(RowError::HolderNotAssignable(email.to_owned())),
        Some((id, _, true)) => Ok(id),
    }
}

/// Who holds the opportunity of a row, and its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed<Id> {
    /// The holder.
    pub holder: Option<Id>,
    /// The status.
    pub status: Status,
    /// Whether the row names a holder in vain.
    pub withheld: bool,
}

impl ImportRow {
    /// Places the row's opportunity with the holder that it names, if any: but with nobody if the person does not want to
    /// be contacted.
    #[must_use]
    pub fn place<Id>(&self, named: Option<Id>, do_not_contact: bool) -> Placed<Id> {
        if do_not_contact && named.is_some() {
            return Placed { holder: None, status: self.initial_status(false).after_unassign(), withheld: true };
        }
        Placed { status: self.initial_status(named.is_some()), holder: named, withheld: false }
    }
}

/// The form of a holder's address by which the user is found.
#[must_use]
pub fn holder_key(email: &str) -> String {
    email.trim().to_lowercase()
}

/// How many rows had which outcome, as written to the audit log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ImportCounts {
    /// All rows.
    pub rows: usize,
    /// Contact and opportunity were created.
    pub created: usize,
    /// Only the opportunity was created.
    pub opportunities_added: usize,
    /// Both existed, and the contact was completed.
    pub completed: usize,
    /// Both existed, with everything.
    pub already_there: usize,
    /// Nothing was written.
    pub skipped: usize,
}

impl ImportCounts {
    /// Counts the outcomes.
    #[must_use]
    pub fn of(results: &[RowResult]) -> Self {
        let mut counts = Self { rows: results.len(), ..Self::default() };
        for result in results {
            *match &result.outcome {
                RowOutcome::Created => &mut counts.created,
                RowOutcome::OpportunityAdded => &mut counts.opportunities_added,
                RowOutcome::Completed => &mut counts.completed,
                RowOutcome::AlreadyThere => &mut counts.already_there,
                RowOutcome::Skipped(_) => &mut counts.skipped,
            } += 1;
        }
        counts
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::opportunities::Attempt;

    pub(super) fn row(status: Option<Status>, attempts: &[(u8, AttemptStatus)]) -> ImportRow {
        let attempt = |status| Attempt { status, call_id: None, attempted_at: Timestamp::default(), notes: None };
        ImportRow {
            status,
            attempts: attempts.iter().map(|(number, status)| (*number, attempt(*status))).collect(),
            ..ImportRow::new(1, ContactFields::default())
        }
    }

    #[test]
    fn a_row_without_status_follows_its_holder() {
        assert_eq!(row(None, &[]).initial_status(true), Status::Assigned);
        assert_eq!(row(None, &[]).initial_status(false), Status::Pending);
        assert_eq!(row(Some(Status::Lost), &[]).initial_status(true), Status::Lost);
    }

    #[test]
    fn who_must_not_be_contacted_is_given_to_nobody() {
        let placed = |status, named, unwilling| row(status, &[]).place(named, unwilling);
        let placed_as = |holder, status, withheld| Placed { holder, status, withheld };
        assert_eq!(placed(None, Some(7), false), placed_as(Some(7), Status::Assigned, false));
        assert_eq!(placed(None, Some(7), true), placed_as(None, Status::Pending, true));
        assert_eq!(placed(Some(Status::Assigned), Some(7), true), placed_as(None, Status::Pending, true));
        assert_eq!(placed(Some(Status::Lost), Some(7), true), placed_as(None, Status::Lost, true));
        assert_eq!(placed(None, None, true), placed_as(None, Status::Pending, false));
    }

    #[test]
    fn the_first_green_attempt_completes_the_call() {
        use AttemptStatus::{Green, Orange};
        assert_eq!(row(None, &[(1, Orange), (2, Green), (3, Green)]).successful_attempt(), Some(2));
        assert_eq!(row(None, &[(1, Orange)]).successful_attempt(), None);
    }

    #[test]
    fn a_row_is_held_by_an_active_assignable_user() {
        let check = |found| holder("Ana@x.es", found, &Roles::default());
        let email = || "Ana@x.es".to_owned();
        assert_eq!(check(Some((7, Role::Agent, true))), Ok(7));
        assert_eq!(check(None), Err(RowError::HolderNotFound(email())));
        assert_eq!(check(Some((7, Role::User, false))), Err(RowError::HolderInactive(email())));
        assert_eq!(check(Some((7, Role::User, true))), Err(RowError::HolderNotAssignable(email())));
        assert_eq!(holder_key(" Ana@x.es "), "ana@x.es");
    }

    #[test]
    fn each_row_is_counted_by_its_outcome() {
        let skipped = RowOutcome::Skipped(RowError::NoIdentity);
        let outcomes = [RowOutcome::Created, skipped, RowOutcome::AlreadyThere, RowOutcome::Created];
        let expected = ImportCounts { rows: 4, created: 2, already_there: 1, skipped: 1, ..ImportCounts::default() };
        assert_eq!(ImportCounts::of(&outcomes.map(RowResult::from)), expected);
    }
}
