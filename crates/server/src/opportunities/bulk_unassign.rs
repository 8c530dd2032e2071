//! Bulk unassign.
#![allow(clippy::option_option, reason = "a field is absent, emptied or set: the form for these three throughout")]

use std::sync::Arc;

use axum::{extract::State, response::Response};
use reparto_domain::{
    Refusal, Status,
    idempotency::Answer,
    opportunities::{BulkIds, BulkMode, BulkOutcome, BulkUnassign},
};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::bulk::{self, BulkFields};
use crate::{
    http::{
        Incoming, Language, Presented, Problem,
        body::{boolean, change, expected, id, ids, or_default, request_body},
        idempotency::{Render, keyed, respond},
        samples,
    },
    spans,
    state::App,
};

request_body! {
    /// Which opportunities are unassigned.
    #[example(json!({"opportunity_ids": [samples::id(samples::OPPORTUNITY)]}))]
    pub struct BulkUnassignBody {
        /// Ids of the opportunities, each once: 1 to 100 by default, the maximum is a setting. An id that does not
        /// exist is an item error.
        opportunity_ids: Option<Vec<String>> = expected(ids()),
        /// True to answer what would happen, and write nothing.
        dry_run: bool = or_default(boolean(), false),
        /// True to refuse the whole request, and change nothing, if any item fails.
        all_or_nothing: bool = or_default(boolean(), false),
        /// Id of the user who has to hold each item, null for nobody; an item held by someone else fails. Absent: no
        /// check.
        expected_assigned_to_id: Option<Option<String>> = change(id()),
    }
}

/// Result of a bulk unassign: each requested id is either in `opportunities` or in `errors`.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkUnassignment {
    /// Whether any opportunity was unassigned.
    pub success: bool,
    /// Number of opportunities that were unassigned; one that nobody held counts.
    pub unassigned_count: usize,
    /// The fields that all bulk answers share.
    #[serde(flatten)]
    pub shared: BulkFields,
}

impl BulkUnassignment {
    fn sample(failed: bool) -> Self {
        Self { success: true, unassigned_count: 1, shared: BulkFields::sample(None, Status::Pending, failed) }
    }
}

fn render(language: Language, dry_run: bool) -> Render<BulkOutcome> {
    Arc::new(move |outcome| {
        let answer = BulkUnassignment {
            success: !outcome.done.is_empty(),
            unassigned_count: outcome.done.len(),
            shared: bulk::shared(outcome, language, dry_run),
        };
        bulk::answer(&outcome.failed, dry_run, &answer)
    })
}

/// Bulk unassign
///
/// Takes many opportunities from their holders in one transaction. The status becomes `pending` where it was
/// `assigned`.
#[utoipa::path(
    post, path = "/api/crm/opportunities/bulk-unassign", tag = "opportunities",
    request_body = BulkUnassignBody,
    responses(
        (
            status = 200, description = "All items were unassigned", body = BulkUnassignment,
            example = json!(BulkUnassignment::sample(false))
        ),
        (
            status = 207, description = "Some or all items failed", body = BulkUnassignment,
            example = json!(BulkUnassignment::sample(true))
        )
    ),
    extensions(("x-refusals" = json!([
        "bulk_unassign_administrators_only", "list_empty", "list_too_long", "list_has_duplicates", "nothing_done"
    ])))
)]
pub async fn bulk_unassign(
    State(app): State<App>,
    presented: Presented,
    incoming: Incoming,
) -> Result<Response, Problem> {
    let (caller, language) = (&presented.caller, presented.context.language);
    let not_allowed = Refusal::BulkUnassignAdministratorsOnly;
    let read = bulk::read(&app, &presented, incoming, not_allowed, |body, standing| {
        let BulkUnassignBody { opportunity_ids, dry_run, all_or_nothing, expected_assigned_to_id } = body.read()?;
        let ids = BulkIds::new(opportunity_ids.unwrap_or_default(), app.config.bulk_max)?;
        let mode = BulkMode { standing, ..bulk::mode(dry_run, all_or_nothing, expected_assigned_to_id) };
        let render = render(language, dry_run);
        let keyed = keyed(&app, body, caller.at, Arc::clone(&render))?;
        Ok((BulkUnassign { ids, mode, job: None }, keyed, render))
    });
    let (command, keyed, render) = read.await?;
    let answer = app.store.opportunity_bulk_unassign(caller, command, keyed).await?;
    if let Answer::Fresh(outcome) = &answer {
        spans::record_operation(outcome.operation, outcome.done.len(), outcome.failed.len());
    }
    Ok(respond(answer, &*render))
}
