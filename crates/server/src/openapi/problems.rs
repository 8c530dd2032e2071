//! Turns codes of refusals into responses of the document, grouped by status, one example for each code.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::http::messages;

/// The extension in which a handler lists the codes that only it refuses with; removed from the finished document.
const REFUSALS: &str = "x-refusals";

/// Refusals of every operation.
const ALWAYS: &[&str] = &["not_acceptable", "rate_limited", "internal_error", "service_unavailable"];

/// Refusals of an operation that needs a token.
const SECURED: &[&str] = &[
    "token_missing",
    "token_invalid",
    "token_revoked",
    "account_inactive",
    "password_must_change",
    "totp_set_up_required",
];

/// Refusals of an operation that reads a body, even one that needs no field and only refuses what is not an object.
const READS_BODY: &[&str] =
    &["body_not_json", "request_timeout", "body_too_large", "media_type_unsupported", "body_not_an_object"];

/// Refusals of an operation that takes fields.
const WITH_FIELDS: &[&str] = &["validation_failed"];

/// Refusals of an operation that reads a body and needs no account.
const ANONYMOUS: &[&str] = &["too_many_at_once"];

/// Refusals of an operation that answers with a page.
const PAGED: &[&str] = &["page_too_large"];

/// Refusals of an operation that takes an idempotency key.
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
        add(READS_BODY);
        add(WITH_FIELDS);
    }
    if operation.contains_key("requestBody") && operation.contains_key("security") {
        add(ANONYMOUS);
    }
    if parameters(operation).any(|parameter| parameter["in"] == "query") {
        add(WITH_FIELDS);
    }
    if parameters(operation).any(|parameter| parameter["in"] == "query" && parameter["name"] == "limit") {
        add(PAGED);
    }
    if method == "post" && path.starts_with("/api/crm/") {
        add(READS_BODY);
        add(KEYED);
        describe_key(operation);
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

/// Prefixes the operation id with the resource: `users_list`.
fn name(operation: &mut Map<String, Value>) {
    let tag = operation.get("tags").and_then(|tags| tags[0].as_str()).map(str::to_owned);
    if let (Some(tag), Some(Value::String(name))) = (tag, operation.get_mut("operationId")) {
        *name = format!("{tag}_{name}");
    }
}

/// A success without a description gets the summary of the operation.
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

/// Describes the idempotency key, and the header of an answer that was given before.
fn describe_key(operation: &mut Map<String, Value>) {
    let parameter = json!({
        "name": "Idempotency-Key",
        "in": "header",
        "description": "A new random text for each request, such as a UUID; sent again, the same user, key and body \
            get the stored answer of the first request. Quoted or plain is the same key.",
        "required": false,
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
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
    let codes: Vec<String> = messages.iter().map(|message| format!("`{}`", message.code)).collect();
    let mut examples = Map::new();
    for message in messages {
        examples.insert(message.code.to_owned(), json!({ "value": messages::sample(message, path) }));
    }
    let invalid = messages.iter().any(|message| messages::has_fields(message.code));
    let schema = if invalid { "InvalidProblem" } else { "Problem" };
    let mut response = json!({
        "description": format!("Refused, with the code {}", codes.join(" or ")),
        "content": {
            "application/problem+json": {
                "schema": {"$ref": format!("#/components/schemas/{schema}")},
                "examples": examples,
            }
        }
    });
    let header = |description: &str, kind: &str| json!({"description": description, "schema": {"type": kind}});
    match status {
        401 => response["headers"]["WWW-Authenticate"] = header("Scheme that the request must use: `Bearer`", "string"),
        429 | 503 => response["headers"]["Retry-After"] = header("Seconds to wait before the next try", "integer"),
        _ => {}
    }
    response
}

fn problem_schema() -> Value {
    let text = |description: &str| json!({"type": "string", "description": description});
    json!({
        "type": "object",
        "description": "A refusal or error, as RFC 9457 describes it",
        "required": ["type", "title", "status", "detail", "instance", "code", "request_id"],
        "properties": {
            "type": text("URN of the kind of problem, which names its code"),
            "title": text("Short name of the kind of problem, in the language of the answer"),
            "status": {"type": "integer", "description": "HTTP status of the answer"},
            "detail": text("What a person can act on, in the language of the answer"),
            "instance": text("Path of the request that was refused"),
            "code": text("Stable code of the refusal, for programs"),
            "request_id": text("Id of the request, as in the logs"),
        }
    })
}

fn invalid_schema() -> Value {
    let text = |description: &str| json!({"type": "string", "description": description});
    json!({
        "description": "A refusal that names the fields that are wrong",
        "allOf": [
            {"$ref": "#/components/schemas/Problem"},
            {
                "type": "object",
                "properties": {
                    "error": {"type": "boolean", "const": true, "description": "Always true, for clients that look for it"},
                    "message": text("The same text as `detail`"),
                    "errors": {
                        "type": "array",
                        "description": "Every fault, in the order of the fields",
                        "items": {
                            "type": "object",
                            "required": ["field", "message", "type"],
                            "properties": {
                                "field": text("Name of the field; nested ones with dots"),
                                "message": text("What is wrong with it"),
                                "type": text("The kind of fault, for programs"),
                            }
                        }
                    },
                    "field_errors": {
                        "type": "object",
                        "description": "The first message for each field, by its name",
                        "additionalProperties": {"type": "string"},
                    }
                }
            }
        ]
    })
}
