//! Taking the holder of many away.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use reparto_domain::{
    Refusal, Status,
    idempotency::Answer,
    opportunities::{BulkIds, BulkOutcome, BulkUnassign},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::bulk::{self, BulkRest};
use crate::{
    http::{
        Incoming, Language, Problem, Signed,
        idempotency::{Render, json_answer, keyed, respond},
        samples,
    },
    spans,
    state::App,
};

/// Which opportunities lose their holders.
#[derive(Debug, ToSchema)]
#[schema(example = json!({"opportunity_ids": [samples::id(samples::OPPORTUNITY)]}))]
pub struct BulkUnassignBody {
    /// Which, 1 to 100 (a setting), none twice.
    #[schema(min_items = 1)]
    pub opportunity_ids: Vec<Uuid>,
    /// Say what would happen; write nothing.
    #[schema(default = false)]
    pub dry_run: Option<bool>,
    /// Any item that cannot be carried out refuses the whole.
    #[schema(default = false)]
    pub all_or_nothing: Option<bool>,
    /// Who must hold each item, or null for nobody; absent: whoever does.
    pub expected_assigned_to_id: Option<Uuid>,
}

/// What came of it: each requested id is either in `opportunities` or in `errors`.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkUnassigned {
    /// Whether anything was unassigned.
    pub success: bool,
    /// How many were; one that was nobody's counts.
    pub unassigned_count: usize,
    /// The rest.
    #[serde(flatten)]
    pub rest: BulkRest,
}

impl BulkUnassigned {
    fn sample(failed: bool) -> Self {
        Self { success: true, unassigned_count: 1, rest: BulkRest::sample(None, Status::Pending, failed) }
    }
}

fn render(language: Language, dry_run: bool) -> Render<BulkOutcome> {
    Arc::new(move |outcome| {
        let answer = BulkUnassigned {
            success: !outcome.done.is_empty(),
            unassigned_count: outcome.done.len(),
            rest: bulk::rest(outcome, language, dry_run),
        };
        json_answer(bulk::status(&outcome.failed), &answer)
    })
}

/// Takes the holders of many opportunities away, in one transaction. What was `assigned` becomes `pending`.
#[utoipa::path(
    post, path = "/api/crm/opportunities/bulk-unassign", tag = "opportunities",
    request_body = BulkUnassignBody,
    responses(
        (
            status = 200, description = "All were unassigned", body = BulkUnassigned,
            example = json!(BulkUnassigned::sample(false))
        ),
        (
            status = 207, description = "Some were not, or none was", body = BulkUnassigned,
            example = json!(BulkUnassigned::sample(true))
        )
    ),
    extensions(("x-refusals" = json!([
        "bulk_unassign_administrators_only", "list_empty", "list_too_long", "list_has_duplicates", "nothing_done"
    ])))
)]
pub async fn bulk_unassign(State(app): State<App>, signed: Signed, incoming: Incoming) -> Result<Response, Problem> {
    signed.administrator_or(Refusal::BulkUnassignAdministratorsOnly)?;
    let body = incoming.json().await?;
    let mut fields = body.fields();
    let sent = fields.id_list("opportunity_ids");
    let mode = bulk::mode(&mut fields);
    fields.finish()?;
    let command = BulkUnassign { ids: BulkIds::new(sent, app.config.bulk_max)?, mode, job: None };
    let render = render(signed.context.language, mode.dry_run);
    let keyed = keyed(&app, &body, signed.caller.at, Arc::clone(&render))?;
    let answer = app.store.opportunity_bulk_unassign(&signed.caller, command, keyed).await?;
    if let Answer::Fresh(outcome) = &answer {
        spans::wrote(outcome.operation, outcome.done.len(), outcome.failed.len());
    }
    Ok(respond(answer, &*render))
}
