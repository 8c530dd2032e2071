//! Fields of the body that creates a job.

use reparto_domain::jobs::JOB_IDS_MAX;
use serde_json::{Map, Value};
use utoipa::{
    IntoParams as _,
    openapi::{
        ArrayBuilder, ObjectBuilder, Ref, RefOr, Schema,
        path::Parameter,
        schema::{AdditionalProperties, Type},
    },
};

use crate::{
    http::{
        body::{Faults, Schemas, describe, kinds::Kind, optional, presence::Field},
        problem::{Fault, Kind as JsonKind},
    },
    opportunities::filter::OpportunityFilterParams,
};

/// The name of the schema of a filter.
const FILTER: &str = "JobFilter";

/// The parameters of the list of opportunities, as an object. Their values are read where the set of the job is made.
pub(super) struct JobFilter;

impl Kind for JobFilter {
    type Value = Map<String, Value>;

    fn read(&self, sent: &Value) -> Result<Option<Self::Value>, Faults> {
        sent.as_object().cloned().map(Some).ok_or_else(|| Fault::Type(JsonKind::Object).into())
    }

    fn schema(&self) -> RefOr<Schema> {
        Ref::from_schema_name(FILTER).into()
    }

    fn refer(&self, schemas: &mut Schemas) {
        let object = ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some("Which opportunities: the parameters of their list, under the same names."))
            .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)));
        let parameters = OpportunityFilterParams::into_params(|| None);
        let property = |object: ObjectBuilder, Parameter { name, schema, description, .. }: Parameter| match schema {
            Some(schema) => object.property(name, describe(schema, description.unwrap_or_default())),
            None => object,
        };
        schemas.push((FILTER.to_owned(), parameters.into_iter().fold(object, property).into()));
    }
}

/// The ids, which are read one by one, not as part of the object (`sent.rs`).
pub(super) struct SeparateIds;

impl Field for SeparateIds {
    type Value = ();

    fn read(&self, _: Option<&Value>) -> Result<(), Faults> {
        Ok(())
    }

    fn schema(&self) -> RefOr<Schema> {
        optional(List).schema()
    }

    fn refer(&self, _: &mut Schemas) {}
}

/// The schema of the ids.
struct List;

impl Kind for List {
    type Value = ();

    fn read(&self, _: &Value) -> Result<Option<()>, Faults> {
        Ok(None)
    }

    fn schema(&self) -> RefOr<Schema> {
        let id = ObjectBuilder::new().schema_type(Type::String);
        ArrayBuilder::new().items(id).min_items(Some(1)).max_items(Some(JOB_IDS_MAX)).unique_items(true).into()
    }
}
