//! Responses.

use std::collections::HashMap;

use axum::{body::Bytes, http::HeaderMap};
use serde_json::Value;

/// A response.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The header fields.
    pub headers: HeaderMap,
    /// The raw body.
    pub body: Bytes,
}

impl Answer {
    /// A header field; `""` if missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {:?}", self.text()))
    }

    /// Asserts this status and returns the body as JSON.
    #[track_caller]
    pub fn ok(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        self.json()
    }

    /// Asserts a problem with this status and code and returns it.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        let problem = self.json();
        assert_eq!(problem["code"], code, "{problem}");
        problem
    }

    /// The fields named by a 422.
    #[track_caller]
    pub fn invalid_fields(&self) -> Vec<String> {
        let problem = self.refused(422, "validation_failed");
        let errors = problem["errors"].as_array().expect("errors");
        errors.iter().map(|error| error["field"].as_str().expect("a field").to_owned()).collect()
    }

    /// The JSON with everything that varies between runs replaced: ids by numbers in order of appearance, tokens and
    /// cursors by their names. For snapshots.
    pub fn redacted(&self) -> Value {
        let mut value = self.json();
        redact(&mut value, &mut HashMap::new());
        value
    }
}

/// The length of a hyphenated UUID.
const UUID: usize = 36;

fn redact(value: &mut Value, ids: &mut HashMap<String, usize>) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                match value {
                    Value::String(text) if name.ends_with("_token") || name == "next_cursor" => {
                        *text = format!("[{name}]");
                    }
                    other => redact(other, ids),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| redact(item, ids)),
        Value::String(text) => {
            let mut from = 0;
            while let Some(piece) = text.get(from..from + UUID) {
                if uuid::Uuid::try_parse(piece).is_ok() {
                    let next = ids.len() + 1;
                    let number = *ids.entry(piece.to_owned()).or_insert(next);
                    text.replace_range(from..from + UUID, &format!("[id {number}]"));
                }
                from += text[from..].chars().next().map_or(1, char::len_utf8);
            }
        }
        _ => {}
    }
}
