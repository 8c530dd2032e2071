//! The mirror in a file of a folder, from one process to the next.
//!
//! A mirror says itself what it includes ([`Columns`]): so one that was kept is brought up to date like any other
//! ([`catch_up`](super::catch_up)), and given up where that is too far. It must be of the same run of the same server, of
//! the same tables (whose files are others once they were restored or truncated), and what was the newest operation and
//! the newest entry of the audit log must be there still.
//!
//! The texts of contacts are not in it, for they would have to be erased there as well. They are read in the background
//! ([`complete`]); until then SQL searches.

use std::{
    fs::DirBuilder,
    io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use reparto_store::{StoreError, StoreResult};
use reparto_store_rows::lists::{
    Lists, Searches, Texts,
    cache::{self, CacheReader, CacheWriter},
};
use reparto_store_rows::numbers::{counted, signed};
use tokio::task::spawn_blocking;
use uuid::Uuid;

use super::{
    build::{self, server},
    columns::{Columns, ROW_BYTES},
    write,
};
use crate::{PostgresStore, engine::tx::read, statements::statements};

/// Whose arrays they are.
const ENGINE: u32 = 2;
/// Operations that may still come, at most.
const MISSING_AT_MOST: usize = 100_000;

statements! {
    // The system's number is another one for each server that was initialised, not for one that was restored.
    DATABASE = "SELECT (pg_control_system()).system_identifier::text, oid::bigint::text, current_schema()::text \
        FROM pg_database WHERE datname = current_database()";
    TABLES = concat!("SELECT ", server!(), ", pg_relation_filenode('opportunities')::bigint, \
        pg_relation_filenode('assignments')::bigint, (SELECT max(version)::bigint FROM refinery_schema_history)");
    OPERATION = "SELECT id FROM operations WHERE seq = $1";
    ENTRY = "SELECT seq, id FROM audit_logs ORDER BY seq DESC LIMIT 1";
    SAME_ENTRY = "SELECT id FROM audit_logs WHERE seq = $1";
}

fn failed(error: impl std::fmt::Display) -> StoreError {
    StoreError::Internal(error.to_string())
}

/// The run of the server, and the files of its tables.
pub(super) async fn tables(store: &PostgresStore) -> StoreResult<Vec<u8>> {
    let row = read!(store, conn => conn.one(TABLES, &[]))?;
    let mut state = Vec::with_capacity(32);
    for column in 0..4 {
        state.extend_from_slice(&row.try_get::<_, i64>(column).map_err(failed)?.to_le_bytes());
    }
    Ok(state)
}

/// The file of this database in the folder, where there is one.
async fn file(store: &PostgresStore) -> StoreResult<Option<PathBuf>> {
    let mirror = store.mirror();
    let Some(folder) = mirror.folder.as_ref().filter(|_| mirror.lists != Lists::Sql) else { return Ok(None) };
    if let Some(file) = mirror.file.get() {
        return Ok(Some(file.clone()));
    }
    let row = read!(store, conn => conn.one(DATABASE, &[]))?;
    let part = |column: usize| row.try_get::<_, String>(column).map_err(failed);
    let name = cache::name(&[&part(0)?, &part(1)?, &part(2)?]);
    Ok(Some(mirror.file.get_or_init(|| folder.join(name)).clone()))
}

async fn id(store: &PostgresStore, sql: &str, seq: i64) -> StoreResult<[u8; 16]> {
    let row = read!(store, conn => conn.opt(sql, &[&seq]))?;
    // A number that was drawn for nothing has none.
    row.map_or(Ok([0; 16]), |row| row.try_get::<_, Uuid>(0).map(Uuid::into_bytes).map_err(failed))
}

/// A mirror that was kept, and what must still be there.
struct Kept {
    columns: Columns,
    /// The number of the newest entry of the audit log.
    entry: i64,
    /// The ids of the newest operation and of that entry.
    ids: [[u8; 16]; 2],
}

/// Takes the arrays over from the file, if there is one and it is of this database. They are then brought up to date as
/// ever. Returns whether there is a mirror now.
pub(super) async fn load(store: &PostgresStore) -> StoreResult<bool> {
    let (mirror, started) = (store.mirror(), Instant::now());
    let Some(file) = file(store).await? else { return Ok(false) };
    let most = mirror.most().saturating_add(mirror.most() / 16);
    let (path, tables) = (file.clone(), tables(store).await?);
    let read = spawn_blocking(move || kept(&path, most, tables)).await.map_err(failed)?;
    let kept = match read {
        Ok(None) => return Ok(false),
        Ok(Some(kept)) => kept,
        Err(error) => {
            tracing::info!(%error, "{} is not used", file.display());
            return Ok(false);
        }
    };
    let now = [id(store, OPERATION, kept.columns.newest).await?, id(store, SAME_ENTRY, kept.entry).await?];
    if now != kept.ids {
        tracing::info!("{} is not used: it knows what the database does not have", file.display());
        return Ok(false);
    }
    tracing::info!(rows = kept.columns.live(), took = ?started.elapsed(), "lists were read from {}", file.display());
    mirror.keeping().saved = Some(kept.columns.changes);
    *write(&mirror.columns) = Some(kept.columns);
    Ok(true)
}

fn kept(path: &Path, most: u64, tables: Vec<u8>) -> io::Result<Option<Kept>> {
    let wrong = |what| io::Error::new(io::ErrorKind::InvalidData, what);
    let Some(content) = cache::read(path, most.saturating_mul(ROW_BYTES as u64))? else { return Ok(None) };
    let reader = CacheReader::open(&content, ENGINE).ok_or_else(|| wrong("it is damaged, or of another version"))?;
    if reader.state() != tables {
        return Err(wrong("the server was started again, or its tables were restored"));
    }
    decoded(reader, tables)
        .filter(|kept| kept.columns.len() as u64 <= most.saturating_add(1))
        .map(Some)
        .ok_or_else(|| wrong("its rows do not fit"))
}

/// Writes the mirror to its file, if it has changed since that was written.
pub(crate) async fn save(store: &PostgresStore) -> StoreResult<()> {
    let mirror = store.mirror();
    let Some(file) = file(store).await? else { return Ok(()) };
    let (columns, saved) = (Arc::clone(&mirror.columns), mirror.keeping().saved);
    let copied = spawn_blocking(move || {
        // Copied under the lock, written after it.
        let held = columns.read().ok()?;
        let columns = held.as_ref().filter(|columns| saved != Some(columns.changes))?;
        Some((encoded(columns), columns.tables.clone(), columns.newest, columns.changes))
    });
    let Some((mut writer, tables_then, newest, changes)) = copied.await.map_err(failed)? else { return Ok(()) };
    if tables(store).await? != tables_then {
        return Ok(());
    }
    let row = read!(store, conn => conn.opt(ENTRY, &[]))?;
    let entry = row.map_or(Ok(0), |row| row.try_get::<_, i64>(0)).map_err(failed)?;
    writer.array(&[entry]);
    writer.array(&[id(store, OPERATION, newest).await?, id(store, SAME_ENTRY, entry).await?]);
    let path = file.clone();
    let written = spawn_blocking(move || {
        if let Some(folder) = path.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        cache::write(&path, &writer.finish())
    });
    let is_written = written.await.map_err(failed)?.map_err(failed)?;
    if is_written {
        mirror.keeping().saved = Some(changes);
    }
    tracing::debug!(is_written, "lists were written to {}", file.display());
    Ok(())
}

/// Reads the texts of contacts, which a mirror from a file lacks.
pub(super) async fn complete(store: &PostgresStore) -> StoreResult<()> {
    let mirror = store.mirror();
    let rows = mirror.columns.read().ok().and_then(|held| held.as_ref().map(Columns::bytes)).unwrap_or_default();
    let Some((texts, since)) = build::all_texts(store, rows).await? else { return Ok(()) };
    take_over(store, texts, since).await;
    Ok(())
}

/// Adds the texts; whatever they do not show was changed by the transaction `since` or a later one.
pub(super) async fn take_over(store: &PostgresStore, texts: Texts, since: u64) {
    let mirror = store.mirror();
    // No refresh is under way that would say what contacts it has read.
    let _refreshing = mirror.refreshed.lock().await;
    if let Some(columns) = write(&mirror.columns).as_mut().filter(|columns| columns.searches.is_none()) {
        columns.searches = Some(Searches::new(texts));
        columns.contacts_since = since;
    }
}

fn encoded(columns: &Columns) -> CacheWriter {
    let mut writer = CacheWriter::new(ENGINE, &columns.tables, columns.len() * ROW_BYTES);
    writer.array(&[columns.server, signed(columns.facts_since), columns.newest]);
    writer.array(&columns.missing.iter().copied().collect::<Vec<i64>>());
    writer.array(&columns.facts);
    writer.array(&columns.holders);
    writer.array(&columns.contacts);
    writer.array(&columns.ids);
    writer.array(&columns.detected_at);
    writer.array(&columns.created_at);
    for order in &columns.orders {
        writer.array(order.rows());
    }
    writer
}

fn decoded(mut reader: CacheReader<'_>, tables: Vec<u8>) -> Option<Kept> {
    let [server, since, newest] = reader.array::<i64>()?.try_into().ok()?;
    let since = counted(since);
    let missing: Vec<i64> = reader.array().filter(|missing: &Vec<i64>| missing.len() <= MISSING_AT_MOST)?;
    let facts = reader.array()?;
    let rows = facts.len();
    let (holders, contacts, ids) = (reader.column(rows)?, reader.column(rows)?, reader.column(rows)?);
    let (detected_at, created_at) = (reader.column(rows)?, reader.column(rows)?);
    let orders = reader.orders(&facts)?;
    let columns = Columns {
        facts,
        holders,
        contacts,
        ids,
        detected_at,
        created_at,
        orders,
        missing: missing.into_iter().collect(),
        tables,
        ..Columns::of(server, since, newest)
    };
    let ([entry], known) = (reader.array::<i64>()?.try_into().ok()?, reader.array::<[u8; 16]>()?.try_into().ok()?);
    reader.is_at_end().then_some(Kept { columns, entry, ids: known })
}
