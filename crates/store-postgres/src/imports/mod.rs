//! Import of leads: each row finds or creates a contact, and adds an opportunity.
//!
//! Existing data about the rows is read by a few statements, the rows are processed in memory, and the results are
//! written by a few statements: a hundred thousand rows take no more round trips than a hundred.

/// Selects imports, as [`rows::stored`] reads them.
macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT ",
            reparto_store_rows::import_columns!(),
            " FROM imports i JOIN users m ON m.seq = i.actor WHERE ",
            $condition
        )
    };
}

pub(crate) mod read;
pub(crate) mod rows;
pub(crate) mod run;
mod sort;
pub(crate) mod undo;
pub(crate) mod write;

use async_trait::async_trait;
use reparto_domain::{
    Caller, ImportId, Roles, Timestamp,
    audit::{EntityType, action},
    cursor::SequenceCursor,
    idempotency::{Answer, Keyed},
    imports::{
        Import, ImportBatch, ImportClaim, ImportCounts, ImportMode, ImportRow, ImportRowQuery, ImportedRow, NewImport,
        RowResult,
    },
    operations::OperationKind,
    page::CursorPage,
};
use reparto_store::{Imports, StoreResult};
use reparto_store_rows::imports::Place;
use serde_json::json;
use uuid::Uuid;

use crate::{
    PostgresStore,
    actor::{Actor, administrator},
    audit::{self, Entry},
    engine::{
        errors::Db,
        tx::{Conn, read, transact},
    },
    hot::{self, NewOperation},
};
use sort::{New, Sorted};

#[async_trait]
impl Imports for PostgresStore {
    async fn import_rows(
        &self,
        caller: &Caller,
        rows: Vec<ImportRow>,
        mode: ImportMode,
        assignable: &Roles,
    ) -> StoreResult<Vec<RowResult>> {
        transact!(self, tx => import(tx, caller, &rows, mode, assignable))
    }

    async fn import_keep(&self, caller: &Caller, id: ImportId, piece: u64, bytes: Vec<u8>) -> StoreResult<()> {
        transact!(self, tx => run::keep(tx, caller, id, piece, &bytes))
    }

    async fn import_create(
        &self,
        caller: &Caller,
        import: NewImport,
        keyed: Option<Keyed<Import>>,
    ) -> StoreResult<Answer<Import>> {
        transact!(self, tx => run::create(tx, caller, &import, keyed.as_ref()))
    }

    async fn import_list(
        &self,
        caller: &Caller,
        after: Option<SequenceCursor>,
        limit: u64,
    ) -> StoreResult<CursorPage<Import, SequenceCursor>> {
        read!(self, conn => rows::list(conn, caller, after, limit))
    }

    async fn import_get(&self, caller: &Caller, id: ImportId) -> StoreResult<Import> {
        read!(self, conn => rows::seen(conn, caller, id))
    }

    async fn import_told(
        &self,
        caller: &Caller,
        id: ImportId,
        query: ImportRowQuery,
    ) -> StoreResult<CursorPage<ImportedRow, SequenceCursor>> {
        read!(self, conn => rows::told(conn, caller, id, query))
    }

    async fn import_claim(
        &self,
        runner: Uuid,
        now: Timestamp,
        lease: Timestamp,
        rows_max: u64,
    ) -> StoreResult<Option<ImportClaim>> {
        transact!(self, tx => run::claim(tx, runner, now, lease, rows_max))
    }

    async fn import_piece(&self, id: ImportId, piece: u64) -> StoreResult<Option<Vec<u8>>> {
        read!(self, conn => run::piece(conn, id, piece))
    }

    async fn import_take(
        &self,
        id: ImportId,
        runner: Uuid,
        batch: ImportBatch,
        at: Timestamp,
        lease: Timestamp,
        assignable: &Roles,
    ) -> StoreResult<Import> {
        transact!(self, tx => run::take_batch(tx, id, runner, &batch, (at, lease), assignable))
    }

    async fn import_fail(&self, id: ImportId, runner: Uuid, code: &'static str, at: Timestamp) -> StoreResult<Import> {
        transact!(self, tx => run::fail(tx, id, runner, code, at))
    }

    async fn import_renew(&self, id: ImportId, runner: Uuid, lease: Timestamp) -> StoreResult<()> {
        transact!(self, tx => run::renew(tx, id, runner, lease))
    }

    async fn import_release(&self, id: ImportId, runner: Uuid) -> StoreResult<()> {
        transact!(self, tx => run::release(tx, id, runner))
    }

    async fn import_undo(
        &self,
        caller: &Caller,
        id: ImportId,
        keyed: Option<Keyed<Import>>,
    ) -> StoreResult<Answer<Import>> {
        transact!(self, tx => undo::undo(tx, caller, id, keyed.as_ref()))
    }

    async fn import_undo_step(&self, at: Timestamp) -> StoreResult<Option<Import>> {
        transact!(self, tx => undo::step(tx, at))
    }
}

pub(crate) use run::{expire, trim};

/// The results of the rows that were imported.
#[derive(Debug, Default)]
struct Taken {
    /// In the order of the rows.
    results: Vec<RowResult>,
    /// Where each went.
    places: Vec<Place>,
    /// The operation, if any opportunity was created.
    operation: Option<i64>,
    /// Whether it succeeded: a strict import ends with the first error, and nothing is written.
    whole: bool,
}

async fn import(
    tx: &mut Conn,
    caller: &Caller,
    rows: &[ImportRow],
    mode: ImportMode,
    assignable: &Roles,
) -> Db<Vec<RowResult>> {
    let actor = administrator(tx, caller).await?;
    Ok(take(tx, caller, &actor, rows, mode, assignable, None).await?.results)
}

/// Imports rows for an actor whose right was checked.
async fn take(
    tx: &mut Conn,
    caller: &Caller,
    actor: &Actor,
    rows: &[ImportRow],
    mode: ImportMode,
    assignable: &Roles,
    import: Option<ImportId>,
) -> Db<Taken> {
    let mut known = read::known(tx, rows, assignable, mode.if_erased).await?;
    let created = rows.iter().filter_map(|row| row.fixed).map(|fixed| fixed.created_at);
    let caller = &tx.taking_effect(caller, std::mem::take(&mut known.follows).into_iter().chain(created));
    let sorted = sort::sort(rows, known, mode.strict);
    let mut taken = Taken { whole: sorted.whole, ..Taken::default() };
    if !mode.dry_run && sorted.whole && !rows.is_empty() {
        (taken.operation, taken.places) = finish(tx, caller, actor, rows, &sorted, import).await?;
    }
    taken.results = sorted.outcomes;
    Ok(taken)
}

/// Writes the results, the operation and the audit entry; returns the operation's seq, and where each row went.
async fn finish(
    tx: &mut Conn,
    caller: &Caller,
    actor: &Actor,
    rows: &[ImportRow],
    sorted: &Sorted,
    import: Option<ImportId>,
) -> Db<(Option<i64>, Vec<Place>)> {
    let (items, places) = write::all(tx, caller, actor, rows, sorted).await?;
    let counts = ImportCounts::of(&sorted.outcomes);
    let operation = if items.is_empty() {
        None
    } else {
        let mut operation = NewOperation::new(OperationKind::Import, actor.seq, caller.at);
        operation.failed = counts.skipped;
        operation.import = import;
        Some(hot::record(tx, &operation, &items, None).await?)
    };
    let unwanted = |new: &New| sorted.contacts.get(new.contact).is_some_and(|c| c.fields.do_not_contact.is_some());
    let made = items.iter().zip(&sorted.opportunities);
    let marked: Vec<i64> = made.filter(|(_, new)| unwanted(new)).map(|(item, _)| item.opportunity).collect();
    if !marked.is_empty() {
        hot::mark_do_not_contact(tx, marked).await?;
    }
    if import.is_some() {
        // One entry tells of the whole import when it ends.
        return Ok((operation, places));
    }
    let details = json!(counts);
    let entry = Entry {
        action: action::IMPORT,
        entity: EntityType::Opportunity,
        entity_id: None,
        operation,
        details: details.into(),
    };
    audit::record(tx, caller, actor, &entry).await?;
    Ok((operation, places))
}
