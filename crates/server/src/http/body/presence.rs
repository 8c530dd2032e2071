//! What it means that a field is absent or null. Blank text counts as null where the kind says so.

use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::{RefOr, Schema};

use super::{
    kinds::Kind,
    request::{Faults, Schemas},
    schema,
};
use crate::http::problem::Fault;

/// A field of a body: how it is read and how the API document shows it.
pub trait Field {
    /// What the field is read as.
    type Value;

    /// Reads the field; `None` is an absent one.
    fn read(&self, sent: Option<&Value>) -> Result<Self::Value, Faults>;

    /// Its schema.
    fn schema(&self) -> RefOr<Schema>;

    /// Whether the document lists it as required.
    fn is_required(&self) -> bool {
        false
    }

    /// Adds the schemas that its own schema refers to.
    fn refer(&self, schemas: &mut Schemas);
}

macro_rules! presences {
    ($($(#[$doc:meta])* $function:ident $presence:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $presence<K>(K);

        $(#[$doc])*
        pub const fn $function<K: Kind>(kind: K) -> $presence<K> {
            $presence(kind)
        }
    )*};
}

presences! {
    /// A field that must be there. Absent, null and blank are all missing.
    required Required;
    /// A field that may be left out; null and blank are the same as absent.
    optional Optional;
    /// A field of a filter of something that writes: it may be left out, but null and blank are faults, since they would
    /// match everything.
    narrowing Narrowing;
    /// A field of a change: absent (`None`) leaves things as they are, null or blank (`Some(None)`) empties, a value
    /// (`Some(Some(…))`) sets.
    change Change;
    /// A field that must be there, but may be null or blank (`None`).
    nullable Nullable;
    /// A field that the parser takes as optional because a rule with a refusal of its own turns down a body without
    /// it. The document lists it as required.
    expected Expected;
}

/// A field that may be left out; absent, null and blank all mean the default.
#[derive(Debug)]
pub struct OrDefault<K: Kind>(K, K::Value);

/// A field that may be left out; absent, null and blank all mean `default`.
pub const fn or_default<K: Kind>(kind: K, default: K::Value) -> OrDefault<K> {
    OrDefault(kind, default)
}

/// The value of a field that is there and neither null nor blank.
fn given<K: Kind>(kind: &K, sent: Option<&Value>) -> Result<Option<K::Value>, Faults> {
    match sent {
        None | Some(Value::Null) => Ok(None),
        Some(value) => kind.read(value),
    }
}

impl<K: Kind> Field for Required<K> {
    type Value = K::Value;

    fn read(&self, sent: Option<&Value>) -> Result<K::Value, Faults> {
        given(&self.0, sent)?.ok_or_else(|| Fault::Missing.into())
    }

    fn schema(&self) -> RefOr<Schema> {
        self.0.filled()
    }

    fn is_required(&self) -> bool {
        true
    }

    fn refer(&self, schemas: &mut Schemas) {
        self.0.refer(schemas);
    }
}

impl<K: Kind> Field for Optional<K> {
    type Value = Option<K::Value>;

    fn read(&self, sent: Option<&Value>) -> Result<Self::Value, Faults> {
        given(&self.0, sent)
    }

    fn schema(&self) -> RefOr<Schema> {
        schema::or_null(self.0.or_blank())
    }

    fn refer(&self, schemas: &mut Schemas) {
        self.0.refer(schemas);
    }
}

impl<K: Kind> Field for Narrowing<K> {
    type Value = Option<K::Value>;

    fn read(&self, sent: Option<&Value>) -> Result<Self::Value, Faults> {
        let Some(value) = sent else { return Ok(None) };
        given(&self.0, Some(value))?.map(Some).ok_or_else(|| Fault::Blank.into())
    }

    fn schema(&self) -> RefOr<Schema> {
        self.0.filled()
    }

    fn refer(&self, schemas: &mut Schemas) {
        self.0.refer(schemas);
    }
}

impl<K: Kind> Field for Change<K> {
    type Value = Option<Option<K::Value>>;

    fn read(&self, sent: Option<&Value>) -> Result<Self::Value, Faults> {
        sent.map(|value| given(&self.0, Some(value))).transpose()
    }

    fn schema(&self) -> RefOr<Schema> {
        schema::or_null(self.0.or_blank())
    }

    fn refer(&self, schemas: &mut Schemas) {
        self.0.refer(schemas);
    }
}

impl<K: Kind> Field for Nullable<K> {
    type Value = Option<K::Value>;

    fn read(&self, sent: Option<&Value>) -> Result<Self::Value, Faults> {
        let value = sent.ok_or(Fault::Missing)?;
        given(&self.0, Some(value))
    }

    fn schema(&self) -> RefOr<Schema> {
        schema::or_null(self.0.or_blank())
    }

    fn is_required(&self) -> bool {
        true
    }

    fn refer(&self, schemas: &mut Schemas) {
        self.0.refer(schemas);
    }
}

impl<K: Kind> Field for Expected<K> {
    type Value = Option<K::Value>;

    fn read(&self, sent: Option<&Value>) -> Result<Self::Value, Faults> {
        given(&self.0, sent)
    }

    fn schema(&self) -> RefOr<Schema> {
        self.0.schema()
    }

    fn is_required(&self) -> bool {
        true
    }

    fn refer(&self, schemas: &mut Schemas) {
        self.0.refer(schemas);
    }
}

impl<K: Kind<Value: Clone + Serialize>> Field for OrDefault<K> {
    type Value = K::Value;

    fn read(&self, sent: Option<&Value>) -> Result<K::Value, Faults> {
        Ok(given(&self.0, sent)?.unwrap_or_else(|| self.1.clone()))
    }

    fn schema(&self) -> RefOr<Schema> {
        let schema = schema::or_null(self.0.or_blank());
        match serde_json::to_value(&self.1) {
            Ok(default) => schema::with_default(schema, default),
            // Defaults are numbers, booleans and named values: none of them fails.
            Err(_) => schema,
        }
    }

    fn refer(&self, schemas: &mut Schemas) {
        self.0.refer(schemas);
    }
}
