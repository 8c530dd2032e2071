//! The pages that show the document. They load nothing from another host.

use std::{
    future::ready,
    sync::{Arc, OnceLock},
};

use axum::{
    Router,
    body::Bytes,
    extract::Path,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::Value;
use utoipa_swagger_ui::Config;

use crate::{http::Problem, state::App};

/// The page. Its links are resolved against `base`, so that it works with and without a slash at its end.
const PAGE: &str = r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Reparto: API</title>
<base href="/api/docs/">
<link rel="stylesheet" href="swagger-ui.css">
<link rel="icon" type="image/png" href="favicon-32x32.png" sizes="32x32">
</head>
<body>
<div id="swagger-ui"></div>
<script src="swagger-ui-bundle.js"></script>
<script src="swagger-ui-standalone-preset.js"></script>
<script src="swagger-initializer.js"></script>
</body>
</html>
"#;

/// The content security policy: nothing from another host.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    frame-ancestors 'none'; base-uri 'self'; form-action 'self'";

/// The pages.
pub fn pages(document: &Value) -> Router<App> {
    let bytes = Bytes::from(document.to_string());
    Router::new()
        .route("/api/openapi.json", get(move || ready(served(bytes.clone()))))
        .route("/api/docs", get(page))
        .route("/api/docs/{*file}", get(file))
}

fn served(document: Bytes) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], document).into_response()
}

async fn page() -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    ];
    (headers, PAGE).into_response()
}

/// A file of Swagger UI, which is built into the program.
async fn file(Path(name): Path<String>) -> Result<Response, Problem> {
    static CONFIG: OnceLock<Arc<Config<'static>>> = OnceLock::new();
    // The validator is a badge from another host.
    let config = CONFIG.get_or_init(|| Arc::new(Config::new(["/api/openapi.json"]).validator_url("none")));
    let file = utoipa_swagger_ui::serve(&name, Arc::clone(config)).map_err(Problem::internal)?;
    let file = file.ok_or(Problem::NoSuchPath)?;
    let content = HeaderValue::from_str(&file.content_type).map_err(Problem::internal)?;
    let mut response = ([(header::CONTENT_TYPE, content)], file.bytes.into_owned()).into_response();
    if file.gzpipped {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok(response)
}
