//! Kinds of fields that are objects.

use std::marker::PhantomData;

use reparto_domain::json::KeptObject;
use serde_json::Value;
use utoipa::{
    ToSchema,
    openapi::{
        ObjectBuilder, Ref, RefOr, Schema,
        schema::{AdditionalProperties, Type},
    },
};

use super::{
    kinds::Kind,
    request::{Faults, RequestBody, Schemas},
};
use crate::http::problem::{Fault, Kind as JsonKind, shortened};

/// An object stored as sent, within the bounds of kept objects.
#[derive(Debug)]
pub struct Kept;

/// An object stored as sent, within the bounds of kept objects.
pub const fn kept_object() -> Kept {
    Kept
}

impl Kind for Kept {
    type Value = KeptObject;

    fn read(&self, sent: &Value) -> Result<Option<Self::Value>, Faults> {
        let map = sent.as_object().ok_or(Fault::Type(JsonKind::Object))?;
        if holds_nul(sent) {
            return Err(Fault::Character.into());
        }
        KeptObject::new(map).map(Some).map_err(|bound| Fault::Bound(bound).into())
    }

    fn schema(&self) -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::Object).into()
    }
}

/// Whether any text in the value contains NUL, which PostgreSQL cannot store.
fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(holds_nul),
        Value::Object(map) => map.iter().any(|(key, value)| key.contains('\0') || holds_nul(value)),
        _ => false,
    }
}

/// An object with fields of its own.
#[derive(Debug)]
pub struct Nested<T>(PhantomData<fn() -> T>);

/// An object with fields of its own; their faults are reported as `field.inner`.
pub const fn nested<T: RequestBody + ToSchema>() -> Nested<T> {
    Nested(PhantomData)
}

impl<T: RequestBody + ToSchema> Kind for Nested<T> {
    type Value = T;

    fn read(&self, sent: &Value) -> Result<Option<T>, Faults> {
        let map = sent.as_object().ok_or(Fault::Type(JsonKind::Object))?;
        let mut faults = Faults::default();
        T::read(map, &mut faults).map(Some).ok_or(faults)
    }

    fn schema(&self) -> RefOr<Schema> {
        Ref::from_schema_name(T::name()).into()
    }

    fn refer(&self, schemas: &mut Schemas) {
        schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(schemas);
    }
}

/// See [`filter`].
#[derive(Debug)]
pub struct Filter<T>(Nested<T>);

/// Like [`nested`], for the filter of something that writes: a field that it does not know is a fault, since whoever sends
/// it means to narrow. Its fields are [`narrowing`](super::narrowing).
pub const fn filter<T: RequestBody + ToSchema>() -> Filter<T> {
    Filter(nested())
}

impl<T: RequestBody + ToSchema> Kind for Filter<T> {
    type Value = T;

    fn read(&self, sent: &Value) -> Result<Option<T>, Faults> {
        let map = sent.as_object().ok_or(Fault::Type(JsonKind::Object))?;
        let mut faults = Faults::default();
        for name in map.keys().filter(|name| !T::FIELDS.contains(&name.as_str())) {
            faults.add(shortened(name), Fault::Unknown);
        }
        let read = T::read(map, &mut faults);
        if faults.is_empty() { Ok(read) } else { Err(faults) }
    }

    fn schema(&self) -> RefOr<Schema> {
        self.0.schema()
    }

    fn refer(&self, schemas: &mut Schemas) {
        let first = schemas.len();
        self.0.refer(schemas);
        if let Some((_, RefOr::T(Schema::Object(object)))) = schemas.get_mut(first) {
            object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
        }
    }
}
