//! Descriptions where readers of the document look for them. Of a property that is another schema or null, the handlers'
//! types describe the other schema; here the property itself gets the description. Line breaks that only wrap the source
//! are gone.

use serde_json::Value;

/// Moves the description of what is one schema or null to the whole, and unwraps every text.
pub(super) fn complete(part: &mut Value) {
    match part {
        Value::Array(items) => items.iter_mut().for_each(complete),
        Value::Object(fields) => {
            let nullable = fields.get_mut("oneOf").and_then(Value::as_array_mut).filter(|items| items.len() == 2);
            let inner = nullable.and_then(|items| items.iter_mut().find(|item| item["$ref"].is_string()));
            let description = inner.and_then(|item| item.as_object_mut()?.remove("description"));
            if let Some(description) = description {
                fields.entry("description").or_insert(description);
            }
            for text in ["summary", "description"] {
                if let Some(Value::String(text)) = fields.get_mut(text) {
                    *text = unwrapped(text);
                }
            }
            fields.values_mut().for_each(complete);
        }
        _ => {}
    }
}

/// Each paragraph in one line.
fn unwrapped(text: &str) -> String {
    let paragraphs: Vec<String> = text.split("\n\n").map(|paragraph| paragraph.replace('\n', " ")).collect();
    paragraphs.join("\n\n")
}
