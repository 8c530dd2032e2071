//! A job's items: as a list, or as a file.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use futures::stream::{self, Stream};
use reparto_domain::{
    JobId, Refusal,
    audit::Looked,
    cursor::SequenceCursor,
    headings::{JOB_ITEMS, OPPORTUNITIES},
    jobs::{JobItemQuery, JobKind},
    page::LIMIT_MAX,
};
use serde::Serialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::{export, present::JobItemView};
use crate::{
    http::{
        Incoming, Json, Language, PathId, Problem, Signed,
        files::{self, FileLayout, Format},
        names::{FileFormatName, HeadersName, JOB_ITEM_PARTS, JobItemPartName, SeparatorName},
        samples,
        workbook::Rows,
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
    /// Format of the answer: `json`, or all items as a file: `csv`, or `xlsx` for Excel.
    #[param(value_type = Option<FileFormatName>, default = "json")]
    format: Option<String>,
    /// What stands between the cells of a CSV file: `comma`, or `semicolon` as spreadsheets expect it in Spain.
    #[param(value_type = Option<SeparatorName>, default = "comma")]
    separator: Option<String>,
    /// In what the columns of a file are named: `fixed` names for programs, or `translated` to the language of the
    /// answer. The default is `translated` where `Accept-Language` names one, else `fixed`.
    #[param(value_type = Option<HeadersName>)]
    headers: Option<String>,
    /// Time zone of the times in a file, as in `Europe/Madrid`; in UTC where it is not given.
    time_zone: Option<String>,
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

/// List a job's items
///
/// As CSV (`format=csv`, or an `Accept` that asks for it) or as an Excel workbook (`format=xlsx`) all items come at
/// once. Those of an export are what it has written: the opportunities, as `reparto export` writes them.
#[utoipa::path(
    get, path = "/api/crm/jobs/{id}/items", operation_id = "items", tag = "jobs",
    params(("id" = Uuid, Path, description = "Id of the job"), JobItemParams, WalkParams),
    responses((
        status = 200, description = "Part of the items, or all as a file",
        headers(("Content-Disposition" = String, description = "Name of the file, for files only")),
        content(
            (JobItems = "application/json", example = json!(JobItems::sample())),
            (String = "text/csv", example = json!("opportunity_id,error,code\r\n0190a6e0-7c1b-7abc-8def-012345678901,Oportunidad no encontrada,opportunity_not_found\r\n")),
            (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", example = json!("PK"))
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
    let layout = FileLayout::read(&mut query, &signed.context, &incoming.parts.headers);
    let (limit, after) = (query.limit(50), query.sequence_cursor());
    let sent = query.sent(["only"]);
    query.finish()?;
    if layout.format != Format::Json {
        let job = app.store.job_get(id).await?;
        // An export has rows of those alone that it wrote.
        let count = match (only_errors, job.kind) {
            (true, _) => job.failed,
            (false, JobKind::Export) => job.done,
            (false, _) => job.total,
        };
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let mut sent = sent;
        sent.insert("kind".into(), Value::from(job.kind.as_str()));
        app.looks.record(&signed.caller, Looked::JobFile(id), count, sent).await?;
        return if job.kind != JobKind::Export || only_errors {
            files::table(layout, &JOB_ITEMS, "items", rows(app, id, only_errors, signed.context.language)).await
        } else if layout.format == Format::Csv {
            let as_asked = layout.clone();
            let parts = output(app, id, move |written| export::written(written, &as_asked));
            Ok(files::csv_file(&layout, &OPPORTUNITIES, "opportunities", parts))
        } else {
            let parts = output(app, id, |written| export::rows(&written));
            files::table(layout, &OPPORTUNITIES, "opportunities", parts).await
        };
    }
    let walk = app.store.job_items(id, JobItemQuery { only_errors, limit, after }).await?;
    let items = walk.items.iter().map(|item| JobItemView::new(item, signed.context.language)).collect();
    Ok(Json(JobItems { items, next_cursor: walk.next.map(SequenceCursor::encode) }).into_response())
}

/// What an export has written, chunk by chunk.
fn output<T: Send + 'static>(
    app: App,
    id: JobId,
    read: impl Fn(Vec<u8>) -> Result<T, Problem> + Send + 'static,
) -> impl Stream<Item = Result<T, Problem>> + Send + 'static {
    stream::try_unfold((app, read, 0), move |(app, read, chunk)| async move {
        let written = app.store.job_output(id, chunk).await?;
        let part = written.map(&read).transpose()?;
        Ok(part.map(|part| (part, (app, read, chunk + 1))))
    })
}

/// The items as rows, part by part.
fn rows(
    app: App,
    id: JobId,
    only_errors: bool,
    language: Language,
) -> impl Stream<Item = Result<Rows, Problem>> + Send + 'static {
    stream::try_unfold(Some((app, None)), move |state| async move {
        let Some((app, after)) = state else { return Ok(None) };
        let walk = app.store.job_items(id, JobItemQuery { only_errors, limit: LIMIT_MAX, after }).await?;
        let rows = walk.items.iter().map(|item| JobItemView::new(item, language).cells()).collect();
        Ok(Some((rows, walk.next.map(|next| (app, Some(next))))))
    })
}
