//! A row under construction.

use reparto_domain::{
    Priority, Score, contacts::ContactFields, fold::fold, imports::ImportRow, json::KeptObject, phone::PhoneNumber,
};
use serde_json::{Map, Value};

use super::{Lead, Put, limited, unread};
use crate::{
    Field, Notice, RowNotice,
    layout::Column,
    names,
    words::{self, StatusWord},
};

pub(super) struct Draft {
    pub row: ImportRow,
    pub custom: Map<String, Value>,
    pub reason: Map<String, Value>,
    /// The full name, and the header of its column.
    pub name: Option<(String, String)>,
    pub status: Option<StatusWord>,
    pub score: Option<Score>,
    pub priority: Option<Priority>,
    /// Numbers for which the field of their column had no room.
    pub numbers: Vec<PhoneNumber>,
    pub notices: Vec<Notice>,
}

impl Draft {
    pub fn new(line: u64) -> Self {
        Self {
            row: ImportRow::new(line, ContactFields::default()),
            custom: Map::new(),
            reason: Map::new(),
            name: None,
            status: None,
            score: None,
            priority: None,
            numbers: Vec::new(),
            notices: Vec::new(),
        }
    }

    /// Keeps a custom field: beside one of its name, if that has another value.
    pub fn keep(&mut self, name: &str, value: Value) {
        let mut kept = name.to_owned();
        let mut copy = 2;
        while let Some(there) = self.custom.get(&kept) {
            if *there == value {
                return;
            }
            kept = format!("{name} ({copy})");
            copy += 1;
        }
        if kept != name {
            self.notices.push(Notice::Beside { column: name.to_owned(), kept: kept.clone() });
        }
        self.custom.insert(kept, value);
    }

    /// Adds to the reason; what it has already stays, and the other value is a custom field.
    pub fn explain(&mut self, column: &Column, name: String, value: Value) {
        match self.reason.get(&name) {
            Some(there) if *there == value => {}
            Some(_) => self.keep(&format!("{} {name}", column.header), value),
            None => {
                self.reason.insert(name, value);
            }
        }
    }

    /// Takes a full name; returns it if there is another one.
    pub fn call(&mut self, column: &Column, text: String) -> Option<String> {
        if let Some((_, there)) = &self.name {
            return (*there != text).then_some(text);
        }
        self.name = Some((column.header.clone(), text));
        None
    }

    pub fn finish(mut self) -> Lead {
        if let Some((header, name)) = self.name.take() {
            let contact = &mut self.row.contact;
            if contact.first_name.is_none() && contact.last_name.is_none() {
                (contact.first_name, contact.last_name) = names::part(&name);
            } else if let (None, Some(last)) = (&contact.first_name, &contact.last_name) {
                contact.first_name = names::first_of(&name, last);
            }
            if !is_same_name(&name, &contact.name()) {
                self.keep(&header, Value::String(name));
            }
        }
        let mut row = self.row;
        row.status = match self.status {
            Some(StatusWord::Is(status)) => Some(status),
            Some(StatusWord::Fresh) | None => None,
        };
        for number in self.numbers {
            for slot in [&mut row.contact.mobile, &mut row.contact.phone] {
                if slot.is_none() {
                    *slot = Some(number.text);
                    break;
                }
            }
        }
        row.score = self.score;
        row.priority = self.priority;
        // A lead is not lost for an object that is too large: it comes in with what fits.
        let mut fitting = |object, sent: &Map<String, Value>| {
            let (kept, left_out) = KeptObject::fitting(sent);
            if !left_out.is_empty() {
                self.notices.push(Notice::LeftOut { object, left_out });
            }
            kept
        };
        row.contact.custom_fields = fitting("custom_fields", &self.custom);
        row.detection_reason = fitting("detection_reason", &self.reason);
        let contact = &row.contact;
        let is_unreachable = contact.email.is_none() && contact.phone.is_none() && contact.mobile.is_none();
        // Why a row is refused says as much already.
        if is_unreachable && row.refused().is_none() {
            self.notices.push(Notice::Unreachable);
        }
        let line = row.line;
        let notices = self.notices.into_iter().map(|notice| RowNotice { line, notice }).collect();
        Lead { row, notices }
    }
}

/// Whether a full name has the words of the parts, in any order.
fn is_same_name(name: &str, parts: &str) -> bool {
    let words = |text: &str| {
        let mut words: Vec<String> = fold(text)
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect();
        words.sort_unstable();
        words
    };
    words(name) == words(parts)
}

/// Stores a field of the contact.
pub(super) fn put_contact(contact: &mut ContactFields, column: &Column, text: String) -> Put {
    let slot = match column.field {
        Field::FirstName => &mut contact.first_name,
        Field::LastName => return limited(column, text, |text| add_name(&mut contact.last_name, text)),
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
        Field::GradingLlamada => {
            return known(&mut contact.grading_llamada, words::grading(&text), column, text, GRADE);
        }
        Field::GradingSituacion => {
            return known(&mut contact.grading_situacion, words::grading(&text), column, text, GRADE);
        }
        Field::Empadronado => return known(&mut contact.empadronado, words::yes_or_no(&text), column, text, YES_OR_NO),
        Field::TieneIngresos => {
            return known(&mut contact.tiene_ingresos, words::yes_or_no(&text), column, text, YES_OR_NO);
        }
        Field::TrabajaB => return known(&mut contact.trabaja_b, words::yes_or_no(&text), column, text, YES_OR_NO),
        Field::TieneFamiliaresEspana => {
            return known(&mut contact.tiene_familiares_espana, words::yes_or_no(&text), column, text, YES_OR_NO);
        }
        Field::Edad => {
            let plain = text.trim_end_matches(".0").trim_end_matches(" años").trim_end_matches(" years");
            let age = plain.parse().ok().filter(|age| (0..=150).contains(age));
            return known(&mut contact.edad, age, column, text, "age");
        }
        // Everything else is handled in `Builder::put`.
        _ => return Put::Rest(text),
    };
    limited(column, text, |text| fill(slot, text))
}

const GRADE: &str = "grade (A, B+, B-, C or D)";
const YES_OR_NO: &str = "yes or no";

/// Fills an empty slot; returns the text if the slot holds a different one.
pub(super) fn fill(slot: &mut Option<String>, text: String) -> Option<String> {
    if let Some(there) = slot {
        return (*there != text).then_some(text);
    }
    *slot = Some(text);
    None
}

/// Fills an empty slot with a parsed value; returns the text if the slot holds a different value.
pub(super) fn fill_with<T: PartialEq>(slot: &mut Option<T>, value: T, text: String) -> Option<String> {
    if let Some(there) = slot {
        return (*there != value).then_some(text);
    }
    *slot = Some(value);
    None
}

fn known<T: PartialEq>(
    slot: &mut Option<T>,
    value: Option<T>,
    column: &Column,
    text: String,
    expected: &'static str,
) -> Put {
    match value {
        Some(value) => fill_with(slot, value, text).into(),
        None => unread(column, text, expected),
    }
}

/// A second family name in a column of its own follows the first.
fn add_name(slot: &mut Option<String>, text: String) -> Option<String> {
    match slot {
        Some(there) if *there != text => {
            there.push(' ');
            there.push_str(&text);
        }
        Some(_) => {}
        None => *slot = Some(text),
    }
    None
}

pub(super) fn add_line(slot: &mut Option<String>, text: String) -> Put {
    match slot {
        Some(there) => {
            there.push('\n');
            there.push_str(&text);
        }
        None => *slot = Some(text),
    }
    Put::Done
}
