//! The rows of an import: as a list, or as a file.

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
    Caller, ImportId, Refusal,
    audit::Looked,
    cursor::SequenceCursor,
    imports::{Import, ImportPart, ImportRowQuery},
    page::LIMIT_MAX,
    spreadsheet::Separator,
};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::present::ImportRowView;
use crate::{
    http::{
        Incoming, Json, Language, PathId, Problem, Signed,
        accept::prefers_csv,
        csv::{self, Csv},
        names::{FORMATS, FormatName, ImportPartName, SeparatorName},
    },
    opportunities::history::WalkParams,
    state::App,
};

/// Which rows, and how.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the parameters in the API document")]
struct ImportRowParams {
    /// Only these rows; `told` are those of which something is told, `kept` those of which something stays after the
    /// undo.
    #[param(value_type = Option<ImportPartName>)]
    only: Option<String>,
    /// Format of the answer: `json`, or `csv` with all rows as a file, as they came.
    #[param(value_type = Option<FormatName>, default = "json")]
    format: Option<String>,
    /// What stands between the cells of a CSV file: `comma`, or `semicolon` as spreadsheets expect it in Spain.
    #[param(value_type = Option<SeparatorName>, default = "comma")]
    separator: Option<String>,
}

/// A part of an import's rows.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportRows {
    /// The rows of this part, in the order of the file.
    pub items: Vec<ImportRowView>,
    /// Cursor of the next part; null where this is the last.
    pub next_cursor: Option<String>,
}

impl ImportRows {
    fn sample() -> Self {
        Self { items: vec![ImportRowView::sample()], next_cursor: None }
    }
}

/// The columns that stand behind those of the file. The reader knows them, and leaves them out.
const ADDED: [&str; 4] = ["import_line", "import_outcome", "import_code", "import_reason"];

/// List an import's rows
///
/// What became of each row, in the order of the file. As CSV (`format=csv`, or an `Accept` that asks for it) all rows
/// come at once, as they came, with line, outcome and reason behind them: corrected, the file can be imported again.
#[utoipa::path(
    get, path = "/api/crm/imports/{id}/rows", operation_id = "rows", tag = "imports",
    params(("id" = Uuid, Path, description = "Id of the import"), ImportRowParams, WalkParams),
    responses((
        status = 200, description = "Part of the rows, or all as CSV",
        headers(("Content-Disposition" = String, description = "Name of the file, for CSV only")),
        content(
            (ImportRows = "application/json", example = json!(ImportRows::sample())),
            (String = "text/csv", example = json!("Nombre,Correo,import_line,import_outcome,import_code,import_reason\r\n,,4,skipped,no_identity,\"no tiene nombre, correo electrónico ni teléfono\"\r\n"))
        )
    )),
    extensions(("x-refusals" = json!(["administrators_only", "import_not_found"])))
)]
pub async fn rows(
    State(app): State<App>,
    signed: Signed,
    id: PathId<ImportId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    signed.administrator()?;
    let id = id.or(Refusal::ImportNotFound)?;
    let mut query = incoming.query();
    let only: Option<ImportPart> = query.one_of("only");
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
    let language = signed.context.language;
    if as_file.unwrap_or_else(|| prefers_csv(&incoming.parts.headers)) {
        let import = app.store.import_get(&signed.caller, id).await?;
        let count = usize::try_from(import.tally.done()).unwrap_or(usize::MAX);
        app.looks.record(&signed.caller, Looked::ImportFile(id), count, sent).await?;
        return Ok(csv::file(Body::from_stream(file(app, signed.caller, import, only, language, separator)), "import"));
    }
    let walk = app.store.import_told(&signed.caller, id, ImportRowQuery { only, limit, after }).await?;
    let items = walk.items.into_iter().map(|row| ImportRowView::new(row, language)).collect();
    Ok(Json(ImportRows { items, next_cursor: walk.next.map(SequenceCursor::encode) }).into_response())
}

/// What breaks in the middle of a file: the client sees that it is not whole.
#[derive(Debug, thiserror::Error)]
#[error("the file could not be read to its end: {0:?}")]
struct Broken(Problem);

/// The rows as a file, part by part.
fn file(
    app: App,
    caller: Caller,
    import: Import,
    only: Option<ImportPart>,
    language: Language,
    separator: Separator,
) -> impl Stream<Item = Result<Bytes, Broken>> {
    let columns: Vec<&str> = import.file.columns.iter().map(|column| column.name.as_str()).chain(ADDED).collect();
    let head = stream::iter([Ok(Bytes::from(Csv::new(separator, &columns).finish()))]);
    let (id, width) = (import.id, import.file.columns.len());
    let parts = stream::try_unfold(Some((app, caller, None)), move |state| async move {
        let Some((app, caller, after)) = state else { return Ok(None) };
        let query = ImportRowQuery { only, limit: LIMIT_MAX, after };
        let walk = app.store.import_told(&caller, id, query).await?;
        let mut csv = Csv::headless(separator);
        for row in walk.items {
            csv.row(&cells(ImportRowView::new(row, language), width));
        }
        let next = walk.next.map(|next| (app, caller, Some(next)));
        Ok::<_, Problem>(Some((Bytes::from(csv.finish()), next)))
    });
    stream::StreamExt::chain(head, parts.map_err(Broken))
}

/// A row as cells of a file: as it came, as wide as the header, and what is told.
fn cells(row: ImportRowView, width: usize) -> Vec<Value> {
    let mut cells: Vec<Value> = row.cells.unwrap_or_default().into_iter().map(Value::from).collect();
    cells.resize(cells.len().max(width), Value::Null);
    cells.extend([json!(row.line), json!(row.outcome), json!(row.code), json!(row.text)]);
    cells
}
