//! Reads the leads of a file one by one.

use std::{
    collections::{HashMap, HashSet},
    io::{self, Seek},
};

use jiff::tz::TimeZone;
use reparto_domain::{Timestamp, fold::fold, phone::Country, users::Person};

use crate::{
    Crm, DateOrder, Field, FileNotice, Layout, Lead, OpenError, Problem, RowProblem, TextEncoding,
    decode::{LINE_MAX, LineError, Lines, PatchedLines},
    encoding,
    format::{self, Format},
    layout::{Column, Source},
    read::Read,
    records::{Record, RecordError, Records},
    rows,
    sample::Sample,
    shape::Shape,
    sheet::{self, Sheet},
    survey::Survey,
};

/// How to read a file.
#[derive(Debug, Clone)]
pub struct Options {
    /// The caller's mapping of columns, by name.
    pub map: Vec<(String, Field)>,
    /// The order of the numbers in dates; `None` to see it from all dates of the file.
    pub date_order: Option<DateOrder>,
    /// The time zone of times without an offset.
    pub time_zone: TimeZone,
    /// The country whose phone numbers are written without a code.
    pub country: Country,
    /// The cell separator; `None` to detect it.
    pub separator: Option<u8>,
    /// The encoding; `None` to detect it.
    pub encoding: Option<TextEncoding>,
    /// The sheet of a workbook; `None` for the first one.
    pub sheet: Option<String>,
    /// The users that may be named as holders: addresses by folded name. See [`Options::add_people`].
    pub people: HashMap<String, String>,
    /// The time of the import: since when somebody is not to be contacted, where the file does not say.
    pub now: Timestamp,
    /// The addresses of the users who may be holders, in lower case; `None`: any address.
    pub holders: Option<HashSet<String>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            map: Vec::new(),
            date_order: None,
            time_zone: TimeZone::UTC,
            country: Country::default(),
            separator: None,
            encoding: None,
            sheet: None,
            people: HashMap::new(),
            now: Timestamp::default(),
            holders: None,
        }
    }
}

impl Options {
    /// Allows these users, and no others, to be given as owners, by address or by name, as most systems export them: "Ana
    /// García" is the user of that name, if there is exactly one.
    pub fn add_people(&mut self, people: &[Person]) {
        let mut twice = Vec::new();
        let holders = self.holders.get_or_insert_default();
        for person in people {
            let name = fold(&person.name);
            holders.insert(person.email.to_lowercase());
            if self.people.insert(name.clone(), person.email.clone()).is_some() {
                twice.push(name);
            }
        }
        for name in twice {
            self.people.remove(&name);
        }
    }
}

/// The leads of a file: an iterator over rows and the problems of those that do not come in. Blank records are skipped.
pub struct Leads<R> {
    rows: Rows<R>,
    layout: Layout,
    builder: rows::Builder,
    finished: bool,
}

/// Where the records come from.
enum Rows<R> {
    Text(Box<Records<R>>),
    Sheet(std::vec::IntoIter<Record>),
}

/// The columns of a file, as its start shows them.
struct Start {
    crm: Option<Crm>,
    columns: Vec<Column>,
    header_line: u64,
    before: Vec<u64>,
}

impl<R: io::Read + Seek> Leads<R> {
    /// Looks at the whole file, maps its columns, and starts again at its first row.
    pub fn open(mut input: R, options: &Options) -> Result<Self, OpenError> {
        match format::of(&mut input)? {
            Format::Workbook => Self::open_sheet(input, options),
            Format::Text => Self::open_text(input, options),
        }
    }

    fn open_text(mut input: R, options: &Options) -> Result<Self, OpenError> {
        let encoding = match options.encoding {
            Some(encoding) => encoding,
            None => encoding::detect(&mut input)?,
        };
        input.rewind()?;
        if let Some(other) = format::of_text(&mut input, encoding)? {
            return Err(OpenError::NotTable(other));
        }
        let (mut records, start, separator) = start_of(&mut input, encoding, options)?;
        let mut survey = Survey::default();
        let own = start.crm == Some(Crm::Reparto);
        loop {
            match records.next_record() {
                Ok(Some(record)) => survey.see(&start.columns, &record, own),
                Ok(None) => break,
                Err(error) => {
                    survey.rows += 1;
                    if error.is_last() {
                        break;
                    }
                }
            }
        }
        let date_order = survey.date_order(options.date_order)?;
        let PatchedLines { first, total } = records.patched().clone();
        let bad = (total > 0).then_some(FileNotice::BadBytes { first, total });
        input.rewind()?;
        let (records, start, _) = start_of(input, encoding, options)?;
        let source = Source::Text { encoding, separator: char::from(separator) };
        let rows = (Rows::Text(Box::new(records)), survey.rows);
        let notices = bad.into_iter().chain(survey.notices(Some(encoding)));
        Ok(Self::new(rows, start, source, date_order, notices, options))
    }

    fn open_sheet(input: R, options: &Options) -> Result<Self, OpenError> {
        let Sheet { name, records, others } = sheet::read(input, options)?;
        let (header, rest) = Sample::of_records(records, &options.map);
        let Some((header, before)) = header else { return Err(OpenError::Empty) };
        let looks_like_lead = looks_like_lead(&header.cells);
        let (crm, columns) = Layout::fields_of(header.cells, &options.map).map_err(|error| match error {
            OpenError::NothingRecognised { .. } if looks_like_lead => OpenError::NoHeader { line: header.line },
            error => error,
        })?;
        let mut survey = Survey::default();
        for record in &rest {
            survey.see(&columns, record, crm == Some(Crm::Reparto));
        }
        let date_order = survey.date_order(options.date_order)?;
        let start = Start { crm, columns, header_line: header.line, before };
        let rows = (Rows::Sheet(rest.into_iter()), survey.rows);
        let others = (!others.is_empty()).then_some(FileNotice::OtherSheets(others));
        let notices = others.into_iter().chain(survey.notices(None));
        Ok(Self::new(rows, start, Source::Sheet { name }, date_order, notices, options))
    }

    fn new(
        (rows, count): (Rows<R>, u64),
        start: Start,
        source: Source,
        date_order: DateOrder,
        notices: impl Iterator<Item = FileNotice>,
        options: &Options,
    ) -> Self {
        let before = (!start.before.is_empty()).then_some(FileNotice::BeforeHeader(start.before));
        let layout = Layout {
            crm: start.crm,
            source,
            date_order,
            header_line: start.header_line,
            columns: start.columns,
            rows: count,
            notices: before.into_iter().chain(notices).chain((count == 0).then_some(FileNotice::NoRows)).collect(),
        };
        let builder = rows::Builder::new(options, date_order, layout.crm);
        Self { rows, layout, builder, finished: false }
    }

    /// What was detected about the file.
    pub const fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Reads the next row with its cells; `None` at the end.
    pub fn next_read(&mut self) -> Option<Read> {
        loop {
            let record = match self.next_record()? {
                Ok(record) => record,
                Err((problem, cells)) => return Some(Read { line: problem.line, cells, lead: Err(problem) }),
            };
            if let Some(lead) = self.builder.build(&self.layout.columns, &record).transpose() {
                return Some(Read { line: record.line, cells: record.cells, lead });
            }
        }
    }

    /// The next record, or why it cannot be read and what there is of it.
    fn next_record(&mut self) -> Option<Result<Record, (RowProblem, Vec<String>)>> {
        if self.finished {
            return None;
        }
        let records = match &mut self.rows {
            Rows::Sheet(records) => return records.next().map(Ok),
            Rows::Text(records) => records,
        };
        let error = match records.next_record() {
            Ok(Some(record)) => return Some(Ok(record)),
            Ok(None) => return None,
            Err(error) => error,
        };
        self.finished = error.is_last();
        let unreadable = |text: String| Problem::Unreadable(text);
        let mut cells = Vec::new();
        let (line, problem) = match error {
            RecordError::Malformed { line, last, text } => {
                cells.push(text);
                (line, Problem::Malformed { last: if last > line { last } else { 0 } })
            }
            RecordError::Hopeless(line) => {
                (line, unreadable("too many quotation marks that are not closed: the rest was not read".to_owned()))
            }
            RecordError::Line(LineError::TooLong(line)) => (line, Problem::LineTooLong { max: LINE_MAX }),
            RecordError::Line(LineError::Io(error)) => (0, unreadable(format!("cannot read further: {error}"))),
        };
        Some(Err((RowProblem { line, problem }, cells)))
    }
}

/// Reads the start of a text: its records after the header, its columns, and its separator.
fn start_of<R: io::Read>(
    input: R,
    encoding: TextEncoding,
    options: &Options,
) -> Result<(Records<R>, Start, u8), OpenError> {
    let mut lines = Lines::new(input, encoding);
    let mut sample = Sample::read(&mut lines, options.separator, &options.map).map_err(|error| match error {
        LineError::Io(error) => OpenError::Io(error),
        LineError::TooLong(line) => OpenError::LineTooLong { line, max: LINE_MAX },
    })?;
    let Some(header) = sample.header.take() else {
        return Err(sample.unreadable.map_or(OpenError::Empty, |line| OpenError::HeaderQuotes { line }));
    };
    // A line that cannot be split is one cell.
    let is_split = header.cells.iter().all(|cell| cell.matches('"').count() % 2 == 0);
    let unreadable = sample.unreadable.or((!is_split).then_some(header.line));
    let looks_like_lead = looks_like_lead(&header.cells);
    let (crm, columns) = Layout::fields_of(header.cells, &options.map).map_err(|error| match (error, unreadable) {
        (OpenError::NothingRecognised { .. }, Some(line)) => OpenError::HeaderQuotes { line },
        (OpenError::NothingRecognised { .. }, None) if looks_like_lead => OpenError::NoHeader { line: header.line },
        (error, _) => error,
    })?;
    let separator = sample.dialect.separator;
    let before = std::mem::take(&mut sample.before);
    let records = Records::new(lines, sample, Shape::of(&columns));
    Ok((records, Start { crm, columns, header_line: header.line, before }, separator))
}

/// Whether a line that should name the columns has an address or a number.
fn looks_like_lead(cells: &[String]) -> bool {
    let digits = |cell: &str| cell.chars().filter(char::is_ascii_digit).count();
    cells.iter().any(|cell| rows::is_address(cell) || (digits(cell) >= 7 && digits(cell) * 2 > cell.len()))
}

impl<R: io::Read + Seek> Iterator for Leads<R> {
    type Item = Result<Lead, RowProblem>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_read().map(|read| read.lead)
    }
}
