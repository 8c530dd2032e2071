//! Reading imports and their rows.

use reparto_domain::{
    ContactId, ImportId, OpportunityId, Refusal, UserId,
    cursor::SequenceCursor,
    imports::{
        Import, ImportOutcome, ImportPart, ImportRowQuery, ImportStatus, ImportTally, ImportUndo, ImportedRow, RowUndo,
    },
    page::{CursorPage, rows_to_read},
};
use reparto_store::StoreResult;
use reparto_store_rows::{
    imports::{StoredImport, read_cells, read_file, read_told},
    names::named,
};
use rusqlite::{Connection, params};

use crate::{engine::Conn as _, rows::Reader, statements::statements};

macro_rules! rows {
    ($from:literal, $condition:literal) => {
        concat!(
            "SELECT r.number, r.line, r.outcome, r.codes, r.details, r.cells, c.id, o.id, r.undo FROM import_rows r ",
            $from,
            " LEFT JOIN contacts c ON c.seq = r.contact LEFT JOIN opportunities o ON o.seq = r.opportunity \
             WHERE r.import = ?1 AND r.number > ?2",
            $condition,
            " ORDER BY r.number LIMIT ?3"
        )
    };
}

statements! {
    BY_ID = select!("i.id = ?1");
    NEWEST = select!("i.seq < ?1 ORDER BY i.seq DESC LIMIT ?2");
    ALL = rows!("", "");
    SKIPPED => named(rows!("INDEXED BY import_rows_outcome", " AND r.outcome = {row.skipped}"));
    CREATED => named(rows!("INDEXED BY import_rows_outcome", " AND r.outcome = {row.created}"));
    COMPLETED => named(rows!("INDEXED BY import_rows_outcome", " AND r.outcome = {row.completed}"));
    TOLD = rows!("INDEXED BY import_rows_told", " AND r.codes IS NOT NULL");
    // More than one code, or one that is not plain.
    NOTABLE = rows!("INDEXED BY import_rows_told", " AND r.codes IS NOT NULL \
        AND r.codes NOT IN ('contact_known', 'known_completed', 'known_unchanged')");
    KEPT => rows!("INDEXED BY import_rows_kept", " AND r.undo IN (1, 2)").to_owned();
}

/// The import in the next columns.
pub(super) fn stored(row: &mut Reader<'_>) -> StoreResult<StoredImport> {
    let (seq, id) = (row.next()?, ImportId::from_bytes(row.next()?));
    let status = row.number(ImportStatus::from_number)?;
    let actor_id = UserId::from_bytes(row.next()?);
    let (name, file, strict, rows) = (row.next()?, read_file(row.text()?)?, row.next()?, row.amount()?);
    let tally = ImportTally {
        created: row.amount()?,
        completed: row.amount()?,
        unchanged: row.amount()?,
        skipped: row.amount()?,
    };
    let (failure, created_at, finished_at) = (row.next()?, row.time()?, row.time_or_none()?);
    let (undo_at, undone_at) = (row.time_or_none()?, row.time_or_none()?);
    let (deleted, kept) = (row.amount()?, row.amount()?);
    let undo = undo_at.map(|at| ImportUndo { at, finished_at: undone_at, deleted, kept });
    Ok(StoredImport {
        seq,
        import: Import {
            id,
            status,
            actor_id,
            name,
            file,
            strict,
            rows,
            tally,
            failure,
            created_at,
            finished_at,
            undo,
        },
        reading: row.next()?,
        actor: row.next()?,
        lets_in_erased: row.next()?,
        runner: row.next::<Option<[u8; 16]>>()?.map(uuid::Uuid::from_bytes),
        undo_next: row.next()?,
        undo_actor: row.next()?,
    })
}

/// The import with this id.
pub(super) fn get(conn: &Connection, id: ImportId) -> StoreResult<StoredImport> {
    let found = conn.opt(BY_ID, [id.as_bytes()], stored)?;
    found.ok_or_else(|| Refusal::ImportNotFound.into())
}

/// A page of the imports, newest first.
pub(super) fn list(
    conn: &Connection,
    after: Option<SequenceCursor>,
    limit: u64,
) -> StoreResult<CursorPage<Import, SequenceCursor>> {
    let after = after.map_or(i64::MAX, |SequenceCursor(after)| after);
    let found = conn.all(NEWEST, params![after, rows_to_read(limit)], stored)?;
    Ok(CursorPage::cut(found.into_iter().map(|stored| (stored.seq, stored.import)).collect(), limit))
}

/// A page of the rows of an import.
pub(super) fn told(
    conn: &Connection,
    id: ImportId,
    query: ImportRowQuery,
) -> StoreResult<CursorPage<ImportedRow, SequenceCursor>> {
    let import = get(conn, id)?.seq;
    let sql: &str = match query.only {
        None => ALL,
        Some(ImportPart::Skipped) => &SKIPPED,
        Some(ImportPart::Created) => &CREATED,
        Some(ImportPart::Completed) => &COMPLETED,
        Some(ImportPart::Told) => TOLD,
        Some(ImportPart::Notable) => NOTABLE,
        Some(ImportPart::Kept) => &KEPT,
    };
    let after = query.after.map_or(-1, |SequenceCursor(after)| after);
    Ok(CursorPage::cut(conn.all(sql, params![import, after, rows_to_read(query.limit)], row)?, query.limit))
}

fn row(row: &mut Reader<'_>) -> StoreResult<(i64, ImportedRow)> {
    let (number, line, outcome) = (row.next()?, row.amount()?, row.number(ImportOutcome::from_number)?);
    let (codes, details, cells) =
        (row.next::<Option<String>>()?, row.next::<Option<String>>()?, row.next::<Option<String>>()?);
    let row = ImportedRow {
        line,
        outcome,
        told: read_told(codes.as_deref(), details.as_deref())?,
        cells: read_cells(cells.as_deref())?,
        contact_id: row.next::<Option<[u8; 16]>>()?.map(ContactId::from_bytes),
        opportunity_id: row.next::<Option<[u8; 16]>>()?.map(OpportunityId::from_bytes),
        undo: row.number_or_none(RowUndo::from_number)?,
    };
    Ok((number, row))
}
