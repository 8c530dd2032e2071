//! Turns lines into records: separators, quotation marks, and line breaks within quotes.

use std::{collections::VecDeque, io::Read};

use csv_core::{ReadFieldResult, Reader, ReaderBuilder};

use crate::decode::{Line, LineError, Lines, TextEncoding};

/// The maximum length of a record, in bytes, when looking for a closing quotation mark.
pub const RECORD_MAX: usize = 256 * 1024;

/// The maximum number of unclosed quotation marks. Each costs re-reading the lines that follow, so that reading stops
/// after that.
const UNCLOSED_MAX: usize = 100;

/// The separators to detect; the first wins in a tie.
const SEPARATORS: [u8; 4] = *b",;\t|";

/// A record of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The number of its first line, from 1.
    pub line: u64,
    /// Its cells.
    pub cells: Vec<String>,
}

/// Why there is no next record.
#[derive(Debug)]
pub enum RecordError {
    /// The line with this number has an unclosed quotation mark; the following lines are read as separate records.
    Unclosed(u64),
    /// Too many such lines: reading stops.
    TooManyUnclosed(u64),
    /// No further lines can be read.
    Line(LineError),
}

/// The records of a file, including the header.
pub struct Records<R> {
    lines: Lines<R>,
    /// Lines to be read again after an unclosed quotation mark.
    again: VecDeque<Line>,
    separator: u8,
    parser: Reader,
    unclosed: usize,
    output: Vec<u8>,
}

impl<R: Read> Records<R> {
    /// The records of these lines. The separator is the given one, else the most frequent one outside quotation marks
    /// in the first non-blank line. A first line such as `sep=;` sets it and is skipped.
    pub fn new(mut lines: Lines<R>, separator: Option<u8>) -> Result<Self, LineError> {
        let mut again = VecDeque::new();
        let mut said = None;
        while let Some(line) = lines.next_line()? {
            if line.text.trim().is_empty() {
                continue;
            }
            if let [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', sign] = line.text.trim_end_matches(' ').as_bytes()
                && SEPARATORS.contains(sign)
            {
                said = Some(*sign);
                continue;
            }
            again.push_back(line);
            break;
        }
        let separator =
            separator.or(said).unwrap_or_else(|| again.front().map_or(b',', |line| guess_separator(&line.text)));
        Ok(Self { lines, again, separator, parser: parser(separator), unclosed: 0, output: vec![0; 8 * 1024] })
    }

    /// The cell separator.
    pub const fn separator(&self) -> u8 {
        self.separator
    }

    /// The encoding, judging by what was read so far.
    pub fn encoding(&self) -> TextEncoding {
        self.lines.encoding()
    }

    /// Returns the next record; `None` at the end. Blank lines between records are skipped.
    pub fn next_record(&mut self) -> Result<Option<Record>, RecordError> {
        let first = loop {
            match self.next_line()? {
                None => return Ok(None),
                Some(line) if line.text.trim().is_empty() => {}
                Some(line) => break line,
            }
        };
        let number = first.number;
        let mut cells = Vec::new();
        let mut cell = Vec::new();
        let mut size = first.text.len();
        let mut used = Vec::new();
        let mut line = first;
        loop {
            let ended = self.feed(&line.text, &mut cells, &mut cell);
            if ended {
                return Ok(Some(Record { line: number, cells }));
            }
            used.push(line);
            let next = if size > RECORD_MAX { None } else { self.next_line()? };
            let Some(next) = next else { return Err(self.unclosed(number, used)) };
            size += next.text.len() + 1;
            line = next;
        }
    }

    /// Puts back all lines but the first, so that a stray quotation mark costs only its own line.
    fn unclosed(&mut self, number: u64, mut lines: Vec<Line>) -> RecordError {
        for line in lines.drain(1..).rev() {
            self.again.push_front(line);
        }
        self.parser = parser(self.separator);
        self.unclosed += 1;
        if self.unclosed > UNCLOSED_MAX { RecordError::TooManyUnclosed(number) } else { RecordError::Unclosed(number) }
    }

    fn next_line(&mut self) -> Result<Option<Line>, RecordError> {
        match self.again.pop_front() {
            Some(line) => Ok(Some(line)),
            None => self.lines.next_line().map_err(RecordError::Line),
        }
    }

    /// Parses a line with its ending. Returns whether the record ended with it.
    fn feed(&mut self, text: &str, cells: &mut Vec<String>, cell: &mut Vec<u8>) -> bool {
        for part in [text.as_bytes(), b"\n"] {
            let mut rest = part;
            while !rest.is_empty() {
                let (result, read, written) = self.parser.read_field(rest, &mut self.output);
                rest = &rest[read..];
                cell.extend_from_slice(&self.output[..written]);
                if let ReadFieldResult::Field { record_end } = result {
                    cells.push(String::from_utf8_lossy(cell).into_owned());
                    cell.clear();
                    if record_end {
                        return true;
                    }
                }
            }
        }
        false
    }
}

fn parser(separator: u8) -> Reader {
    ReaderBuilder::new().delimiter(separator).build()
}

fn guess_separator(header: &str) -> u8 {
    let mut quoted = false;
    let mut counts = [0_usize; SEPARATORS.len()];
    for byte in header.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            _ if quoted => {}
            _ => {
                if let Some(index) = SEPARATORS.iter().position(|separator| *separator == byte) {
                    counts[index] += 1;
                }
            }
        }
    }
    // `max_by_key` would return the last of several maxima.
    let best = (0..counts.len()).rev().max_by_key(|index| counts[*index]).unwrap_or(0);
    SEPARATORS[best]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(text: &str) -> (Vec<(u64, Vec<String>)>, Vec<u64>) {
        let mut records = Records::new(Lines::new(text.as_bytes()), None).unwrap();
        let (mut good, mut bad) = (Vec::new(), Vec::new());
        loop {
            match records.next_record() {
                Ok(None) => return (good, bad),
                Ok(Some(record)) => good.push((record.line, record.cells)),
                Err(RecordError::Unclosed(line)) => bad.push(line),
                Err(other) => panic!("{other:?}"),
            }
        }
    }

    fn cells(text: &str) -> Vec<Vec<String>> {
        records(text).0.into_iter().map(|(_, cells)| cells).collect()
    }

    #[test]
    fn comma_semicolon_and_tab_are_detected() {
        for (text, separator) in
            [("a,b\n", b','), ("a;b,c;d\n", b';'), ("a\tb\n", b'\t'), ("\"a;b;c\",d\n", b','), ("a\n", b',')]
        {
            assert_eq!(Records::new(Lines::new(text.as_bytes()), None).unwrap().separator(), separator, "{text}");
        }
    }

    #[test]
    fn a_separator_line_is_obeyed_and_skipped() {
        assert_eq!(records("sep=;\na,b;c\n").0, [(2, vec!["a,b".to_owned(), "c".to_owned()])]);
    }

    #[test]
    fn quoted_cells_may_hold_breaks_separators_and_quotes() {
        assert_eq!(
            cells("a,b\r\n\"x\r\ny, \"\"z\"\"\",2\r\n"),
            [vec!["a".to_owned(), "b".to_owned()], vec!["x\ny, \"z\"".to_owned(), "2".to_owned()]]
        );
    }

    #[test]
    fn records_are_numbered_by_first_line_blanks_counted() {
        let lines: Vec<u64> =
            records("\n\na,b\n\n1,\"x\ny\nz\"\n\n\n2,w").0.into_iter().map(|(line, _)| line).collect();
        assert_eq!(lines, [3, 5, 10]);
    }

    #[test]
    fn an_unclosed_quote_costs_only_its_own_line() {
        let (good, bad) = records("a,b\n1,\"x\n2,y\n3,z\n");
        assert_eq!(bad, [2]);
        assert_eq!(good.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [1, 3, 4]);
    }

    #[test]
    fn the_last_line_needs_no_ending_empty_cells_are_kept() {
        assert_eq!(cells("a,b,\n,,x"), [vec!["a", "b", ""], vec!["", "", "x"]]);
    }

    #[test]
    fn a_file_of_only_quotes_terminates() {
        let text = "\"x\n".repeat(40_001);
        let mut records = Records::new(Lines::new(text.as_bytes()), None).unwrap();
        while !matches!(records.next_record(), Ok(None) | Err(RecordError::TooManyUnclosed(_))) {}
    }
}
