//! What follows for parameters from how the service reads them: an integer is one of 64 bits, and none is null.

use serde_json::{Value, json};

/// Gives every integer without a maximum the one of its type, and takes null out of types: a parameter is a text that is
/// there or not.
pub(super) fn complete(document: &mut Value) {
    let paths = document["paths"].as_object_mut().into_iter().flat_map(|paths| paths.values_mut());
    let operations = paths.filter_map(Value::as_object_mut).flat_map(|item| item.values_mut());
    let parameters = operations.filter_map(|operation| operation.get_mut("parameters")?.as_array_mut()).flatten();
    for parameter in parameters {
        let schema = &mut parameter["schema"];
        if schema["type"] == "integer" && schema["maximum"].is_null() {
            schema["maximum"] = json!(i64::MAX);
        }
        if let Some([kind, _]) = schema["type"].as_array().map(Vec::as_slice) {
            schema["type"] = kind.clone();
        }
    }
}
