//! Turns a record into a row of an import.

mod cells;
mod draft;
mod placeholders;

use std::collections::{HashMap, HashSet};

use jiff::tz::TimeZone;
use reparto_domain::{
    Timestamp,
    consent::{Consent, DoNotContact},
    fold::fold,
    imports::ImportRow,
    opportunities::{ATTEMPTS_MAX, Attempts},
    phone::{self, Country},
    values::EmailAddress,
};
use serde_json::{Map, Value};

use crate::{
    Crm, DateOrder, Field, Notice, Options, Problem, RowNotice, RowProblem, dates, headers, layout::Column,
    problems::shortened, records::Record, sheet::UNCALCULATED, words,
};
use draft::{Draft, add_line, fill, fill_with};

/// The maximum length of fields other than free text, in characters.
pub const TEXT_MAX: usize = 1_000;

/// What was expected where a spreadsheet shows an error.
const ERROR: &str = "value (a spreadsheet has an error there)";

/// And where it has a formula without its result.
const FORMULA: &str = "value (a formula that was never calculated: open the file in a spreadsheet and save it)";

/// What a form's test lead has for answers.
const TEST_LEAD: &str = "<test lead";

/// A row, and what somebody should know about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Lead {
    /// The row.
    pub row: ImportRow,
    /// What could not be read, and the like.
    pub notices: Vec<RowNotice>,
}

/// Builds rows.
#[derive(Debug)]
pub(crate) struct Builder {
    date_order: DateOrder,
    zone: TimeZone,
    country: Country,
    people: HashMap<String, String>,
    now: Timestamp,
    holders: Option<HashSet<String>>,
    /// Whether the file is our own export.
    own: bool,
    /// Whether the file is a report, which may end with lines about itself.
    report: bool,
}

/// Whether a field takes any text.
const fn is_free(field: Field) -> bool {
    matches!(
        field,
        Field::Custom | Field::Ignore | Field::Notes | Field::ContactNotes | Field::CustomFields | Field::Reason
    )
}

/// What became of a cell.
enum Put {
    /// It is in its field.
    Done,
    /// The text must (also) go to the custom fields.
    Rest(String),
    /// It must go to the custom fields, with a notice.
    Noted(String, Notice),
}

impl From<Option<String>> for Put {
    fn from(rest: Option<String>) -> Self {
        rest.map_or(Self::Done, Self::Rest)
    }
}

impl Builder {
    pub(crate) fn new(options: &Options, date_order: DateOrder, crm: Option<Crm>) -> Self {
        Self {
            date_order,
            zone: options.time_zone.clone(),
            country: options.country,
            people: options.people.clone(),
            now: options.now,
            holders: options.holders.clone(),
            own: crm == Some(Crm::Reparto),
            report: crm == Some(Crm::Salesforce),
        }
    }

    /// Builds the row of a record. No text is lost: a cell goes to its field or, if the field already has a value or the
    /// cell cannot be read, to the custom fields under the column's header. `None` if there is nothing in any cell.
    pub(crate) fn build(&self, columns: &[Column], record: &Record) -> Result<Option<Lead>, RowProblem> {
        let line = record.line;
        let used = record.cells.iter().rposition(|cell| !cell.trim().is_empty()).map_or(0, |last| last + 1);
        if used > columns.len() {
            return Err(RowProblem { line, problem: Problem::TooManyCells { found: used, columns: columns.len() } });
        }
        if is_header(columns, &record.cells) {
            return Err(RowProblem { line, problem: Problem::HeaderAgain });
        }
        if self.report && is_about_the_report(columns, &record.cells) {
            return Err(RowProblem { line, problem: Problem::ReportLine });
        }
        let mut draft = Draft::new(line);
        let mut empty = true;
        for (column, cell) in columns.iter().zip(&record.cells) {
            let Some(text) = cells::clean(cell, self.own) else { continue };
            if is_test(column, &text) {
                return Err(RowProblem { line, problem: Problem::TestLead });
            }
            empty = false;
            if cells::has_controls(cell) {
                draft.notices.push(Notice::Controls { column: column.header.clone() });
            }
            if !self.own && placeholders::is_nothing(column.field, &text) {
                continue;
            }
            let is_error = !self.own && !is_free(column.field) && placeholders::is_error(&text);
            let put = if text == UNCALCULATED && column.field != Field::Ignore {
                unread(column, text, FORMULA)
            } else if is_error {
                unread(column, text, ERROR)
            } else {
                self.put(&mut draft, column, text)
            };
            let (rest, notice) = match put {
                Put::Done => continue,
                Put::Rest(text) => (text, None),
                Put::Noted(text, notice) => (text, Some(notice)),
            };
            draft.notices.extend(notice);
            draft.keep(&column.header, Value::String(rest));
        }
        let at = draft.row.detected_at.unwrap_or(self.now);
        draft.row.day = self.day_of(at);
        Ok((!empty).then(|| draft.finish()))
    }

    /// Stores a cell in its field.
    fn put(&self, draft: &mut Draft, column: &Column, text: String) -> Put {
        let row = &mut draft.row;
        match column.field {
            Field::Ignore => Put::Done,
            Field::Custom => Put::Rest(text),
            Field::Email => match cells::email(&text) {
                None => unread(column, text, "email address"),
                Some((address, more)) => {
                    let other = fill(&mut row.contact.email, address.as_str().to_owned()).is_some();
                    if more || other { Put::Rest(text) } else { Put::Done }
                }
            },
            Field::Phone | Field::Mobile if self.own => {
                let slot = if column.field == Field::Phone { &mut row.contact.phone } else { &mut row.contact.mobile };
                fill(slot, text).into()
            }
            Field::Phone | Field::Mobile => self.put_phone(draft, column, text),
            Field::DetectedAt => match dates::parse(&text, self.date_order, &self.zone) {
                None => unread(column, text, "date"),
                Some(at) => fill_with(&mut row.detected_at, at, text).into(),
            },
            Field::Score => match cells::score(&text) {
                None => unread(column, text, "score from 0 to 100"),
                Some(score) => fill_with(&mut draft.score, score, text).into(),
            },
            Field::Status => match words::status(&text) {
                None => unknown(column, text, "status"),
                Some(word) => fill_with(&mut draft.status, word, text).into(),
            },
            Field::Priority => match words::priority(&text) {
                None => unknown(column, text, "priority"),
                Some(priority) => fill_with(&mut draft.priority, priority, text).into(),
            },
            Field::AssignedTo => match self.holder(&text) {
                None => unread(column, text, "active user who may hold leads"),
                Some(address) => fill_with(&mut row.holder_email, address, text).into(),
            },
            Field::Notes => add_line(&mut row.notes, text),
            Field::ContactNotes => add_line(&mut row.contact.notes, text),
            Field::Reason => match object(&text) {
                Some(object) => {
                    for (name, value) in object {
                        draft.explain(column, name, value);
                    }
                    Put::Done
                }
                None => reason(draft, "reason", text),
            },
            Field::Source => {
                let rest = limited(column, text.clone(), |text| fill(&mut row.contact.source, text));
                // Our own exports have the reason in a column of its own.
                if self.own { rest } else { reason(draft, "source", text) }
            }
            Field::SourceAt => match dates::parse(&text, self.date_order, &self.zone) {
                None => unread(column, text, "date"),
                Some(at) => fill_with(&mut row.contact.source_at, at, text).into(),
            },
            Field::Consent => match json(&text) {
                None => unread(column, text, "consent as a JSON object"),
                Some(consent) => fill_with::<Consent>(&mut row.contact.consent, consent, text).into(),
            },
            Field::DoNotContact => match self.wish(&text) {
                None => Put::Done,
                Some(wish) => fill_with(&mut row.contact.do_not_contact, wish, text).into(),
            },
            Field::Title => reason(draft, "title", text),
            Field::ContactId => match text.parse() {
                Ok(id) => fill_with(&mut row.contact_id, id, text).into(),
                Err(_) => unread(column, text, "contact id"),
            },
            Field::CustomFields => match object(&text) {
                Some(object) => {
                    for (name, value) in object {
                        draft.keep(&name, value);
                    }
                    Put::Done
                }
                None => Put::Rest(text),
            },
            Field::Attempts => match attempts(&text) {
                None => unread(column, text, "map of attempts"),
                Some(attempts) if row.attempts.is_empty() || row.attempts == attempts => {
                    row.attempts = attempts;
                    Put::Done
                }
                Some(_) => Put::Rest(text),
            },
            Field::Name => limited(column, text, |text| draft.call(column, text)),
            _ => draft::put_contact(&mut row.contact, column, text),
        }
    }

    /// The first number goes to its field, further ones to the other field if that stays free.
    fn put_phone(&self, draft: &mut Draft, column: &Column, text: String) -> Put {
        let phones = phone::read(&text, self.country);
        let rounded = "phone number (a spreadsheet has rounded it)";
        let mut numbers = phones.numbers.into_iter();
        let Some(first) = numbers.next() else {
            return unread(column, text, if phones.rounded { rounded } else { "phone number" });
        };
        let key = |text: &str| phone::read(text, self.country).numbers.into_iter().next().map(|number| number.key);
        let contact = &mut draft.row.contact;
        let slot = if column.field == Field::Phone { &mut contact.phone } else { &mut contact.mobile };
        let mut more = phones.more;
        match slot {
            None => *slot = Some(first.text),
            Some(there) if key(there).as_ref() == Some(&first.key) => {}
            Some(_) => {
                more = true;
                draft.numbers.push(first);
            }
        }
        draft.numbers.extend(numbers);
        match (phones.rounded, more) {
            (true, _) => unread(column, text, rounded),
            (false, true) => Put::Rest(text),
            (false, false) => Put::Done,
        }
    }

    /// The day of a time in the zone of the file, as `YYYY-MM-DD`.
    fn day_of(&self, at: Timestamp) -> Option<String> {
        let at = jiff::Timestamp::from_microsecond(at.micros()).ok()?;
        Some(self.zone.to_datetime(at).date().to_string())
    }

    /// What a text says of the wish not to be contacted. One that is not understood in full is a wish all the same.
    fn wish(&self, text: &str) -> Option<DoNotContact> {
        let since = |since| DoNotContact { since, reason: None };
        match words::yes_or_no(text) {
            Some(false) => None,
            Some(true) => Some(since(self.now)),
            None => json(text)
                .or_else(|| dates::parse(text, self.date_order, &self.zone).map(since))
                .or_else(|| Some(DoNotContact { reason: Some(text.to_owned()), ..since(self.now) })),
        }
    }

    /// The address of the holder whom a text names.
    fn holder(&self, text: &str) -> Option<String> {
        let address = text
            .split(|c: char| c.is_whitespace() || "<>(),;".contains(c))
            .find_map(EmailAddress::new)
            .filter(|address| self.holders.as_ref().is_none_or(|holders| holders.contains(&address.key())));
        address.map(|address| address.as_str().to_owned()).or_else(|| self.people.get(&fold(text)).cloned())
    }
}

/// Whether a cell is an email address and nothing else.
pub(crate) fn is_address(cell: &str) -> bool {
    cells::email(cell).is_some_and(|(_, more)| !more)
}

/// Whether a record has nothing in any cell: it is no row.
pub(crate) fn is_blank(columns: &[Column], record: &Record, own: bool) -> bool {
    let (cells, more) = record.cells.split_at(columns.len().min(record.cells.len()));
    cells.iter().all(|cell| cells::clean(cell, own).is_none()) && more.iter().all(|cell| cell.trim().is_empty())
}

/// Whether the cells are what Salesforce writes below a report: its name, a copyright, who made it. They stand alone in the
/// first column.
fn is_about_the_report(columns: &[Column], cells: &[String]) -> bool {
    let mut filled = cells.iter().map(|cell| !cell.trim().is_empty());
    let reaches =
        columns.first().is_some_and(|column| matches!(column.field, Field::Email | Field::Phone | Field::Mobile));
    columns.len() > 2 && !reaches && filled.next() == Some(true) && !filled.any(|is_filled| is_filled)
}

/// Whether the cells are the names of the columns.
fn is_header(columns: &[Column], cells: &[String]) -> bool {
    let mut named = columns.iter().zip(cells).filter(|(_, cell)| !cell.trim().is_empty());
    let same = |(column, cell): (&Column, &String)| {
        // A second "Email" is called "Email (2)".
        let (header, cell) = (headers::key(&column.header), headers::key(cell));
        !cell.is_empty()
            && header.trim_end_matches(|c: char| c.is_ascii_digit())
                == cell.trim_end_matches(|c: char| c.is_ascii_digit())
    };
    match (columns.len(), named.next()) {
        (2.., Some(first)) => same(first) && named.clone().count() > 0 && named.all(same),
        _ => false,
    }
}

/// Whether a cell says that the row is no lead but a form's test.
fn is_test(column: &Column, text: &str) -> bool {
    text.get(..TEST_LEAD.len()).is_some_and(|start| start.eq_ignore_ascii_case(TEST_LEAD))
        || (headers::key(&column.header) == "istest" && words::yes_or_no(text) == Some(true))
}

fn unread(column: &Column, text: String, expected: &'static str) -> Put {
    let notice = Notice::Kept { column: column.header.clone(), value: shortened(&text), expected };
    Put::Noted(text, notice)
}

fn unknown(column: &Column, text: String, expected: &'static str) -> Put {
    let notice = Notice::UnknownWord { column: column.header.clone(), value: shortened(&text), expected };
    Put::Noted(text, notice)
}

fn reason(draft: &mut Draft, name: &str, text: String) -> Put {
    if draft.reason.contains_key(name) {
        return Put::Rest(text);
    }
    draft.reason.insert(name.to_owned(), Value::String(text));
    Put::Done
}

/// Stores a text that is not too long.
fn limited(column: &Column, text: String, store: impl FnOnce(String) -> Option<String>) -> Put {
    let found = if text.len() > TEXT_MAX { text.chars().count() } else { 0 };
    if found > TEXT_MAX {
        let notice = Notice::TooLong { column: column.header.clone(), found, max: TEXT_MAX };
        return Put::Noted(text, notice);
    }
    store(text).into()
}

/// Parses a JSON object of a known form.
fn json<T: serde::de::DeserializeOwned>(text: &str) -> Option<T> {
    if text.starts_with('{') { serde_json::from_str(text).ok() } else { None }
}

/// Parses a JSON object.
fn object(text: &str) -> Option<Map<String, Value>> {
    if text.starts_with('{') { serde_json::from_str(text).ok() } else { None }
}

fn attempts(text: &str) -> Option<Attempts> {
    let attempts: Attempts = serde_json::from_str(text).ok()?;
    attempts.keys().all(|number| (1..=ATTEMPTS_MAX).contains(number)).then_some(attempts)
}

#[cfg(test)]
mod tests;
