//! Small changes to schemas of the API document.

use serde_json::Value;
use utoipa::openapi::{
    ObjectBuilder, OneOfBuilder, RefOr, Schema,
    schema::{SchemaType, Type},
};

/// A schema with a description.
#[must_use]
pub fn describe(schema: RefOr<Schema>, description: String) -> RefOr<Schema> {
    match schema {
        RefOr::Ref(mut reference) => {
            reference.description = description;
            RefOr::Ref(reference)
        }
        RefOr::T(mut schema) => {
            let description = Some(description);
            match &mut schema {
                Schema::Object(object) => object.description = description,
                Schema::Array(array) => array.description = description,
                Schema::OneOf(one) => one.description = description,
                Schema::AllOf(all) => all.description = description,
                Schema::AnyOf(any) => any.description = description,
                _ => {}
            }
            RefOr::T(schema)
        }
    }
}

/// A schema that takes null, too.
#[must_use]
pub fn or_null(schema: RefOr<Schema>) -> RefOr<Schema> {
    let null = || ObjectBuilder::new().schema_type(Type::Null);
    match schema {
        RefOr::T(Schema::Object(mut object)) => {
            object.schema_type = with_null(object.schema_type);
            // Where values are listed, null is one of them.
            if let Some(values) = &mut object.enum_values {
                values.push(Value::Null);
            }
            Schema::Object(object).into()
        }
        RefOr::T(Schema::Array(mut array)) => {
            array.schema_type = with_null(array.schema_type);
            Schema::Array(array).into()
        }
        RefOr::T(Schema::OneOf(mut one)) => {
            one.items.push(null().into());
            Schema::OneOf(one).into()
        }
        RefOr::T(Schema::AnyOf(mut any)) => {
            any.items.push(null().into());
            Schema::AnyOf(any).into()
        }
        other => OneOfBuilder::new().item(other).item(null()).into(),
    }
}

fn with_null(schema_type: SchemaType) -> SchemaType {
    match schema_type {
        SchemaType::Type(single) => SchemaType::from_iter([single, Type::Null]),
        SchemaType::Array(mut several) => {
            several.push(Type::Null);
            SchemaType::Array(several)
        }
        SchemaType::AnyValue => SchemaType::AnyValue,
    }
}

/// A schema with a default.
#[must_use]
pub(super) fn with_default(schema: RefOr<Schema>, default: Value) -> RefOr<Schema> {
    let default = Some(default);
    match schema {
        RefOr::T(mut schema) => {
            match &mut schema {
                Schema::Object(object) => object.default = default,
                Schema::Array(array) => array.default = default,
                Schema::OneOf(one) => one.default = default,
                Schema::AllOf(all) => all.default = default,
                Schema::AnyOf(any) => any.default = default,
                _ => {}
            }
            RefOr::T(schema)
        }
        reference @ RefOr::Ref(_) => reference,
    }
}
