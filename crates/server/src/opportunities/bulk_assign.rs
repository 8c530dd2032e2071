//! Bulk assign: many opportunities to one user.
#![allow(clippy::option_option, reason = "a field is absent, emptied or set: the form for these three throughout")]

use std::sync::Arc;

use axum::{extract::State, response::Response};
use reparto_domain::{
    Refusal, Status, UserId,
    idempotency::Answer,
    opportunities::{Assignee, BulkAssign, BulkIds, BulkMode, BulkOutcome},
    text::NOTE_MAX,
};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::bulk::{self, BulkFields};
use crate::{
    http::{
        Incoming, Language, Presented, Problem,
        body::{boolean, change, expected, id, ids, one_of, optional, or_default, request_body, text},
        idempotency::{Render, keyed, respond},
        samples,
    },
    spans,
    state::App,
    telemetry::{self, Assigned},
};

request_body! {
    /// Which opportunities are assigned to whom.
    #[example(json!({
        "opportunity_ids": [samples::id(samples::OPPORTUNITY), samples::id(1)],
        "assigned_to_id": samples::id(samples::AGENT),
        "notes": "Asignación masiva desde el panel"
    }))]
    pub struct BulkAssignBody {
        /// Ids of the opportunities, each once: 1 to 100 by default, the maximum is a setting. An id that does not
        /// exist is an item error.
        opportunity_ids: Option<Vec<String>> = expected(ids()),
        /// Id of the user who gets the opportunities.
        assigned_to_id: Option<String> = expected(id()),
        /// Whether each opportunity gets `status`; false leaves each as it is.
        update_status: bool = or_default(boolean(), true),
        /// Status that each opportunity gets, `assigned` by default.
        status: Status = or_default(one_of(), Status::Assigned),
        /// Note kept with the assignment and added to each opportunity's own notes on a new line.
        notes: Option<String> = optional(text(NOTE_MAX)),
        /// True to answer what would happen, and write nothing.
        dry_run: bool = or_default(boolean(), false),
        /// True to refuse the whole request, and change nothing, if any item fails.
        all_or_nothing: bool = or_default(boolean(), false),
        /// Id of the user who has to hold each item, null for nobody; an item held by someone else fails. Absent: no
        /// check.
        expected_assigned_to_id: Option<Option<String>> = change(id()),
        /// True to assign even opportunities of contacts who do not want to be contacted; otherwise each of these is
        /// an item error.
        include_do_not_contact: bool = or_default(boolean(), false),
    }
}

impl BulkAssignBody {
    fn command(self, bulk_max: usize) -> Result<BulkAssign, Problem> {
        Ok(BulkAssign {
            ids: BulkIds::new(self.opportunity_ids.unwrap_or_default(), bulk_max)?,
            assignee: self.assigned_to_id.map_or(Assignee::Unknown, |text| Assignee::parse(&text)),
            status: self.update_status.then_some(self.status),
            note: self.notes,
            mode: BulkMode {
                include_do_not_contact: self.include_do_not_contact,
                ..bulk::mode(self.dry_run, self.all_or_nothing, self.expected_assigned_to_id)
            },
            job: None,
        })
    }
}

/// Result of a bulk assign: each requested id is either in `opportunities` or in `errors`.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkAssignment {
    /// Whether any opportunity was assigned.
    pub success: bool,
    /// Number of opportunities that were assigned.
    pub assigned_count: usize,
    /// The fields that all bulk answers share.
    #[serde(flatten)]
    pub shared: BulkFields,
}

impl BulkAssignment {
    fn sample(failed: bool) -> Self {
        let agent = UserId::from_uuid(samples::id(samples::AGENT));
        Self { success: true, assigned_count: 1, shared: BulkFields::sample(Some(agent), Status::Assigned, failed) }
    }
}

fn render(language: Language, dry_run: bool) -> Render<BulkOutcome> {
    Arc::new(move |outcome| {
        let answer = BulkAssignment {
            success: !outcome.done.is_empty(),
            assigned_count: outcome.done.len(),
            shared: bulk::shared(outcome, language, dry_run),
        };
        bulk::answer(&outcome.failed, dry_run, &answer)
    })
}

/// Bulk assign
///
/// Assigns many opportunities to one user in one transaction: one operation, one audit entry, and the history of
/// each.
#[utoipa::path(
    post, path = "/api/crm/opportunities/bulk-assign", tag = "opportunities",
    request_body = BulkAssignBody,
    responses(
        (
            status = 200, description = "All items were assigned", body = BulkAssignment,
            example = json!(BulkAssignment::sample(false))
        ),
        (
            status = 207, description = "Some or all items failed", body = BulkAssignment,
            example = json!(BulkAssignment::sample(true))
        )
    ),
    extensions(("x-refusals" = json!([
        "bulk_assign_administrators_only", "list_empty", "list_too_long", "list_has_duplicates",
        "assignee_not_found", "assignee_inactive", "assignee_role_not_assignable", "nothing_done"
    ])))
)]
pub async fn bulk_assign(
    State(app): State<App>,
    presented: Presented,
    incoming: Incoming,
) -> Result<Response, Problem> {
    let (caller, language) = (&presented.caller, presented.context.language);
    let not_allowed = Refusal::BulkAssignAdministratorsOnly;
    let read = bulk::read(&app, &presented, incoming, not_allowed, |body, standing| {
        let mut command = body.read::<BulkAssignBody>()?.command(app.config.bulk_max)?;
        command.mode.standing = standing;
        let render = render(language, command.mode.dry_run);
        let keyed = keyed(&app, body, caller.at, Arc::clone(&render))?;
        Ok((command, keyed, render))
    });
    let (command, keyed, render) = read.await?;
    let assignable = &app.config.assignable_roles;
    let answer = app.store.opportunity_bulk_assign(caller, command, assignable, keyed).await?;
    if let Answer::Fresh(outcome) = &answer {
        spans::record_operation(outcome.operation, outcome.done.len(), outcome.failed.len());
        // A dry run writes no operation.
        if outcome.operation.is_some() {
            telemetry::assigned(Assigned::Bulk, outcome.done.len() as u64);
        }
    }
    Ok(respond(answer, &*render))
}
