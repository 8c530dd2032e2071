//! Bounds that follow from how the service reads numbers: an integer of a query is one of 64 bits.

use serde_json::{Value, json};

/// Gives every integer of a query that has no maximum the one of its type.
pub(super) fn complete(document: &mut Value) {
    let paths = document["paths"].as_object_mut().into_iter().flat_map(|paths| paths.values_mut());
    let operations = paths.filter_map(Value::as_object_mut).flat_map(|item| item.values_mut());
    let parameters = operations.filter_map(|operation| operation.get_mut("parameters")?.as_array_mut()).flatten();
    for parameter in parameters {
        let schema = &mut parameter["schema"];
        if schema["type"] == "integer" && schema["maximum"].is_null() {
            schema["maximum"] = json!(i64::MAX);
        }
    }
}
