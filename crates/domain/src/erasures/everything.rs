//! Everything that is kept about one person, and how much of it is read.

use crate::{
    ImportId, Refusal, Timestamp, audit::AuditEntry, contacts::Contact, imports::ImportOutcome,
    operations::HistoryEntry, opportunities::Opportunity, page::Weight,
};

/// Everything that is kept about one person.
#[derive(Debug, Clone, PartialEq)]
pub struct Everything {
    /// The contact, with source and consent.
    pub contact: Contact,
    /// Its opportunities, also deleted ones, with attempts and notes; each with its history, as much as was asked for.
    pub opportunities: Vec<EverythingOpportunity>,
    /// The number of all entries of these histories.
    pub history_total: u64,
    /// The entries of the audit log about the contact and its opportunities, newest first, as many as were asked for.
    pub audit: Vec<AuditEntry>,
    /// The number of all these entries.
    pub audit_total: u64,
    /// The rows of imports that brought the person, newest import first.
    pub imports: Vec<EverythingImport>,
}

/// A row of an import that brought a person.
#[derive(Debug, Clone, PartialEq)]
pub struct EverythingImport {
    /// The import.
    pub import_id: ImportId,
    /// The name that its sender gave it.
    pub name: Option<String>,
    /// When it was sent.
    pub at: Timestamp,
    /// The number of the row's first line in the file.
    pub line: u64,
    /// What became of the row.
    pub outcome: ImportOutcome,
    /// Its cells, as long as they are kept.
    pub cells: Option<Vec<String>>,
}

/// An opportunity with its history.
#[derive(Debug, Clone, PartialEq)]
pub struct EverythingOpportunity {
    /// The opportunity.
    pub opportunity: Opportunity,
    /// Whether it was deleted.
    pub is_deleted: bool,
    /// What was asked for of its history, newest first.
    pub history: Vec<HistoryEntry>,
}

/// How much of everything is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EverythingExtent {
    /// All of it, however much that is: for a file that the operator writes.
    Whole,
    /// What fits into an answer: so much of the histories (one after the other) and of the audit log.
    Answer {
        /// The number of entries to skip.
        skip: u64,
        /// Maximum number of entries; `None`: all that an answer holds.
        limit: Option<u64>,
    },
}

/// What an entry weighs beside its texts, in bytes.
const ENTRY: usize = 256;

/// What an opportunity weighs beside its texts, in bytes.
const OPPORTUNITY: usize = 2_048;

/// Decides what of everything is kept in memory while it is read.
#[derive(Debug)]
pub struct EverythingReading {
    extent: EverythingExtent,
    weight: Weight,
    history: u64,
}

impl EverythingReading {
    /// Begins to read so much.
    #[must_use]
    pub fn new(extent: EverythingExtent) -> Self {
        Self { extent, weight: Weight::default(), history: 0 }
    }

    /// The number of entries to skip, and how many to read at most, of a list that is read by number.
    #[must_use]
    pub fn slice(&self) -> (u64, u64) {
        match self.extent {
            EverythingExtent::Whole => (0, u64::MAX),
            EverythingExtent::Answer { skip, limit } => (skip, limit.unwrap_or(u64::MAX)),
        }
    }

    /// Counts the next entry of a history, and says whether it was asked for.
    pub fn next_of_history(&mut self) -> bool {
        let (skip, limit) = self.slice();
        let place = self.history;
        self.history += 1;
        place >= skip && place - skip < limit
    }

    /// The number of entries of histories that were met.
    #[must_use]
    pub const fn history_total(&self) -> u64 {
        self.history
    }

    /// Adds an entry of a history or of the audit log with a text of this many bytes. Refused where there is more than an
    /// answer may hold.
    pub fn entry(&mut self, text: usize) -> Result<(), Refusal> {
        self.add(ENTRY.saturating_add(text))
    }

    /// Adds an opportunity. Refused where there is more than an answer may hold.
    pub fn opportunity(&mut self, opportunity: &Opportunity) -> Result<(), Refusal> {
        let attempts: usize =
            opportunity.attempts.values().filter_map(|attempt| attempt.notes.as_deref()).map(str::len).sum();
        let own = opportunity.notes.as_deref().map_or(0, str::len) + opportunity.detection_reason.as_str().len();
        // Notes stand in the answer twice: with the opportunity, and among the notes and attempts.
        self.add(OPPORTUNITY + 2 * attempts + 2 * own + opportunity.contact.fields.custom_fields.as_str().len())
    }

    /// Adds a row of an import. Refused where there is more than an answer may hold.
    pub fn import(&mut self, row: &EverythingImport) -> Result<(), Refusal> {
        self.entry(row.cells.iter().flatten().map(String::len).sum())
    }

    fn add(&mut self, bytes: usize) -> Result<(), Refusal> {
        match self.extent {
            EverythingExtent::Whole => Ok(()),
            EverythingExtent::Answer { .. } => self.weight.add(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_several_histories_is_counted_through_them() {
        let mut reading = EverythingReading::new(EverythingExtent::Answer { skip: 1, limit: Some(2) });
        let asked: Vec<bool> = (0..5).map(|_| reading.next_of_history()).collect();
        assert_eq!((asked, reading.history_total()), (vec![false, true, true, false, false], 5));
        let mut whole = EverythingReading::new(EverythingExtent::Whole);
        assert!((0..5).all(|_| whole.next_of_history()));
    }

    #[test]
    fn an_answer_is_bounded_and_a_file_is_not() {
        let mut answer = EverythingReading::new(EverythingExtent::Answer { skip: 0, limit: None });
        assert_eq!(answer.entry(8 << 20), Ok(()));
        assert_eq!(answer.entry(8 << 20), Err(Refusal::PageTooLarge));
        assert_eq!(EverythingReading::new(EverythingExtent::Whole).entry(1 << 30), Ok(()));
    }
}
