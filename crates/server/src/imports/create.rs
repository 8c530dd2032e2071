//! Taking in a file.

use std::{fs::File, io::Read as _, sync::Arc};

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use reparto_domain::{
    ImportId,
    imports::{Fate, Import, ImportMode, ImportStatus, ImportTally, NewImport, PIECE},
};
use serde::Serialize;
use tokio::sync::Semaphore;
use utoipa::ToSchema;

use super::{
    asked::{Asked, ImportParams},
    present::{ImportRowView, ImportView, accepted},
    read::{self, Rows},
    upload,
};
use crate::{
    http::{
        Incoming, Json, Problem, Signed,
        idempotency::{keyed_file, respond},
    },
    state::App,
};

/// So many rows of a dry run are told.
const TOLD_MAX: usize = 1_000;

/// A dry run holds the rows of its file in memory: one at a time does.
static DRY_RUNS: Semaphore = Semaphore::const_new(1);

/// A form with a file.
#[derive(Debug, Serialize, ToSchema)]
#[allow(dead_code, reason = "describes the form in the API document")]
struct ImportForm {
    /// File with the leads.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Import a file
///
/// Takes in a file of leads: CSV in any encoding and with any separator, or an Excel workbook (`.xlsx`), as body or as
/// `file` of a form, up to 64 MB. It is read at once: what the columns were understood as is in the answer, and a file
/// that cannot be understood is refused. Its rows are written in the background, those of up to 5,000 rows in one transaction
/// and as one operation. A known person (by email, else by phone number) gets no second contact.
///
/// With `dry_run` nothing is written, and the answer says what would become of the rows. The whole file is tried in one
/// transaction, which holds up other writers on SQLite: some seconds for 100,000 rows. So does a file with `strict`.
#[utoipa::path(
    post, path = "/api/crm/imports", tag = "imports", params(ImportParams),
    request_body(content(
        (String = "text/csv", example = json!("Nombre;Móvil;Curso\r\nLucía Pérez;600111222;Inglés\r\n")),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (Vec<u8> = "application/vnd.ms-excel"),
        (Vec<u8> = "application/octet-stream"),
        (ImportForm = "multipart/form-data")
    )),
    responses(
        (
            status = 202, description = "The import that was taken in", body = ImportView,
            headers(("Location" = String, description = "Path of the new import")),
            example = json!(ImportView::sample(ImportStatus::Reading))
        ),
        (
            status = 200, description = "With `dry_run`: what would become of the rows", body = ImportView,
            example = json!(dry_sample())
        )
    ),
    extensions(("x-refusals" = json!([
        "administrators_only", "too_many_imports", "file_type_unsupported", "file_missing", "file_not_alone",
        "file_empty",
        "file_not_a_table", "file_not_a_table_line", "file_unreadable", "file_web_page", "file_json", "file_xml",
        "file_cards", "file_archive", "file_other_document", "form_incomplete", "header_missing",
        "header_quotes", "workbook_protected",
        "workbook_old", "workbook_without_sheet", "workbook_too_large", "workbook_unreadable", "columns_not_recognised",
        "date_order_ambiguous", "date_order_mixed"
    ])))
)]
pub async fn create(State(app): State<App>, signed: Signed, incoming: Incoming) -> Result<Response, Problem> {
    signed.administrator()?;
    let mut query = incoming.query();
    let asked = Asked::read(&mut query, &app.config);
    query.finish()?;
    let (parts, upload) = upload::receive(incoming).await?;
    let language = signed.context.language;
    let options = read::options(&app, &asked.reading, signed.caller.at).await?;
    let again = upload.file.try_clone().map_err(Problem::internal)?;
    let opened = tokio::task::spawn_blocking(move || read::open(again, &options)).await.map_err(Problem::internal)?;
    let rows = opened.map_err(|error| read::refused(&error))?;
    if asked.dry_run {
        return Ok(Json(tried(&app, &signed, asked, rows).await?).into_response());
    }
    let render = accepted(language);
    let keyed = keyed_file(&app, &parts, upload.digest, signed.caller.at, Arc::clone(&render))?;
    let id = ImportId::new();
    keep(&app, &signed, id, upload.file).await?;
    let layout = rows.layout();
    let new = NewImport {
        id,
        name: asked.name,
        file: asked.reading.file(layout),
        reading: serde_json::to_string(&asked.reading).map_err(Problem::internal)?,
        rows: layout.rows,
        strict: asked.strict,
        if_erased: asked.if_erased,
    };
    let answer = app.store.import_create(&signed.caller, new, keyed).await?;
    app.wake.announce_import();
    Ok(respond(answer, &*render))
}

/// Keeps the file in the database, piece by piece.
async fn keep(app: &App, signed: &Signed, id: ImportId, mut file: File) -> Result<(), Problem> {
    std::io::Seek::rewind(&mut file).map_err(Problem::internal)?;
    for number in 0.. {
        let (back, piece) = tokio::task::spawn_blocking(move || {
            let mut piece = Vec::new();
            let read = file.by_ref().take(PIECE as u64).read_to_end(&mut piece);
            (file, read.map(|_| piece))
        })
        .await
        .map_err(Problem::internal)?;
        file = back;
        let piece = piece.map_err(Problem::internal)?;
        if piece.is_empty() {
            break;
        }
        app.store.import_keep(&signed.caller, id, number, piece).await?;
    }
    Ok(())
}

/// What would become of the rows.
async fn tried(app: &App, signed: &Signed, asked: Asked, mut rows: Rows) -> Result<ImportView, Problem> {
    let _one_at_a_time = DRY_RUNS.acquire().await.map_err(Problem::internal)?;
    let (layout, strict) = (rows.layout().clone(), asked.strict);
    let read = tokio::task::spawn_blocking(move || read::all(&mut rows, strict)).await;
    let (read, mut has_failed) = read.map_err(Problem::internal)?;
    let mode = ImportMode { dry_run: true, strict, if_erased: asked.if_erased };
    let wanted: Vec<_> = read.iter().filter_map(|row| row.row.clone()).collect();
    let results = app.store.import_rows(&signed.caller, wanted, mode, &app.config.assignable_roles).await?;
    let mut results = results.iter();
    let file = asked.reading.file(&layout);
    let (mut tally, mut items, mut cells) = (ImportTally::default(), Vec::new(), Vec::new());
    let mut plain = Vec::new();
    for row in &read {
        let result = if row.row.is_some() { results.next() } else { None };
        if row.row.is_some() && result.is_none() {
            // A strict import ends with the row before.
            has_failed = true;
            break;
        }
        let fate = Fate::of(row, result);
        tally.add(&fate);
        if fate.keeps_cells && cells.len() < usize::try_from(super::present::SAMPLED).unwrap_or_default() {
            cells.push(row.cells.clone());
        }
        if fate.told.is_empty() {
            continue;
        }
        let is_plain = fate.told.iter().all(|told| told.code.is_plain());
        let items = if is_plain { &mut plain } else { &mut items };
        if items.len() < TOLD_MAX {
            items.push(ImportRowView::tried(row, fate, &file.columns, signed.context.language));
        }
    }
    // What is worth a look comes before rows of people who were just known, where not all can be told.
    items.extend(plain.into_iter().take(TOLD_MAX - items.len()));
    items.sort_by_key(|row| row.line);
    // The last row that was tried ended it.
    has_failed |= strict && tally.done() < layout.rows;
    let import = Import {
        id: ImportId::new(),
        status: if has_failed { ImportStatus::Failed } else { ImportStatus::Finished },
        actor_id: signed.viewer.id,
        name: asked.name,
        file,
        strict,
        rows: layout.rows,
        tally,
        failure: has_failed.then(|| "row_with_error".to_owned()),
        created_at: signed.caller.at,
        finished_at: Some(app.clock.now()),
        undo: None,
    };
    let view = ImportView::new(&import, &cells, signed.context.language);
    Ok(ImportView { id: None, dry_run: true, items: Some(items), ..view })
}

fn dry_sample() -> ImportView {
    let view = ImportView::sample(ImportStatus::Finished);
    let row = ImportRowView { contact_id: None, opportunity_id: None, ..ImportRowView::sample() };
    ImportView { id: None, dry_run: true, items: Some(vec![row]), ..view }
}
