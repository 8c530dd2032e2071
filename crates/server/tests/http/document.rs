//! The API document and its pages.

use std::{collections::BTreeSet, path::PathBuf};

use reparto_server::{http::messages::TABLE, openapi::answers::MAY_BE_ABSENT};
use serde_json::Value;

use crate::common::{Server, document, operations};

/// Codes that no operation in the document can return: unknown paths and methods.
const UNDOCUMENTED_CODES: [&str; 2] = ["path_not_found", "method_not_allowed"];

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json")
}

#[test]
fn the_committed_document_matches_the_code() {
    let document = document();
    if std::env::var_os("REPARTO_UPDATE_DOCUMENT").is_some() {
        let mut text = serde_json::to_string_pretty(document).unwrap();
        text.push('\n');
        std::fs::write(file(), text).unwrap();
    }
    let committed: Value = serde_json::from_slice(&std::fs::read(file()).unwrap()).unwrap();
    assert!(
        committed == *document,
        "docs/openapi.json is not what the code makes: run the tests once with REPARTO_UPDATE_DOCUMENT=1 and look at the difference"
    );
}

#[test]
fn every_code_is_listed_by_some_operation() {
    let mut listed = BTreeSet::new();
    for operation in operations() {
        for (_, response) in operation.described["responses"].as_object().unwrap() {
            let examples = response["content"]["application/problem+json"]["examples"].as_object();
            listed.extend(examples.into_iter().flatten().map(|(code, _)| code.clone()));
        }
    }
    let known = TABLE.iter().map(|row| row.code.to_owned());
    let expected: BTreeSet<String> = known.filter(|code| !UNDOCUMENTED_CODES.contains(&code.as_str())).collect();
    assert_eq!(listed, expected);
}

#[test]
fn every_operation_has_request_and_response_examples() {
    let mut missing = Vec::new();
    for operation in operations() {
        let (name, described) = (format!("{} {}", operation.method, operation.path), &operation.described);
        let bodies = described["requestBody"]["content"].as_object();
        if bodies.is_some_and(|bodies| !bodies.values().any(has_example)) {
            missing.push(format!("{name}: its body"));
        }
        let responses = described["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{name}: no success");
        for (status, response) in responses {
            let contents = response["content"].as_object().into_iter().flatten();
            let bare = contents.filter(|(_, content)| !has_example(content));
            missing.extend(bare.map(|(media, _)| format!("{name}: {status} {media}")));
        }
        assert!(described["summary"].is_string() && described["tags"].is_array(), "{name}: no words");
    }
    assert_eq!(missing, Vec::<String>::new(), "without an example");
}

/// Whether the content, or the schema that it refers to, has an example.
fn has_example(content: &Value) -> bool {
    let referred = content["schema"]["$ref"].as_str().and_then(|to| document().pointer(to.trim_start_matches('#')));
    let schema = referred.unwrap_or(&content["schema"]);
    [&content["example"], &content["examples"], &schema["example"], &schema["examples"]]
        .into_iter()
        .any(|example| !example.is_null())
}

#[test]
fn references_resolve_and_operation_ids_are_unique() {
    let document = document();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
    let mut references = Vec::new();
    collect_references(document, &mut references);
    for reference in references {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference} leads nowhere");
    }
    let mut names = BTreeSet::new();
    for operation in operations() {
        let name = operation.described["operationId"].as_str().unwrap().to_owned();
        assert!(names.insert(name.clone()), "{name} is the name of two operations");
        let parameters = operation.described["parameters"].as_array().into_iter().flatten();
        let in_path = parameters.filter(|parameter| parameter["in"] == "path").count();
        assert_eq!(in_path, operation.path.matches('{').count(), "{}", operation.path);
    }
}

#[test]
fn every_description_has_four_words_or_more() {
    let mut faults = Vec::new();
    for operation in operations() {
        let (name, described) = (format!("{} {}", operation.method, operation.path), &operation.described);
        require_words(&described["description"], &name, &mut faults);
        for parameter in described["parameters"].as_array().into_iter().flatten() {
            require_words(&parameter["description"], &format!("{name} {}", parameter["name"]), &mut faults);
        }
        for (status, response) in described["responses"].as_object().unwrap() {
            require_words(&response["description"], &format!("{name} {status}"), &mut faults);
            for (header, described) in response["headers"].as_object().into_iter().flatten() {
                require_words(&described["description"], &format!("{name} {status} {header}"), &mut faults);
            }
        }
    }
    for (name, schema) in document()["components"]["schemas"].as_object().unwrap() {
        require_words(&schema["description"], name, &mut faults);
        require_words_of_properties(schema, name, &mut faults);
    }
    assert_eq!(faults, Vec::<String>::new(), "with a description of fewer than four words");
}

/// Walks the properties of a schema, however deep they are nested.
fn require_words_of_properties(schema: &Value, at: &str, faults: &mut Vec<String>) {
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let at = format!("{at}.{name}");
        require_words(&property["description"], &at, faults);
        require_words_of_properties(property, &at, faults);
    }
    let parts = ["allOf", "oneOf", "anyOf"].into_iter().filter_map(|list| schema[list].as_array()).flatten();
    for part in parts.chain(schema.get("items")) {
        require_words_of_properties(part, at, faults);
    }
}

fn require_words(description: &Value, at: &str, faults: &mut Vec<String>) {
    let text = description.as_str().unwrap_or_default();
    if text.split_whitespace().count() < 4 {
        faults.push(format!("{at}: {text:?}"));
    }
}

#[test]
fn nullable_answer_fields_are_required_and_in_examples() {
    let mut faults = Vec::new();
    for operation in operations() {
        let successes =
            operation.described["responses"].as_object().unwrap().iter().filter(|(status, _)| status.starts_with('2'));
        for (status, response) in successes {
            let content = &response["content"]["application/json"];
            let at = format!("{} {}: {status}", operation.method, operation.path);
            compare(&content["schema"], content.get("example"), &at, &mut faults);
        }
    }
    assert_eq!(faults, Vec::<String>::new());
}

/// Walks a response schema, and an example alongside if there is one.
fn compare(schema: &Value, example: Option<&Value>, at: &str, faults: &mut Vec<String>) {
    if let Some(to) = schema["$ref"].as_str() {
        if MAY_BE_ABSENT.iter().any(|(name, _)| to.ends_with(&format!("/{name}"))) {
            return;
        }
        return compare(document().pointer(to.trim_start_matches('#')).unwrap(), example, at, faults);
    }
    let example = example.filter(|example| !example.is_null());
    for part in schema["allOf"].as_array().into_iter().chain(schema["oneOf"].as_array()).flatten() {
        compare(part, example, at, faults);
    }
    if let Some(first) = example.and_then(Value::as_array).and_then(|items| items.first()) {
        compare(&schema["items"], Some(first), at, faults);
    }
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let value = example.and_then(|example| example.get(name));
        let is_required = required.contains(&name.as_str());
        if property["type"].as_array().is_some_and(|types| types.contains(&Value::from("null"))) && !is_required {
            faults.push(format!("{at}: {name} may be null and is not required"));
        }
        if is_required && example.is_some_and(Value::is_object) && value.is_none() {
            faults.push(format!("{at}: {name} is required and is not there"));
        }
        compare(property, value, &format!("{at} {name}"), faults);
    }
}

fn collect_references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                match value {
                    Value::String(to) if name == "$ref" => found.push(to.clone()),
                    other => collect_references(other, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_references(item, found)),
        _ => {}
    }
}

#[tokio::test]
async fn the_document_is_served_without_a_token() {
    let server = Server::start().await;
    for path in ["/api/openapi.json", "/api/openapi.json/"] {
        let answer = server.get(path).await;
        assert_eq!(answer.ok(200), *document());
        assert_eq!(answer.header("content-type"), "application/json");
    }
}

#[tokio::test]
async fn the_page_loads_nothing_from_elsewhere() {
    let server = Server::start().await;
    for path in ["/api/docs", "/api/docs/"] {
        let page = server.get(path).header("accept", "text/html").await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.header("content-type").starts_with("text/html"));
        let html = page.text();
        assert!(!html.contains("http://") && !html.contains("https://"), "{html}");
        assert!(html.contains("<base href=\"/api/docs/\">"), "its links are resolved alike with and without a slash");
        assert!(page.header("content-security-policy").starts_with("default-src 'self'"));
        let mut loaded = 0;
        for attribute in ["src=\"", "href=\""] {
            for piece in html.split(attribute).skip(1) {
                let link = piece.split('"').next().unwrap();
                let target = if link.starts_with('/') { link.to_owned() } else { format!("/api/docs/{link}") };
                let asset = server.get(&target).header("accept", "*/*").await;
                assert_eq!(asset.status, 200, "{path} needs {target}");
                loaded += 1;
            }
        }
        assert!(loaded >= 6, "{html}");
    }
    let script = server.get("/api/docs/swagger-initializer.js").await;
    assert!(script.text().contains("/api/openapi.json"));
}
