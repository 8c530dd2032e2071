//! What becomes of a row of a file: one rule for whoever reads it.

use super::{ImportRow, RowError, RowOutcome, RowResult, Told, ToldCode, told::quoted};
use crate::values::named_values;

/// A row as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadRow {
    /// The number of its first line in the file, from 1.
    pub line: u64,
    /// Its cells as they came; a record that could not be read is one cell.
    pub cells: Vec<String>,
    /// What the reader has to tell.
    pub told: Vec<Told>,
    /// What is to come in; `None`: nothing.
    pub row: Option<ImportRow>,
}

named_values! {
    /// What became of a row.
    ImportOutcome {
        /// An opportunity was created, and its contact unless it was known.
        Created = 0 "created",
        /// Both were known, and the contact was completed.
        Completed = 1 "completed",
        /// Both were known, with everything.
        Unchanged = 2 "unchanged",
        /// Nothing of it came in.
        Skipped = 3 "skipped",
    }
}

/// The outcome of a row, and what is reported about it: the reason first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fate {
    /// What became of it.
    pub outcome: ImportOutcome,
    /// What is told.
    pub told: Vec<Told>,
    /// Whether it created the contact.
    pub made_contact: bool,
    /// Whether its cells are kept: nothing of somebody who was erased is.
    pub keeps_cells: bool,
}

impl Fate {
    /// Of a row as it was read, with what the store made of it; `None`: it was not to come in.
    pub fn of(read: &ReadRow, result: Option<&RowResult>) -> Self {
        let (outcome, reason, added) = match result.map(|result| (&result.outcome, &result.added)) {
            None => (ImportOutcome::Skipped, None, None),
            Some((RowOutcome::Skipped(RowError::PersonErased), _)) => {
                let told = vec![ToldCode::PersonErased.into()];
                return Self { outcome: ImportOutcome::Skipped, told, made_contact: false, keeps_cells: false };
            }
            Some((RowOutcome::Skipped(error), _)) => (ImportOutcome::Skipped, Some(Told::from(error)), None),
            Some((RowOutcome::Created, added)) => (ImportOutcome::Created, None, Some(added)),
            Some((RowOutcome::OpportunityAdded, added)) => {
                (ImportOutcome::Created, Some(ToldCode::ContactKnown.into()), Some(added))
            }
            Some((RowOutcome::Completed, added)) => {
                (ImportOutcome::Completed, Some(ToldCode::KnownCompleted.into()), Some(added))
            }
            Some((RowOutcome::AlreadyThere, added)) => {
                (ImportOutcome::Unchanged, Some(ToldCode::KnownUnchanged.into()), Some(added))
            }
        };
        let named = |fields: &Vec<String>| Some(quoted(fields)).filter(|fields| !fields.is_empty());
        let left_out = added.and_then(|added| named(&added.left_out)).map(|fields| {
            Told::new(ToldCode::FieldsLeftOut, [("object", "custom_fields".to_owned()), ("fields", fields)])
        });
        let differs = added
            .and_then(|added| named(&added.differs))
            .map(|fields| Told::new(ToldCode::ValuesDiffer, [("fields", fields)]));
        let stays = added.map(|added| added.stays.as_slice()).unwrap_or_default().iter().map(|stays| {
            let kept = stays.kept.clone().unwrap_or_default();
            Told::new(stays.code, [("kept", kept), ("said", stays.said.clone())])
        });
        let withheld = result.filter(|result| result.withheld).map(|_| Told::from(ToldCode::DoNotContact));
        Self {
            outcome,
            told: reason
                .into_iter()
                .chain(withheld)
                .chain(read.told.iter().cloned())
                .chain(left_out)
                .chain(differs)
                .chain(stays)
                .collect(),
            made_contact: result.is_some_and(|result| result.outcome == RowOutcome::Created),
            keeps_cells: true,
        }
    }
}

/// How many rows had which outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportTally {
    /// See [`ImportOutcome::Created`].
    pub created: u64,
    /// See [`ImportOutcome::Completed`].
    pub completed: u64,
    /// See [`ImportOutcome::Unchanged`].
    pub unchanged: u64,
    /// See [`ImportOutcome::Skipped`].
    pub skipped: u64,
}

impl ImportTally {
    /// Counts the outcomes.
    pub fn of<'a>(fates: impl IntoIterator<Item = &'a Fate>) -> Self {
        let mut tally = Self::default();
        for fate in fates {
            tally.add(fate);
        }
        tally
    }

    /// Counts another one.
    pub const fn add(&mut self, fate: &Fate) {
        *match fate.outcome {
            ImportOutcome::Created => &mut self.created,
            ImportOutcome::Completed => &mut self.completed,
            ImportOutcome::Unchanged => &mut self.unchanged,
            ImportOutcome::Skipped => &mut self.skipped,
        } += 1;
    }

    /// What was counted after `before`.
    #[must_use]
    pub const fn since(self, before: Self) -> Self {
        Self {
            created: self.created.saturating_sub(before.created),
            completed: self.completed.saturating_sub(before.completed),
            unchanged: self.unchanged.saturating_sub(before.unchanged),
            skipped: self.skipped.saturating_sub(before.skipped),
        }
    }

    /// All of them.
    pub const fn done(self) -> u64 {
        self.created + self.completed + self.unchanged + self.skipped
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Added, Stays},
        *,
    };

    fn read(told: Vec<Told>) -> ReadRow {
        ReadRow { line: 2, cells: vec!["Ana".into()], told, row: None }
    }

    fn codes(fate: &Fate) -> Vec<&str> {
        fate.told.iter().map(|told| told.code.as_str()).collect()
    }

    #[test]
    fn all_that_is_told_of_a_row_stays() {
        let unreachable = read(vec![ToldCode::Unreachable.into()]);
        let result = RowResult {
            outcome: RowOutcome::Completed,
            added: Added {
                left_out: vec!["a".into(), "b".into()],
                differs: vec!["city".into()],
                stays: vec![Stays { code: ToldCode::PriorityStays, kept: Some("low".into()), said: "high".into() }],
            },
            withheld: true,
        };
        let fate = Fate::of(&unreachable, Some(&result));
        assert_eq!(fate.outcome, ImportOutcome::Completed);
        assert_eq!(
            codes(&fate),
            ["known_completed", "do_not_contact", "unreachable", "fields_left_out", "values_differ", "priority_stays"]
        );
        assert_eq!(fate.told[3].values["fields"], "\"a\", \"b\"");
        assert_eq!(fate.told[4].values["fields"], "\"city\"");
    }

    #[test]
    fn nothing_is_told_of_a_plain_new_lead() {
        let fate = Fate::of(&read(Vec::new()), Some(&RowOutcome::Created.into()));
        assert_eq!((fate.outcome, fate.made_contact), (ImportOutcome::Created, true));
        assert!(fate.told.is_empty());
    }

    #[test]
    fn a_row_left_out_by_the_reader_is_skipped() {
        let fate = Fate::of(&read(vec![ToldCode::TestLead.into()]), None);
        assert_eq!((fate.outcome, codes(&fate)), (ImportOutcome::Skipped, vec!["test_lead"]));
    }

    #[test]
    fn of_an_erased_person_the_code_alone_is_told() {
        let told = Told::new(ToldCode::CellKept, [("value", "Ana".to_owned())]);
        let fate = Fate::of(&read(vec![told]), Some(&RowOutcome::Skipped(RowError::PersonErased).into()));
        assert_eq!((codes(&fate), fate.keeps_cells), (vec!["person_erased"], false));
    }

    #[test]
    fn each_row_counts_once() {
        let row = read(Vec::new());
        let outcomes =
            [RowOutcome::Created, RowOutcome::OpportunityAdded, RowOutcome::Completed, RowOutcome::AlreadyThere];
        let mut fates: Vec<Fate> = outcomes.map(|outcome| Fate::of(&row, Some(&outcome.into()))).into();
        fates.push(Fate::of(&row, None));
        let tally = ImportTally::of(&fates);
        assert_eq!(tally, ImportTally { created: 2, completed: 1, unchanged: 1, skipped: 1 });
        assert_eq!(tally.done(), 5);
        let before = ImportTally { created: 1, ..ImportTally::default() };
        assert_eq!(tally.since(before), ImportTally { created: 1, ..tally });
    }
}
