//! What a body is, and what can be wrong with one.

use serde_json::{Map, Value};
use utoipa::openapi::{RefOr, Schema};

use crate::http::problem::{Fault, FieldError, Problem};

/// Schemas that others refer to, by name.
pub type Schemas = Vec<(String, RefOr<Schema>)>;

/// A body whose fields are declared with [`request_body!`](super::request_body).
pub trait RequestBody: Sized {
    /// The names of all fields.
    const FIELDS: &'static [&'static str];

    /// Reads the fields of an object. `None` where a field is wrong, which is then among the faults.
    fn read(object: &Map<String, Value>, faults: &mut Faults) -> Option<Self>;

    /// Reads the fields of an object, or answers with all its faults.
    fn parse(object: &Map<String, Value>) -> Result<Self, Problem> {
        let mut faults = Faults::default();
        let body = Self::read(object, &mut faults);
        faults.check(body)
    }
}

/// What is wrong with a body, or with one field of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Faults(Vec<FieldError>);

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self(vec![FieldError { field: String::new(), fault }])
    }
}

impl Faults {
    /// Whether nothing is wrong.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a fault of a field.
    pub fn add(&mut self, field: impl Into<String>, fault: Fault) {
        self.0.push(FieldError { field: field.into(), fault });
    }

    /// Adds faults that name their fields themselves.
    pub fn extend(&mut self, faults: Vec<FieldError>) {
        self.0.extend(faults);
    }

    /// The value of a field; where it is wrong, its faults are added under the field's name.
    pub fn collect<T>(&mut self, name: &str, read: Result<T, Self>) -> Option<T> {
        read.map_err(|Self(faults)| {
            self.0.extend(faults.into_iter().map(|FieldError { field, fault }| {
                let field = if field.is_empty() { name.to_owned() } else { format!("{name}.{field}") };
                FieldError { field, fault }
            }));
        })
        .ok()
    }

    /// Ends the reading: the value, or all faults.
    pub fn check<T>(self, value: Option<T>) -> Result<T, Problem> {
        value.filter(|_| self.0.is_empty()).ok_or(Problem::Invalid(self.0))
    }
}
