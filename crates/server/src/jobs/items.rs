//! A job's items: as a list, or as a file.

use axum::{
    body::{Body, Bytes},
    extract::State,
    response::{IntoResponse, Response},
};
use futures::{
    TryStreamExt as _,
    stream::{self, Stream},
};
use reparto_domain::{
    JobId, Refusal,
    audit::Looked,
    cursor::SequenceCursor,
    jobs::{JobItemQuery, JobKind},
    page::LIMIT_MAX,
    spreadsheet::Separator,
};
use serde::Serialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::{export, present::JobItemView};
use crate::{
    http::{
        Incoming, Json, Language, PathId, Problem, Signed,
        accept::prefers_csv,
        csv::{self, Csv},
        names::{FORMATS, FormatName, JOB_ITEM_PARTS, JobItemPartName, SeparatorName},
        samples,
    },
    opportunities::history::WalkParams,
    state::App,
};

/// Which items, and how.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the parameters in the API document")]
struct JobItemParams {
    /// Only these items: `errors` are those that failed.
    #[param(value_type = Option<JobItemPartName>)]
    only: Option<String>,
    /// Format of the answer: `json`, or `csv` with all items as a file.
    #[param(value_type = Option<FormatName>, default = "json")]
    format: Option<String>,
    /// What stands between the cells of a CSV file: `comma`, or `semicolon` as spreadsheets expect it in Spain.
    #[param(value_type = Option<SeparatorName>, default = "comma")]
    separator: Option<String>,
}

/// A part of a job's items.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobItems {
    /// The items of this part, in the order of the job.
    pub items: Vec<JobItemView>,
    /// Cursor of the next part; null where this is the last.
    pub next_cursor: Option<String>,
}

impl JobItems {
    fn sample() -> Self {
        let item = JobItemView {
            opportunity_id: Value::from(samples::id(1).to_string()),
            error: Some("Oportunidad no encontrada".into()),
            code: Some("opportunity_not_found".into()),
        };
        Self { items: vec![item], next_cursor: None }
    }
}

/// The columns of the file.
const COLUMNS: [&str; 3] = ["opportunity_id", "error", "code"];

/// List a job's items
///
/// As CSV (`format=csv`, or an `Accept` that asks for it) all items come at once. Those of an export are what it
/// has written: the opportunities, as `reparto export` writes them.
#[utoipa::path(
    get, path = "/api/crm/jobs/{id}/items", operation_id = "items", tag = "jobs",
    params(("id" = Uuid, Path, description = "Id of the job"), JobItemParams, WalkParams),
    responses((
        status = 200, description = "Part of the items, or all as CSV",
        headers(("Content-Disposition" = String, description = "Name of the file, for CSV only")),
        content(
            (JobItems = "application/json", example = json!(JobItems::sample())),
            (String = "text/csv", example = json!("opportunity_id,error,code\r\n0190a6e0-7c1b-7abc-8def-012345678901,Oportunidad no encontrada,opportunity_not_found\r\n"))
        )
    )),
    extensions(("x-refusals" = json!(["administrators_only", "job_not_found"])))
)]
pub async fn items(
    State(app): State<App>,
    signed: Signed,
    id: PathId<JobId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    signed.administrator()?;
    let id = id.or(Refusal::JobNotFound)?;
    let mut query = incoming.query();
    let only = |text: &str| (text == "errors").then_some(true);
    let only_errors = query.named("only", only, || JOB_ITEM_PARTS.to_vec()).unwrap_or(false);
    let format = |text: &str| match text {
        "json" => Some(false),
        "csv" => Some(true),
        _ => None,
    };
    let as_file = query.named("format", format, || FORMATS.to_vec());
    let separator = csv::separator(&mut query);
    let (limit, after) = (query.limit(50), query.sequence_cursor());
    let sent = query.sent(["only"]);
    query.finish()?;
    if as_file.unwrap_or_else(|| prefers_csv(&incoming.parts.headers)) {
        let job = app.store.job_get(id).await?;
        let count = usize::try_from(if only_errors { job.failed } else { job.total }).unwrap_or(usize::MAX);
        let mut sent = sent;
        sent.insert("kind".into(), Value::from(job.kind.as_str()));
        app.looks.record(&signed.caller, Looked::JobFile(id), count, sent).await?;
        return Ok(if job.kind == JobKind::Export && !only_errors {
            csv::file(Body::from_stream(output(app, id, separator)), "opportunities")
        } else {
            csv::file(Body::from_stream(rows(app, id, only_errors, signed.context.language, separator)), "items")
        });
    }
    let walk = app.store.job_items(id, JobItemQuery { only_errors, limit, after }).await?;
    let items = walk.items.iter().map(|item| JobItemView::new(item, signed.context.language)).collect();
    Ok(Json(JobItems { items, next_cursor: walk.next.map(SequenceCursor::encode) }).into_response())
}

/// What breaks in the middle of a file: the client sees that it is not whole.
#[derive(Debug, thiserror::Error)]
#[error("the file could not be read to its end: {0:?}")]
struct Broken(Problem);

/// What an export has written, chunk by chunk.
fn output(app: App, id: JobId, separator: Separator) -> impl Stream<Item = Result<Bytes, Broken>> {
    let head = stream::iter([Ok(Bytes::from(export::header(separator)))]);
    let chunks = stream::try_unfold((app, 0), move |(app, chunk)| async move {
        let written = app.store.job_output(id, chunk).await?;
        let part = written.map(|written| export::separated(written, separator)).transpose()?;
        Ok::<_, Problem>(part.map(|part| (Bytes::from(part), (app, chunk + 1))))
    });
    stream::StreamExt::chain(head, chunks.map_err(Broken))
}

/// The items as rows, part by part.
fn rows(
    app: App,
    id: JobId,
    only_errors: bool,
    language: Language,
    separator: Separator,
) -> impl Stream<Item = Result<Bytes, Broken>> {
    let head = stream::iter([Ok(Bytes::from(Csv::new(separator, &COLUMNS).finish()))]);
    let parts = stream::try_unfold(Some((app, None)), move |state| async move {
        let Some((app, after)) = state else { return Ok(None) };
        let walk = app.store.job_items(id, JobItemQuery { only_errors, limit: LIMIT_MAX, after }).await?;
        let mut csv = Csv::headless(separator);
        for item in &walk.items {
            let row = serde_json::to_value(JobItemView::new(item, language)).map_err(Problem::internal)?;
            csv.row(COLUMNS.iter().map(|column| &row[*column]));
        }
        let next = walk.next.map(|next| (app, Some(next)));
        Ok::<_, Problem>(Some((Bytes::from(csv.finish()), next)))
    });
    stream::StreamExt::chain(head, parts.map_err(Broken))
}
