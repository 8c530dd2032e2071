//! Assigning many to one user: the reason to exist.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use reparto_domain::{
    Refusal, Status, UserId,
    idempotency::Answer,
    opportunities::{Assignee, BulkAssign, BulkIds, BulkOutcome},
    text::NOTE_MAX,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::bulk::{self, BulkRest};
use crate::{
    http::{
        Fields, Incoming, Language, Problem, Signed,
        idempotency::{Render, json_answer, keyed, respond},
        names::{STATUSES, StatusName},
        samples,
    },
    spans,
    state::App,
    telemetry::{self, Assigned},
};

/// Which opportunities go to whom.
#[derive(Debug, ToSchema)]
#[schema(example = json!({
    "opportunity_ids": [samples::id(samples::OPPORTUNITY), samples::id(1)],
    "assigned_to_id": samples::id(samples::AGENT),
    "notes": "Asignación masiva desde el panel"
}))]
pub struct BulkAssignBody {
    /// Which, 1 to 100 (a setting), none twice.
    #[schema(min_items = 1)]
    pub opportunity_ids: Vec<Uuid>,
    /// To whom.
    pub assigned_to_id: Uuid,
    /// Whether the status changes, too.
    #[schema(default = true)]
    pub update_status: Option<bool>,
    /// The status that each gets.
    #[schema(value_type = Option<StatusName>, default = "assigned")]
    pub status: Option<String>,
    /// Kept with the assignment, and added to each opportunity's own notes on a new line.
    #[schema(max_length = 2000)]
    pub notes: Option<String>,
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
pub struct BulkAssigned {
    /// Whether anything was assigned.
    pub success: bool,
    /// How many were.
    pub assigned_count: usize,
    /// The rest.
    #[serde(flatten)]
    pub rest: BulkRest,
}

fn command(fields: &mut Fields<'_>) -> (Vec<String>, BulkAssign) {
    let ids = fields.id_list("opportunity_ids");
    let assignee = fields.id_text("assigned_to_id").map_or(Assignee::Unknown, |text| Assignee::parse(&text));
    let update_status = fields.boolean("update_status").unwrap_or(true);
    let status = fields.one_of("status", STATUSES).unwrap_or(Status::Assigned);
    let note = fields.text("notes", NOTE_MAX);
    let mode = bulk::mode(fields);
    let status = update_status.then_some(status);
    (ids, BulkAssign { ids: BulkIds::from_ids([]), assignee, status, note, mode, job: None })
}

impl BulkAssigned {
    fn sample(failed: bool) -> Self {
        let agent = UserId::from_uuid(samples::id(samples::AGENT));
        Self { success: true, assigned_count: 1, rest: BulkRest::sample(Some(agent), Status::Assigned, failed) }
    }
}

fn render(language: Language, dry_run: bool) -> Render<BulkOutcome> {
    Arc::new(move |outcome| {
        let answer = BulkAssigned {
            success: !outcome.done.is_empty(),
            assigned_count: outcome.done.len(),
            rest: bulk::rest(outcome, language, dry_run),
        };
        json_answer(bulk::status(&outcome.failed), &answer)
    })
}

/// Assigns many opportunities to one user, in one transaction: one operation, one audit entry, and the history of each.
#[utoipa::path(
    post, path = "/api/crm/opportunities/bulk-assign", tag = "opportunities",
    request_body = BulkAssignBody,
    responses(
        (
            status = 200, description = "All were assigned", body = BulkAssigned,
            example = json!(BulkAssigned::sample(false))
        ),
        (
            status = 207, description = "Some were not, or none was", body = BulkAssigned,
            example = json!(BulkAssigned::sample(true))
        )
    ),
    extensions(("x-refusals" = json!([
        "bulk_assign_administrators_only", "list_empty", "list_too_long", "list_has_duplicates",
        "assignee_not_found", "assignee_inactive", "assignee_role_not_assignable", "nothing_done"
    ])))
)]
pub async fn bulk_assign(State(app): State<App>, signed: Signed, incoming: Incoming) -> Result<Response, Problem> {
    signed.administrator_or(Refusal::BulkAssignAdministratorsOnly)?;
    let body = incoming.json().await?;
    let mut fields = body.fields();
    let (sent, mut command) = command(&mut fields);
    fields.finish()?;
    command.ids = BulkIds::new(sent, app.config.bulk_max)?;
    let render = render(signed.context.language, command.mode.dry_run);
    let keyed = keyed(&app, &body, signed.caller.at, Arc::clone(&render))?;
    let assignable = &app.config.assignable_roles;
    let answer = app.store.opportunity_bulk_assign(&signed.caller, command, assignable, keyed).await?;
    if let Answer::Fresh(outcome) = &answer {
        spans::wrote(outcome.operation, outcome.done.len(), outcome.failed.len());
        // A dry run writes no operation.
        if outcome.operation.is_some() {
            telemetry::assigned(Assigned::Bulk, outcome.done.len() as u64);
        }
    }
    Ok(respond(answer, &*render))
}
