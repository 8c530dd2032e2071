//! The rows of an export.

use reparto_domain::{
    jobs::ExportRows,
    opportunities::Opportunity,
    spreadsheet::{Separator, add_row, unescape_cell},
};

use crate::{
    http::{Language, Problem, csv::Csv},
    opportunities::csv_rows::{HEADER, cells},
};

/// Writes opportunities as the rows that `reparto export` writes and `reparto import` reads.
#[derive(Debug, Clone, Copy, Default)]
pub struct CsvRows {
    /// In which an erased person is named.
    pub language: Language,
}

impl ExportRows for CsvRows {
    fn render(&self, opportunities: &[Opportunity]) -> Vec<u8> {
        let mut text = String::new();
        for opportunity in opportunities {
            add_row(&mut text, Separator::Comma, cells(opportunity, self.language));
        }
        text.into_bytes()
    }
}

/// The header row.
pub(super) fn header(separator: Separator) -> Vec<u8> {
    Csv::new(separator, &HEADER).finish()
}

/// Rows as they were stored, with another separator between their cells.
pub(super) fn separated(stored: Vec<u8>, separator: Separator) -> Result<Vec<u8>, Problem> {
    if separator == Separator::Comma {
        return Ok(stored);
    }
    let mut rows = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(stored.as_slice());
    let mut text = String::new();
    for row in rows.records() {
        let row = row.map_err(Problem::internal)?;
        // The cells are harmless already, and a mark in front of a mark would say otherwise.
        add_row(&mut text, separator, row.iter().map(unescape_cell));
    }
    Ok(text.into_bytes())
}
