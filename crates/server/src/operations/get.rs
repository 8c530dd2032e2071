//! One operation.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use reparto_domain::{OperationId, Refusal};

use super::present::OperationDetailView;
use crate::{
    http::{Json, PathId, Problem, Signed},
    state::App,
};

/// Get an operation
///
/// The operation with its items, and for each item the later operations that changed it.
#[utoipa::path(
    get, path = "/api/crm/operations/{id}", tag = "operations",
    params(("id" = Uuid, Path, description = "Id of the operation")),
    responses((
        status = 200, description = "The operation with its items", body = OperationDetailView,
        example = json!(OperationDetailView::sample())
    )),
    extensions(("x-refusals" = json!(["administrators_only", "operation_not_found"])))
)]
pub async fn get(State(app): State<App>, signed: Signed, id: PathId<OperationId>) -> Result<Response, Problem> {
    signed.administrator()?;
    let detail = app.store.operation_get(id.or(Refusal::OperationNotFound)?).await?;
    Ok(Json(OperationDetailView::new(detail, signed.context.language)).into_response())
}
