//! The problems of files and rows.

use std::io;

use crate::fields::Field;

/// Why a file cannot be imported at all.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It could not be read.
    #[error("cannot read the file: {0}")]
    Io(#[from] io::Error),
    /// It is empty or has only blank lines.
    #[error("the file is empty: the first line must name the columns")]
    Empty,
    /// It is not text.
    #[error("the file is {0}, not CSV: save it as CSV first")]
    NotText(&'static str),
    /// A line is too long.
    #[error("line {line} is longer than {max} bytes: this is not a CSV file")]
    LineTooLong {
        /// Which line.
        line: u64,
        /// The maximum.
        max: usize,
    },
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
}

/// A problem of a row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct RowProblem {
    /// The number of the row's first line in the file, from 1.
    pub line: u64,
    /// The problem.
    pub problem: Problem,
}

/// A problem of a row, without its position.
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
    /// A quotation mark is never closed.
    #[error("a quotation mark is not closed within {max} bytes")]
    UnclosedQuote {
        /// The number of bytes searched for the end.
        max: usize,
    },
    /// A cell is invalid for its field.
    #[error("column {column:?}: {value:?} is not a valid {expected}")]
    BadValue {
        /// The column's header.
        column: String,
        /// The field.
        field: Field,
        /// The start of the cell.
        value: String,
        /// What was expected.
        expected: &'static str,
    },
    /// A cell is too long for its field.
    #[error("column {column:?}: {found} characters are too many, at most {max} are allowed")]
    TooLong {
        /// The column's header.
        column: String,
        /// The actual number.
        found: usize,
        /// The maximum.
        max: usize,
    },
    /// The rest of the file could not be read.
    #[error("{0}")]
    Unreadable(String),
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
