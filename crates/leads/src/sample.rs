//! Judges by the first records of a file what separates its cells, and which record names its columns.

use std::{cmp::Reverse, collections::VecDeque, io::Read};

use crate::{
    Field,
    decode::{Line, LineError, Lines},
    headers,
    quotes::{Cells, Dialect, Step},
    records::Record,
    rows,
};

/// The separators to choose from; the first wins in a tie.
const SEPARATORS: [u8; 4] = *b",;\t|";

/// How much is looked at, in lines and in bytes.
const LINES_MAX: usize = 300;
const BYTES_MAX: usize = 256 * 1024;

/// How many lines a quoted cell of the sample may have.
const CELL_LINES_MAX: usize = 100;

/// The header is among this many records at the start: a report may have a title above it.
const HEADER_WITHIN: usize = 15;

/// The start of a file, judged.
#[derive(Debug)]
pub(crate) struct Sample {
    /// How its cells are written.
    pub dialect: Dialect,
    /// The names of the columns; `None` if the file is empty.
    pub header: Option<Record>,
    /// The lines before the header that are not blank.
    pub before: Vec<u64>,
    /// The first line that is not blank, if its quotation marks are malformed.
    pub unreadable: Option<u64>,
    /// The lines after the header that were read already; a number is one that is too long.
    pub rest: VecDeque<Result<Line, u64>>,
}

/// The records of the sample by a separator.
struct Reading {
    dialect: Dialect,
    records: Vec<Place>,
    /// Which of them is the header.
    header: usize,
    /// How well it fits.
    fit: Fit,
}

/// How well a separator fits, what counts most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Fit {
    /// Whether there are rows like the header, with an address or a number alone in its cell: names may have any sign.
    has_leads: bool,
    /// How many names of columns are known.
    known: usize,
    /// The part of the records that have as many cells as the header, in twentieths.
    like_header: usize,
    /// How many records have an address or a number alone in a cell.
    leads: usize,
    columns: usize,
    malformed: Reverse<usize>,
}

impl Sample {
    /// Reads the start of a file. A given separator counts, else that of a first line such as `sep=;`, which is skipped.
    /// Columns named by `map` are known, too.
    pub fn read<R: Read>(
        lines: &mut Lines<R>,
        separator: Option<u8>,
        map: &[(String, Field)],
    ) -> Result<Self, LineError> {
        let mut read = Vec::new();
        let mut bytes = 0;
        while read.len() < LINES_MAX && bytes < BYTES_MAX {
            match lines.next_line() {
                Ok(Some(line)) => {
                    bytes += line.text.len();
                    read.push(Ok(line));
                }
                Ok(None) => break,
                Err(LineError::TooLong(number)) if !read.is_empty() => read.push(Err(number)),
                Err(error) => return Err(error),
            }
        }
        let text = |line: &Result<Line, u64>| line.as_ref().map_or(String::new(), |line| line.text.clone());
        let texts: Vec<String> = read.iter().map(text).collect();
        let first = texts.iter().position(|text| !text.trim().is_empty()).unwrap_or(texts.len());
        let said = texts.get(first).and_then(|text| separator_line(text));
        let from = first + usize::from(said.is_some());
        let candidates = separator.or(said).map_or(SEPARATORS.to_vec(), |one| vec![one]);
        let best = candidates
            .into_iter()
            .flat_map(|separator| dialects(separator, &texts[from..]))
            .map(|dialect| Reading::new(dialect, &texts[from..], map))
            .reduce(|best, other| if other.fit > best.fit { other } else { best });
        let Some(best) = best else { return Ok(Self::empty(Dialect::plain(b','))) };
        let number = |at: usize| read.get(from + at).map_or(0, |line| line.as_ref().map_or_else(|n| *n, |l| l.number));
        // It is no record: the names of the columns may have been in it.
        let unreadable = texts[from..].iter().position(|text| !text.trim().is_empty());
        let unreadable =
            unreadable.filter(|at| best.records.first().is_none_or(|(first, _, _)| first > at)).map(number);
        let Some((start, end, cells)) = best.records.get(best.header).cloned() else {
            return Ok(Self { unreadable, ..Self::empty(best.dialect) });
        };
        let before = (0..start).filter(|at| !texts[from + at].trim().is_empty()).map(number).collect();
        let header = Some(Record { line: number(start), cells });
        let rest = read.split_off(from + end).into();
        Ok(Self { dialect: best.dialect, header, before, unreadable, rest })
    }

    /// Splits the records of a sheet into the header (with the numbers of the lines above it) and the rest.
    pub fn of_records(mut records: Vec<Record>, map: &[(String, Field)]) -> (Option<(Record, Vec<u64>)>, Vec<Record>) {
        let header = header_of(records.iter().map(|record| record.cells.as_slice()), map).0;
        if header >= records.len() {
            return (None, Vec::new());
        }
        let rest = records.split_off(header + 1);
        let before = records.iter().take(header).map(|record| record.line).collect();
        (records.pop().map(|record| (record, before)), rest)
    }

    const fn empty(dialect: Dialect) -> Self {
        Self { dialect, header: None, before: Vec::new(), unreadable: None, rest: VecDeque::new() }
    }
}

impl Reading {
    fn new(dialect: Dialect, lines: &[String], map: &[(String, Field)]) -> Self {
        let (records, malformed) = records(lines, dialect);
        let (header, best) = header_of(records.iter().map(|(_, _, cells)| cells.as_slice()), map);
        let columns = records.get(header).map_or(0, |(_, _, cells)| cells.len());
        let others = &records[(header + 1).min(records.len())..];
        let like_it = others.iter().filter(|(_, _, cells)| fits(cells, columns)).count();
        let share = if others.is_empty() { 20 } else { like_it * 20 / others.len() };
        let leads = others.iter().filter(|(_, _, cells)| cells.iter().any(|cell| is_alone(cell))).count();
        let has_leads = like_it > 0 && leads > 0;
        let fit = Fit { has_leads, known: best, like_header: share, leads, columns, malformed: Reverse(malformed) };
        Self { dialect, records, header, fit }
    }
}

/// Whether these records have a header with known names.
pub(crate) fn has_header(records: &[Record], map: &[(String, Field)]) -> bool {
    header_of(records.iter().map(|record| record.cells.as_slice()), map).1 > 0
}

/// Which of the records names the columns, and how many of its names are known: the first, unless one below it clearly
/// does.
fn header_of<'a>(records: impl Iterator<Item = &'a [String]>, map: &[(String, Field)]) -> (usize, usize) {
    let known = |cells: &[String]| cells.iter().filter(|cell| headers::is_known(cell, map)).count();
    let (mut header, mut best) = (0, 0);
    for (at, cells) in records.enumerate().take(HEADER_WITHIN) {
        let filled = cells.iter().filter(|cell| !cell.trim().is_empty()).count();
        let known = known(cells);
        if at == 0 || (known >= 2 && known > best && known * 2 > filled && !cells.iter().any(|cell| is_data(cell))) {
            (header, best) = (at, known);
        }
    }
    (header, best)
}

/// Whether a row has as many cells as the header, not counting empty ones.
fn fits(cells: &[String], columns: usize) -> bool {
    let used = cells.iter().rposition(|cell| !cell.trim().is_empty()).map_or(0, |last| last + 1);
    cells.len() == columns || (used <= columns && cells.len() > 1)
}

/// Whether a cell holds an address or a number: no header does.
fn is_data(cell: &str) -> bool {
    cell.contains('@') || cell.chars().filter(char::is_ascii_digit).count() >= 5
}

/// Whether a cell is an address or a telephone number and nothing else, as it is where the separator is right.
fn is_alone(cell: &str) -> bool {
    let digits = cell.chars().filter(char::is_ascii_digit).count();
    let is_number = digits >= 7 && cell.chars().all(|c| c.is_ascii_digit() || " +-().'/".contains(c));
    is_number || rows::is_address(cell)
}

/// The separator that a line such as `sep=;` names, also where a spreadsheet has quoted or padded it.
fn separator_line(text: &str) -> Option<u8> {
    let text = text.trim_matches([' ', '"']);
    let sign = text.get(..4).filter(|start| start.eq_ignore_ascii_case("sep=")).and(text.as_bytes().get(4))?;
    let padding = text.as_bytes()[5..].iter().all(|byte| SEPARATORS.contains(byte) || matches!(byte, b' ' | b'"'));
    (SEPARATORS.contains(sign) && padding).then_some(*sign)
}

/// How the cells may be written with this separator, the usual way first.
fn dialects(separator: u8, lines: &[String]) -> Vec<Dialect> {
    let plain = Dialect::plain(separator);
    let mut dialects = vec![plain];
    if lines.iter().any(|line| line.contains("\\\"")) {
        dialects.push(Dialect { escapes: true, ..plain });
    }
    let first = lines.iter().map(|line| line.trim()).find(|line| !line.is_empty()).unwrap_or_default();
    if first.starts_with('"') {
        dialects.push(Dialect { wrapped: true, ..plain });
    }
    if first.len() > 1 && first.starts_with('\'') && first.ends_with('\'') {
        dialects.insert(0, Dialect { quote: b'\'', ..plain });
    }
    dialects
}

/// A record of the sample: the places of its first line and of the line after its last, and its cells.
type Place = (usize, usize, Vec<String>);

/// Splits the sample; also returns how many lines are malformed. A record that is malformed costs its first line alone
/// here.
fn records(lines: &[String], dialect: Dialect) -> (Vec<Place>, usize) {
    let mut malformed = 0;
    let mut records = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        if lines[at].trim().is_empty() {
            at += 1;
            continue;
        }
        let mut cells = Cells::new(dialect);
        let mut end = at;
        let step = loop {
            let step = cells.feed(&lines[end]);
            end += 1;
            if step != Step::Open || end == lines.len() || end - at > CELL_LINES_MAX {
                break step;
            }
        };
        if step == Step::Ended {
            records.push((at, end, cells.into_cells()));
            at = end;
        } else {
            at += 1;
            malformed += 1;
        }
    }
    (records, malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TextEncoding;

    fn sample(text: &str) -> Sample {
        Sample::read(&mut Lines::new(text.as_bytes(), TextEncoding::Utf8), None, &[]).unwrap()
    }

    #[test]
    fn the_separator_is_judged_over_many_records() {
        for (text, separator) in [
            ("a,b\n", b','),
            ("a;b,c;d\n", b';'),
            ("a\tb\n", b'\t'),
            ("a|b\n1|2\n", b'|'),
            ("\"a;b;c\",d\n", b','),
            ("a\n", b','),
            ("Importe, total;Correo;Notas\n1,5;a@example.org;x, y\n2,5;b@example.org;z\n", b';'),
            ("\"Nombre\ncompleto; todo\",\"Correo, el de casa\"\nAna,a@example.org\n", b','),
            ("Nombre completo\nGarcía, Ana\nRuiz, Eva\n", b';'),
            ("Notas,Correo\n\"a;b;c\nd;e\",x@example.org\n", b','),
        ] {
            assert_eq!(sample(text).dialect.separator, separator, "{text}");
        }
    }

    #[test]
    fn a_separator_line_is_obeyed_and_skipped() {
        for line in ["sep=;", "SEP=;", "\"sep=;\"", "sep=;;;", "sep=; "] {
            let sample = sample(&format!("{line}\na,b;c\n"));
            assert_eq!(sample.header, Some(Record { line: 2, cells: vec!["a,b".into(), "c".into()] }), "{line}");
        }
        assert_eq!(sample("sep=x\n").header.unwrap().cells, ["sep=x"]);
    }

    #[test]
    fn a_title_above_the_header_is_no_header() {
        let sample = sample("Informe de contactos\n\nNotes:\nNombre;Correo;Teléfono\nAna;a@example.org;600111222\n");
        assert_eq!((sample.dialect.separator, sample.header.unwrap().line, sample.before), (b';', 4, vec![1, 3]));
        assert_eq!(sample.rest.len(), 1);
    }

    #[test]
    fn a_row_of_data_is_no_header() {
        let header = |text: &str| sample(text).header.unwrap().line;
        assert_eq!(header("Quién;Dónde\nCliente;Email\n"), 2);
        assert_eq!(header("Quién;Correo\nCliente;a@example.org\n"), 1);
        assert_eq!(header("Nombre;Correo\nEmail;Cliente\n"), 1);
    }
}
