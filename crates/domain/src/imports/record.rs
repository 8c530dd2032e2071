//! An import that was sent to the service: its file, how far it is, and what its undo may take back.

use serde::{Deserialize, Serialize};

use super::{ImportOutcome, ImportTally, ReadRow, Told};
use crate::{
    ContactId, ImportId, OpportunityId, Refusal, Timestamp, UserId, cursor::SequenceCursor, erasures::IfErased,
    values::named_values,
};

named_values! {
    /// Where an import stands.
    ImportStatus {
        /// Its file was taken in; no row was written yet.
        Reading = 0 "reading",
        /// Its rows are being written.
        Running = 1 "running",
        /// Every row was.
        Finished = 2 "finished",
        /// It could not go on: a strict one met an error, or its creator lost the right.
        Failed = 3 "failed",
    }
}

impl ImportStatus {
    /// Whether it has ended.
    pub const fn has_ended(self) -> bool {
        matches!(self, Self::Finished | Self::Failed)
    }
}

/// The largest file, in bytes.
pub const FILE_MAX: usize = 64 << 20;

/// The file is kept in pieces of so many bytes until its import has ended.
pub const PIECE: usize = 1 << 20;

/// An import of up to so many rows is written in one transaction: it is one operation.
pub const ROWS_AT_ONCE: usize = 5_000;

/// The rows in a transaction of a larger one.
pub const ROWS_IN_STEP: usize = 1_000;

/// The maximum number of imports of one user that have not ended: each keeps its file.
pub const IMPORTS_PER_USER: u64 = 10;

/// The maximum number of imports that have not ended, of all users.
pub const IMPORTS_TOTAL: u64 = 30;

/// How a file was understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportFile {
    /// The encoding of a text.
    pub encoding: Option<String>,
    /// What separates the cells of a text.
    pub separator: Option<String>,
    /// The sheet of a workbook.
    pub sheet: Option<String>,
    /// The system that it looks like an export of.
    pub origin: Option<String>,
    /// The order of the numbers in its dates: `dmy`, `mdy` or `ymd`.
    pub date_order: String,
    /// The time zone of its times without an offset, by name; `None`: not kept, before it was.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// The columns, in order.
    pub columns: Vec<ImportColumn>,
    /// What somebody should know about it. Nothing of a row is named.
    pub told: Vec<Told>,
}

/// A column of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportColumn {
    /// Its name in the file.
    pub name: String,
    /// Its field; `None`: it is kept as a custom field.
    pub field: Option<String>,
}

/// A new import. Its file was kept under its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewImport {
    /// Its id.
    pub id: ImportId,
    /// The name that its sender gave it.
    pub name: Option<String>,
    /// How its file was understood.
    pub file: ImportFile,
    /// How to read the file again, as the reader wrote it down.
    pub reading: String,
    /// How many rows it has.
    pub rows: u64,
    /// The first row with an error ends it, and nothing is written.
    pub strict: bool,
    /// What becomes of people who were erased.
    pub if_erased: IfErased,
}

/// An import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Its id.
    pub id: ImportId,
    /// Where it stands.
    pub status: ImportStatus,
    /// Who sent it.
    pub actor_id: UserId,
    /// The name that they gave it.
    pub name: Option<String>,
    /// How its file was understood.
    pub file: ImportFile,
    /// Whether the first error ends it.
    pub strict: bool,
    /// How many rows it has.
    pub rows: u64,
    /// What became of those that were written so far.
    pub tally: ImportTally,
    /// The code of what made it fail.
    pub failure: Option<String>,
    /// When it was sent.
    pub created_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Its undo.
    pub undo: Option<ImportUndo>,
}

/// The undo of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportUndo {
    /// When it was asked for.
    pub at: Timestamp,
    /// When it ended; `None`: it goes on.
    pub finished_at: Option<Timestamp>,
    /// The number of rows of which what they created was deleted.
    pub deleted: u64,
    /// The number of rows of which something stays.
    pub kept: u64,
}

/// How many imports have not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenImports {
    /// Those of the user who sends another one.
    pub own: u64,
    /// Those of all users.
    pub all: u64,
}

impl OpenImports {
    /// Refuses another one if too many have not ended.
    pub const fn admit(self) -> Result<(), Refusal> {
        if self.own >= IMPORTS_PER_USER || self.all >= IMPORTS_TOTAL { Err(Refusal::TooManyImports) } else { Ok(()) }
    }
}

impl Import {
    /// Refuses the undo of an import that has not ended, and a second one.
    pub const fn require_undoable(&self) -> Result<(), Refusal> {
        if !self.status.has_ended() {
            return Err(Refusal::ImportRunning);
        }
        if self.undo.is_some() { Err(Refusal::ImportUndone) } else { Ok(()) }
    }

    /// How many of its rows are written together: all of them where it is small, or strict.
    pub const fn rows_at_once(&self) -> usize {
        if self.strict {
            usize::MAX
        } else if self.rows <= ROWS_AT_ONCE as u64 {
            ROWS_AT_ONCE
        } else {
            ROWS_IN_STEP
        }
    }
}

/// An import that a runner has for itself until its lease ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportClaim {
    /// The import.
    pub import: Import,
    /// How to read its file.
    pub reading: String,
    /// The runner.
    pub runner: uuid::Uuid,
}

/// Rows of an import that are written together.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportBatch {
    /// The place of the first one in the file, from 0: how many were written before.
    pub first: u64,
    /// The rows.
    pub rows: Vec<ReadRow>,
    /// Whether no row follows.
    pub is_last: bool,
    /// Whether the last of them ends a strict import: nothing is written.
    pub has_failed: bool,
}

named_values! {
    /// What the undo of an import made of a row.
    RowUndo {
        /// What it created was deleted.
        Deleted = 0 "deleted",
        /// Somebody changed what it created, which stays.
        Touched = 1 "touched",
        /// What it added to a known contact stays.
        AdditionStays = 2 "addition_stays",
        /// There was nothing left of it.
        Gone = 3 "gone",
    }
}

impl RowUndo {
    /// Whether something of the row stays.
    pub const fn is_kept(self) -> bool {
        matches!(self, Self::Touched | Self::AdditionStays)
    }
}

/// How the contact or the opportunity of a row stands when its import is undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is as the import left it.
    Untouched,
    /// Somebody, or something else, has changed it since.
    Touched,
    /// It was deleted.
    Deleted,
}

/// What an undo makes of a row, by what became of the row, whether it created its contact, and how both stand. A lead is
/// taken back whole or not at all: who corrected the contact works with it.
pub const fn undo_row(
    outcome: ImportOutcome,
    made_contact: bool,
    contact: Standing,
    opportunity: Standing,
) -> Option<RowUndo> {
    match (outcome, opportunity, contact) {
        (ImportOutcome::Unchanged | ImportOutcome::Skipped, ..) => None,
        (ImportOutcome::Completed, _, Standing::Deleted)
        | (ImportOutcome::Created, Standing::Deleted, Standing::Deleted) => Some(RowUndo::Gone),
        (ImportOutcome::Completed, ..) => Some(RowUndo::AdditionStays),
        (ImportOutcome::Created, Standing::Touched, _) => Some(RowUndo::Touched),
        (ImportOutcome::Created, Standing::Deleted, _) => {
            Some(if made_contact { RowUndo::Touched } else { RowUndo::Gone })
        }
        (ImportOutcome::Created, Standing::Untouched, _) => {
            let stays = made_contact && !matches!(contact, Standing::Untouched);
            Some(if stays { RowUndo::Touched } else { RowUndo::Deleted })
        }
    }
}

named_values! {
    /// Which rows of an import are asked for.
    ImportPart {
        /// Those of which nothing came in.
        Skipped = 0 "skipped",
        /// Those of which something is told.
        Told = 1 "told",
        /// Those that created an opportunity.
        Created = 2 "created",
        /// Those that completed a contact.
        Completed = 3 "completed",
        /// Those of which something stays after the undo.
        Kept = 4 "kept",
        /// Those of which more is told than that the person was known.
        Notable = 5 "notable",
    }
}

/// A query for the rows of an import, in the order of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportRowQuery {
    /// Only these.
    pub only: Option<ImportPart>,
    /// Maximum number of rows.
    pub limit: u64,
    /// Only rows after this one.
    pub after: Option<SequenceCursor>,
}

/// A row of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedRow {
    /// The number of its first line in the file.
    pub line: u64,
    /// What became of it.
    pub outcome: ImportOutcome,
    /// What is reported about it.
    pub told: Vec<Told>,
    /// Its cells as they came; `None`: they are not kept any more, or never were.
    pub cells: Option<Vec<String>>,
    /// The contact.
    pub contact_id: Option<ContactId>,
    /// The opportunity that it created.
    pub opportunity_id: Option<OpportunityId>,
    /// What the undo made of it.
    pub undo: Option<RowUndo>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn import(status: ImportStatus, undo: Option<ImportUndo>) -> Import {
        Import {
            id: ImportId::new(),
            status,
            actor_id: UserId::new(),
            name: None,
            file: ImportFile {
                encoding: None,
                separator: None,
                sheet: None,
                origin: None,
                date_order: "dmy".into(),
                time_zone: None,
                columns: Vec::new(),
                told: Vec::new(),
            },
            strict: false,
            rows: 3,
            tally: ImportTally::default(),
            failure: None,
            created_at: Timestamp::default(),
            finished_at: None,
            undo,
        }
    }

    #[test]
    fn open_imports_are_limited_per_user_and_in_all() {
        let admit = |own, all| OpenImports { own, all }.admit();
        assert_eq!(admit(IMPORTS_PER_USER - 1, IMPORTS_TOTAL - 1), Ok(()));
        assert_eq!(admit(IMPORTS_PER_USER, IMPORTS_PER_USER), Err(Refusal::TooManyImports));
        assert_eq!(admit(0, IMPORTS_TOTAL), Err(Refusal::TooManyImports));
    }

    #[test]
    fn an_ended_import_is_undone_once() {
        for status in ImportStatus::ALL {
            let refused = import(*status, None).require_undoable();
            assert_eq!(refused, if status.has_ended() { Ok(()) } else { Err(Refusal::ImportRunning) });
        }
        let undo = ImportUndo { at: Timestamp::default(), finished_at: None, deleted: 0, kept: 0 };
        assert_eq!(import(ImportStatus::Finished, Some(undo)).require_undoable(), Err(Refusal::ImportUndone));
    }

    #[test]
    fn small_and_strict_imports_are_one_transaction() {
        let at_once = |rows, strict| Import { strict, rows, ..import(ImportStatus::Reading, None) }.rows_at_once();
        assert_eq!(at_once(ROWS_AT_ONCE as u64, false), ROWS_AT_ONCE);
        assert_eq!(at_once(ROWS_AT_ONCE as u64 + 1, false), ROWS_IN_STEP);
        assert_eq!(at_once(1_000_000, true), usize::MAX);
    }

    #[test]
    fn a_lead_is_taken_back_whole_or_not_at_all() {
        use ImportOutcome::{Completed, Created, Skipped, Unchanged};
        use Standing::{Deleted, Touched, Untouched};
        let cases = [
            (Created, true, Untouched, Untouched, Some(RowUndo::Deleted)),
            (Created, true, Touched, Untouched, Some(RowUndo::Touched)),
            (Created, true, Untouched, Touched, Some(RowUndo::Touched)),
            (Created, true, Untouched, Deleted, Some(RowUndo::Touched)),
            (Created, true, Deleted, Deleted, Some(RowUndo::Gone)),
            // The contact was there before, and stays in any case.
            (Created, false, Touched, Untouched, Some(RowUndo::Deleted)),
            (Created, false, Untouched, Touched, Some(RowUndo::Touched)),
            (Created, false, Untouched, Deleted, Some(RowUndo::Gone)),
            (Completed, false, Touched, Touched, Some(RowUndo::AdditionStays)),
            (Completed, false, Deleted, Deleted, Some(RowUndo::Gone)),
            (Unchanged, false, Untouched, Untouched, None),
            (Skipped, false, Untouched, Untouched, None),
        ];
        for (outcome, made, contact, opportunity, expected) in cases {
            let undone = undo_row(outcome, made, contact, opportunity);
            assert_eq!(undone, expected, "{outcome} {made} {contact:?} {opportunity:?}");
        }
    }
}
