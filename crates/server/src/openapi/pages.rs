//! The pages that show the document: no other host takes part.

use axum::{
    Router,
    body::Bytes,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::Value;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::state::App;

/// The pages.
pub fn pages(document: &Value) -> Router<App> {
    let bytes = Bytes::from(document.to_string());
    let page = SwaggerUi::new("/api/docs").config(Config::new(["/api/openapi.json"]));
    Router::new().route("/api/openapi.json", get(move || served(bytes.clone()))).merge(Router::from(page))
}

async fn served(document: Bytes) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], document).into_response()
}
