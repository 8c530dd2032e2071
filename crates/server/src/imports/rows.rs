//! The rows of an import: as a list, or as a file.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use futures::stream::{self, Stream};
use reparto_domain::{
    Caller, ImportId, Refusal,
    audit::Looked,
    cursor::SequenceCursor,
    headings::{Headings, IMPORT_ROWS},
    imports::{ImportColumn, ImportPart, ImportRowQuery},
    page::LIMIT_MAX,
    spreadsheet::Separator,
};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::{present::ImportRowView, texts};
use crate::{
    http::{
        Incoming, Json, Language, PathId, Problem, Signed,
        accept::prefers_csv,
        files,
        names::{HeadersName, ImportPartName, ROW_FORMATS, RowFormatName, SeparatorName},
        workbook::Rows,
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
    #[param(value_type = Option<RowFormatName>, default = "json")]
    format: Option<String>,
    /// What stands between the cells of a CSV file: `comma`, or `semicolon` as spreadsheets expect it in Spain.
    #[param(value_type = Option<SeparatorName>, default = "comma")]
    separator: Option<String>,
    /// In what the columns behind those of the file are named, and what became of each row: by `fixed` names for
    /// programs, or `translated` to the language of the answer. The default is `translated` where `Accept-Language` names
    /// one, else `fixed`.
    #[param(value_type = Option<HeadersName>)]
    headers: Option<String>,
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
    let as_file = query.named("format", format, || ROW_FORMATS.to_vec());
    let separator = query.named("separator", Separator::from_name, || Separator::NAMES.to_vec()).unwrap_or_default();
    let headings = files::headings(&mut query, &signed.context, &incoming.parts.headers);
    let (limit, after) = (query.limit(50), query.sequence_cursor());
    let sent = query.sent(["only"]);
    query.finish()?;
    let language = signed.context.language;
    let import = app.store.import_get(&signed.caller, id).await?;
    if as_file.unwrap_or_else(|| prefers_csv(&incoming.parts.headers)) {
        let count = usize::try_from(import.tally.done()).unwrap_or(usize::MAX);
        app.looks.record(&signed.caller, Looked::ImportFile(id), count, sent).await?;
        let added = IMPORT_ROWS.iter().map(|heading| heading.text(headings));
        let own: Vec<String> = import.file.columns.iter().map(|column| column.name.clone()).collect();
        let columns: Vec<&str> = own.iter().map(String::as_str).chain(added).collect();
        let parts = parts(app, signed.caller, (id, import.file.columns), only, (headings, language));
        return Ok(files::csv_of(separator, &columns, "import", parts));
    }
    let walk = app.store.import_told(&signed.caller, id, ImportRowQuery { only, limit, after }).await?;
    // Page by page they are as much as the file: they count like lists of contacts.
    app.looks.record_list(&signed.caller, Looked::ImportFile(id), walk.items.len(), sent).await?;
    let items = walk.items.into_iter().map(|row| ImportRowView::new(row, &import.file.columns, language)).collect();
    Ok(Json(ImportRows { items, next_cursor: walk.next.map(SequenceCursor::encode) }).into_response())
}

/// The rows of an import of a file with these columns, part by part.
fn parts(
    app: App,
    caller: Caller,
    (id, columns): (ImportId, Vec<ImportColumn>),
    only: Option<ImportPart>,
    (headings, language): (Headings, Language),
) -> impl Stream<Item = Result<Rows, Problem>> + Send + 'static {
    stream::try_unfold(Some((app, caller, columns, None)), move |state| async move {
        let Some((app, caller, columns, after)) = state else { return Ok(None) };
        let query = ImportRowQuery { only, limit: LIMIT_MAX, after };
        let walk = app.store.import_told(&caller, id, query).await?;
        let view = |row| ImportRowView::new(row, &columns, language);
        let rows = walk.items.into_iter().map(|row| cells(view(row), columns.len(), headings)).collect();
        Ok(Some((rows, walk.next.map(|next| (app, caller, columns, Some(next))))))
    })
}

/// A row as cells of a file: as it came, as wide as the header, and what is told.
fn cells(row: ImportRowView, width: usize, headings: Headings) -> Vec<String> {
    let mut cells = row.cells.unwrap_or_default();
    cells.resize(cells.len().max(width), String::new());
    let (code, text) = (row.code.unwrap_or_default().to_owned(), row.text.unwrap_or_default());
    let outcome = texts::outcome(row.outcome, headings);
    cells.extend([row.line.to_string(), outcome.to_owned(), code, text]);
    cells
}
