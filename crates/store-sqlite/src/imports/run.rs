//! Imports that were sent to the service: their file is kept in pieces, a runner writes their rows in batches.

use reparto_domain::{
    Authority, Caller, ImportId, Origin, Refusal, Roles, Timestamp,
    audit::{EntityType, action},
    erasures::IfErased,
    idempotency::{Answer, Keyed},
    imports::{Import, ImportBatch, ImportClaim, ImportMode, ImportStatus, ImportTally, NewImport, OpenImports},
};
use reparto_store::{StoreError, StoreResult};
use reparto_store_rows::{
    columns::{self, IMPORT_MADE, IMPORT_ROW_WRITTEN},
    imports::{self, STRICT_FAILURE, StoredImport, WrittenRow, file_text},
    names::named,
    numbers::{length, signed},
};
use rusqlite::{Connection, params};
use serde_json::json;
use uuid::Uuid;

use super::{Taken, rows, take};
use crate::{
    actor::{self, Actor},
    audit,
    engine::{Conn as _, errors::IntoStore as _},
    idempotency,
    maintenance::BATCH,
    rows::value,
    statements::statements,
};

statements! {
    OPEN = "SELECT count(*) FILTER (WHERE actor = ?1), count(*) FROM imports WHERE finished_at IS NULL";
    INSERT => columns::insert('?', "imports", &IMPORT_MADE);
    KEEP = "INSERT INTO import_pieces (import, number, bytes, created_at) VALUES (?1, ?2, ?3, ?4)";
    PIECE = "SELECT bytes FROM import_pieces WHERE import = ?1 AND number = ?2";
    ANY_WAITING = "SELECT EXISTS (SELECT 1 FROM imports WHERE finished_at IS NULL \
        AND (leased_until IS NULL OR leased_until <= ?1) AND total <= ?2)";
    WAITING = select!("i.finished_at IS NULL AND (i.leased_until IS NULL OR i.leased_until <= ?1) AND i.total <= ?2 \
        ORDER BY i.seq LIMIT 1");
    LEASE = "UPDATE imports SET runner = ?2, leased_until = ?3 WHERE seq = ?1";
    RENEW = "UPDATE imports SET leased_until = max(leased_until, ?3) WHERE id = ?1 AND runner = ?2 AND finished_at IS NULL";
    RELEASE = "UPDATE imports SET runner = NULL, leased_until = NULL WHERE id = ?1 AND runner = ?2 \
        AND finished_at IS NULL";
    ROW => columns::insert_with('?', "import_rows", &IMPORT_ROW_WRITTEN,
        &[("contact_at", "(SELECT updated_at FROM contacts WHERE seq = {contact})")]);
    COUNTED => named("UPDATE imports SET status = {import.running}, created = created + ?2, completed = completed + ?3, \
        unchanged = unchanged + ?4, skipped = skipped + ?5, leased_until = ?6 WHERE seq = ?1");
    END = "UPDATE imports SET status = ?2, failure = ?3, finished_at = ?4, runner = NULL, leased_until = NULL \
        WHERE seq = ?1";
    DROP = "DELETE FROM import_pieces WHERE import = ?1 AND number IN \
        (SELECT number FROM import_pieces WHERE import = ?1 LIMIT ?2)";
    // Pieces of an import that has ended, or that was never created.
    USELESS = "SELECT p.import FROM import_pieces p LEFT JOIN imports i ON i.id = p.import \
        WHERE i.finished_at IS NOT NULL OR (i.seq IS NULL AND p.created_at <= ?1) LIMIT 1";
    OLD = "SELECT seq FROM imports INDEXED BY imports_to_trim WHERE finished_at IS NOT NULL AND trimmed_at IS NULL \
        AND finished_at <= ?1 ORDER BY finished_at LIMIT 1";
    EMPTY = "UPDATE import_rows SET cells = NULL, details = NULL WHERE import = ?1 AND number IN \
        (SELECT number FROM import_rows WHERE import = ?1 AND (cells IS NOT NULL OR details IS NOT NULL) LIMIT ?2)";
    TRIMMED = "UPDATE imports SET trimmed_at = ?2 WHERE seq = ?1";
}

/// So many pieces of a megabyte are removed at once.
const PIECES_AT_ONCE: i64 = 8;

/// A file whose import is not created within this time was left behind.
const LEFT_BEHIND_SECONDS: i64 = 3_600;

/// The caller, if they are an administrator and a user: an import runs with its sender's current rights.
fn sender(conn: &Connection, caller: &Caller) -> StoreResult<(Actor, i64)> {
    let actor = actor::administrator(conn, caller)?;
    let seq = actor.seq.ok_or(Refusal::AdministratorsOnly)?;
    Ok((actor, seq))
}

/// Keeps a piece of a file.
pub(super) fn keep(conn: &Connection, caller: &Caller, id: ImportId, piece: u64, bytes: &[u8]) -> StoreResult<()> {
    sender(conn, caller)?;
    conn.run(KEEP, params![id.as_bytes(), signed(piece), bytes, caller.at.micros()])?;
    Ok(())
}

/// A piece of a file.
pub(super) fn piece(conn: &Connection, id: ImportId, piece: u64) -> StoreResult<Option<Vec<u8>>> {
    conn.opt(PIECE, params![id.as_bytes(), signed(piece)], value)
}

/// Creates an import.
pub(super) fn create(
    conn: &Connection,
    caller: &Caller,
    new: &NewImport,
    keyed: Option<&Keyed<Import>>,
) -> StoreResult<Answer<Import>> {
    let (actor, seq) = sender(conn, caller)?;
    idempotency::once(conn, caller, &actor, keyed, |conn| {
        conn.one(OPEN, [seq], |row| Ok(OpenImports { own: row.amount()?, all: row.amount()? }))?.admit()?;
        let lets_in = new.if_erased == IfErased::LetIn;
        let status = ImportStatus::Reading.number();
        conn.run(
            &INSERT,
            params![
                new.id.as_bytes(),
                status,
                seq,
                new.name,
                file_text(&new.file),
                new.reading,
                new.strict,
                lets_in,
                signed(new.rows),
                caller.at.micros(),
            ],
        )?;
        let details = json!({ "rows": new.rows, "strict": new.strict, "override_erased": lets_in });
        record(conn, caller, &actor, action::IMPORT_CREATED, (new.id, None), details)?;
        Ok(rows::get(conn, new.id)?.import)
    })
}

/// Writes the audit entry about an import.
pub(super) fn record(
    conn: &Connection,
    caller: &Caller,
    actor: &Actor,
    action: &'static str,
    (id, operation): (ImportId, Option<i64>),
    details: serde_json::Value,
) -> StoreResult<()> {
    let entry = audit::Entry {
        action,
        entity: EntityType::Import,
        entity_id: Some(*id.as_bytes()),
        operation,
        details: details.into(),
    };
    audit::record(conn, caller, actor, &entry)
}

/// Whether an import waits for a runner.
pub(super) fn is_any_waiting(conn: &Connection, now: Timestamp, rows_max: u64) -> StoreResult<bool> {
    conn.one(ANY_WAITING, params![now.micros(), most(rows_max)], value)
}

fn most(rows: u64) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// Claims an import.
pub(super) fn claim(
    conn: &Connection,
    runner: Uuid,
    now: Timestamp,
    lease: Timestamp,
    rows_max: u64,
) -> StoreResult<Option<ImportClaim>> {
    let found = conn.opt(WAITING, params![now.micros(), most(rows_max)], rows::stored)?;
    let Some(stored) = found else { return Ok(None) };
    conn.run(LEASE, params![stored.seq, runner.as_bytes(), lease.micros()])?;
    Ok(Some(ImportClaim { import: stored.import, reading: stored.reading, runner }))
}

/// Extends a claim.
pub(super) fn renew(conn: &Connection, id: ImportId, runner: Uuid, lease: Timestamp) -> StoreResult<()> {
    conn.run(RENEW, params![id.as_bytes(), runner.as_bytes(), lease.micros()])?;
    Ok(())
}

/// Gives a claim back.
pub(super) fn release(conn: &Connection, id: ImportId, runner: Uuid) -> StoreResult<()> {
    conn.run(RELEASE, params![id.as_bytes(), runner.as_bytes()])?;
    Ok(())
}

/// The sender of an import, if they still have the right to send one.
fn present(conn: &Connection, stored: &StoredImport) -> StoreResult<Actor> {
    let actor = actor::present(conn, stored.actor)?;
    actor.require_administrator(Refusal::AdministratorsOnly)?;
    Ok(actor)
}

/// Writes a batch of rows, unless that was done before.
pub(super) fn take_batch(
    conn: &Connection,
    id: ImportId,
    runner: Uuid,
    batch: &ImportBatch,
    (at, lease): (Timestamp, Timestamp),
    assignable: &Roles,
) -> StoreResult<Import> {
    let stored = rows::get(conn, id)?;
    if !stored.awaits(runner, batch) {
        return Ok(stored.import);
    }
    match write_batch(conn, &stored, batch, (at, lease), assignable) {
        Ok(()) => {}
        // Nothing was written yet: the sender's rights are looked at first.
        Err(StoreError::Refused(refusal)) => end(conn, &stored, ImportStatus::Failed, Some(refusal.code()), None, at)?,
        Err(error) => return Err(error),
    }
    Ok(rows::get(conn, id)?.import)
}

fn write_batch(
    conn: &Connection,
    stored: &StoredImport,
    batch: &ImportBatch,
    (at, lease): (Timestamp, Timestamp),
    assignable: &Roles,
) -> StoreResult<()> {
    let actor = present(conn, stored)?;
    let authority = Authority::User { id: stored.import.actor_id, issued_at: at, generation: None, session: None };
    let caller = Caller { authority, origin: Origin::default(), at };
    let if_erased = if stored.lets_in_erased { IfErased::LetIn } else { IfErased::Refuse };
    let mode = ImportMode { dry_run: false, strict: stored.import.strict, if_erased };
    let taken = if batch.has_failed {
        Taken::default()
    } else {
        let rows: Vec<_> = batch.rows.iter().filter_map(|row| row.row.clone()).collect();
        take(conn, &caller, &actor, &rows, mode, assignable, Some(stored.import.id))?
    };
    if batch.has_failed || !taken.whole {
        let last = imports::failed(batch, &taken.results)?;
        write_rows(conn, stored.seq, last.iter(), None)?;
        count(conn, stored.seq, last.iter(), lease)?;
        return end(conn, stored, ImportStatus::Failed, Some(STRICT_FAILURE), None, at);
    }
    let written = imports::written(batch, &taken.results, &taken.places)?;
    write_rows(conn, stored.seq, &written, taken.operation)?;
    count(conn, stored.seq, &written, lease)?;
    if !batch.is_last {
        return Ok(());
    }
    let only = taken.operation.filter(|_| batch.first == 0);
    end(conn, stored, ImportStatus::Finished, None, only, at)
}

fn count<'a>(
    conn: &Connection,
    seq: i64,
    written: impl IntoIterator<Item = &'a WrittenRow>,
    lease: Timestamp,
) -> StoreResult<()> {
    let tally = ImportTally::of(written.into_iter().map(|row| &row.fate));
    let counts = [tally.created, tally.completed, tally.unchanged, tally.skipped].map(signed);
    let [created, completed, unchanged, skipped] = counts;
    conn.run(&COUNTED, params![seq, created, completed, unchanged, skipped, lease.micros()])?;
    Ok(())
}

fn write_rows<'a>(
    conn: &Connection,
    import: i64,
    written: impl IntoIterator<Item = &'a WrittenRow>,
    operation: Option<i64>,
) -> StoreResult<()> {
    let mut statement = conn.prepared(&ROW)?;
    for row in written {
        statement
            .execute(params![
                import,
                row.number,
                row.line,
                row.fate.outcome.number(),
                row.fate.made_contact,
                row.codes,
                row.details,
                row.cells,
                row.place.contact,
                row.place.opportunity,
                operation.filter(|_| row.place.opportunity.is_some()),
            ])
            .into_store()?;
    }
    Ok(())
}

/// Ends an import, and writes its audit entry. `only`: the operation of an import that is one.
fn end(
    conn: &Connection,
    stored: &StoredImport,
    status: ImportStatus,
    failure: Option<&str>,
    only: Option<i64>,
    at: Timestamp,
) -> StoreResult<()> {
    let caller = Caller::system(at).taking_effect(at, [stored.import.created_at]);
    conn.run(END, params![stored.seq, status.number(), failure, caller.at.micros()])?;
    // Who sent it may not be allowed to any more; it is their import all the same.
    let actor = actor::named(conn, stored.actor)?;
    let import = rows::get(conn, stored.import.id)?.import;
    record(conn, &caller, &actor, action::IMPORT, (import.id, only), imports::ended(&import))
}

/// Ends an import that cannot go on.
pub(super) fn fail(conn: &Connection, id: ImportId, runner: Uuid, code: &str, at: Timestamp) -> StoreResult<Import> {
    let stored = rows::get(conn, id)?;
    if !stored.is_of(runner) {
        return Ok(stored.import);
    }
    end(conn, &stored, ImportStatus::Failed, Some(code), None, at)?;
    Ok(rows::get(conn, id)?.import)
}

/// Removes part of a file that nobody needs any more. Returns how many rows were removed.
pub(crate) fn expire(conn: &Connection, now: Timestamp) -> StoreResult<u64> {
    let before = now.plus_seconds(-LEFT_BEHIND_SECONDS).micros();
    let useless: Option<Vec<u8>> = conn.opt(USELESS, [before], value)?;
    let Some(import) = useless else { return Ok(0) };
    Ok(conn.run(DROP, params![import, PIECES_AT_ONCE])? as u64)
}

/// Takes the cells out of part of the rows of an import that ended long ago. Returns how many rows were affected.
pub(crate) fn trim(conn: &Connection, now: Timestamp, before: Timestamp) -> StoreResult<u64> {
    let old: Option<i64> = conn.opt(OLD, [before.micros()], value)?;
    let Some(import) = old else { return Ok(0) };
    let emptied = conn.run(EMPTY, params![import, BATCH])?;
    if emptied < length(u64::from(BATCH)) {
        conn.run(TRIMMED, [import, now.micros()])?;
    }
    Ok(emptied as u64 + 1)
}
