//! Lists the required fields of answers. A field that may be null in an answer is always there; the handlers' types say
//! so with `Option`, from which utoipa concludes that it may be absent.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// Fields of answers that may be null and may be absent, too: by schema.
pub const MAY_BE_ABSENT: &[(&str, &[&str])] =
    &[("BulkItemError", &["assigned_to_id", "assigned_to_name", "operation_id", "actor_id", "at"])];

/// The schemas of the document, by name.
type Schemas = Map<String, Value>;

/// Adds nullable fields to the required ones, in every schema that no request uses.
pub(super) fn complete(document: &mut Value) {
    let schemas = document["components"]["schemas"].as_object().cloned().unwrap_or_default();
    let mut asked = BTreeSet::new();
    let paths = document["paths"].as_object().into_iter().flat_map(Map::values);
    for operation in paths.filter_map(Value::as_object).flat_map(Map::values) {
        reach(&operation["requestBody"], &schemas, &mut asked);
        reach(&operation["parameters"], &schemas, &mut asked);
    }
    for name in schemas.keys().filter(|name| !asked.contains(*name)) {
        let absent =
            MAY_BE_ABSENT.iter().find(|(schema, _)| schema == name).map_or(&[] as &[&str], |(_, fields)| *fields);
        require(&mut document["components"]["schemas"][name.as_str()], absent);
    }
}

/// Adds the names of all schemas that a part of the document refers to, however far away.
fn reach(part: &Value, schemas: &Schemas, reached: &mut BTreeSet<String>) {
    match part {
        Value::Array(items) => items.iter().for_each(|item| reach(item, schemas, reached)),
        Value::Object(fields) => {
            let name = fields.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
            if let Some(schema) = name.filter(|name| !reached.contains(*name)).and_then(|name| schemas.get(name)) {
                reached.extend(name.map(str::to_owned));
                reach(schema, schemas, reached);
            }
            fields.values().for_each(|field| reach(field, schemas, reached));
        }
        _ => {}
    }
}

/// Does so in one schema, and in those nested in it.
fn require(schema: &mut Value, absent: &[&str]) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(|item| require(item, absent)),
        Value::Object(fields) => {
            let properties = fields.get("properties").and_then(Value::as_object);
            let is_listed = |name: &String| {
                fields.get("required").and_then(Value::as_array).is_some_and(|all| all.contains(&json!(name)))
            };
            let required: Vec<&String> = properties
                .into_iter()
                .flatten()
                .filter(|(name, property)| is_listed(name) || is_nullable(property) && !absent.contains(&name.as_str()))
                .map(|(name, _)| name)
                .collect();
            if !required.is_empty() {
                let required = json!(required);
                fields.insert("required".to_owned(), required);
            }
            fields.values_mut().for_each(|field| require(field, absent));
        }
        _ => {}
    }
}

fn is_nullable(property: &Value) -> bool {
    let is_null = |kind: &Value| kind == "null" || kind["type"] == "null";
    ["type", "oneOf", "anyOf"]
        .iter()
        .any(|key| property[*key].as_array().is_some_and(|kinds| kinds.iter().any(is_null)))
}
