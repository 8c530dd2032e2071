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
        idempotency::{Render, json_answer, keyed, respond},
        samples,
    },
    opportunities::bulk::{self, BulkItemView, BulkRest, ItemErrorSchema},
    state::App,
};

/// What came of an undo: each item of the operation that was not given back before is in one of the two lists.
#[derive(Debug, Serialize, ToSchema)]
pub struct Undone {
    /// Whether anything was given back.
    pub success: bool,
    /// How many were.
    pub undone_count: usize,
    /// How many were not.
    pub failed_count: usize,
    /// The opportunities that were given back, as they are now.
    pub opportunities: Vec<BulkItemView>,
    /// Those that were not.
    #[schema(value_type = Vec<ItemErrorSchema>)]
    pub errors: Vec<Value>,
    /// The undo, which is an operation and can be undone; null where nothing was given back.
    #[schema(value_type = Option<Uuid>)]
    pub operation_id: Option<OperationId>,
}

impl Undone {
    fn sample(failed: bool) -> Self {
        let rest = BulkRest::sample(None, Status::Pending, false);
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
            opportunities: rest.opportunities,
            errors: bulk::errors(&failures, Language::Spanish),
            operation_id: rest.operation_id,
        }
    }
}

fn render(language: Language) -> Render<UndoOutcome> {
    Arc::new(move |outcome| {
        let answer = Undone {
            success: !outcome.done.is_empty(),
            undone_count: outcome.done.len(),
            failed_count: outcome.failed.len(),
            opportunities: bulk::done(&outcome.done),
            errors: bulk::errors(&outcome.failed, language),
            operation_id: outcome.operation,
        };
        json_answer(bulk::status(&outcome.failed), &answer)
    })
}

/// Gives each opportunity of an operation back to its previous holder and status, while nothing newer has touched it.
#[utoipa::path(
    post, path = "/api/crm/operations/{id}/undo", tag = "operations",
    params(
        ("id" = Uuid, Path, description = "The operation's id")
    ),
    responses(
        (status = 200, description = "All were given back", body = Undone, example = json!(Undone::sample(false))),
        (status = 207, description = "Some were not, or none was", body = Undone, example = json!(Undone::sample(true)))
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
