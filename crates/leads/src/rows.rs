//! Turns a record into a row of an import.

use std::collections::HashMap;

use reparto_domain::{
    Priority, Score,
    contacts::ContactFields,
    fold::fold,
    imports::ImportRow,
    json::KeptObject,
    opportunities::{ATTEMPTS_MAX, Attempts},
    spreadsheet::unescape_cell,
    values::EmailAddress,
};
use serde_json::{Map, Value};

use crate::{
    DateOrder, Field, Options, Problem, RowProblem, dates, layout::Column, names, problems::shortened, records::Record,
    words,
};

/// The maximum length of fields other than free text, in characters.
pub const TEXT_MAX: usize = 1_000;

/// Builds rows.
#[derive(Debug)]
pub(crate) struct Builder {
    date_order: DateOrder,
    people: HashMap<String, String>,
    /// Whether the file is our own export.
    own: bool,
}

impl Builder {
    pub(crate) fn new(options: &Options, own: bool) -> Self {
        Self { date_order: options.date_order, people: options.people.clone(), own }
    }

    /// Builds the row of a record. No text is lost: a cell goes to its field or, if the field already has a value or
    /// the word is unknown, to the custom fields under the column's header.
    pub(crate) fn build(&self, columns: &[Column], record: Record) -> Result<ImportRow, RowProblem> {
        let line = record.line;
        let fail = |problem| RowProblem { line, problem };
        let used = record.cells.iter().rposition(|cell| !cell.trim().is_empty()).map_or(0, |last| last + 1);
        if used > columns.len() {
            return Err(fail(Problem::TooManyCells { found: used, columns: columns.len() }));
        }
        let mut draft = Draft::new(line);
        for (column, cell) in columns.iter().zip(record.cells) {
            let text = clean(cell, self.own);
            if text.is_empty() {
                continue;
            }
            let rest = self.put(&mut draft, column, text).map_err(fail)?;
            if let Some(text) = rest {
                draft.custom.insert(column.header.clone(), Value::String(text));
            }
        }
        Ok(draft.finish())
    }

    /// Stores a cell in its field; returns the text if it must (also) go to the custom fields.
    fn put(&self, draft: &mut Draft, column: &Column, text: String) -> Result<Option<String>, Problem> {
        let bad = |expected| Problem::BadValue {
            column: column.header.clone(),
            field: column.field,
            value: shortened(&text),
            expected,
        };
        let row = &mut draft.row;
        match column.field {
            Field::Ignore => return Ok(None),
            Field::Custom => return Ok(Some(text)),
            Field::Email => {
                let mut parts = text.split([',', ';', ' ', '\n']).map(|part| part.trim_start_matches("mailto:"));
                let address = parts.find_map(EmailAddress::new).ok_or_else(|| bad("email address"))?;
                let whole = address.as_str().len() == text.len();
                let rest = fill(&mut row.contact.email, address.as_str().to_owned());
                return Ok(if whole { rest } else { Some(text) });
            }
            Field::Phone | Field::Mobile => {
                let (first, more) = first_phone(&text);
                if first.contains("E+") || first.contains("e+") {
                    return Err(bad("phone number (a spreadsheet has rounded it)"));
                }
                if !first.chars().any(|c| c.is_ascii_digit()) {
                    return Ok(Some(text));
                }
                let slot = if column.field == Field::Phone { &mut row.contact.phone } else { &mut row.contact.mobile };
                let rest = fill(slot, limited(column, first.to_owned())?);
                return Ok(if more { Some(text) } else { rest });
            }
            Field::DetectedAt => {
                let at = dates::parse(&text, self.date_order).ok_or_else(|| bad("date"))?;
                return Ok(fill_with(&mut row.detected_at, at, text));
            }
            Field::Score => {
                let score = parse_score(&text).ok_or_else(|| bad("score from 0 to 100"))?;
                return Ok(fill_with(&mut draft.score, score, text));
            }
            Field::Status => {
                return Ok(match words::status(&text) {
                    None => Some(text),
                    Some(words::StatusWord::Fresh) => None,
                    Some(words::StatusWord::Is(status)) => fill_with(&mut row.status, status, text),
                });
            }
            Field::Priority => {
                return Ok(match words::priority(&text) {
                    None => Some(text),
                    Some(priority) => fill_with(&mut draft.priority, priority, text),
                });
            }
            Field::AssignedTo => {
                let address = text
                    .split(|c: char| c.is_whitespace() || "<>(),;".contains(c))
                    .find_map(EmailAddress::new)
                    .map(|address| address.as_str().to_owned())
                    .or_else(|| self.people.get(&fold(&text)).cloned());
                return Ok(match address {
                    None => Some(text),
                    Some(address) => fill_with(&mut row.holder_email, address, text),
                });
            }
            Field::Notes => add_line(&mut row.notes, text),
            Field::ContactNotes => add_line(&mut row.contact.notes, text),
            Field::Reason => match object(&text) {
                Some(object) => draft.reason.extend(object),
                None => return Ok(reason(&mut draft.reason, "reason", text)),
            },
            Field::Source => return Ok(reason(&mut draft.reason, "source", text)),
            Field::Title => return Ok(reason(&mut draft.reason, "title", text)),
            Field::CustomFields => match object(&text) {
                Some(object) => draft.custom.extend(object),
                None => return Ok(Some(text)),
            },
            Field::Attempts => {
                let attempts: Attempts = serde_json::from_str(&text).map_err(|_| bad("map of attempts"))?;
                if attempts.keys().any(|number| !(1..=ATTEMPTS_MAX).contains(number)) {
                    return Err(bad("map of attempts"));
                }
                row.attempts = attempts;
            }
            Field::Name => return Ok(fill(&mut draft.name, limited(column, text)?)),
            _ => return put_contact(&mut row.contact, column, text),
        }
        Ok(None)
    }
}

/// A row under construction.
struct Draft {
    row: ImportRow,
    custom: Map<String, Value>,
    reason: Map<String, Value>,
    name: Option<String>,
    score: Option<Score>,
    priority: Option<Priority>,
}

impl Draft {
    fn new(line: u64) -> Self {
        Self {
            row: ImportRow {
                line,
                contact: ContactFields::default(),
                detected_at: None,
                score: Score::DEFAULT,
                priority: Priority::Medium,
                status: None,
                detection_reason: KeptObject::default(),
                holder_email: None,
                notes: None,
                attempts: Attempts::new(),
                left_out: Vec::new(),
                fixed: None,
            },
            custom: Map::new(),
            reason: Map::new(),
            name: None,
            score: None,
            priority: None,
        }
    }

    fn finish(self) -> ImportRow {
        let mut row = self.row;
        if let Some(name) = self.name
            && row.contact.first_name.is_none()
            && row.contact.last_name.is_none()
        {
            (row.contact.first_name, row.contact.last_name) = names::part(&name);
        }
        row.score = self.score.unwrap_or(row.score);
        row.priority = self.priority.unwrap_or(row.priority);
        // A lead is not lost for an object that is too large: it comes in with what fits.
        (row.contact.custom_fields, row.left_out) = KeptObject::fitting(&self.custom);
        let (reason, left_out) = KeptObject::fitting(&self.reason);
        row.detection_reason = reason;
        row.left_out.extend(left_out.into_iter().map(|key| format!("detection_reason.{key}")));
        row
    }
}

/// Stores a field of the contact.
fn put_contact(contact: &mut ContactFields, column: &Column, text: String) -> Result<Option<String>, Problem> {
    let slot = match column.field {
        Field::FirstName => &mut contact.first_name,
        Field::LastName => &mut contact.last_name,
        Field::Address => &mut contact.address,
        Field::City => &mut contact.city,
        Field::State => &mut contact.state,
        Field::PostalCode => &mut contact.postal_code,
        Field::Country => &mut contact.country,
        Field::CompanyName => &mut contact.company_name,
        Field::CompanyId => &mut contact.company_id,
        Field::Position => &mut contact.position,
        Field::Nacionalidad => &mut contact.nacionalidad,
        Field::TiempoEspana => &mut contact.tiempo_espana,
        Field::LugarResidencia => &mut contact.lugar_residencia,
        Field::LandingProduct => &mut contact.landing_product,
        Field::AvatarUrl => &mut contact.avatar_url,
        Field::GradingLlamada => return Ok(fill_known(&mut contact.grading_llamada, words::grading(&text), text)),
        Field::GradingSituacion => return Ok(fill_known(&mut contact.grading_situacion, words::grading(&text), text)),
        Field::Empadronado => return Ok(fill_known(&mut contact.empadronado, words::yes_or_no(&text), text)),
        Field::TieneIngresos => return Ok(fill_known(&mut contact.tiene_ingresos, words::yes_or_no(&text), text)),
        Field::TrabajaB => return Ok(fill_known(&mut contact.trabaja_b, words::yes_or_no(&text), text)),
        Field::TieneFamiliaresEspana => {
            return Ok(fill_known(&mut contact.tiene_familiares_espana, words::yes_or_no(&text), text));
        }
        Field::Edad => {
            let age = text.parse().ok().filter(|age| (0..=150).contains(age));
            return Ok(fill_known(&mut contact.edad, age, text));
        }
        // Everything else is handled in `Builder::put`.
        _ => return Ok(Some(text)),
    };
    Ok(fill(slot, limited(column, text)?))
}

/// Cleans a cell: removes surrounding blanks, control characters, and the apostrophe by which spreadsheets and exports
/// keep a text from being run or rounded. Our own exports have such apostrophes inside cells, too.
fn clean(cell: String, own: bool) -> String {
    let mut text = cell;
    if text.contains(|c: char| c.is_control() && c != '\n' && c != '\t') {
        text.retain(|c| !c.is_control() || c == '\n' || c == '\t');
    }
    let trimmed = text.trim();
    if own {
        return unescape_cell(trimmed).into_owned();
    }
    let trimmed = match trimmed.strip_prefix('\'') {
        Some(rest)
            if rest.starts_with(['=', '+', '-', '@', '\t', '\'']) || rest.starts_with(|c: char| c.is_ascii_digit()) =>
        {
            rest
        }
        _ => trimmed,
    };
    if trimmed.len() == text.len() { text } else { trimmed.to_owned() }
}

/// Fills an empty slot; returns the text if the slot holds a different one.
fn fill(slot: &mut Option<String>, text: String) -> Option<String> {
    if let Some(there) = slot {
        return (*there != text).then_some(text);
    }
    *slot = Some(text);
    None
}

/// Fills an empty slot with a parsed value; returns the text if the slot holds a different value.
fn fill_with<T: PartialEq>(slot: &mut Option<T>, value: T, text: String) -> Option<String> {
    if let Some(there) = slot {
        return (*there != value).then_some(text);
    }
    *slot = Some(value);
    None
}

fn fill_known<T: PartialEq>(slot: &mut Option<T>, value: Option<T>, text: String) -> Option<String> {
    match value {
        Some(value) => fill_with(slot, value, text),
        None => Some(text),
    }
}

fn reason(reasons: &mut Map<String, Value>, name: &str, text: String) -> Option<String> {
    if reasons.contains_key(name) {
        return Some(text);
    }
    reasons.insert(name.to_owned(), Value::String(text));
    None
}

fn add_line(slot: &mut Option<String>, text: String) {
    match slot {
        Some(there) => {
            there.push('\n');
            there.push_str(&text);
        }
        None => *slot = Some(text),
    }
}

fn limited(column: &Column, text: String) -> Result<String, Problem> {
    if text.len() > TEXT_MAX {
        let found = text.chars().count();
        if found > TEXT_MAX {
            return Err(Problem::TooLong { column: column.header.clone(), found, max: TEXT_MAX });
        }
    }
    Ok(text)
}

/// Parses a JSON object.
fn object(text: &str) -> Option<Map<String, Value>> {
    if text.starts_with('{') { serde_json::from_str(text).ok() } else { None }
}

/// The first of several phone numbers, and whether there are more.
fn first_phone(text: &str) -> (&str, bool) {
    let mut phones = text.split([',', ';', '\n']).map(str::trim).filter(|phone| !phone.is_empty());
    (phones.next().unwrap_or(text), phones.next().is_some())
}

/// Parses a score: a number from 0 to 100, rounded, with a decimal point or comma, with or without a percent sign.
fn parse_score(text: &str) -> Option<Score> {
    let number: f64 = text.trim_end_matches('%').trim().replace(',', ".").parse().ok()?;
    if !(0.0..=100.0).contains(&number) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "a whole number from 0 to 100")]
    Score::new(number.round() as i64)
}

#[cfg(test)]
mod tests;
