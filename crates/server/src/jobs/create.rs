//! Making a job, or asking what it would be about.

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{header, request::Parts},
    response::{IntoResponse, Response},
};
use reparto_domain::{
    Status, UserId,
    jobs::{JobKind, JobPreview, JobSet, JobStatus, JobWork, NewJob},
    opportunities::Assignee,
    text::NOTE_MAX,
};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    present::{JobView, accepted},
    sent::Sent,
    set,
};
use crate::{
    http::{
        Fields, Incoming, JsonBody, Problem, QueryFields, Signed,
        idempotency::{keyed, respond},
        incoming::is_json,
        names::{STATUSES, StatusName},
        problem::Fault,
        samples,
    },
    opportunities::bulk::TakenFrom,
    state::App,
};

/// The largest body: a million ids, spaced out.
const BODY_MAX: usize = 48 << 20;

/// The kinds of jobs that can be asked for here; an undo has its own address.
const KINDS: [&str; 4] = ["bulk_assign", "bulk_unassign", "set_status", "export"];

/// What to do with which opportunities: either `filter` or `opportunity_ids`.
#[derive(Debug, ToSchema)]
#[schema(example = json!({
    "kind": "bulk_assign",
    "filter": {"status": "pending", "min_score": 60},
    "assigned_to_id": samples::id(samples::AGENT),
    "notes": "Reparto del lunes"
}))]
pub struct JobBody {
    /// `bulk_assign`, `bulk_unassign`, `set_status` or `export`.
    pub kind: String,
    /// The parameters of the list of opportunities, by the same names; `{}` is all.
    #[schema(value_type = Option<Object>)]
    pub filter: Option<Value>,
    /// Which, 1 to a million, none twice. One that does not exist is an item that fails; so is one that is no UUID,
    /// which is shown as it was sent.
    #[schema(min_items = 1, max_items = 1_000_000)]
    pub opportunity_ids: Option<Vec<Uuid>>,
    /// `bulk_assign`: to whom.
    pub assigned_to_id: Option<Uuid>,
    /// `bulk_assign`: whether the status changes, too.
    #[schema(default = true)]
    pub update_status: Option<bool>,
    /// `bulk_assign`: the status that each gets (`assigned`). `set_status`: required.
    #[schema(value_type = Option<StatusName>)]
    pub status: Option<String>,
    /// `bulk_assign`: kept with the assignment, and added to each opportunity's own notes on a new line.
    #[schema(max_length = 2000)]
    pub notes: Option<String>,
    /// Say how many it would be about; write nothing.
    #[schema(default = false)]
    pub dry_run: Option<bool>,
}

/// The fields beside the ids, where those come as CSV.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the parameters in the API document")]
struct JobParams {
    /// With a CSV body: what to do.
    kind: Option<String>,
    /// With a CSV body: to whom.
    assigned_to_id: Option<String>,
    /// With a CSV body: whether the status changes, too.
    update_status: Option<bool>,
    /// With a CSV body: the status.
    #[param(value_type = Option<StatusName>)]
    status: Option<String>,
    /// With a CSV body: the note.
    notes: Option<String>,
    /// With a CSV body: write nothing.
    dry_run: Option<bool>,
}

/// What a job would be about.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JobPreview)]
pub struct JobPreviewView {
    /// How many opportunities.
    pub total: u64,
    /// How many of whom, most first.
    pub by_holder: Vec<TakenFrom>,
}

impl From<JobPreview> for JobPreviewView {
    fn from(preview: JobPreview) -> Self {
        let holder = |(person, count): (Option<reparto_domain::users::Person>, u64)| TakenFrom {
            assigned_to_id: person.as_ref().map(|person| person.id),
            assigned_to_name: person.map(|person| person.name),
            count,
        };
        Self { total: preview.total, by_holder: preview.by_holder.into_iter().map(holder).collect() }
    }
}

impl JobPreviewView {
    fn sample() -> Self {
        let nobody = TakenFrom { assigned_to_id: None, assigned_to_name: None, count: 49_100 };
        let agent = UserId::from_uuid(samples::id(samples::AGENT));
        let held = TakenFrom { assigned_to_id: Some(agent), assigned_to_name: Some("Marta Ruiz".into()), count: 900 };
        Self { total: 50_000, by_holder: vec![nobody, held] }
    }
}

/// A request that was understood.
struct Asked {
    job: NewJob,
    dry_run: bool,
}

fn work(fields: &mut Fields<'_>) -> Option<JobWork> {
    fields.require("kind");
    let kind = fields.one_of::<JobKind>("kind", &KINDS);
    let status = fields.one_of::<Status>("status", STATUSES);
    let update_status = fields.boolean("update_status").unwrap_or(true);
    let assignee = fields.id_text("assigned_to_id");
    let note = fields.text("notes", NOTE_MAX);
    match kind? {
        JobKind::BulkAssign => Some(JobWork::BulkAssign {
            assignee: assignee.map_or(Assignee::Unknown, |text| Assignee::parse(&text)),
            status: update_status.then_some(status.unwrap_or(Status::Assigned)),
            note,
        }),
        JobKind::BulkUnassign => Some(JobWork::BulkUnassign),
        JobKind::SetStatus => {
            fields.require("status");
            status.map(JobWork::SetStatus)
        }
        JobKind::Export => Some(JobWork::Export),
        JobKind::Undo => {
            fields.fault("kind", Fault::NotOneOf(KINDS.to_vec()));
            None
        }
    }
}

fn asked(sent: Sent, me: UserId) -> Result<Asked, Problem> {
    let mut fields = Fields::new(&sent.object);
    let work = work(&mut fields);
    let dry_run = fields.boolean("dry_run").unwrap_or(false);
    let opportunities: Option<(JobSet, bool)> = set::set(&mut fields, sent.ids, me);
    fields.finish()?;
    // Without a fault both were read.
    let (Some(work), Some((opportunities, too_many))) = (work, opportunities) else {
        return Err(Problem::internal("a job was read without a fault and without its work or its set"));
    };
    Ok(Asked { job: NewJob { set: set::checked(opportunities, too_many)?, work }, dry_run })
}

/// Reads a body of any size on a thread that may take its time.
async fn read(parts: &Parts, bytes: Bytes, me: UserId) -> Result<Asked, Problem> {
    let query = QueryFields::new(&parts.uri);
    let as_csv = is_csv(parts);
    if !as_csv && !bytes.is_empty() && !is_json(&parts.headers) {
        return Err(Problem::NotJsonType);
    }
    let read = move || asked(if as_csv { Sent::csv(&bytes, &query) } else { Sent::json(&bytes)? }, me);
    tokio::task::spawn_blocking(read).await.map_err(Problem::internal)?
}

fn is_csv(parts: &Parts) -> bool {
    let value = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    value.and_then(|value| value.split(';').next()).is_some_and(|media| media.trim().eq_ignore_ascii_case("text/csv"))
}

/// Makes a job over everything that matches a filter, or over up to a million ids (JSON, or CSV with the other fields
/// in the query). Its set is frozen now; it is carried out in chunks, each an operation under the job. With `dry_run`
/// it only says how many it would be about.
#[utoipa::path(
    post, path = "/api/crm/jobs", tag = "jobs", params(JobParams),
    request_body(content(
        (JobBody = "application/json"),
        (String = "text/csv", example = json!("opportunity_id\r\n0190a6e0-7c1b-7abc-8def-0123456789ab\r\n"))
    )),
    responses(
        (
            status = 202, description = "The job was made", body = JobView,
            headers(("Location" = String, description = "The job's path")),
            example = json!(JobView::sample(JobStatus::Queued))
        ),
        (
            status = 200, description = "With `dry_run`: what it would be about", body = JobPreviewView,
            example = json!(JobPreviewView::sample())
        )
    ),
    extensions(("x-refusals" = json!([
        "administrators_only", "list_empty", "list_too_long", "list_has_duplicates",
        "assignee_not_found", "assignee_inactive", "assignee_role_not_assignable", "too_many_jobs"
    ])))
)]
pub async fn create(State(app): State<App>, signed: Signed, incoming: Incoming) -> Result<Response, Problem> {
    signed.administrator()?;
    let (parts, bytes) = incoming.with_max(BODY_MAX.max(app.config.body_max)).bytes().await?;
    let Asked { job, dry_run } = read(&parts, bytes.clone(), signed.viewer.id).await?;
    let assignable = &app.config.assignable_roles;
    if dry_run {
        let preview = app.store.job_preview(&signed.caller, job, assignable).await?;
        return Ok(Json(JobPreviewView::from(preview)).into_response());
    }
    let render = accepted();
    let keyed = keyed(&app, &whole(parts, bytes), signed.caller.at, std::sync::Arc::clone(&render))?;
    let answer = app.store.job_create(&signed.caller, job, assignable, keyed).await?;
    app.wake.job_made();
    Ok(respond(answer, &*render))
}

/// The request as its key sees it: with a CSV body, the query says what to do.
fn whole(parts: Parts, bytes: Bytes) -> JsonBody {
    let path = parts.uri.path().trim_end_matches('/');
    let path =
        if is_csv(&parts) { format!("{path}?{}", parts.uri.query().unwrap_or_default()) } else { path.to_owned() };
    JsonBody { method: parts.method, path, headers: parts.headers, bytes, object: Map::new() }
}
