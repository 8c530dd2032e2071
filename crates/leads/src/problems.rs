//! What can be wrong with a file, and with a row of it.

use std::io;

use crate::fields::Field;

/// Why a file cannot be imported at all.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It could not be read.
    #[error("cannot read the file: {0}")]
    Io(#[from] io::Error),
    /// There is nothing in it, or nothing but blank lines.
    #[error("the file is empty: the first line must name the columns")]
    Empty,
    /// It is no text.
    #[error("the file is {0}, not CSV: save it as CSV first")]
    NotText(&'static str),
    /// A line goes on and on.
    #[error("line {line} is longer than {max} bytes: this is no CSV file")]
    LineTooLong {
        /// Which line.
        line: u64,
        /// The maximum.
        max: usize,
    },
    /// A mapping names a column that is not there.
    #[error("--map names the column {column:?}, which the file does not have; it has: {}", .columns.join(", "))]
    NoSuchColumn {
        /// What was named.
        column: String,
        /// What there is.
        columns: Vec<String>,
    },
    /// No column says who a lead is.
    #[error(
        "no column was recognised as a name, an email or a phone; say which is which with --map column=field \
         (for example --map {:?}); the columns are: {}", format!("{}=email", .columns.first().map_or("", String::as_str)), .columns.join(", ")
    )]
    NothingRecognised {
        /// What there is.
        columns: Vec<String>,
    },
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct RowProblem {
    /// The number of the row's first line in the file, from 1.
    pub line: u64,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a row, without where it stands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It has more cells than the header has columns: most likely a separator that stands in no quotes.
    #[error("has {found} cells where the header has {columns}: is a text with the separator in it not in quotes?")]
    TooManyCells {
        /// How many it has.
        found: usize,
        /// How many there should be.
        columns: usize,
    },
    /// A quotation mark opens a text that does not end.
    #[error("a quotation mark opens a text that does not end within {max} bytes")]
    UnclosedQuote {
        /// How far the end was looked for.
        max: usize,
    },
    /// A cell that does not fit its field.
    #[error("column {column:?}: {value:?} is no {expected}")]
    BadValue {
        /// The column's header.
        column: String,
        /// The field.
        field: Field,
        /// The start of the cell.
        value: String,
        /// What it should be.
        expected: &'static str,
    },
    /// A cell that is longer than its field may be.
    #[error("column {column:?}: {found} characters are too many, {max} are allowed")]
    TooLong {
        /// The column's header.
        column: String,
        /// How many it has.
        found: usize,
        /// How many are allowed.
        max: usize,
    },
    /// The file could not be read on from here.
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
