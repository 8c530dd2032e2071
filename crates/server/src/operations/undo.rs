//! Taking an operation back.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use reparto_domain::{
    OperationId, Refusal, Status, UserId,
    operations::UndoOutcome,
    opportunities::{ItemError, ItemFailure},
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    http::{
        Incoming, Language, PathId, Problem, Signed,
        idempotency::{Render, keyed, respond},
        samples,
    },
    opportunities::bulk::{self, BulkFields, BulkItemView, ItemErrorSchema},
    state::App,
};

/// Result of an undo: each item of the operation that was not undone before is in one of the two lists.
#[derive(Debug, Serialize, ToSchema)]
pub struct Undo {
    /// Whether any opportunity was given back.
    pub success: bool,
    /// Number of opportunities that were given back.
    pub undone_count: usize,
    /// Number of items that failed.
    pub failed_count: usize,
    /// The opportunities that were given back, as they are now.
    pub opportunities: Vec<BulkItemView>,
    /// The items that failed, and why.
    #[schema(value_type = Vec<ItemErrorSchema>)]
    pub errors: Vec<Value>,
    /// Id of the undo, which is an operation and can itself be undone; null where nothing was given back.
    #[schema(value_type = Option<Uuid>)]
    pub operation_id: Option<OperationId>,
}

impl Undo {
    fn sample(failed: bool) -> Self {
        let shared = BulkFields::sample(None, Status::Pending, false);
        let error = ItemError::Touched {
            operation: OperationId::from_uuid(samples::id(samples::OPERATION + 1)),
            actor: Some(UserId::from_uuid(samples::id(samples::ADMINISTRATOR))),
            at: samples::AT,
        };
        let failures = if failed { vec![ItemFailure { sent: samples::id(1).to_string(), error }] } else { Vec::new() };
        Self {
            success: true,
            undone_count: 1,
            failed_count: failures.len(),
            opportunities: shared.opportunities,
            errors: bulk::errors(&failures, Language::Spanish),
            operation_id: shared.operation_id,
        }
    }
}

fn render(language: Language) -> Render<UndoOutcome> {
    Arc::new(move |outcome| {
        let answer = Undo {
            success: !outcome.done.is_empty(),
            undone_count: outcome.done.len(),
            failed_count: outcome.failed.len(),
            opportunities: bulk::done(&outcome.done),
            errors: bulk::errors(&outcome.failed, language),
            operation_id: outcome.operation,
        };
        bulk::answer(&outcome.failed, false, &answer)
    })
}

/// Undo an operation
///
/// Gives each opportunity of the operation back to its previous holder and status, unless something newer has
/// changed it.
#[utoipa::path(
    post, path = "/api/crm/operations/{id}/undo", tag = "operations",
    params(
        ("id" = Uuid, Path, description = "Id of the operation")
    ),
    responses(
        (status = 200, description = "All items were given back", body = Undo, example = json!(Undo::sample(false))),
        (status = 207, description = "Some or all items failed", body = Undo, example = json!(Undo::sample(true)))
    ),
    extensions(("x-refusals" = json!(["administrators_only", "operation_not_found", "already_undone", "not_undoable"])))
)]
pub async fn undo(
    State(app): State<App>,
    signed: Signed,
    id: PathId<OperationId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    signed.administrator()?;
    let id = id.or(Refusal::OperationNotFound)?;
    let body = incoming.json_or_empty().await?;
    let render = render(signed.context.language);
    let keyed = keyed(&app, &body, signed.caller.at, Arc::clone(&render))?;
    let assignable = &app.config.assignable_roles;
    let answer = app.store.operation_undo(&signed.caller, id, assignable, keyed).await?;
    Ok(respond(answer, &*render))
}
