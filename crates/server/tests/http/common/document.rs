//! Validates every response in the tests against the API document.

use std::sync::OnceLock;

use axum::http::Method;
use serde_json::Value;

use super::Answer;

/// An operation of the document.
#[derive(Debug, Clone)]
pub struct Operation {
    /// The method, in lower case.
    pub method: String,
    /// The path with its parameters in braces.
    pub path: String,
    /// Its entry in the document.
    pub described: Value,
}

/// The document.
pub fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| reparto_server::openapi::document().unwrap())
}

/// Every operation of the document.
pub fn operations() -> &'static [Operation] {
    static OPERATIONS: OnceLock<Vec<Operation>> = OnceLock::new();
    OPERATIONS.get_or_init(|| {
        let paths = document()["paths"].as_object().expect("paths");
        let all = paths.iter().flat_map(|(path, item)| {
            let methods = item.as_object().into_iter().flatten();
            methods.map(|(method, described)| Operation {
                method: method.clone(),
                path: path.clone(),
                described: described.clone(),
            })
        });
        all.collect()
    })
}

/// The operation of a request; exact paths take precedence over those with parameters.
fn find(method: &Method, path: &str) -> Option<&'static Operation> {
    let path = path.split('?').next().unwrap_or_default().trim_end_matches('/');
    let pieces: Vec<&str> = path.split('/').collect();
    let matches = |operation: &&Operation| {
        let template: Vec<&str> = operation.path.split('/').collect();
        template.len() == pieces.len()
            && template.iter().zip(&pieces).all(|(known, piece)| known == piece || known.starts_with('{'))
    };
    let found = operations().iter().filter(matches).min_by_key(|operation| operation.path.matches('{').count())?;
    let same_path = |operation: &&Operation| operation.path == found.path;
    operations().iter().filter(same_path).find(|operation| operation.method.eq_ignore_ascii_case(method.as_str()))
}

/// Asserts that the document allows this response of the operation.
pub fn check(method: &Method, path: &str, answer: &Answer) {
    if answer.status >= 400 && path.starts_with("/api") {
        check_problem(answer);
    }
    let Some(operation) = find(method, path) else { return };
    let response = &operation.described["responses"][answer.status.to_string()];
    let name = format!("{method} {}", operation.path);
    assert!(!response.is_null(), "{name}: {} is not in the document: {:?}", answer.status, answer.body);
    if answer.status >= 400 {
        let code = answer.json()["code"].as_str().expect("a code").to_owned();
        let known = &response["content"]["application/problem+json"]["examples"];
        assert!(known.get(&code).is_some(), "{name}: {} {code} is not in the document", answer.status);
    }
}

/// Asserts that an error is a complete problem.
fn check_problem(answer: &Answer) {
    assert_eq!(answer.header("content-type"), "application/problem+json", "{:?}", answer.body);
    let problem = answer.json();
    assert_eq!(problem["status"], answer.status);
    for member in ["type", "title", "detail", "instance", "code", "request_id"] {
        assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {problem}");
    }
    assert_eq!(problem["request_id"], answer.header("x-request-id"));
}
