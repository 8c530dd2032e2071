//! The problems of files and rows, and what is reported about rows that came in.

use std::io;

use reparto_domain::{
    imports::{Told, ToldCode},
    json::Bound,
};

use crate::dates::OrderError;

/// Why a file cannot be imported at all.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It could not be read.
    #[error("cannot read the file: {0}")]
    Io(#[from] io::Error),
    /// It is empty or has only blank lines.
    #[error("the file is empty: the first line must name the columns")]
    Empty,
    /// It is no table.
    #[error("the file is {}, which cannot be read: {}", .0.what(), .0.advice())]
    NotTable(NotTable),
    /// It is a workbook that cannot be read.
    #[error("cannot read the workbook: {0}")]
    Workbook(WorkbookFault),
    /// The workbook has no such sheet.
    #[error("the workbook has no sheet {sheet:?}; it has: {}", .sheets.join(", "))]
    NoSuchSheet {
        /// The name given.
        sheet: String,
        /// The existing sheets.
        sheets: Vec<String>,
    },
    /// A line is too long.
    #[error("line {line} is longer than {max} bytes: this is not a CSV file")]
    LineTooLong {
        /// Which line.
        line: u64,
        /// The maximum.
        max: usize,
    },
    /// The order of day and month in its dates cannot be seen.
    #[error(transparent)]
    DateOrder(#[from] OrderError),
    /// The mapping names a column that does not exist.
    #[error("--map names the column {column:?}, which the file does not have; it has: {}", .columns.join(", "))]
    NoSuchColumn {
        /// The name given.
        column: String,
        /// The existing columns.
        columns: Vec<String>,
    },
    /// No column identifies a lead.
    #[error(
        "no column was recognised as a name, an email or a phone; say which is which with --map column=field \
         (for example --map {:?}); the columns are: {}", format!("{}=email", .columns.first().map_or("", String::as_str)), .columns.join(", ")
    )]
    NothingRecognised {
        /// The existing columns.
        columns: Vec<String>,
    },
    /// The first line is a lead.
    #[error(
        "line {line} should name the columns, but looks like a lead; put a line above it that names them \
         (for example: name, email, phone)"
    )]
    NoHeader {
        /// Which line.
        line: u64,
    },
    /// The names of the columns cannot be read.
    #[error(
        "line {line}, which should name the columns, has a quotation mark that is not closed, or text after a closing \
         one; correct it, and import the file again"
    )]
    HeaderQuotes {
        /// Which line.
        line: u64,
    },
}

/// What a file is that is no table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTable {
    /// A web page, or a table as one, which some programs call `.xls`.
    WebPage,
    /// JSON.
    Json,
    /// XML.
    Xml,
    /// Contacts as vCards.
    Cards,
    /// A compressed file or an archive.
    Archive,
    /// A workbook of Excel before 2007.
    OldWorkbook,
    /// A workbook or document of another program: OpenDocument, Numbers, Word, a binary workbook.
    OtherDocument,
    /// A PDF document.
    Pdf,
    /// A database.
    Database,
}

impl NotTable {
    /// What it is, in a sentence.
    pub const fn what(self) -> &'static str {
        match self {
            Self::WebPage => "a web page",
            Self::Json => "JSON",
            Self::Xml => "XML",
            Self::Cards => "a set of vCards (.vcf)",
            Self::Archive => "a compressed file or archive (gzip or ZIP)",
            Self::OldWorkbook => "a workbook of Excel before 2007 (.xls)",
            Self::OtherDocument => "a document of another program than Excel",
            Self::Pdf => "a PDF document",
            Self::Database => "a database",
        }
    }

    const fn advice(self) -> &'static str {
        match self {
            Self::WebPage => "open it in a spreadsheet, and save it as CSV or as an Excel workbook (.xlsx)",
            Self::Archive => "unpack it, and import the file in it",
            Self::Json | Self::Xml | Self::Cards | Self::Pdf | Self::Database => {
                "export the leads as CSV or as an Excel workbook (.xlsx)"
            }
            Self::OldWorkbook | Self::OtherDocument => "save it as CSV or as an Excel workbook (.xlsx)",
        }
    }
}

/// Why a workbook cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorkbookFault {
    /// It is encrypted.
    #[error("it is protected with a password; open it, save it without one, and import that")]
    Protected,
    /// It is cut, or damaged otherwise.
    #[error("it is damaged or incomplete; open it in Excel and save it again ({0})")]
    Damaged(String),
    /// It has no visible sheet of cells.
    #[error("it has no visible sheet with cells")]
    NoSheet,
    /// It is larger, unpacked, than a workbook may be.
    #[error("unpacked it has more than {max} MB; save the sheet as CSV")]
    UnpackedTooLarge {
        /// The maximum, in megabytes.
        max: u64,
    },
    /// It has more texts than a workbook may have.
    #[error("it has too many different texts; save the sheet as CSV")]
    TooManyTexts,
    /// Its sheet is larger than one may be.
    #[error("a sheet has at most {columns} columns, {cells} cells and {text} MB of text; save the sheet as CSV")]
    SheetTooLarge {
        /// The most columns.
        columns: usize,
        /// The most cells.
        cells: usize,
        /// The most text, in megabytes.
        text: usize,
    },
}

/// Why a row does not come in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct RowProblem {
    /// The number of the row's first line in the file, from 1.
    pub line: u64,
    /// The problem.
    pub problem: Problem,
}

/// Why a row does not come in, without its position.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It has more cells than there are columns, most likely because of an unquoted separator.
    #[error("has {found} cells where the header has {columns}: is there a text with an unquoted separator?")]
    TooManyCells {
        /// The actual number.
        found: usize,
        /// The expected number.
        columns: usize,
    },
    /// Its quotation marks are malformed.
    #[error(
        "a quotation mark is not closed, or there is text after a closing one; this row is left out{}", through(*.last)
    )]
    Malformed {
        /// The last line that is left out with it; 0: it has only one.
        last: u64,
    },
    /// It is no lead but the test of a form.
    #[error("is a form's test lead: left out")]
    TestLead,
    /// It has the names of the columns again, as in files that were joined.
    #[error("has the names of the columns again: left out")]
    HeaderAgain,
    /// It is about the report that the file is, as at the end of those of Salesforce.
    #[error("is about the report, not about a lead: left out")]
    ReportLine,
    /// A line is too long.
    #[error("is longer than {max} bytes: left out")]
    LineTooLong {
        /// The maximum.
        max: usize,
    },
    /// The rest of the file could not be read.
    #[error("{0}")]
    Unreadable(String),
}

fn through(last: u64) -> String {
    if last == 0 { String::new() } else { format!(", up to line {last}") }
}

impl Problem {
    /// What is reported about it.
    pub fn told(&self) -> Told {
        match self {
            Self::TooManyCells { found, columns } => {
                Told::new(ToldCode::TooManyCells, [("found", found.to_string()), ("columns", columns.to_string())])
            }
            Self::Malformed { last: 0 } => ToldCode::QuotesMalformed.into(),
            Self::Malformed { last } => Told::new(ToldCode::QuotesMalformed, [("last", last.to_string())]),
            Self::TestLead => ToldCode::TestLead.into(),
            Self::HeaderAgain => ToldCode::HeaderAgain.into(),
            Self::ReportLine => ToldCode::ReportLine.into(),
            Self::LineTooLong { max } => Told::new(ToldCode::LineTooLong, [("max", max.to_string())]),
            Self::Unreadable(_) => ToldCode::Unreadable.into(),
        }
    }

    /// Whether a lead may have been lost. A test lead does not count: it is left out on purpose.
    pub const fn is_fault(&self) -> bool {
        !matches!(self, Self::TestLead | Self::HeaderAgain | Self::ReportLine)
    }
}

/// What somebody should know about a row that comes in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {notice}")]
pub struct RowNotice {
    /// The number of the row's first line in the file, from 1.
    pub line: u64,
    /// What it is.
    pub notice: Notice,
}

/// What somebody should know about a row that comes in, without its position.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Notice {
    /// A cell cannot be read as its field.
    #[error("column {column:?}: {value:?} is not a valid {expected}; kept as a custom field")]
    Kept {
        /// The column's header.
        column: String,
        /// The start of the cell.
        value: String,
        /// What was expected.
        expected: &'static str,
    },
    /// A cell is too long for its field.
    #[error("column {column:?}: {found} characters are too many, at most {max} are allowed; kept as a custom field")]
    TooLong {
        /// The column's header.
        column: String,
        /// The actual number.
        found: usize,
        /// The maximum.
        max: usize,
    },
    /// The words of another system.
    #[error(
        "column {column:?}: {value:?} is no known {expected}; {}, and the word is kept as a custom field",
        instead(expected)
    )]
    UnknownWord {
        /// The column's header.
        column: String,
        /// The start of the cell.
        value: String,
        /// What was expected.
        expected: &'static str,
    },
    /// An object that is kept would exceed its bounds; the lead comes in without these entries.
    #[error("comes in without {}: {} have at most {}", named(.left_out), called(.object), bounds())]
    LeftOut {
        /// The object: `custom_fields` or `detection_reason`.
        object: &'static str,
        /// The keys of what is left out.
        left_out: Vec<String>,
    },
    /// The row has another value already under the custom field's name.
    #[error("column {column:?}: there is a custom field of this name already; kept as {kept:?}")]
    Beside {
        /// The column's header.
        column: String,
        /// The name under which the value is kept.
        kept: String,
    },
    /// A cell has characters that are no text, such as NUL.
    #[error("column {column:?}: comes in without control characters")]
    Controls {
        /// The column's header.
        column: String,
    },
    /// Nobody can get in touch with the person.
    #[error("has no email address and no phone number: nobody can reach this lead")]
    Unreachable,
}

impl Notice {
    /// What is reported about it.
    pub fn told(&self) -> Told {
        let cell = |code, column: &String, value: &String, expected: &str| {
            let values = [("column", column.clone()), ("value", value.clone()), ("expected", expected.to_owned())];
            Told::new(code, values)
        };
        match self {
            Self::Kept { column, value, expected } => cell(ToldCode::CellKept, column, value, expected),
            Self::UnknownWord { column, value, expected } => cell(ToldCode::WordUnknown, column, value, expected),
            Self::TooLong { column, found, max } => {
                let values = [("column", column.clone()), ("found", found.to_string()), ("max", max.to_string())];
                Told::new(ToldCode::CellTooLong, values)
            }
            Self::LeftOut { object, left_out } => {
                let values = [("object", (*object).to_owned()), ("fields", named(left_out))];
                Told::new(ToldCode::FieldsLeftOut, values)
            }
            Self::Beside { column, kept } => {
                Told::new(ToldCode::FieldTaken, [("column", column.clone()), ("kept", kept.clone())])
            }
            Self::Controls { column } => Told::new(ToldCode::ControlsLeftOut, [("column", column.clone())]),
            Self::Unreachable => ToldCode::Unreachable.into(),
        }
    }

    /// Whether a strict import refuses the row: a cell that cannot be read as what it should be.
    pub const fn is_fault(&self) -> bool {
        matches!(self, Self::Kept { .. } | Self::TooLong { .. })
    }
}

/// What somebody should know about a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileNotice {
    /// There are lines above the header.
    #[error("the lines above the names of the columns are left out: {}", lines(.0))]
    BeforeHeader(Vec<u64>),
    /// Letters look as if the file was decoded wrongly, now or before.
    #[error(
        "line {line}: {text:?} looks like letters in the wrong encoding (read as {encoding}); if it is, say which with \
         --encoding, or export the file again"
    )]
    OddLetters {
        /// The first line of it.
        line: u64,
        /// The word.
        text: String,
        /// The encoding.
        encoding: &'static str,
    },
    /// Lines have bytes that are no UTF-8.
    #[error(
        "some bytes are not UTF-8 and were read as Windows-1252; check the letters of these lines: {}",
        first_lines(first, *total)
    )]
    BadBytes {
        /// The first of the lines.
        first: Vec<u64>,
        /// How many lines there are.
        total: u64,
    },
    /// Columns say that people do not want emails. That is no wish not to be called.
    #[error(
        "{} is about emails alone and is kept as a custom field; if nobody who said yes there is to be contacted at all, \
         map it to do_not_contact", named(.0)
    )]
    EmailOptOut(Vec<String>),
    /// Other sheets of the workbook have cells, too.
    #[error("only this sheet is read; left out: {}", named(.0))]
    OtherSheets(Vec<String>),
    /// No row follows the header.
    #[error("the file has no row below the names of the columns")]
    NoRows,
}

impl FileNotice {
    /// What is reported about it, without what stands in the row.
    pub fn told(&self) -> Told {
        match self {
            Self::BeforeHeader(numbers) => Told::new(ToldCode::LinesAbove, [("lines", lines(numbers))]),
            Self::OddLetters { line, encoding, .. } => {
                Told::new(ToldCode::LettersOdd, [("line", line.to_string()), ("encoding", (*encoding).to_owned())])
            }
            Self::BadBytes { first, total } => {
                Told::new(ToldCode::BytesGuessed, [("lines", first_lines(first, *total))])
            }
            Self::EmailOptOut(columns) => Told::new(ToldCode::EmailOptOut, [("columns", named(columns))]),
            Self::OtherSheets(sheets) => Told::new(ToldCode::SheetsLeftOut, [("sheets", named(sheets))]),
            Self::NoRows => ToldCode::NoRows.into(),
        }
    }
}

/// What a lead has instead of a status or a priority that is not known, in a sentence.
pub fn instead(expected: &str) -> &'static str {
    match expected {
        "priority" => "the lead comes in with medium priority",
        _ => "the lead comes in as one that nobody has contacted yet",
    }
}

/// Keys as they are told: the first of them, shortened.
fn named(keys: &[String]) -> String {
    const NAMED: usize = 20;
    let shown: Vec<String> = keys.iter().take(NAMED).map(|key| format!("{:?}", shortened(key))).collect();
    let more = if keys.len() > NAMED { format!(" and {} more", keys.len() - NAMED) } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

/// What is kept, as somebody who has not read the API document calls it.
fn called(object: &str) -> &str {
    match object {
        "custom_fields" => "the custom fields",
        "detection_reason" => "the details of the detection",
        other => other,
    }
}

/// The bounds of an object that is kept.
fn bounds() -> String {
    Bound::ALL.map(|bound| bound.to_string()).join(", ")
}

fn lines(numbers: &[u64]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// The first of some lines, and how many there are.
fn first_lines(first: &[u64], total: u64) -> String {
    let more = if total > first.len() as u64 { format!(", … ({total})") } else { String::new() };
    format!("{}{more}", lines(first))
}

/// The start of a value, short enough for a message.
pub(crate) fn shortened(value: &str) -> String {
    const SHOWN: usize = 60;
    if value.chars().count() <= SHOWN {
        return value.to_owned();
    }
    let mut short: String = value.chars().take(SHOWN).collect();
    short.push('…');
    short
}
