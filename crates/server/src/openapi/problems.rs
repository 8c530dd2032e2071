//! Turns codes of refusals into responses of the document, grouped by status, one example for each code.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::http::messages;

/// Where a handler lists the codes with which it alone may refuse. It is not in the finished document.
const REFUSALS: &str = "x-refusals";

/// What every operation may answer.
const ALWAYS: &[&str] = &["not_acceptable", "rate_limited", "internal_error", "service_unavailable"];

/// What one that needs a token may answer.
const SECURED: &[&str] = &["token_missing", "token_invalid", "token_revoked", "account_inactive"];

/// What one that takes a body may answer.
const WITH_BODY: &[&str] = &[
    "body_not_json",
    "request_timeout",
    "body_too_large",
    "media_type_unsupported",
    "body_not_an_object",
    "validation_failed",
];

/// What one that takes an idempotency key may answer.
const KEYED: &[&str] = &["idempotency_key_malformed", "idempotency_key_running", "idempotency_key_reused"];

/// Gives every operation its refusals, and the document the schemas that they use.
pub fn complete(document: &mut Value) {
    let schemas = &mut document["components"]["schemas"];
    schemas["Problem"] = problem_schema();
    schemas["InvalidProblem"] = invalid_schema();
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else { return };
    for (path, item) in paths {
        let Some(item) = item.as_object_mut() else { continue };
        for (method, operation) in item {
            if let Some(operation) = operation.as_object_mut() {
                complete_operation(path, method, operation);
            }
        }
    }
}

fn complete_operation(path: &str, method: &str, operation: &mut Map<String, Value>) {
    name(operation);
    describe(operation);
    let own = operation.remove(REFUSALS);
    let own = own.as_ref().and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let mut codes: Vec<String> = own.map(str::to_owned).collect();
    let mut add = |more: &[&str]| codes.extend(more.iter().map(|code| (*code).to_owned()));
    add(ALWAYS);
    if !operation.contains_key("security") {
        add(SECURED);
    }
    if operation.contains_key("requestBody") {
        add(WITH_BODY);
    }
    if parameters(operation).any(|parameter| parameter["in"] == "query") {
        add(&["validation_failed"]);
    }
    if method == "post" && path.starts_with("/api/crm/") {
        add(KEYED);
        take_key(operation);
    }
    codes.sort_unstable();
    codes.dedup();
    let mut by_status: BTreeMap<u16, Vec<&messages::Message>> = BTreeMap::new();
    for message in codes.iter().map(|code| messages::message(code)) {
        by_status.entry(message.status.as_u16()).or_default().push(message);
    }
    if let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) {
        for (status, messages) in by_status {
            responses.insert(status.to_string(), response(path, status, &messages));
        }
    }
}

/// Handlers are named within their resource, operations within the whole: `users_list`.
fn name(operation: &mut Map<String, Value>) {
    let tag = operation.get("tags").and_then(|tags| tags[0].as_str()).map(str::to_owned);
    if let (Some(tag), Some(Value::String(name))) = (tag, operation.get_mut("operationId")) {
        *name = format!("{tag}_{name}");
    }
}

/// A success that says nothing of itself is what the operation says of itself.
fn describe(operation: &mut Map<String, Value>) {
    let summary = operation.get("summary").cloned().unwrap_or_else(|| json!(""));
    let responses = operation.get_mut("responses").and_then(Value::as_object_mut);
    for (_, response) in responses.into_iter().flatten() {
        if response["description"].as_str().is_none_or(str::is_empty) {
            response["description"] = summary.clone();
        }
    }
}

fn parameters(operation: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    operation.get("parameters").and_then(Value::as_array).into_iter().flatten()
}

/// Describes the header, and the one that tells a repeated answer.
fn take_key(operation: &mut Map<String, Value>) {
    let parameter = json!({
        "name": "Idempotency-Key",
        "in": "header",
        "description": "The same user, key and body get the first answer again. Quoted or plain is the same key.",
        "required": false,
        "schema": {"type": "string", "maxLength": 255},
        "example": "8e03978e-40d5-43dd-bc93-6894a57f9324",
    });
    if let Some(parameters) = operation.entry("parameters").or_insert_with(|| json!([])).as_array_mut() {
        parameters.push(parameter);
    }
    let responses = operation.get_mut("responses").and_then(Value::as_object_mut);
    for (_, response) in responses.into_iter().flatten() {
        response["headers"]["Idempotency-Replayed"] = json!({
            "description": "`true` where this is the stored answer of an earlier request with the same key",
            "schema": {"type": "string"},
        });
    }
}

fn response(path: &str, status: u16, messages: &[&messages::Message]) -> Value {
    let titles: Vec<&str> = messages.iter().map(|message| message.code).collect();
    let mut examples = Map::new();
    for message in messages {
        examples.insert(message.code.to_owned(), json!({ "value": messages::sample(message, path) }));
    }
    let invalid = messages.iter().any(|message| messages::has_fields(message.code));
    let schema = if invalid { "InvalidProblem" } else { "Problem" };
    let mut response = json!({
        "description": titles.join(", "),
        "content": {
            "application/problem+json": {
                "schema": {"$ref": format!("#/components/schemas/{schema}")},
                "examples": examples,
            }
        }
    });
    let header = |description: &str, kind: &str| json!({"description": description, "schema": {"type": kind}});
    match status {
        401 => response["headers"]["WWW-Authenticate"] = header("`Bearer`", "string"),
        429 | 503 => response["headers"]["Retry-After"] = header("Seconds to wait", "integer"),
        _ => {}
    }
    response
}

fn problem_schema() -> Value {
    let text = |description: &str| json!({"type": "string", "description": description});
    json!({
        "type": "object",
        "description": "An error (RFC 9457)",
        "required": ["type", "title", "status", "detail", "instance", "code", "request_id"],
        "properties": {
            "type": text("A URN of the kind of problem"),
            "title": text("What kind of problem it is, in the language of the answer"),
            "status": {"type": "integer", "description": "The HTTP status"},
            "detail": text("What a person can act on, in the language of the answer"),
            "instance": text("The path that was asked for"),
            "code": text("Which refusal it is: stable, for programs"),
            "request_id": text("The id of the request, as in the logs"),
        }
    })
}

fn invalid_schema() -> Value {
    let text = |description: &str| json!({"type": "string", "description": description});
    json!({
        "description": "An error about fields",
        "allOf": [
            {"$ref": "#/components/schemas/Problem"},
            {
                "type": "object",
                "properties": {
                    "error": {"type": "boolean", "const": true},
                    "message": text("The detail once more"),
                    "errors": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["field", "message", "type"],
                            "properties": {
                                "field": text("Which field; nested ones with dots"),
                                "message": text("What is wrong with it"),
                                "type": text("The kind of fault, for programs"),
                            }
                        }
                    },
                    "field_errors": {
                        "type": "object",
                        "description": "The first message for each field",
                        "additionalProperties": {"type": "string"},
                    }
                }
            }
        ]
    })
}
