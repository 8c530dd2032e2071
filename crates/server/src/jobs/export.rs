//! The rows of an export.

use reparto_domain::{
    headings::OPPORTUNITIES,
    jobs::ExportRows,
    opportunities::Opportunity,
    spreadsheet::{Separator, add_row, unescape_cell},
};

use crate::{
    http::{Language, Problem, files::FileLayout, workbook::Rows},
    opportunities::csv_rows::cells,
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

/// Rows as they were stored, in the layout that is asked for.
pub(super) fn written(stored: Vec<u8>, layout: &FileLayout) -> Result<Vec<u8>, Problem> {
    if layout.separator == Separator::Comma && layout.zone.is_none() {
        return Ok(stored);
    }
    let mut text = String::new();
    for row in layout.in_zone(&OPPORTUNITIES, rows(&stored)?) {
        add_row(&mut text, layout.separator, row);
    }
    Ok(text.into_bytes())
}

/// The cells of rows as they were stored, without the marks that make them harmless.
pub(super) fn rows(stored: &[u8]) -> Result<Rows, Problem> {
    let mut rows = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(stored);
    let cells = |row: csv::StringRecord| row.iter().map(|cell| unescape_cell(cell).into_owned()).collect();
    rows.records().map(|row| row.map(cells).map_err(Problem::internal)).collect()
}
