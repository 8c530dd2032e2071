//! The report of an import that has ended.

use std::{collections::BTreeMap, io::Write as _, path::PathBuf};

use reparto_leads::problems::instead;

use crate::{args::ImportArgs, failure::Done};

/// So many lines of an unknown word are named.
const LINES_NAMED: usize = 10;

/// So many pieces of lines are named in the report; where there are more, a file has all of them.
const PIECES_NAMED: usize = 20;

/// Words of other systems that mean nothing here, by column and word: one may be in every row.
#[derive(Debug, Default)]
pub(super) struct UnknownWords {
    words: BTreeMap<(String, String, &'static str), (u64, Vec<u64>)>,
}

impl UnknownWords {
    /// Counts one.
    pub(super) fn add(&mut self, line: u64, column: &str, word: &str, expected: &'static str) {
        let (count, lines) = self.words.entry((column.to_owned(), word.to_owned(), expected)).or_default();
        *count += 1;
        if lines.len() < LINES_NAMED {
            lines.push(line);
        }
    }

    /// A sentence for each word.
    pub(super) fn lines(&self) -> impl Iterator<Item = String> {
        self.words.iter().map(|((column, word, expected), (count, lines))| {
            let named = lines.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let more = match count - lines.len() as u64 {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let line = if *count == 1 { "line" } else { "lines" };
            let instead = instead(expected);
            format!(
                "{line} {named}{more}: column {column:?}: {word:?} is no known {expected}; {instead}, and the word is kept \
                 as a custom field"
            )
        })
    }
}

/// Lines of rows, in order, those of neighbouring rows in one piece: `2–501, 503`.
#[derive(Debug, Default)]
pub(super) struct Lines {
    pieces: Vec<(u64, u64)>,
    rows: u64,
    /// Whether the row before the next one belongs to the last piece.
    open: bool,
}

impl Lines {
    /// Adds the row in this line if it belongs here.
    pub(super) fn see(&mut self, line: u64, belongs: bool) {
        match (belongs, self.pieces.last_mut()) {
            (true, Some(piece)) if self.open => piece.1 = line,
            (true, _) => self.pieces.push((line, line)),
            (false, _) => {}
        }
        self.rows += u64::from(belongs);
        self.open = belongs;
    }

    /// A line for the report about them; `None` if there are none. `keep` writes the text that does not fit into a file, and
    /// says where it is; without one, all is named here.
    pub(super) fn summary(&self, what: &str, keep: impl FnOnce(&str) -> Option<PathBuf>) -> Option<String> {
        let piece = |(from, to): &(u64, u64)| if from == to { from.to_string() } else { format!("{from}–{to}") };
        let (first, last) = (self.pieces.first()?.0, self.pieces.last()?.1);
        let pieces: Vec<String> = self.pieces.iter().map(piece).collect();
        let word = if first == last { "line" } else { "lines" };
        if pieces.len() > PIECES_NAMED
            && let Some(path) = keep(&(pieces.join("\n") + "\n"))
        {
            let (named, more) = pieces.split_at(PIECES_NAMED);
            let (named, more, rows, path) = (named.join(", "), more.len(), self.rows, path.display());
            return Some(format!("{word} {named} and {more} more pieces ({rows} rows; all of them in {path}): {what}"));
        }
        Some(format!("{word} {}: {what}", pieces.join(", ")))
    }
}

/// Writes a text to a file that stays, readable by its owner alone. `None` where that cannot be done.
pub(super) fn keep(text: &str) -> Option<PathBuf> {
    let mut file = tempfile::Builder::new().prefix("reparto-import-").suffix(".txt").tempfile().ok()?;
    file.write_all(text.as_bytes()).ok()?;
    file.keep().ok().map(|(_, path)| path)
}

/// The results of the rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub created: u64,
    pub added: u64,
    pub completed: u64,
    pub there: u64,
    pub skipped: u64,
    /// How many of the skipped were people who were erased: reported, but no fault of the file.
    pub erased: u64,
    /// Rows that are no leads: a form's tests, the names of the columns again.
    pub no_leads: u64,
}

impl Tally {
    pub(super) fn add(&mut self, other: Self) {
        self.created += other.created;
        self.added += other.added;
        self.completed += other.completed;
        self.there += other.there;
        self.skipped += other.skipped;
        self.erased += other.erased;
        self.no_leads += other.no_leads;
    }

    /// Rows that came in, or were there already.
    pub(super) const fn done(self) -> u64 {
        self.created + self.added + self.completed + self.there
    }

    pub(super) fn summary(self, args: &ImportArgs) -> String {
        if args.strict && self.skipped > 0 {
            return "stopped at the first row with an error: nothing was written".to_owned();
        }
        let would = if args.dry_run { "dry run, nothing was written: " } else { "" };
        let no_leads = match self.no_leads {
            0 => String::new(),
            many => format!("; {many} that are no leads were left out"),
        };
        format!(
            "{would}{} rows: {} created, {} opportunities added to known contacts, {} completed, {} already there, {} skipped{no_leads}",
            self.done() + self.skipped,
            self.created,
            self.added,
            self.completed,
            self.there,
            self.skipped
        )
    }

    pub(super) const fn outcome(self, strict: bool) -> Done {
        match (self.skipped, self.done()) {
            (0, _) => Done::Success,
            (skipped, 0) if skipped > self.erased => Done::Problem,
            _ if strict => Done::Problem,
            _ => Done::SomeSkipped,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_code_says_whether_rows_were_skipped() {
        let tally = |there, skipped| Tally { there, skipped, ..Tally::default() };
        assert_eq!(tally(0, 0).outcome(false), Done::Success);
        assert_eq!(tally(5, 0).outcome(false), Done::Success);
        assert_eq!(tally(5, 1).outcome(false), Done::SomeSkipped);
        assert_eq!(tally(0, 1).outcome(false), Done::Problem);
        assert_eq!(tally(5, 1).outcome(true), Done::Problem);
        assert_eq!(Tally { erased: 1, ..tally(0, 1) }.outcome(false), Done::SomeSkipped);
    }

    #[test]
    fn neighbouring_rows_are_named_in_one_piece() {
        let mut lines = Lines::default();
        let unneeded = |_: &str| -> Option<PathBuf> { panic!("a short report needs no file") };
        assert_eq!(lines.summary("x", unneeded), None);
        // A row may have several lines.
        for (line, belongs) in
            [(2, true), (3, true), (7, true), (8, false), (9, true), (10, false), (12, true), (13, true)]
        {
            lines.see(line, belongs);
        }
        assert_eq!(lines.summary("known", unneeded).as_deref(), Some("lines 2–7, 9, 12–13: known"));
        let mut one = Lines::default();
        one.see(4, true);
        assert_eq!(one.summary("known", unneeded).as_deref(), Some("line 4: known"));
    }

    #[test]
    fn a_long_report_names_a_file_with_all_lines() {
        let mut lines = Lines::default();
        for line in 2..=5_001 {
            lines.see(line, line % 3 != 0);
        }
        let mut kept = String::new();
        let told = lines.summary("known", |text| {
            kept = text.to_owned();
            Some(PathBuf::from("all.txt"))
        });
        let told = told.unwrap();
        assert!(told.starts_with("lines 2, 4–5, 7–8, ") && told.len() < 300, "{told}");
        assert!(told.ends_with(", 58–59 and 1647 more pieces (3333 rows; all of them in all.txt): known"), "{told}");
        assert_eq!((kept.lines().count(), kept.lines().last()), (1_667, Some("4999–5000")));
        // Where no file can be written, nothing is left out.
        assert!(lines.summary("known", |_| None).unwrap().ends_with(", 4999–5000: known"));
        let path = keep(&kept).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), kept);
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn an_unknown_word_is_told_once_with_its_lines() {
        let mut unknown = UnknownWords::default();
        for line in 2..=14 {
            unknown.add(line, "Estado", "Cita", "status");
        }
        unknown.add(15, "Estado", "Espera", "status");
        let told: Vec<String> = unknown.lines().collect();
        assert_eq!(told.len(), 2);
        assert!(
            told[0].starts_with("lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 3 more: column \"Estado\": \"Cita\""),
            "{told:?}"
        );
        assert!(told[1].starts_with("line 15: "), "{told:?}");
    }
}
