//! Reads the fields of a JSON object and collects what is wrong with them, so that a person is told all of it at
//! once. Unknown fields are ignored.

use std::str::FromStr;

use reparto_domain::{Timestamp, values::EmailAddress};
use serde_json::{Map, Value};

use super::problem::{Fault, FieldError, Kind, Problem};

/// The longest text of a field that names no other bound, in characters.
pub const TEXT_MAX: usize = 255;

/// The longest free text (notes of a contact or an opportunity), in characters.
pub const LONG_TEXT_MAX: usize = 20_000;

/// Reads fields; [`Fields::finish`] says whether all were right.
#[derive(Debug)]
pub struct Fields<'a> {
    map: &'a Map<String, Value>,
    prefix: String,
    errors: Vec<FieldError>,
}

impl<'a> Fields<'a> {
    /// Of this object.
    pub const fn new(map: &'a Map<String, Value>) -> Self {
        Self { map, prefix: String::new(), errors: Vec::new() }
    }

    /// The value as it came; `None` where the field is absent.
    pub fn raw(&self, name: &str) -> Option<&'a Value> {
        self.map.get(name)
    }

    /// Whether the field is there and not null.
    pub fn has(&self, name: &str) -> bool {
        self.map.get(name).is_some_and(|value| !value.is_null())
    }

    /// Notes a fault.
    pub fn fault(&mut self, name: &str, fault: Fault) {
        self.errors.push(FieldError { field: format!("{}{name}", self.prefix), fault });
    }

    /// The fault, and nothing to go on with.
    fn bad<T>(&mut self, name: &str, fault: Fault) -> Option<T> {
        self.fault(name, fault);
        None
    }

    /// An optional text, trimmed, of at most `max` characters. Absent: `None`. Null or `""`: `Some(None)`.
    pub fn text_change(&mut self, name: &str, max: usize) -> Option<Option<String>> {
        match self.map.get(name)? {
            Value::Null => Some(None),
            Value::String(text) => self.bounded(name, text, max).map(|text| (!text.is_empty()).then_some(text)),
            _ => self.bad(name, Fault::Type(Kind::StringOrNull)),
        }
    }

    /// An optional text, trimmed, of at most `max` characters; null and `""` are none.
    pub fn text(&mut self, name: &str, max: usize) -> Option<String> {
        self.text_change(name, max).flatten()
    }

    /// A text that must be there and not empty.
    pub fn required_text(&mut self, name: &str, max: usize) -> String {
        let before = self.errors.len();
        match self.text(name, max) {
            Some(text) => text,
            None if self.errors.len() > before => String::new(),
            None => self.bad(name, Fault::Missing).unwrap_or_default(),
        }
    }

    /// A text exactly as it came (a password), required.
    pub fn secret(&mut self, name: &str) -> String {
        match self.map.get(name) {
            None | Some(Value::Null) => self.bad(name, Fault::Missing).unwrap_or_default(),
            Some(Value::String(text)) => text.clone(),
            Some(_) => self.bad(name, Fault::Type(Kind::String)).unwrap_or_default(),
        }
    }

    fn bounded(&mut self, name: &str, text: &str, max: usize) -> Option<String> {
        let text = text.trim();
        if text.chars().nth(max).is_some() {
            return self.bad(name, Fault::Length { min: 0, max });
        }
        // A NUL is JSON's right and no database's: PostgreSQL cannot keep it.
        if text.contains('\0') {
            return self.bad(name, Fault::Character);
        }
        Some(text.to_owned())
    }

    /// An optional boolean; null is none.
    pub fn boolean(&mut self, name: &str) -> Option<bool> {
        match self.map.get(name)? {
            Value::Null => None,
            Value::Bool(value) => Some(*value),
            _ => self.bad(name, Fault::Type(Kind::Boolean)),
        }
    }

    /// As [`Fields::boolean`], but null is `Some(None)`: it empties.
    pub fn boolean_change(&mut self, name: &str) -> Option<Option<bool>> {
        match self.map.get(name)? {
            Value::Null => Some(None),
            _ => self.boolean(name).map(Some),
        }
    }

    /// An optional integer within bounds; null is none. `50.0` is an integer, `50.5` is none.
    pub fn integer(&mut self, name: &str, min: i64, max: i64) -> Option<i64> {
        let value = match self.map.get(name)? {
            Value::Null => return None,
            Value::Number(number) => whole(number),
            _ => None,
        };
        match value {
            Some(value) if (min..=max).contains(&value) => Some(value),
            Some(_) => self.bad(name, Fault::Range { min, max }),
            None => self.bad(name, Fault::Type(Kind::Integer)),
        }
    }

    /// As [`Fields::integer`], but null is `Some(None)`: it empties.
    pub fn integer_change(&mut self, name: &str, min: i64, max: i64) -> Option<Option<i64>> {
        match self.map.get(name)? {
            Value::Null => Some(None),
            _ => self.integer(name, min, max).map(Some),
        }
    }

    /// One of named values; null is none.
    pub fn one_of<T: FromStr>(&mut self, name: &str, known: &[&'static str]) -> Option<T> {
        match self.map.get(name)? {
            Value::Null => None,
            Value::String(text) => match text.parse() {
                Ok(value) => Some(value),
                Err(_) => self.bad(name, Fault::NotOneOf(known.to_vec())),
            },
            _ => self.bad(name, Fault::Type(Kind::String)),
        }
    }

    /// As [`Fields::one_of`], but null and `""` are `Some(None)`: they empty.
    pub fn one_of_change<T: FromStr>(&mut self, name: &str, known: &[&'static str]) -> Option<Option<T>> {
        match self.map.get(name)? {
            Value::Null => Some(None),
            Value::String(text) if text.is_empty() => Some(None),
            _ => self.one_of(name, known).map(Some),
        }
    }

    /// An email address; null and `""` are none.
    pub fn email(&mut self, name: &str) -> Option<EmailAddress> {
        let text = self.text(name, 1_000)?;
        match EmailAddress::new(&text) {
            Some(email) => Some(email),
            None => self.bad(name, Fault::Email),
        }
    }

    /// A point in time; null and `""` are none. `upper`: a bare date means its last moment.
    pub fn time(&mut self, name: &str, upper: bool) -> Option<Timestamp> {
        let text = self.text(name, 100)?;
        match if upper { Timestamp::parse_upper(&text) } else { Timestamp::parse(&text) } {
            Some(at) => Some(at),
            None => self.bad(name, Fault::Time),
        }
    }

    /// An id as text, whatever it says; absent, null and `""` are told apart from a text by the caller through
    /// [`Fields::raw`]. What is no string is a fault.
    pub fn id_text(&mut self, name: &str) -> Option<String> {
        match self.map.get(name)? {
            Value::Null => None,
            Value::String(text) if text.trim().is_empty() => None,
            Value::String(text) => Some(text.trim().to_owned()),
            _ => self.bad(name, Fault::Type(Kind::String)),
        }
    }

    /// A list of ids as texts; absent and null are an empty list. An item that is no string is a fault.
    pub fn id_list(&mut self, name: &str) -> Vec<String> {
        match self.map.get(name) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(items)) => {
                let texts: Option<Vec<String>> = items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
                texts.unwrap_or_else(|| self.bad(name, Fault::Type(Kind::ListOfStrings)).unwrap_or_default())
            }
            Some(_) => self.bad(name, Fault::Type(Kind::ListOfStrings)).unwrap_or_default(),
        }
    }

    /// An optional object; null is none.
    pub fn object(&mut self, name: &str) -> Option<&'a Map<String, Value>> {
        match self.map.get(name)? {
            Value::Null => None,
            Value::Object(map) => Some(map),
            _ => self.bad(name, Fault::Type(Kind::Object)),
        }
    }

    /// An optional object that is kept as it came; null is none.
    pub fn kept_object(&mut self, name: &str) -> Option<Map<String, Value>> {
        let map = self.object(name)?;
        if map.iter().any(|(key, value)| key.contains('\0') || holds_nul(value)) {
            return self.bad(name, Fault::Character);
        }
        Some(map.clone())
    }

    /// Notes that the field is missing, where it is absent or null.
    pub fn require(&mut self, name: &str) {
        if !self.has(name) {
            self.fault(name, Fault::Missing);
        }
    }

    /// Reads the fields of a nested object; faults are named `name.field`.
    pub fn nested<T>(&mut self, name: &str, read: impl FnOnce(&mut Fields<'a>) -> T) -> Option<T> {
        let map = self.object(name)?;
        let mut inner = Fields { map, prefix: format!("{}{name}.", self.prefix), errors: Vec::new() };
        let value = read(&mut inner);
        self.errors.append(&mut inner.errors);
        Some(value)
    }

    /// Adds faults that were found elsewhere.
    pub fn add_faults(&mut self, faults: Vec<FieldError>) {
        self.errors.extend(faults);
    }

    /// Whether a fault was noted.
    pub const fn failed(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Ends the reading: the faults, where there were any.
    pub fn finish(self) -> Result<(), Problem> {
        if self.errors.is_empty() { Ok(()) } else { Err(Problem::Invalid(self.errors)) }
    }
}

/// Whether a text somewhere in the value holds a NUL, which PostgreSQL cannot keep.
fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(holds_nul),
        Value::Object(map) => map.iter().any(|(key, value)| key.contains('\0') || holds_nul(value)),
        _ => false,
    }
}

/// The number, where it is whole.
fn whole(number: &serde_json::Number) -> Option<i64> {
    number.as_i64().or_else(|| {
        let float = number.as_f64()?;
        (float.fract() == 0.0 && float.abs() < 9.0e15).then_some(float as i64)
    })
}
