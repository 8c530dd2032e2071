//! Imports that were sent to the service: their file is kept in pieces, a runner writes their rows in batches.

use reparto_domain::{
    Authority, Caller, ImportId, Origin, Refusal, Roles, Timestamp,
    audit::{EntityType, action},
    erasures::IfErased,
    idempotency::{Answer, Keyed},
    imports::{Import, ImportBatch, ImportClaim, ImportMode, ImportStatus, ImportTally, NewImport, OpenImports},
};
use reparto_store::StoreError;
use reparto_store_rows::{
    columns::{self, IMPORT_MADE},
    imports::{self, STRICT_FAILURE, StoredImport, WrittenRow, file_text},
    names::named,
    numbers::{counted, signed},
};
use serde_json::json;
use uuid::Uuid;

use super::{Taken, rows, take};
use crate::{
    actor::{self, Actor},
    audit,
    engine::{
        copy_in::{Cell, copy_in},
        errors::{Db, Fault},
        params::{At, Bytes, Text, opt},
        tx::Conn,
    },
    idempotency::once,
    maintenance::BATCH,
    rows::Reader,
    statements::statements,
};

statements! {
    // Those who create an import count one after the other.
    LOCK_COUNT = "SELECT FROM locks WHERE name = 'jobs' FOR UPDATE";
    OPEN = "SELECT count(*) FILTER (WHERE actor = $1), count(*) FROM imports WHERE finished_at IS NULL";
    INSERT => columns::insert('$', "imports", &IMPORT_MADE);
    KEEP = "INSERT INTO import_pieces (import, number, bytes, created_at) VALUES ($1, $2, $3, $4)";
    PIECE = "SELECT bytes FROM import_pieces WHERE import = $1 AND number = $2";
    WAITING = select!("i.finished_at IS NULL AND (i.leased_until IS NULL OR i.leased_until <= $1) AND i.total <= $2 \
        ORDER BY i.seq LIMIT 1 FOR NO KEY UPDATE OF i SKIP LOCKED");
    LEASE = "UPDATE imports SET runner = $2, leased_until = $3 WHERE seq = $1";
    RENEW = "UPDATE imports SET leased_until = greatest(leased_until, $3) WHERE id = $1 AND runner = $2 \
        AND finished_at IS NULL";
    RELEASE = "UPDATE imports SET runner = NULL, leased_until = NULL WHERE id = $1 AND runner = $2 \
        AND finished_at IS NULL";
    CHANGED = "UPDATE import_rows r SET contact_at = c.updated_at FROM contacts c \
        WHERE r.import = $1 AND r.number BETWEEN $2 AND $3 AND c.seq = r.contact";
    COUNTED => named("UPDATE imports SET status = {import.running}, created = created + $2, completed = completed + $3, \
        unchanged = unchanged + $4, skipped = skipped + $5, leased_until = $6 WHERE seq = $1");
    END = "UPDATE imports SET status = $2, failure = $3, finished_at = $4, runner = NULL, leased_until = NULL \
        WHERE seq = $1";
    // Pieces of imports that have ended, or that were never created.
    EXPIRE = "WITH gone AS (DELETE FROM import_pieces WHERE (import, number) IN ( \
            SELECT p.import, p.number FROM import_pieces p LEFT JOIN imports i ON i.id = p.import \
            WHERE i.finished_at IS NOT NULL OR (i.seq IS NULL AND p.created_at <= $1) LIMIT $2) RETURNING 1) \
        SELECT count(*) FROM gone";
    OLD = "SELECT seq FROM imports WHERE finished_at IS NOT NULL AND trimmed_at IS NULL AND finished_at <= $1 \
        ORDER BY finished_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED";
    EMPTY = "WITH emptied AS (UPDATE import_rows SET cells = NULL, details = NULL WHERE import = $1 AND number IN \
            (SELECT number FROM import_rows WHERE import = $1 AND (cells IS NOT NULL OR details IS NOT NULL) \
            ORDER BY number LIMIT $2) RETURNING 1) SELECT count(*) FROM emptied";
    TRIMMED = "UPDATE imports SET trimmed_at = $2 WHERE seq = $1";
}

/// The columns of a row, as it is copied in.
const ROW: [&str; 11] = columns::IMPORT_ROW_WRITTEN;

/// So many pieces of a megabyte are removed at once.
const PIECES_AT_ONCE: i64 = 8;

/// A file whose import is not created within this time was left behind.
const LEFT_BEHIND_SECONDS: i64 = 3_600;

/// The caller, if they are an administrator and a user: an import runs with its sender's current rights.
async fn sender(tx: &mut Conn, caller: &Caller) -> Db<(Actor, i64)> {
    let actor = actor::administrator(tx, caller).await?;
    let seq = actor.seq.ok_or(Refusal::AdministratorsOnly)?;
    Ok((actor, seq))
}

/// Keeps a piece of a file.
pub(super) async fn keep(tx: &mut Conn, caller: &Caller, id: ImportId, piece: u64, bytes: &[u8]) -> Db<()> {
    sender(tx, caller).await?;
    tx.run(KEEP, &[&id.uuid(), &signed(piece), &Bytes(bytes), &At(caller.at)]).await
}

/// A piece of a file.
pub(super) async fn piece(conn: &mut Conn, id: ImportId, piece: u64) -> Db<Option<Vec<u8>>> {
    let found = conn.opt(PIECE, &[&id.uuid(), &signed(piece)]).await?;
    Ok(found.map(|row| row.try_get(0)).transpose()?)
}

/// Creates an import.
pub(super) async fn create(
    tx: &mut Conn,
    caller: &Caller,
    new: &NewImport,
    keyed: Option<&Keyed<Import>>,
) -> Db<Answer<Import>> {
    let (actor, seq) = sender(tx, caller).await?;
    once!(tx, caller, &actor, keyed, insert(tx, caller, &actor, seq, new))
}

async fn insert(tx: &mut Conn, caller: &Caller, actor: &Actor, seq: i64, new: &NewImport) -> Db<Import> {
    tx.run(LOCK_COUNT, &[]).await?;
    let open = tx.one(OPEN, &[&seq]).await?;
    let mut open = Reader::new(&open);
    OpenImports { own: open.amount()?, all: open.amount()? }.admit()?;
    let lets_in = new.if_erased == IfErased::LetIn;
    tx.run(
        &INSERT,
        &[
            &new.id.uuid(),
            &ImportStatus::Reading.number(),
            &seq,
            &opt(&new.name),
            &Text(&file_text(&new.file)),
            &Text(&new.reading),
            &new.strict,
            &lets_in,
            &signed(new.rows),
            &At(caller.at),
        ],
    )
    .await?;
    let details = json!({ "rows": new.rows, "strict": new.strict, "override_erased": lets_in });
    record(tx, caller, actor, action::IMPORT_CREATED, (new.id, None), details).await?;
    Ok(rows::get(tx, new.id).await?.import)
}

/// Writes the audit entry about an import.
pub(super) async fn record(
    tx: &mut Conn,
    caller: &Caller,
    actor: &Actor,
    action: &'static str,
    (id, operation): (ImportId, Option<i64>),
    details: serde_json::Value,
) -> Db<()> {
    let entry = audit::Entry {
        action,
        entity: EntityType::Import,
        entity_id: Some(id.uuid()),
        operation,
        details: details.into(),
    };
    audit::record(tx, caller, actor, &entry).await
}

/// Claims an import.
pub(super) async fn claim(
    tx: &mut Conn,
    runner: Uuid,
    now: Timestamp,
    lease: Timestamp,
    rows_max: u64,
) -> Db<Option<ImportClaim>> {
    let most = i64::try_from(rows_max).unwrap_or(i64::MAX);
    let Some(found) = tx.opt(WAITING, &[&At(now), &most]).await? else { return Ok(None) };
    let stored = rows::stored(&found)?;
    tx.run(LEASE, &[&stored.seq, &runner, &At(lease)]).await?;
    Ok(Some(ImportClaim { import: stored.import, reading: stored.reading, runner }))
}

/// Extends a claim.
pub(super) async fn renew(tx: &mut Conn, id: ImportId, runner: Uuid, lease: Timestamp) -> Db<()> {
    tx.run(RENEW, &[&id.uuid(), &runner, &At(lease)]).await
}

/// Gives a claim back.
pub(super) async fn release(tx: &mut Conn, id: ImportId, runner: Uuid) -> Db<()> {
    tx.run(RELEASE, &[&id.uuid(), &runner]).await
}

/// Writes a batch of rows, unless that was done before.
pub(super) async fn take_batch(
    tx: &mut Conn,
    id: ImportId,
    runner: Uuid,
    batch: &ImportBatch,
    (at, lease): (Timestamp, Timestamp),
    assignable: &Roles,
) -> Db<Import> {
    // There is no token that could have been revoked: only the sender's current rights matter. Users are locked before
    // what they change.
    let sender = rows::get(tx, id).await?.import.actor_id;
    let authority =
        Authority::User { id: sender, issued_at: Timestamp::from_micros(i64::MAX), generation: None, session: None };
    let caller = Caller { authority, origin: Origin::default(), at };
    let actor = actor::administrator(tx, &caller).await;
    let stored = rows::lock(tx, id).await?;
    if !stored.awaits(runner, batch) {
        return Ok(stored.import);
    }
    match actor {
        Ok(actor) => write_batch(tx, &caller, &actor, &stored, batch, (at, lease), assignable).await?,
        Err(Fault::Store(StoreError::Refused(refusal))) => {
            end(tx, &stored, ImportStatus::Failed, Some(refusal.code()), None, at).await?;
        }
        Err(fault) => return Err(fault),
    }
    Ok(rows::get(tx, id).await?.import)
}

async fn write_batch(
    tx: &mut Conn,
    caller: &Caller,
    actor: &Actor,
    stored: &StoredImport,
    batch: &ImportBatch,
    (at, lease): (Timestamp, Timestamp),
    assignable: &Roles,
) -> Db<()> {
    let if_erased = if stored.lets_in_erased { IfErased::LetIn } else { IfErased::Refuse };
    let mode = ImportMode { dry_run: false, strict: stored.import.strict, if_erased };
    let taken = if batch.has_failed {
        Taken::default()
    } else {
        let rows: Vec<_> = batch.rows.iter().filter_map(|row| row.row.clone()).collect();
        take(tx, caller, actor, &rows, mode, assignable, Some(stored.import.id)).await?
    };
    if batch.has_failed || !taken.whole {
        let last: Vec<WrittenRow> = imports::failed(batch, &taken.results)?.into_iter().collect();
        write_rows(tx, stored.seq, &last, None).await?;
        count(tx, stored.seq, &last, lease).await?;
        return end(tx, stored, ImportStatus::Failed, Some(STRICT_FAILURE), None, at).await;
    }
    let written = imports::written(batch, &taken.results, &taken.places)?;
    write_rows(tx, stored.seq, &written, taken.operation).await?;
    count(tx, stored.seq, &written, lease).await?;
    if !batch.is_last {
        return Ok(());
    }
    let only = taken.operation.filter(|_| batch.first == 0);
    end(tx, stored, ImportStatus::Finished, None, only, at).await
}

async fn count(tx: &mut Conn, seq: i64, written: &[WrittenRow], lease: Timestamp) -> Db<()> {
    let tally = ImportTally::of(written.iter().map(|row| &row.fate));
    let counts = [tally.created, tally.completed, tally.unchanged, tally.skipped].map(signed);
    let [created, completed, unchanged, skipped] = counts;
    tx.run(&COUNTED, &[&seq, &created, &completed, &unchanged, &skipped, &At(lease)]).await
}

async fn write_rows(tx: &mut Conn, import: i64, written: &[WrittenRow], operation: Option<i64>) -> Db<()> {
    let (Some(first), Some(last)) = (written.first(), written.last()) else { return Ok(()) };
    let text = |text: &'_ Option<String>| text.as_deref().map_or(Cell::Null, |text| Cell::Owned(text.to_owned()));
    let int = |number: Option<i64>| number.map_or(Cell::Null, Cell::Int);
    let line = |row: &WrittenRow| {
        vec![
            Cell::Int(import),
            Cell::Int(row.number),
            Cell::Int(row.line),
            Cell::Int(row.fate.outcome.number().into()),
            Cell::Bool(row.fate.made_contact),
            text(&row.codes),
            text(&row.details),
            text(&row.cells),
            int(row.place.contact),
            int(row.place.opportunity),
            int(operation.filter(|_| row.place.opportunity.is_some())),
        ]
    };
    let lines: Vec<Vec<Cell<'_>>> = written.iter().map(line).collect();
    copy_in(tx, "import_rows", &ROW, &lines).await?;
    tx.run(CHANGED, &[&import, &first.number, &last.number]).await
}

/// Ends an import, and writes its audit entry. `only`: the operation of an import that is one.
async fn end(
    tx: &mut Conn,
    stored: &StoredImport,
    status: ImportStatus,
    failure: Option<&str>,
    only: Option<i64>,
    at: Timestamp,
) -> Db<()> {
    let caller = tx.taking_effect(&Caller::system(at), [stored.import.created_at]);
    tx.run(END, &[&stored.seq, &status.number(), &failure.map(Text), &At(caller.at)]).await?;
    // Who sent it may not be allowed to any more; it is their import all the same.
    let actor = actor::named(tx, stored.actor).await?;
    let import = rows::get(tx, stored.import.id).await?.import;
    record(tx, &caller, &actor, action::IMPORT, (import.id, only), imports::ended(&import)).await
}

/// Ends an import that cannot go on.
pub(super) async fn fail(tx: &mut Conn, id: ImportId, runner: Uuid, code: &str, at: Timestamp) -> Db<Import> {
    let stored = rows::lock(tx, id).await?;
    if !stored.is_of(runner) {
        return Ok(stored.import);
    }
    end(tx, &stored, ImportStatus::Failed, Some(code), None, at).await?;
    Ok(rows::get(tx, id).await?.import)
}

/// Removes part of the files that nobody needs any more. Returns how many rows were removed.
pub(crate) async fn expire(conn: &mut Conn, now: Timestamp) -> Db<u64> {
    let before = At(now.plus_seconds(-LEFT_BEHIND_SECONDS));
    Ok(counted(conn.count(EXPIRE, &[&before, &PIECES_AT_ONCE]).await?))
}

/// Takes the cells out of part of the rows of an import that ended long ago. Returns how many rows were affected.
pub(crate) async fn trim(tx: &mut Conn, now: Timestamp, before: Timestamp) -> Db<u64> {
    let Some(old) = tx.opt(OLD, &[&At(before)]).await? else { return Ok(0) };
    let import: i64 = old.try_get(0)?;
    let emptied = tx.count(EMPTY, &[&import, &BATCH]).await?;
    if emptied < BATCH {
        tx.run(TRIMMED, &[&import, &At(now)]).await?;
    }
    Ok(counted(emptied) + 1)
}
