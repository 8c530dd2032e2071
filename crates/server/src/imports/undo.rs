//! Taking an import back.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use reparto_domain::{ImportId, Refusal, imports::ImportStatus};

use super::present::{ImportView, undone};
use crate::{
    http::{
        Incoming, PathId, Problem, Signed,
        idempotency::{keyed, respond},
    },
    state::App,
};

/// Undo an import
///
/// Deletes the contacts and opportunities that an import created, unless somebody has changed them since. What it added
/// to known contacts stays. `rows?only=kept` lists of which rows something stays, and why. An import of up to 5,000 such
/// rows is undone when it is answered (200), a larger one in the background (202).
#[utoipa::path(
    post, path = "/api/crm/imports/{id}/undo", operation_id = "undo", tag = "imports",
    params(("id" = Uuid, Path, description = "Id of the import")),
    responses(
        (
            status = 200, description = "The import, which was undone", body = ImportView,
            example = json!(ImportView::sample(ImportStatus::Finished))
        ),
        (
            status = 202, description = "The import, which is being undone", body = ImportView,
            example = json!(ImportView::sample(ImportStatus::Finished))
        )
    ),
    extensions(("x-refusals" = json!(["administrators_only", "import_not_found", "import_running", "import_undone"])))
)]
pub async fn undo(
    State(app): State<App>,
    signed: Signed,
    id: PathId<ImportId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    signed.administrator()?;
    let id = id.or(Refusal::ImportNotFound)?;
    let body = incoming.json_or_empty().await?;
    let render = undone(signed.context.language);
    let keyed = keyed(&app, &body, signed.caller.at, Arc::clone(&render))?;
    let answer = app.store.import_undo(&signed.caller, id, keyed).await?;
    app.wake.announce_import();
    Ok(respond(answer, &*render))
}
