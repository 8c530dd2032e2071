//! Creating a job, or asking what it would change.

use axum::{
    body::Bytes,
    extract::State,
    http::{header, request::Parts},
    response::{IntoResponse, Response},
};
use reparto_domain::{
    UserId,
    jobs::{JobKind, JobPreview, JobStatus, NewJob},
};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::{
    body::CreateJobBody,
    present::{JobView, accepted},
    sent::Sent,
    set,
    small::FIELD_MAX,
};
use crate::{
    http::{
        Incoming, Json, JsonBody, Problem, QueryFields, Signed,
        body::{Faults, RequestBody as _},
        idempotency::{keyed, respond},
        incoming::is_json,
        names::{NewJobKindName, StatusName},
        problem::Fault,
        samples,
    },
    opportunities::bulk::HolderCount,
    state::App,
};

/// The largest body in bytes: a million ids, with white space.
const BODY_MAX: usize = 48 << 20;

/// The fields beside the ids, where those come as CSV.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the parameters in the API document")]
struct JobParams {
    /// With a CSV body: what the job does with the opportunities.
    #[param(value_type = Option<NewJobKindName>)]
    kind: Option<String>,
    /// With a CSV body: id of the user who gets the opportunities.
    assigned_to_id: Option<String>,
    /// With a CSV body: whether each opportunity gets `status`.
    update_status: Option<bool>,
    /// With a CSV body: status that each opportunity gets.
    #[param(value_type = Option<StatusName>)]
    status: Option<String>,
    /// With a CSV body: note kept with the assignment.
    #[param(max_length = 2000)]
    notes: Option<String>,
    /// With a CSV body: true to assign or export even opportunities of contacts who do not want to be contacted.
    include_do_not_contact: Option<bool>,
    /// With a CSV body: true to answer only what the job would change.
    dry_run: Option<bool>,
}

/// What a job would change.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JobPreview)]
pub struct JobPreviewView {
    /// Number of opportunities of the job.
    pub total: u64,
    /// Number of these that would fail: they do not exist, or their contacts do not want to be contacted.
    pub failed: u64,
    /// Number of the others by present holder, most first.
    pub by_holder: Vec<HolderCount>,
}

impl From<JobPreview> for JobPreviewView {
    fn from(preview: JobPreview) -> Self {
        let holder = |(person, count): (Option<reparto_domain::users::Person>, u64)| HolderCount {
            assigned_to_id: person.as_ref().map(|person| person.id),
            assigned_to_name: person.map(|person| person.name),
            count,
        };
        let failed = preview.failed();
        Self { total: preview.total, failed, by_holder: preview.by_holder.into_iter().map(holder).collect() }
    }
}

impl JobPreviewView {
    fn sample() -> Self {
        let nobody = HolderCount { assigned_to_id: None, assigned_to_name: None, count: 49_100 };
        let agent = UserId::from_uuid(samples::id(samples::AGENT));
        let held = HolderCount { assigned_to_id: Some(agent), assigned_to_name: Some("Marta Ruiz".into()), count: 900 };
        Self { total: 50_012, failed: 12, by_holder: vec![nobody, held] }
    }
}

/// A valid request.
struct JobRequest {
    job: NewJob,
    dry_run: bool,
}

fn parse(request: Sent, me: UserId) -> Result<JobRequest, Problem> {
    let mut faults = Faults::default();
    for name in &request.too_large {
        faults.add(name.as_str(), Fault::Size { max: FIELD_MAX });
    }
    if !faults.is_empty() {
        return faults.check(None);
    }
    let body = CreateJobBody::read(&request.object, &mut faults);
    let needs_status = request.object.get("kind").and_then(Value::as_str) == Some(JobKind::SetStatus.as_str());
    if needs_status && request.object.get("status").is_none_or(Value::is_null) {
        faults.add("status", Fault::Missing);
    }
    let set = set::read(request.object.get("filter"), request.ids, me, &mut faults);
    let dry_run = body.as_ref().is_some_and(|body| body.dry_run);
    let include_do_not_contact = body.as_ref().is_some_and(|body| body.include_do_not_contact);
    let (work, (set, too_many)) = faults.check(body.and_then(CreateJobBody::work).zip(set))?;
    Ok(JobRequest { job: NewJob { set: set::check(set, too_many)?, work, include_do_not_contact }, dry_run })
}

/// Reads a body of any size, on a thread that may block.
async fn read(parts: &Parts, bytes: Bytes, me: UserId) -> Result<JobRequest, Problem> {
    let query = QueryFields::new(&parts.uri);
    let as_csv = is_csv(parts);
    if !as_csv && !bytes.is_empty() && !is_json(&parts.headers) {
        return Err(Problem::NotJsonType);
    }
    let read = move || parse(if as_csv { Sent::csv(&bytes, &query) } else { Sent::json(&bytes)? }, me);
    tokio::task::spawn_blocking(read).await.map_err(Problem::internal)?
}

fn is_csv(parts: &Parts) -> bool {
    let value = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    value.and_then(|value| value.split(';').next()).is_some_and(|media| media.trim().eq_ignore_ascii_case("text/csv"))
}

/// Create a job
///
/// A job works on all opportunities that match a filter, or on up to a million ids (JSON, or CSV with the other
/// fields in the query). Its set is fixed now; it is executed in chunks, each of which is an operation of the job.
/// With `dry_run` nothing is created, and the answer counts what the job would do.
#[utoipa::path(
    post, path = "/api/crm/jobs", tag = "jobs", params(JobParams),
    request_body(content(
        (CreateJobBody = "application/json"),
        (String = "text/csv", example = json!("opportunity_id\r\n0190a6e0-7c1b-7abc-8def-0123456789ab\r\n"))
    )),
    responses(
        (
            status = 202, description = "The job that was created", body = JobView,
            headers(("Location" = String, description = "Path of the new job")),
            example = json!(JobView::sample(JobStatus::Queued))
        ),
        (
            status = 200, description = "With `dry_run`: what the job would change", body = JobPreviewView,
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
    let JobRequest { job, dry_run } = read(&parts, bytes.clone(), signed.viewer.id).await?;
    let assignable = &app.config.assignable_roles;
    if dry_run {
        let preview = app.store.job_preview(&signed.caller, job, assignable).await?;
        return Ok(Json(JobPreviewView::from(preview)).into_response());
    }
    let render = accepted();
    let keyed = keyed(&app, &keyed_request(parts, bytes), signed.caller.at, std::sync::Arc::clone(&render))?;
    let answer = app.store.job_create(&signed.caller, job, assignable, keyed).await?;
    app.wake.announce_job();
    Ok(respond(answer, &*render))
}

/// The request that an idempotency key stands for: with a CSV body, the query is part of it.
fn keyed_request(parts: Parts, bytes: Bytes) -> JsonBody {
    let path = parts.uri.path().trim_end_matches('/');
    let path =
        if is_csv(&parts) { format!("{path}?{}", parts.uri.query().unwrap_or_default()) } else { path.to_owned() };
    JsonBody { method: parts.method, path, headers: parts.headers, bytes, object: Map::new() }
}
