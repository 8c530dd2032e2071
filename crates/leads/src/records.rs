//! Turns lines into records, and finds the next good line after a malformed one.

use std::{collections::VecDeque, io::Read};

use crate::{
    decode::{Line, LineError, Lines, PatchedLines},
    quotes::{Cells, Dialect, Step, alone},
    sample::Sample,
    shape::Shape,
};

/// The maximum length of a record, in bytes, when looking for a closing quotation mark.
pub const RECORD_MAX: usize = 256 * 1024;

/// How much is read again after malformed records, in bytes, before reading stops: a file that costs more is no CSV.
const AGAIN_MAX: usize = 256 * 1024 * 1024;

/// How much of the text of a malformed record is kept, in bytes.
const TEXT_KEPT: usize = 16 * 1024;

/// So many lines within one quoted cell that are rows by themselves show that a quotation mark is missing.
const ROWS_WITHIN: usize = 3;

/// A record of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The number of its first line, from 1.
    pub line: u64,
    /// Its cells.
    pub cells: Vec<String>,
}

/// Why a record cannot be read. Reading goes on after it, unless [`RecordError::is_last`].
#[derive(Debug)]
pub enum RecordError {
    /// The quotation marks of the record that begins in `line` are malformed. It and what follows, up to the line `last`,
    /// are not read.
    Malformed {
        /// The first line.
        line: u64,
        /// The last line.
        last: u64,
        /// Their text, as far as it is kept.
        text: String,
    },
    /// Too much is malformed: nothing after this line is read.
    Hopeless(u64),
    /// A line cannot be read.
    Line(LineError),
}

impl RecordError {
    /// Whether no record follows.
    pub const fn is_last(&self) -> bool {
        matches!(self, Self::Hopeless(_) | Self::Line(LineError::Io(_)))
    }
}

/// The records of a file.
pub struct Records<R> {
    lines: Lines<R>,
    /// Lines to be read before those of the file; a number is one that is too long.
    again: VecDeque<Result<Line, u64>>,
    dialect: Dialect,
    shape: Shape,
    reread: usize,
}

/// Lines that were read and did not make a good record.
type Used = Vec<Line>;

impl<R: Read> Records<R> {
    /// The records after the sample's header.
    pub(crate) fn new(lines: Lines<R>, sample: Sample, shape: Shape) -> Self {
        Self { lines, again: sample.rest, dialect: sample.dialect, shape, reread: 0 }
    }

    /// The lines up to here with bytes that the encoding does not have.
    pub(crate) const fn patched(&self) -> &PatchedLines {
        self.lines.patched()
    }

    /// Returns the next record; `None` at the end. Blank lines between records are skipped.
    pub fn next_record(&mut self) -> Result<Option<Record>, RecordError> {
        let first = loop {
            match self.next_line().map_err(RecordError::Line)? {
                None => return Ok(None),
                Some(line) if line.text.trim().is_empty() => {}
                Some(line) => break line,
            }
        };
        let number = first.number;
        match self.record(first) {
            Ok((record, _)) => Ok(Some(record)),
            Err(used) => match self.escaped(used)? {
                Ok(record) => Ok(Some(record)),
                Err(used) => Err(self.recover(number, used)),
            },
        }
    }

    /// Reads a malformed record once more, with a backslash that takes the meaning from a quotation mark: the start of the
    /// file, by which its way of writing is judged, need not have one. If that makes no row, returns the lines again.
    fn escaped(&mut self, used: Used) -> Result<Result<Record, Used>, RecordError> {
        if self.dialect.escapes || self.reread > AGAIN_MAX || !used.iter().any(|line| line.text.contains("\\\"")) {
            return Ok(Err(used));
        }
        self.put_back(used.clone());
        let Some(first) = self.next_line().map_err(RecordError::Line)? else { return Ok(Err(used)) };
        let plain = self.dialect;
        self.dialect.escapes = true;
        let read = self.record(first);
        self.dialect = plain;
        match read {
            Ok((record, _)) if self.shape.has_width(&record.cells) => Ok(Ok(record)),
            Ok((_, lines)) | Err(lines) => {
                // Both readings may have gone further than the other.
                self.put_back(lines);
                let mut again = Vec::with_capacity(used.len());
                while again.len() < used.len() {
                    match self.next_line() {
                        Ok(Some(line)) => again.push(line),
                        Ok(None) => break,
                        Err(error) => return Err(RecordError::Line(error)),
                    }
                }
                Ok(Err(again))
            }
        }
    }

    /// Reads the record that begins with this line; if it is malformed, returns the lines that were looked at.
    fn record(&mut self, first: Line) -> Result<(Record, Used), Used> {
        let number = first.number;
        let mut cells = Cells::new(self.dialect);
        let mut size = first.text.len();
        let mut step = cells.feed(&first.text);
        let mut used = vec![first];
        let mut rows = 0;
        loop {
            match step {
                Step::Ended if rows >= self.shape.rows_min() && rows * 2 >= used.len() - 1 => return Err(used),
                Step::Ended => return Ok((Record { line: number, cells: cells.into_cells() }, used)),
                Step::Malformed => return Err(used),
                Step::Open => {}
            }
            if rows >= ROWS_WITHIN || size > RECORD_MAX {
                return Err(used);
            }
            // A line that cannot be read ends the record, too: it is put back, to be told in its turn.
            let line = match self.next_line() {
                Ok(Some(line)) => line,
                // A failure to read comes again with the next line.
                Ok(None) | Err(LineError::Io(_)) => return Err(used),
                Err(LineError::TooLong(line)) => {
                    self.again.push_front(Err(line));
                    return Err(used);
                }
            };
            let column = cells.open_column();
            step = cells.feed(&line.text);
            // The end of a quoted first cell has as many cells as a row.
            let may_be_row = column > 0 || step == Step::Open;
            rows += usize::from(may_be_row && self.is_row(&line.text));
            size += line.text.len() + 1;
            used.push(line);
        }
    }

    /// Whether a line within quotes looks like a row of its own.
    fn is_row(&self, line: &str) -> bool {
        alone(line, self.dialect).is_some_and(|cells| self.shape.is_surely_row(&cells))
    }

    /// Goes on after a malformed record: at the first line after it that begins a good record. Lines of a note never do.
    fn recover(&mut self, number: u64, mut used: Used) -> RecordError {
        let mut last = number;
        let marks = used.iter().map(|line| line.text.matches('"').count()).sum::<usize>();
        let whole_line = used.len() == 1 && marks % 2 == 0;
        self.put_back(used.split_off(1));
        let mut text = String::new();
        keep(&mut text, &used);
        if whole_line {
            return RecordError::Malformed { line: number, last, text };
        }
        loop {
            if self.reread > AGAIN_MAX {
                return RecordError::Hopeless(last);
            }
            match self.next_line() {
                Ok(None) | Err(LineError::Io(_)) => return RecordError::Malformed { line: number, last, text },
                Err(LineError::TooLong(line)) => {
                    self.again.push_front(Err(line));
                    return RecordError::Malformed { line: number, last, text };
                }
                Ok(Some(line)) => {
                    let this = line.number;
                    let (lines, good) = match self.record(line) {
                        Ok((record, lines)) => (lines, self.shape.is_surely_row(&record.cells)),
                        Err(lines) => (lines, false),
                    };
                    let mut lines = lines;
                    if good {
                        self.put_back(lines);
                        return RecordError::Malformed { line: number, last, text };
                    }
                    self.put_back(lines.split_off(1));
                    keep(&mut text, &lines);
                    last = this;
                }
            }
        }
    }

    fn put_back(&mut self, lines: Vec<Line>) {
        for line in lines.into_iter().rev() {
            self.reread += line.text.len() + 1;
            self.again.push_front(Ok(line));
        }
    }

    fn next_line(&mut self) -> Result<Option<Line>, LineError> {
        match self.again.pop_front() {
            Some(Ok(line)) => Ok(Some(line)),
            Some(Err(number)) => Err(LineError::TooLong(number)),
            None => self.lines.next_line(),
        }
    }
}

/// Adds lines to the text that is kept of a malformed record.
fn keep(text: &mut String, lines: &[Line]) {
    for line in lines {
        let room = TEXT_KEPT.saturating_sub(text.len());
        if !text.is_empty() && room > 0 {
            text.push('\n');
        }
        let end = line.text.floor_char_boundary(room.saturating_sub(1));
        text.push_str(&line.text[..end]);
    }
}

#[cfg(test)]
mod tests;
