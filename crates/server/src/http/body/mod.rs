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
mod objects;
pub mod presence;
mod request;
mod schema;
#[cfg(test)]
mod tests;

pub use kinds::{boolean, email, id, id_or_empty, ids, integer, one_of, score, secret, text, time, time_bound};
pub use objects::{filter, kept_object, nested};
pub use presence::{change, expected, narrowing, nullable, optional, or_default, required};
pub use request::{Faults, RequestBody, Schemas};
pub use schema::{describe, or_null};

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
