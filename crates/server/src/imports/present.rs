//! How an import and its rows are shown.

use std::sync::Arc;

use axum::http::StatusCode;
use reparto_domain::{
    ContactId, ImportId, OpportunityId, Timestamp, UserId,
    idempotency::StoredAnswer,
    imports::{
        Fate, Import, ImportColumn, ImportFile, ImportOutcome, ImportStatus, ImportUndo, ImportedRow, ReadRow, RowUndo,
        Told,
    },
};
use serde::Serialize;
use utoipa::ToSchema;

use super::texts;
use crate::http::{
    Language,
    idempotency::{Render, json_answer},
    names::{ImportOutcomeName, ImportStatusName, RowUndoName},
    samples,
};

/// So many values of a column are shown.
const SAMPLES: usize = 3;

/// Rows whose cells are looked at for these.
pub(super) const SAMPLED: u64 = 20;

/// Something that is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ImportTold)]
pub struct ToldView {
    /// Stable code, for programs.
    pub code: &'static str,
    /// Sentence in the language of the answer.
    pub text: String,
}

impl ToldView {
    /// Of a file with these columns.
    fn new(told: &Told, columns: &[ImportColumn], language: Language) -> Self {
        Self { code: told.code.as_str(), text: texts::text(told, columns, language) }
    }
}

/// A column of a file, and what it was understood as.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportColumn)]
pub struct ImportColumnView {
    /// Name of the column in the file.
    pub name: String,
    /// Field that the column goes to; null: it is kept as a custom field.
    pub field: Option<String>,
    /// Some values of the column, as long as rows are kept.
    pub samples: Vec<String>,
}

/// How a file was understood.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportFile)]
pub struct ImportFileView {
    /// Encoding of a text; null: it is a workbook.
    pub encoding: Option<String>,
    /// What stands between the cells of a text; null: it is a workbook.
    pub separator: Option<String>,
    /// Sheet of a workbook that is read; null: it is a text.
    pub sheet: Option<String>,
    /// System that the file looks like an export of; null: none.
    pub origin: Option<String>,
    /// Order of the numbers in its dates: `dmy`, `mdy` or `ymd`.
    pub date_order: String,
    /// Time zone in which its times without an offset are read; null: an import from before this was kept.
    pub time_zone: Option<String>,
    /// Columns of the file, in their order.
    pub columns: Vec<ImportColumnView>,
    /// What somebody should know about the file as a whole.
    pub told: Vec<ToldView>,
}

impl ImportFileView {
    fn new<'a>(file: &ImportFile, cells: impl IntoIterator<Item = &'a Vec<String>>, language: Language) -> Self {
        let mut columns: Vec<ImportColumnView> = file
            .columns
            .iter()
            .map(|ImportColumn { name, field }| ImportColumnView {
                name: name.clone(),
                field: field.clone(),
                samples: Vec::new(),
            })
            .collect();
        // A record that could not be read is one cell: not of the first column.
        let is_whole = |row: &&Vec<String>| row.len() > 1 || columns.len() == 1;
        let cells: Vec<_> = cells.into_iter().filter(is_whole).collect();
        for row in cells {
            for (column, cell) in columns.iter_mut().zip(row) {
                let cell = cell.trim();
                let is_new = !cell.is_empty() && !column.samples.iter().any(|sample| sample == cell);
                if is_new && column.samples.len() < SAMPLES {
                    column.samples.push(cell.chars().take(100).collect());
                }
            }
        }
        Self {
            encoding: file.encoding.clone(),
            separator: file.separator.clone(),
            sheet: file.sheet.clone(),
            origin: file.origin.clone(),
            date_order: file.date_order.clone(),
            time_zone: file.time_zone.clone(),
            columns,
            told: file.told.iter().map(|told| ToldView::new(told, &file.columns, language)).collect(),
        }
    }
}

/// The undo of an import.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportUndo)]
pub struct ImportUndoView {
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// When it ended; null: it goes on.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Timestamp>,
    /// Number of rows of which what they created was deleted.
    pub deleted: u64,
    /// Number of rows of which something stays.
    pub kept: u64,
}

impl From<ImportUndo> for ImportUndoView {
    fn from(undo: ImportUndo) -> Self {
        Self { at: undo.at, finished_at: undo.finished_at, deleted: undo.deleted, kept: undo.kept }
    }
}

/// An import of a file.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Import)]
pub struct ImportView {
    /// Id of the import; null: a dry run is not kept.
    #[schema(value_type = Option<Uuid>)]
    pub id: Option<ImportId>,
    /// Where the import stands.
    #[schema(value_type = ImportStatusName)]
    pub status: ImportStatus,
    /// Name that its sender gave it.
    pub name: Option<String>,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// Whether the first error ends it, and nothing is written.
    pub strict: bool,
    /// How the file was understood.
    pub file: ImportFileView,
    /// Number of rows of the file.
    pub rows: u64,
    /// Number of rows that created an opportunity so far.
    pub created: u64,
    /// Number of rows that added something to somebody known so far.
    pub completed: u64,
    /// Number of rows of somebody known that brought nothing new so far.
    pub unchanged: u64,
    /// Number of rows of which nothing came in so far.
    pub skipped: u64,
    /// Number of rows that were looked at so far: the sum of the four.
    pub done: u64,
    /// Code of what made the import fail: `row_with_error` of a strict one; null: it has not failed.
    pub failure: Option<String>,
    /// Id of the user who sent the file.
    #[schema(value_type = Uuid)]
    pub actor_id: UserId,
    /// When the file was sent.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When the import ended; null: not yet.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Timestamp>,
    /// Undo of the import; null: it was not undone.
    pub undo: Option<ImportUndoView>,
    /// Of a dry run: the first 1,000 rows of which something is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub items: Option<Vec<ImportRowView>>,
}

impl ImportView {
    /// Of an import, with the cells of some of its rows.
    pub fn new<'a>(import: &Import, cells: impl IntoIterator<Item = &'a Vec<String>>, language: Language) -> Self {
        let tally = import.tally;
        Self {
            id: Some(import.id),
            status: import.status,
            name: import.name.clone(),
            dry_run: false,
            strict: import.strict,
            file: ImportFileView::new(&import.file, cells, language),
            rows: import.rows,
            created: tally.created,
            completed: tally.completed,
            unchanged: tally.unchanged,
            skipped: tally.skipped,
            done: tally.done(),
            failure: import.failure.clone(),
            actor_id: import.actor_id,
            created_at: import.created_at,
            finished_at: import.finished_at,
            undo: import.undo.map(ImportUndoView::from),
            items: None,
        }
    }

    /// One to show in the API document.
    pub fn sample(status: ImportStatus) -> Self {
        let column =
            |name: &str, field: Option<&str>| ImportColumn { name: name.to_owned(), field: field.map(str::to_owned) };
        let has_begun = status != ImportStatus::Reading;
        let import = Import {
            id: ImportId::from_uuid(samples::id(samples::IMPORT)),
            status,
            actor_id: UserId::from_uuid(samples::id(samples::ADMINISTRATOR)),
            name: Some("Feria de mayo".into()),
            file: ImportFile {
                encoding: Some("windows-1252".into()),
                separator: Some(";".into()),
                sheet: None,
                origin: None,
                date_order: "dmy".into(),
                time_zone: Some("Europe/Madrid".into()),
                columns: vec![column("Nombre", Some("name")), column("Móvil", Some("mobile")), column("Curso", None)],
                told: Vec::new(),
            },
            strict: false,
            rows: 1_200,
            tally: reparto_domain::imports::ImportTally {
                created: if has_begun { 1_150 } else { 0 },
                completed: if has_begun { 30 } else { 0 },
                unchanged: if has_begun { 17 } else { 0 },
                skipped: if has_begun { 3 } else { 0 },
            },
            failure: None,
            created_at: samples::AT,
            finished_at: status.has_ended().then(|| samples::AT.plus_seconds(2)),
            undo: None,
        };
        let cells = ["Lucía Pérez", "600111222", "Inglés"].map(str::to_owned).to_vec();
        Self::new(&import, has_begun.then_some(&cells), Language::Spanish)
    }
}

/// A row of an import.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportRow)]
pub struct ImportRowView {
    /// Number of the row's first line in the file, from 1.
    pub line: u64,
    /// What became of the row.
    #[schema(value_type = ImportOutcomeName)]
    pub outcome: ImportOutcome,
    /// Code of what is told first: why the row was skipped, or why it stays after an undo; null: nothing is told.
    pub code: Option<&'static str>,
    /// All that is told of the row, in the language of the answer; null: nothing is.
    pub text: Option<String>,
    /// All that is told of the row, one by one.
    pub told: Vec<ToldView>,
    /// Cells of the row as they came; null: they are not kept, or not any more.
    pub cells: Option<Vec<String>>,
    /// Id of the contact; null: there is none.
    #[schema(value_type = Option<Uuid>)]
    pub contact_id: Option<ContactId>,
    /// Id of the opportunity that the row created; null: it created none.
    #[schema(value_type = Option<Uuid>)]
    pub opportunity_id: Option<OpportunityId>,
    /// What the undo of the import made of the row; null: nothing.
    #[schema(value_type = Option<RowUndoName>)]
    pub undo: Option<RowUndo>,
}

impl ImportRowView {
    /// Of this row of a file with these columns.
    pub fn new(row: ImportedRow, columns: &[ImportColumn], language: Language) -> Self {
        let ImportedRow { line, outcome, told, cells, contact_id, opportunity_id, undo } = row;
        let kept = undo.filter(|undo| undo.is_kept());
        let kept = kept.map(|undo| ToldView { code: undo.as_str(), text: texts::kept(undo, language) });
        let told: Vec<ToldView> =
            kept.into_iter().chain(told.iter().map(|told| ToldView::new(told, columns, language))).collect();
        let text = told.iter().map(|told| told.text.as_str()).collect::<Vec<_>>().join("; ");
        Self {
            line,
            outcome,
            code: told.first().map(|told| told.code),
            text: (!told.is_empty()).then_some(text),
            told,
            cells,
            contact_id,
            opportunity_id,
            undo,
        }
    }

    /// Of a row that was only tried.
    pub(super) fn tried(read: &ReadRow, fate: Fate, columns: &[ImportColumn], language: Language) -> Self {
        let row = ImportedRow {
            line: read.line,
            outcome: fate.outcome,
            told: fate.told,
            cells: fate.keeps_cells.then(|| read.cells.clone()),
            contact_id: None,
            opportunity_id: None,
            undo: None,
        };
        Self::new(row, columns, language)
    }

    /// One to show in the API document.
    pub fn sample() -> Self {
        let values = [("column", "Fecha".to_owned()), ("value", "ayer".to_owned()), ("expected", "date".to_owned())];
        let told = vec![Told::new(reparto_domain::imports::ToldCode::CellKept, values)];
        let row = ImportedRow {
            line: 7,
            outcome: ImportOutcome::Created,
            told,
            cells: Some(vec!["Lucía Pérez".into(), "600111222".into(), "ayer".into()]),
            contact_id: Some(ContactId::from_uuid(samples::id(samples::CONTACT))),
            opportunity_id: Some(OpportunityId::from_uuid(samples::id(samples::OPPORTUNITY))),
            undo: None,
        };
        Self::new(row, &[], Language::Spanish)
    }
}

/// Writes an import that was taken in: 202, and where it is. Nothing of a row is in it: the answer may be kept.
pub(super) fn accepted(language: Language) -> Render<Import> {
    Arc::new(move |import: &Import| StoredAnswer {
        location: Some(format!("/api/crm/imports/{}", import.id)),
        ..json_answer(StatusCode::ACCEPTED, &ImportView::new(import, [], language))
    })
}

/// Writes an import whose undo has begun, or has ended already.
pub(super) fn undone(language: Language) -> Render<Import> {
    Arc::new(move |import: &Import| {
        let has_ended = import.undo.is_some_and(|undo| undo.finished_at.is_some());
        let status = if has_ended { StatusCode::OK } else { StatusCode::ACCEPTED };
        json_answer(status, &ImportView::new(import, [], language))
    })
}
