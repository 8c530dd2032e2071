//! The API document (OpenAPI 3.1), made from the handlers, and its pages.
//!
//! A handler's `#[utoipa::path]` names its successes, each with an example, and in `x-refusals` the codes that only it
//! refuses with. [`problems`] adds the codes that all operations of its kind share and turns them all into responses,
//! with the texts of the one table of messages; [`answers`] lists the fields that are always there.

pub mod answers;
mod bounds;
mod descriptions;
mod pages;
mod problems;

use serde_json::Value;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        OpenApi as Described,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use utoipa_axum::router::OpenApiRouter;

use crate::{
    absences, auth, contacts,
    events::{self, present::EventSchema},
    http::names::{
        DateOrderName, FileFormatName, HeadersName, ImportPartName, JobItemPartName, NewJobKindName,
        OpportunitySortName, RowFormatName, SeparatorName, SortOrderName, TimeOrDate, UserSortName,
    },
    imports,
    jobs::{self, progress::JobProgress},
    operations, opportunities, people, rotations,
    state::App,
    teams, users, webhooks,
};

pub use pages::pages;

/// The parts of the document that belong to no handler.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Reparto",
        description = "Assigns CRM opportunities to the people who work them: in bulk, atomically, with a record of who gave what to whom.\n\nEvery error is `application/problem+json` (RFC 9457) with a stable `code` and a `detail` that a person can act on, in Spanish unless `Accept-Language` prefers English. Any other path under `/api` is a 404 with the code `path_not_found`, any other method of a path a 405 with the code `method_not_allowed`. Paths are served with and without a trailing slash. Unknown fields and unknown query parameters are ignored; an empty query parameter counts as absent.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    modifiers(&Bearer),
    // What only parameters refer to, and what `data` of a stream holds.
    components(schemas(
        DateOrderName, FileFormatName, HeadersName, ImportPartName, JobItemPartName, NewJobKindName, OpportunitySortName, RowFormatName, SeparatorName, SortOrderName, TimeOrDate, UserSortName,
        EventSchema, JobProgress
    )),
    servers((url = "/", description = "The service that serves this document")),
    security(("bearer" = [])),
    tags(
        (name = "auth", description = "Signing in, staying signed in, signing out"),
        (name = "users", description = "Accounts, their rights, and the audit log"),
        (name = "people", description = "Colleagues: who works opportunities"),
        (name = "opportunities", description = "Opportunities: finding, assigning, working them"),
        (name = "contacts", description = "The people and companies behind opportunities"),
        (name = "teams", description = "People who share work: members with weight, skills, hours and limits"),
        (name = "rotations", description = "Ledgers of turns: who is owed how many leads, and who is next"),
        (name = "absences", description = "Times in which somebody gets no leads"),
        (name = "operations", description = "What was done and by whom, and undoing it"),
        (name = "imports", description = "Files of leads: taken in, told row by row, taken back"),
        (name = "jobs", description = "Bulk operations of any size, in the background"),
        (name = "events", description = "The change feed: what happens, as it happens"),
        (name = "webhooks", description = "Addresses that receive events, signed as Standard Webhooks says"),
    )
)]
struct ApiDocument;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut Described) {
        let components = document.components.get_or_insert_default();
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some("The `access_token` of a sign-in or refresh"))
            .build();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

/// Every route that the document describes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(ApiDocument::openapi())
        .merge(auth::routes())
        .merge(users::routes())
        .merge(people::routes())
        .merge(teams::routes())
        .merge(absences::routes())
        .merge(rotations::routes())
        .merge(opportunities::routes())
        .merge(operations::routes())
        .merge(imports::routes())
        .merge(jobs::routes())
        .merge(events::routes())
        .merge(webhooks::routes())
        .merge(contacts::routes())
}

/// The document. Fails where a handler describes what JSON cannot say, which no request can bring about.
pub fn document() -> serde_json::Result<Value> {
    complete(routes().into_openapi())
}

/// Completes what the handlers describe: refusals, bounds, descriptions, required fields.
pub(crate) fn complete(described: Described) -> serde_json::Result<Value> {
    let mut document = serde_json::to_value(described)?;
    bounds::complete(&mut document);
    descriptions::complete(&mut document);
    answers::complete(&mut document);
    problems::complete(&mut document);
    Ok(document)
}
