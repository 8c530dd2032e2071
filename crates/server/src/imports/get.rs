//! One import.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use reparto_domain::{
    ImportId, Refusal,
    imports::{ImportRowQuery, ImportStatus},
};

use super::present::{ImportView, SAMPLED};
use crate::{
    http::{Json, PathId, Problem, Signed},
    state::App,
};

/// Get an import
///
/// The import as it stands, with some values of each column.
#[utoipa::path(
    get, path = "/api/crm/imports/{id}", tag = "imports",
    params(("id" = Uuid, Path, description = "Id of the import")),
    responses((
        status = 200, description = "The import as it stands", body = ImportView,
        example = json!(ImportView::sample(ImportStatus::Finished))
    )),
    extensions(("x-refusals" = json!(["administrators_only", "import_not_found"])))
)]
pub async fn get(State(app): State<App>, signed: Signed, id: PathId<ImportId>) -> Result<Response, Problem> {
    signed.administrator()?;
    let id = id.or(Refusal::ImportNotFound)?;
    let import = app.store.import_get(&signed.caller, id).await?;
    let query = ImportRowQuery { only: None, limit: SAMPLED, after: None };
    let rows = app.store.import_told(&signed.caller, id, query).await?.items;
    let cells = rows.iter().filter_map(|row| row.cells.as_ref());
    Ok(Json(ImportView::new(&import, cells, signed.context.language)).into_response())
}
