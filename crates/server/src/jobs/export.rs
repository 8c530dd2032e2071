//! The rows of an export.

use reparto_domain::{jobs::ExportRows, opportunities::Opportunity};

use crate::{
    http::Language,
    opportunities::csv_rows::{HEADER, cells},
};

/// Writes opportunities as the rows that `reparto export` writes and `reparto import` reads.
#[derive(Debug, Clone, Copy, Default)]
pub struct CsvRows {
    /// In which an erased person is named.
    pub language: Language,
}

fn writer() -> csv::Writer<Vec<u8>> {
    csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new())
}

/// The written bytes. Writing to memory does not fail.
fn written(writer: csv::Writer<Vec<u8>>) -> Vec<u8> {
    writer.into_inner().unwrap_or_default()
}

impl ExportRows for CsvRows {
    fn render(&self, opportunities: &[Opportunity]) -> Vec<u8> {
        let mut writer = writer();
        for opportunity in opportunities {
            if let Err(error) = writer.write_record(cells(opportunity, self.language)) {
                tracing::error!(%error, "a row of an export could not be written");
            }
        }
        written(writer)
    }
}

/// The header row.
pub(super) fn header() -> Vec<u8> {
    let mut writer = writer();
    _ = writer.write_record(HEADER);
    written(writer)
}
