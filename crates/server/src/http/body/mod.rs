//! Request bodies. [`request_body!`] declares the fields of a body once; the parser and the schema in the API
//! document both come from that declaration, so that they cannot disagree.
//!
//! A field is a *kind* (what JSON it takes: [`kinds`]) inside a *presence* (what an absent field and null mean:
//! [`presence`]):
//!
//! ```ignore
//! request_body! {
//!     /// A change to a user; fields that are absent stay as they are.
//!     #[example(json!({"full_name": "Marta Ruiz"}))]
//!     pub struct UpdateUserBody {
//!         /// Email address, unique whatever its case.
//!         email: Option<EmailAddress> = optional(email()),
//!         /// Full name; null or `""` empties it.
//!         full_name: Option<Option<String>> = change(text(TEXT_MAX)),
//!     }
//! }
//! ```
//!
//! The doc comments are the descriptions of the document. Unknown fields are ignored. All faults of a body are
//! collected, in the order of its fields, so that a person sees them at once.

pub mod kinds;
pub mod presence;
mod schema;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use super::problem::{Fault, FieldError, Problem};

pub use kinds::{
    boolean, email, id, id_or_empty, ids, integer, kept_object, nested, one_of, score, secret, text, time,
};
pub use presence::{change, expected, narrowing, nullable, optional, or_default, required};
pub use schema::{describe, or_null};

/// A body whose fields are declared with [`request_body!`].
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

/// The field itself. The type in the declaration decides what a generic kind reads.
pub const fn field<T, F: presence::Field<Value = T>>(field: F) -> F {
    field
}

/// Declares a request body: a struct with its parser ([`RequestBody`]) and its schema (`ToSchema`).
macro_rules! request_body {
    (
        $(#[doc = $about:literal])+
        $(#[example($example:expr)])?
        $visibility:vis struct $name:ident {
            $($(#[doc = $doc:literal])+ $field:ident: $type:ty = $kind:expr,)+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Debug)]
        $visibility struct $name {
            $($(#[doc = $doc])+ pub $field: $type,)+
        }

        impl $crate::http::body::RequestBody for $name {
            const FIELDS: &'static [&'static str] = &[$(stringify!($field)),+];

            fn read(
                object: &serde_json::Map<String, serde_json::Value>,
                faults: &mut $crate::http::body::Faults,
            ) -> Option<Self> {
                use $crate::http::body::presence::Field as _;
                $(let $field: Option<$type> =
                    faults.collect(stringify!($field), $crate::http::body::field::<$type, _>($kind).read(object.get(stringify!($field))));)+
                Some(Self { $($field: $field?),+ })
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                use $crate::http::body::presence::Field as _;
                let object = utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::Object)
                    .description(Some([$($about.trim()),+].join("\n")))
                    $(.examples([$example]))?;
                $(let object = {
                    let (kind, description) = ($crate::http::body::field::<$type, _>($kind), [$($doc.trim()),+].join("\n"));
                    let object =
                        object.property(stringify!($field), $crate::http::body::describe(kind.schema(), description));
                    if kind.is_required() { object.required(stringify!($field)) } else { object }
                };)+
                object.into()
            }
        }

        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn schemas(schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::Schema>)>) {
                use $crate::http::body::presence::Field as _;
                $($crate::http::body::field::<$type, _>($kind).refer(schemas);)+
            }
        }
    };
}
pub(crate) use request_body;
