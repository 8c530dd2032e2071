//! Imports as read and written by every engine.

use reparto_domain::imports::{Fate, Import, ImportBatch, ImportFile, ReadRow, RowResult, Told, ToldCode};
use reparto_store::{StoreError, StoreResult};
use serde_json::{Value, json};

/// An import as it is stored.
#[derive(Debug)]
pub struct StoredImport {
    /// Its seq.
    pub seq: i64,
    /// The import as shown to users.
    pub import: Import,
    /// How to read its file again.
    pub reading: String,
    /// Who sent it: the user's seq.
    pub actor: i64,
    /// Whether people who were erased come in.
    pub lets_in_erased: bool,
    /// Who has it for themselves.
    pub runner: Option<uuid::Uuid>,
    /// The first row that its undo has not looked at.
    pub undo_next: i64,
    /// Who undoes it: the user's seq.
    pub undo_actor: Option<i64>,
}

impl StoredImport {
    /// Whether these rows are the next ones, and this runner may write them.
    pub fn awaits(&self, runner: uuid::Uuid, batch: &ImportBatch) -> bool {
        self.is_of(runner) && self.import.tally.done() == batch.first
    }

    /// Whether this runner has it.
    pub fn is_of(&self, runner: uuid::Uuid) -> bool {
        !self.import.status.has_ended() && self.runner == Some(runner)
    }
}

/// The code of a strict import that met an error.
pub const STRICT_FAILURE: &str = "row_with_error";

/// The details of the audit entry about the end of an import.
pub fn ended(import: &Import) -> Value {
    let tally = import.tally;
    json!({
        "rows": import.rows,
        "created": tally.created,
        "completed": tally.completed,
        "unchanged": tally.unchanged,
        "skipped": tally.skipped,
        "failure": import.failure,
    })
}

/// The details of the audit entry about the undo of an import: what it made of all rows.
pub fn undone(import: &Import) -> Value {
    let (deleted, kept) = import.undo.map_or((0, 0), |undo| (undo.deleted, undo.kept));
    json!({ "deleted": deleted, "kept": kept })
}

/// Where a row of an import went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    /// The contact's seq.
    pub contact: Option<i64>,
    /// The seq of the opportunity that it created.
    pub opportunity: Option<i64>,
}

/// A row of an import as it is written.
#[derive(Debug)]
pub struct WrittenRow {
    /// Its place in the file, from 0.
    pub number: i64,
    /// Its line.
    pub line: i64,
    /// What became of it.
    pub fate: Fate,
    /// The codes of what is told.
    pub codes: Option<String>,
    /// What those sentences name.
    pub details: Option<String>,
    /// Its cells.
    pub cells: Option<String>,
    /// Where it went.
    pub place: Place,
}

/// The rows of a batch as they are written: the results of those that were to come in, in their order.
pub fn written(batch: &ImportBatch, results: &[RowResult], places: &[Place]) -> StoreResult<Vec<WrittenRow>> {
    let mut taken = results.iter().zip(places);
    let mut rows = Vec::with_capacity(batch.rows.len());
    for (row, number) in batch.rows.iter().zip(batch.first..) {
        let came = match row.row {
            None => None,
            Some(_) => match taken.next() {
                None => break,
                came => came,
            },
        };
        rows.push(one(row, number, came.map(|(result, place)| (result, *place)))?);
    }
    Ok(rows)
}

/// The row that ended a strict import: the last of the batch, or of those that came in.
pub fn failed(batch: &ImportBatch, results: &[RowResult]) -> StoreResult<Option<WrittenRow>> {
    let at = if batch.has_failed {
        batch.rows.len().checked_sub(1)
    } else {
        let came = |(_, row): &(usize, &ReadRow)| row.row.is_some();
        batch.rows.iter().enumerate().filter(came).nth(results.len().saturating_sub(1)).map(|(place, _)| place)
    };
    let found = at.and_then(|at| batch.rows.get(at).zip(u64::try_from(at).ok()));
    let Some((row, at)) = found else { return Ok(None) };
    let result = results.last().filter(|_| !batch.has_failed).map(|result| (result, Place::default()));
    one(row, batch.first + at, result).map(Some)
}

fn one(row: &ReadRow, number: u64, came: Option<(&RowResult, Place)>) -> StoreResult<WrittenRow> {
    let fate = Fate::of(row, came.map(|(result, _)| result));
    let (codes, details) = told_text(&fate.told);
    let cells = if fate.keeps_cells { Some(json!(row.cells).to_string()) } else { None };
    let whole = |number: u64| i64::try_from(number).map_err(|_| StoreError::Internal("a line beyond counting".into()));
    Ok(WrittenRow {
        number: whole(number)?,
        line: whole(row.line)?,
        codes,
        details,
        cells,
        place: came.map(|(_, place)| place).unwrap_or_default(),
        fate,
    })
}

/// What is reported about a row, as its codes and what they name.
fn told_text(told: &[Told]) -> (Option<String>, Option<String>) {
    if told.is_empty() {
        return (None, None);
    }
    let codes: Vec<&str> = told.iter().map(|told| told.code.as_str()).collect();
    let names_any = told.iter().any(|told| !told.values.is_empty());
    let details = names_any.then(|| json!(told.iter().map(|told| &told.values).collect::<Vec<_>>()).to_string());
    (Some(codes.join(",")), details)
}

/// What is reported about a row, from its codes and what they name, which may be gone.
pub fn read_told(codes: Option<&str>, details: Option<&str>) -> StoreResult<Vec<Told>> {
    let Some(codes) = codes else { return Ok(Vec::new()) };
    let inconsistent =
        || StoreError::Inconsistent("import_rows: what is reported about a row cannot be read".to_owned());
    let mut details: Vec<Value> =
        details.map(serde_json::from_str).transpose().map_err(|_| inconsistent())?.unwrap_or_default();
    details.reverse();
    let one = |code: &str| {
        let code: ToldCode = code.parse().map_err(|_| inconsistent())?;
        let values = details.pop().map(serde_json::from_value).transpose().map_err(|_| inconsistent())?;
        Ok(Told { code, values: values.unwrap_or_default() })
    };
    codes.split(',').map(one).collect()
}

/// How a file was understood, as text.
pub fn file_text(file: &ImportFile) -> String {
    json!(file).to_string()
}

/// How a file was understood.
pub fn read_file(text: &str) -> StoreResult<ImportFile> {
    serde_json::from_str(text).map_err(|_| StoreError::Inconsistent("imports.file cannot be read".to_owned()))
}

/// The cells of a row.
pub fn read_cells(text: Option<&str>) -> StoreResult<Option<Vec<String>>> {
    let cells = text.map(serde_json::from_str).transpose();
    cells.map_err(|_| StoreError::Inconsistent("import_rows.cells cannot be read".to_owned()))
}

#[cfg(test)]
mod tests {
    use reparto_domain::{
        contacts::ContactFields,
        imports::{ImportRow, RowError, RowOutcome},
    };

    use super::*;

    fn import_row() -> ImportRow {
        ImportRow::new(3, ContactFields::default())
    }

    fn row(line: u64, told: Vec<Told>) -> ReadRow {
        ReadRow { line, cells: vec![format!("cell {line}")], told, row: None }
    }

    #[test]
    fn what_is_told_is_read_as_it_was_written() {
        let told = vec![
            ToldCode::ContactKnown.into(),
            Told::new(ToldCode::CellKept, [("column", "a,\"b".to_owned()), ("value", "ñ".to_owned())]),
            ToldCode::Unreachable.into(),
        ];
        for told in [told, vec![ToldCode::Unreachable.into()], Vec::new()] {
            let (codes, details) = told_text(&told);
            assert_eq!(read_told(codes.as_deref(), details.as_deref()).unwrap(), told);
            let bare: Vec<ToldCode> = told.iter().map(|told| told.code).collect();
            let left = read_told(codes.as_deref(), None).unwrap();
            assert_eq!(left.iter().map(|told| told.code).collect::<Vec<_>>(), bare);
        }
    }

    #[test]
    fn results_are_those_of_the_rows_that_came_in() {
        let mut came = row(3, Vec::new());
        came.row = Some(import_row());
        let rows = vec![row(2, vec![ToldCode::TestLead.into()]), came, row(4, Vec::new())];
        let batch = ImportBatch { first: 10, rows, is_last: true, has_failed: false };
        let place = Place { contact: Some(7), opportunity: Some(8) };
        let all = written(&batch, &[RowOutcome::Created.into()], &[place]).unwrap();
        assert_eq!(all.iter().map(|row| (row.number, row.line)).collect::<Vec<_>>(), [(10, 2), (11, 3), (12, 4)]);
        assert_eq!(all[1].place, place);
        assert_eq!((all[0].codes.as_deref(), all[0].place), (Some("test_lead"), Place::default()));
        let error = RowOutcome::Skipped(RowError::PersonErased);
        let last = failed(&batch, &[error.into()]).unwrap().unwrap();
        assert_eq!((last.number, last.codes.as_deref(), last.cells), (11, Some("person_erased"), None));
        let stopped = failed(&ImportBatch { has_failed: true, ..batch }, &[]).unwrap().unwrap();
        assert_eq!((stopped.number, stopped.cells.as_deref()), (12, Some("[\"cell 4\"]")));
    }
}
