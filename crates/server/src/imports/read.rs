//! Reading a file: what it is, and why it cannot be taken in.

use std::{
    fs::File,
    io::{BufReader, Seek as _},
};

use reparto_domain::{
    Timestamp,
    imports::ReadRow,
    users::{Person, PersonFilter},
};
use reparto_leads::{Leads, NotTable, OpenError, Options, Read, WorkbookFault, dates::OrderError};
use reparto_store::StoreResult;

use super::asked::Reading;
use crate::{
    http::{
        Problem,
        problem::{Fault, FieldError},
    },
    state::App,
};

/// A file that is being read.
pub(super) type Rows = Leads<BufReader<File>>;

/// Opens a file from its beginning.
pub(super) fn open(mut file: File, options: &Options) -> Result<Rows, OpenError> {
    file.rewind()?;
    Leads::open(BufReader::new(file), options)
}

/// The users who may hold leads.
pub(super) async fn holders(app: &App) -> StoreResult<Vec<Person>> {
    let roles = Some(app.config.assignable_roles.as_slice().to_vec());
    app.store.person_list(PersonFilter { is_active: Some(true), roles }).await
}

/// What the reader takes, with the users of now.
pub(super) async fn options(app: &App, reading: &Reading, now: Timestamp) -> StoreResult<Options> {
    Ok(reading.options(&holders(app).await?, now))
}

/// All rows of a file; with `strict` up to the first fault, and whether there was one.
pub(super) fn all(rows: &mut Rows, strict: bool) -> (Vec<ReadRow>, bool) {
    let mut all = Vec::new();
    while let Some(read) = rows.next_read() {
        let has_failed = strict && read.is_fault();
        all.push(Read::into_row(read, strict));
        if has_failed {
            return (all, true);
        }
    }
    (all, false)
}

/// So many columns are named.
const NAMED: usize = 40;

const fn no_table(kind: NotTable) -> &'static str {
    match kind {
        NotTable::WebPage => "file_web_page",
        NotTable::Json => "file_json",
        NotTable::Xml => "file_xml",
        NotTable::Cards => "file_cards",
        NotTable::Archive => "file_archive",
        NotTable::OldWorkbook => "workbook_old",
        NotTable::OtherDocument => "file_other_document",
        NotTable::Pdf | NotTable::Database => "file_not_a_table",
    }
}

const fn workbook(fault: &WorkbookFault) -> &'static str {
    match fault {
        WorkbookFault::Protected => "workbook_protected",
        WorkbookFault::Damaged(_) => "workbook_unreadable",
        WorkbookFault::NoSheet => "workbook_without_sheet",
        WorkbookFault::UnpackedTooLarge { .. } | WorkbookFault::TooManyTexts | WorkbookFault::SheetTooLarge { .. } => {
            "workbook_too_large"
        }
    }
}

/// Why a file cannot be taken in, as it is answered.
pub(super) fn refused(error: &OpenError) -> Problem {
    let invalid = |field: String, fault| Problem::Invalid(vec![FieldError { field, fault }]);
    let short = |text: &str| text.chars().take(64).collect::<String>();
    match error {
        OpenError::Io(error) => {
            tracing::info!(%error, "a file that was sent could not be read");
            Problem::file("file_unreadable", [])
        }
        OpenError::Empty => Problem::file("file_empty", []),
        OpenError::NotTable(kind) => Problem::file(no_table(*kind), []),
        OpenError::Workbook(fault) => {
            tracing::info!(%fault, "a workbook that was sent could not be read");
            Problem::file(workbook(fault), [])
        }
        OpenError::NoHeader { line } => Problem::file("header_missing", [("line", line.to_string())]),
        OpenError::HeaderQuotes { line } => Problem::file("header_quotes", [("line", line.to_string())]),
        OpenError::NoSuchSheet { .. } => invalid("sheet".into(), Fault::NotInFile),
        OpenError::NoSuchColumn { column, .. } => invalid(format!("mapping.{}", short(column)), Fault::NotInFile),
        OpenError::LineTooLong { line, .. } => Problem::file("file_not_a_table_line", [("line", line.to_string())]),
        OpenError::DateOrder(OrderError::Unknown { line, text }) => {
            Problem::file("date_order_ambiguous", [("line", line.to_string()), ("text", short(text))])
        }
        OpenError::DateOrder(OrderError::Both { day_line, day_first, month_line, month_first }) => {
            let values = [
                ("day_line", day_line.to_string()),
                ("day", short(day_first)),
                ("month_line", month_line.to_string()),
                ("month", short(month_first)),
            ];
            Problem::file("date_order_mixed", values)
        }
        OpenError::NothingRecognised { columns } => {
            let named: Vec<String> = columns.iter().take(NAMED).map(|column| short(column)).collect();
            let values = vec![("columns", named.join(", "))];
            Problem::File { code: "columns_not_recognised", values, columns: columns.clone() }
        }
    }
}
