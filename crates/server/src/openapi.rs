//! The API document (OpenAPI 3.1), made from the handlers, and its pages.

use axum::{Json, Router, routing::get};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        OpenApi as Document,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use utoipa_axum::router::OpenApiRouter;

use crate::state::App;

/// What the document says of the whole.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Reparto",
        description = "Assigns CRM opportunities to the people who work them: in bulk, atomically, with a record of who gave what to whom."
    ),
    modifiers(&Bearer),
    security(("bearer" = []))
)]
struct Whole;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_default();
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

/// Every route that the document describes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Whole::openapi())
}

/// The document.
pub fn document() -> Document {
    routes().into_openapi()
}

/// The pages that show it.
pub fn pages(document: Document) -> Router<App> {
    let served = document.clone();
    let page =
        utoipa_swagger_ui::SwaggerUi::new("/api/docs").config(utoipa_swagger_ui::Config::new(["/api/openapi.json"]));
    Router::new().route("/api/openapi.json", get(move || async move { Json(served) })).merge(Router::from(page))
}
