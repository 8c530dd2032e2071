//! What a row of a file looks like, so that it can be distinguished from a line of a note.

use reparto_domain::values::EmailAddress;

use crate::{Field, layout::Column};

/// The shape of the rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    columns: usize,
    emails: Vec<usize>,
    phones: Vec<usize>,
}

/// Without columns for addresses and numbers, the fewest cells with which a line is certainly a row.
const CELLS_MIN: usize = 4;

impl Shape {
    pub fn of(columns: &[Column]) -> Self {
        let of = |wanted: &[Field]| {
            columns.iter().enumerate().filter(|(_, column)| wanted.contains(&column.field)).map(|(at, _)| at).collect()
        };
        Self { columns: columns.len(), emails: of(&[Field::Email]), phones: of(&[Field::Phone, Field::Mobile]) }
    }

    /// Whether a record has as many cells as there are columns.
    pub const fn has_width(&self, cells: &[String]) -> bool {
        cells.len() == self.columns
    }

    /// The number of lines in a quoted cell that must look like rows to show that the quote was a mistake. A line of a
    /// note may have two cells by chance.
    pub const fn rows_min(&self) -> usize {
        if self.columns > 2 { 1 } else { 2 }
    }

    /// Whether these cells are a row without doubt: as many as there are columns, with an address or a number where they
    /// belong, and nothing else there.
    pub fn is_surely_row(&self, cells: &[String]) -> bool {
        let used = cells.iter().rposition(|cell| !cell.trim().is_empty()).map_or(0, |last| last + 1);
        if cells.len() < self.columns || used > self.columns || self.columns < 2 {
            return false;
        }
        if self.emails.is_empty() && self.phones.is_empty() {
            return self.columns >= CELLS_MIN;
        }
        let address = |cell: &str| {
            EmailAddress::new(cell.rsplit('<').next().unwrap_or(cell).trim_end_matches(['>', '.'])).is_some()
        };
        let digits = |cell: &str| cell.chars().filter(|c| c.is_numeric()).count() >= 5;
        let mut found = false;
        for (places, fits) in [(&self.emails, &address as &dyn Fn(&str) -> bool), (&self.phones, &digits)] {
            for cell in places.iter().filter_map(|at| cells.get(*at)).filter(|cell| !cell.trim().is_empty()) {
                found |= fits(cell);
                if !fits(cell) && cell.split_whitespace().count() > 2 {
                    return false;
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_distinguished_from_a_line_of_a_note() {
        let column = |field| Column { header: String::new(), field };
        let shape = Shape::of(&[column(Field::Name), column(Field::Email), column(Field::Notes)]);
        let row = |text: &str| shape.is_surely_row(&text.split(';').map(str::to_owned).collect::<Vec<_>>());
        assert!(row("Ana;ana@example.org;") && row("Ana;ana@example.org;ok;;"));
        for line in [
            "llamar",
            "llamar; mañana; por la tarde",
            "a;b",
            "Ana;;",
            ";escribir a ana@example.org mañana;x",
            "1;2;3;4",
        ] {
            assert!(!row(line), "{line}");
        }
    }
}
