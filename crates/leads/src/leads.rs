//! Reads the leads of a file one by one.

use std::{
    collections::HashMap,
    io::{self, Cursor, Read},
};

use reparto_domain::{Timestamp, fold::fold, imports::ImportRow, users::Person};

use crate::{
    Crm, DateOrder, Field, Layout, OpenError, Problem, RowProblem,
    decode::{LINE_MAX, LineError, Lines},
    records::{RECORD_MAX, Record, RecordError, Records},
    rows,
};

/// How to read a file.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The caller's mapping of columns, by name.
    pub map: Vec<(String, Field)>,
    /// The order of day and month in dates with the year last.
    pub date_order: DateOrder,
    /// The cell separator; `None` to detect it.
    pub separator: Option<u8>,
    /// The users that may be named as holders: addresses by folded name. See [`Options::add_people`].
    pub people: HashMap<String, String>,
    /// The time of the import: since when somebody is not to be contacted, where the file does not say.
    pub now: Timestamp,
}

impl Options {
    /// Allows owners to be given by name, as most systems export them: "Ana García" is the user of that name, if there
    /// is exactly one.
    pub fn add_people(&mut self, people: &[Person]) {
        let mut twice = Vec::new();
        for person in people {
            let name = fold(&person.name);
            if self.people.insert(name.clone(), person.email.clone()).is_some() {
                twice.push(name);
            }
        }
        for name in twice {
            self.people.remove(&name);
        }
    }
}

/// A file's reader after peeking at its first bytes.
type Peeked<R> = io::Chain<Cursor<Vec<u8>>, R>;

/// The leads of a file: an iterator over rows and the problems of invalid ones. Empty records are skipped.
pub struct Leads<R> {
    records: Records<Peeked<R>>,
    layout: Layout,
    rows: rows::Builder,
    finished: bool,
}

impl<R: Read> Leads<R> {
    /// Reads the header of a file and maps its columns.
    pub fn open(mut input: R, options: &Options) -> Result<Self, OpenError> {
        let mut start = Vec::new();
        input.by_ref().take(8).read_to_end(&mut start)?;
        if let Some(what) = binary_format(&start) {
            return Err(OpenError::NotText(what));
        }
        let mut records =
            Records::new(Lines::new(Cursor::new(start).chain(input)), options.separator).map_err(open_error)?;
        let header = match records.next_record() {
            Ok(Some(header)) => header,
            Ok(None) => return Err(OpenError::Empty),
            Err(RecordError::Line(error)) => return Err(open_error(error)),
            Err(RecordError::Unclosed(line) | RecordError::TooManyUnclosed(line)) => {
                let problem = RowProblem { line, problem: Problem::UnclosedQuote { max: RECORD_MAX } };
                return Err(OpenError::Io(io::Error::new(io::ErrorKind::InvalidData, problem)));
            }
        };
        let layout = Layout::new(header.cells, &options.map, records.encoding(), records.separator(), header.line)?;
        let rows = rows::Builder::new(options, layout.crm == Some(Crm::Reparto));
        Ok(Self { records, layout, rows, finished: false })
    }

    /// What was detected about the file. The encoding is only certain once everything was read.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    fn next_record(&mut self) -> Option<Result<Record, RowProblem>> {
        if self.finished {
            return None;
        }
        let result = self.records.next_record();
        self.layout.encoding = self.records.encoding();
        Some(match result {
            Ok(Some(record)) => Ok(record),
            Ok(None) => return None,
            Err(RecordError::Unclosed(line)) => {
                Err(RowProblem { line, problem: Problem::UnclosedQuote { max: RECORD_MAX } })
            }
            Err(error) => {
                self.finished = true;
                Err(match error {
                    RecordError::TooManyUnclosed(line) | RecordError::Unclosed(line) => RowProblem {
                        line,
                        problem: Problem::Unreadable(
                            "too many quotation marks that are not closed: the rest was not read".to_owned(),
                        ),
                    },
                    RecordError::Line(LineError::TooLong(line)) => RowProblem {
                        line,
                        problem: Problem::Unreadable(format!(
                            "longer than {LINE_MAX} bytes: this line and the rest were not read"
                        )),
                    },
                    RecordError::Line(LineError::Io(error)) => {
                        RowProblem { line: 0, problem: Problem::Unreadable(format!("cannot read further: {error}")) }
                    }
                })
            }
        })
    }
}

impl<R: Read> Iterator for Leads<R> {
    type Item = Result<ImportRow, RowProblem>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let record = match self.next_record()? {
                Ok(record) => record,
                Err(problem) => return Some(Err(problem)),
            };
            if record.cells.iter().any(|cell| !cell.trim().is_empty()) {
                return Some(self.rows.build(&self.layout.columns, record));
            }
        }
    }
}

fn open_error(error: LineError) -> OpenError {
    match error {
        LineError::Io(error) => OpenError::Io(error),
        LineError::TooLong(line) => OpenError::LineTooLong { line, max: LINE_MAX },
    }
}

/// The format of a file that is not text, by its first bytes.
fn binary_format(start: &[u8]) -> Option<&'static str> {
    match start {
        [b'P', b'K', 3 | 5, 4 | 6, ..] => Some("an Excel workbook or another ZIP archive"),
        [0xD0, 0xCF, 0x11, 0xE0, ..] => Some("an old Excel workbook"),
        [0x1F, 0x8B, ..] => Some("compressed with gzip"),
        [b'%', b'P', b'D', b'F', ..] => Some("a PDF document"),
        [b'S', b'Q', b'L', b'i', b't', b'e', ..] => Some("a database"),
        _ => None,
    }
}
