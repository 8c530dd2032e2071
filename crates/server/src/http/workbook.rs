//! Writes an Excel workbook of one sheet, with bounded memory.

use std::{
    fs::File,
    io::{Seek as _, SeekFrom},
};

use futures::{Stream, StreamExt as _};
use reparto_domain::{
    headings::{Heading, Headings},
    spreadsheet::escape_cell,
    text::tidy,
};
use rust_xlsxwriter::{Format, Workbook, XlsxError};
use tokio::sync::mpsc;

use super::{FieldError, Problem, problem::Fault};

/// The media type.
pub const CONTENT_TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Rows, each of as many cells as there are columns.
pub type Rows = Vec<Vec<String>>;

/// The most rows of a sheet, the headings among them.
const ROWS_MAX: u32 = 1_048_576;

/// Why a workbook was not written.
#[derive(Debug, thiserror::Error)]
pub enum WorkbookError<E> {
    /// It would have more rows, or a longer text in a cell, than a workbook may have.
    #[error("an Excel workbook has at most 1,048,575 rows, and 32,767 characters in a cell: use CSV")]
    TooLarge,
    /// The file could not be written.
    #[error("cannot write the workbook: {0}")]
    File(String),
    /// The rows could not be read.
    #[error(transparent)]
    Rows(E),
}

impl From<WorkbookError<Self>> for Problem {
    fn from(error: WorkbookError<Self>) -> Self {
        match error {
            WorkbookError::TooLarge => {
                Self::Invalid(vec![FieldError { field: "format".into(), fault: Fault::SheetTooLarge }])
            }
            WorkbookError::File(cause) => Self::internal(cause),
            WorkbookError::Rows(problem) => problem,
        }
    }
}

/// Writes the rows, which come part by part, to a temporary file, and returns it at its start. Columns of numbers have
/// numbers in their cells; all others have texts, which no spreadsheet runs.
pub async fn write<E>(
    columns: &'static [Heading],
    headings: Headings,
    parts: impl Stream<Item = Result<Rows, E>>,
) -> Result<File, WorkbookError<E>> {
    let (sender, receiver) = mpsc::channel(2);
    let writing = tokio::task::spawn_blocking(move || write_all(columns, headings, receiver));
    let mut parts = std::pin::pin!(parts);
    while let Some(part) = parts.next().await {
        if sender.send(part.map_err(WorkbookError::Rows)?).await.is_err() {
            break;
        }
    }
    drop(sender);
    let written = writing.await.map_err(|error| WorkbookError::File(error.to_string()))?;
    written.map_err(|error| match error {
        XlsxError::MaxStringLengthExceeded | XlsxError::RowColumnLimitError => WorkbookError::TooLarge,
        other => WorkbookError::File(other.to_string()),
    })
}

fn write_all(columns: &[Heading], headings: Headings, mut parts: mpsc::Receiver<Rows>) -> Result<File, XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet_with_constant_memory()?;
    let bold = Format::new().set_bold();
    sheet.set_freeze_panes(1, 0)?;
    for (column, heading) in (0..).zip(columns) {
        sheet.write_string_with_format(0, column, heading.text(headings), &bold)?;
    }
    let mut place = 0;
    while let Some(rows) = parts.blocking_recv() {
        for row in rows {
            place += 1;
            if place >= ROWS_MAX {
                return Err(XlsxError::RowColumnLimitError);
            }
            for (column, (cell, heading)) in (0..).zip(row.iter().zip(columns)) {
                if cell.is_empty() {
                    continue;
                }
                match cell.parse::<i32>() {
                    Ok(value) if heading.is_number() => sheet.write_number(place, column, value)?,
                    _ => sheet.write_string(place, column, text_of(cell))?,
                };
            }
        }
    }
    let mut file = tempfile::tempfile()?;
    book.save_to_writer(&mut file)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
}

/// The text as it stands, unless an import would take something of it for a spreadsheet's marks: then as in CSV.
fn text_of(cell: &str) -> String {
    if tidy(cell).as_deref() == Some(cell) { cell.to_owned() } else { escape_cell(cell).into_owned() }
}

#[cfg(test)]
mod tests {
    use futures::stream;
    use reparto_domain::headings::OPPORTUNITIES;

    use super::*;

    /// A row with these cells under `phone` and `opportunity_score`.
    fn row(phone: &str, score: &str) -> Vec<String> {
        let cell = |column: &Heading| match column.name {
            "phone" => phone.to_owned(),
            "opportunity_score" => score.to_owned(),
            _ => String::new(),
        };
        OPPORTUNITIES.iter().map(cell).collect()
    }

    async fn written(parts: Vec<Rows>) -> Result<File, Problem> {
        let parts = stream::iter(parts.into_iter().map(Ok::<_, Problem>));
        Ok(write(&OPPORTUNITIES, Headings::Spanish, parts).await?)
    }

    #[tokio::test]
    async fn texts_are_no_formulas_and_numbers_are_numbers() {
        let file = written(vec![vec![row("=1+1", "70")], vec![row("+34600701001", "")]]).await.unwrap();
        let mut book = zip_text(file);
        let sheet = book.remove("xl/worksheets/sheet1.xml").unwrap();
        assert!(!sheet.contains("<f>") && sheet.contains("<v>70</v>"), "{sheet}");
        assert!(sheet.contains("=1+1") && sheet.contains("+34600701001"), "{sheet}");
    }

    #[tokio::test]
    async fn what_does_not_fit_is_refused() {
        let long = "x".repeat(32_768);
        let error = written(vec![vec![row(&long, "1")]]).await.unwrap_err();
        let Problem::Invalid(faults) = error else { panic!("{error:?}") };
        assert_eq!((faults[0].field.as_str(), &faults[0].fault), ("format", &Fault::SheetTooLarge));
        assert!(written(vec![vec![row(&long[1..], "1")]]).await.is_ok());
    }

    fn zip_text(file: File) -> std::collections::HashMap<String, String> {
        use std::io::Read as _;
        let mut archive = zip::ZipArchive::new(file).unwrap();
        let names: Vec<String> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
        let mut text = |name: &str| {
            let mut text = String::new();
            archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
            text
        };
        names.iter().map(|name| (name.clone(), text(name))).collect()
    }
}
