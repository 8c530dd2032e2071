//! Reading imports and their rows.

use reparto_domain::{
    Caller, ContactId, ImportId, OpportunityId, Refusal, UserId,
    cursor::SequenceCursor,
    imports::{
        Import, ImportOutcome, ImportPart, ImportRowQuery, ImportStatus, ImportTally, ImportUndo, ImportedRow, RowUndo,
    },
    page::{CursorPage, rows_to_read},
};
use reparto_store_rows::{
    imports::{StoredImport, read_cells, read_file, read_told},
    names::named,
};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::{
    actor::look_up,
    engine::{errors::Db, tx::Conn},
    rows::Reader,
    statements::statements,
};

macro_rules! rows {
    ($condition:literal) => {
        concat!(
            "SELECT r.number, r.line, r.outcome, r.codes, r.details, r.cells, c.id, o.id, r.undo FROM import_rows r \
             LEFT JOIN contacts c ON c.seq = r.contact LEFT JOIN opportunities o ON o.seq = r.opportunity \
             WHERE r.import = $1 AND r.number > $2",
            $condition,
            " ORDER BY r.number LIMIT $3"
        )
    };
}

statements! {
    BY_ID = select!("i.id = $1");
    // Locked, so that whoever changes it does so one after the other.
    LOCK = select!("i.id = $1 FOR NO KEY UPDATE OF i");
    NEWEST = select!("i.seq < $1 ORDER BY i.seq DESC LIMIT $2");
    ALL = rows!("");
    SKIPPED => named(rows!(" AND r.outcome = {row.skipped}"));
    CREATED => named(rows!(" AND r.outcome = {row.created}"));
    COMPLETED => named(rows!(" AND r.outcome = {row.completed}"));
    TOLD = rows!(" AND r.codes IS NOT NULL");
    // More than one code, or one that is not plain.
    NOTABLE = rows!(" AND r.codes IS NOT NULL \
        AND r.codes NOT IN ('contact_known', 'known_completed', 'known_unchanged')");
    KEPT = rows!(" AND r.undo IN (1, 2)");
}

/// The import in a row.
pub(super) fn stored(row: &Row) -> Db<StoredImport> {
    let mut row = Reader::new(row);
    let (seq, id) = (row.next()?, ImportId::from_uuid(row.next()?));
    let status = row.number(ImportStatus::from_number)?;
    let actor_id = UserId::from_uuid(row.next()?);
    let (name, file, strict, rows) = (row.next()?, read_file(row.next()?)?, row.next()?, row.amount()?);
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
        runner: row.next()?,
        undo_next: row.next()?,
        undo_actor: row.next()?,
    })
}

/// The import with this id.
pub(super) async fn get(conn: &mut Conn, id: ImportId) -> Db<StoredImport> {
    stored(&conn.opt(BY_ID, &[&id.uuid()]).await?.ok_or(Refusal::ImportNotFound)?)
}

/// The import with this id, which nobody else changes until the transaction ends.
pub(super) async fn lock(tx: &mut Conn, id: ImportId) -> Db<StoredImport> {
    stored(&tx.opt(LOCK, &[&id.uuid()]).await?.ok_or(Refusal::ImportNotFound)?)
}

async fn require_administrator(conn: &mut Conn, caller: &Caller) -> Db<()> {
    Ok(look_up(conn, &caller.authority).await?.require_administrator(Refusal::AdministratorsOnly)?)
}

/// The import as an administrator sees it.
pub(super) async fn seen(conn: &mut Conn, caller: &Caller, id: ImportId) -> Db<Import> {
    require_administrator(conn, caller).await?;
    Ok(get(conn, id).await?.import)
}

/// A page of the imports, newest first.
pub(super) async fn list(
    conn: &mut Conn,
    caller: &Caller,
    after: Option<SequenceCursor>,
    limit: u64,
) -> Db<CursorPage<Import, SequenceCursor>> {
    require_administrator(conn, caller).await?;
    let after = after.map_or(i64::MAX, |SequenceCursor(after)| after);
    let rows = conn.all(NEWEST, &[&after, &rows_to_read(limit)]).await?;
    let import = |row: &Row| stored(row).map(|stored| (stored.seq, stored.import));
    Ok(CursorPage::cut(rows.iter().map(import).collect::<Db<_>>()?, limit))
}

/// A page of the rows of an import.
pub(super) async fn told(
    conn: &mut Conn,
    caller: &Caller,
    id: ImportId,
    query: ImportRowQuery,
) -> Db<CursorPage<ImportedRow, SequenceCursor>> {
    require_administrator(conn, caller).await?;
    let import = get(conn, id).await?.seq;
    let sql: &str = match query.only {
        None => ALL,
        Some(ImportPart::Skipped) => &SKIPPED,
        Some(ImportPart::Created) => &CREATED,
        Some(ImportPart::Completed) => &COMPLETED,
        Some(ImportPart::Told) => TOLD,
        Some(ImportPart::Notable) => NOTABLE,
        Some(ImportPart::Kept) => KEPT,
    };
    let after = query.after.map_or(-1, |SequenceCursor(after)| after);
    let found = conn.page(sql, &[&import, &after, &rows_to_read(query.limit)], true, row).await?;
    Ok(CursorPage::cut(found, query.limit))
}

fn row(row: &Row) -> Db<(i64, ImportedRow)> {
    let mut row = Reader::new(row);
    let (number, line, outcome) = (row.next()?, row.amount()?, row.number(ImportOutcome::from_number)?);
    let (codes, details, cells): (Option<&str>, Option<&str>, Option<&str>) = (row.next()?, row.next()?, row.next()?);
    let row = ImportedRow {
        line,
        outcome,
        told: read_told(codes, details)?,
        cells: read_cells(cells)?,
        contact_id: row.next::<Option<Uuid>>()?.map(ContactId::from_uuid),
        opportunity_id: row.next::<Option<Uuid>>()?.map(OpportunityId::from_uuid),
        undo: row.number_or_none(RowUndo::from_number)?,
    };
    Ok((number, row))
}
