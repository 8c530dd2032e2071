//! Import of leads: each row finds or creates a contact, and adds an opportunity.

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

mod contacts;
mod keys;
mod rows;
mod run;
#[cfg(test)]
mod tests;
mod undo;

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use reparto_domain::{
    Caller, ImportId, OpportunityId, Roles, Timestamp,
    audit::{EntityType, action},
    cursor::SequenceCursor,
    erasures::IfErased,
    idempotency::{Answer, Keyed},
    imports::{
        self, Enquired, Import as ImportRecord, ImportBatch, ImportClaim, ImportCounts, ImportMode, ImportRow,
        ImportRowQuery, ImportedRow, NewImport, Placed, RowError, RowOutcome, RowResult,
    },
    operations::OperationKind,
    page::CursorPage,
};
use reparto_store::{Imports, StoreResult};
use reparto_store_rows::{
    columns::{self, OPPORTUNITY_IMPORTED},
    contacts::Keys,
    imports::Place,
    numbers::signed,
};
use rusqlite::{Connection, params};
use serde_json::json;
use uuid::Uuid;

use crate::{
    SqliteStore,
    actor::{self, Actor},
    audit::{self, Entry},
    contacts::index::IndexChanges,
    engine::Conn as _,
    erasures::known,
    hot::{self, NewOperation},
    items::Item,
    rows::{time, value},
    statements::statements,
};

#[async_trait]
impl Imports for SqliteStore {
    async fn import_rows(
        &self,
        caller: &Caller,
        rows: Vec<ImportRow>,
        mode: ImportMode,
        assignable: &Roles,
    ) -> StoreResult<Vec<RowResult>> {
        let assignable = assignable.clone();
        self.write_for(caller, move |conn, caller| import(conn, caller, &rows, mode, &assignable)).await
    }

    async fn import_keep(&self, caller: &Caller, id: ImportId, piece: u64, bytes: Vec<u8>) -> StoreResult<()> {
        self.write_for(caller, move |conn, caller| run::keep(conn, caller, id, piece, &bytes)).await
    }

    async fn import_create(
        &self,
        caller: &Caller,
        import: NewImport,
        keyed: Option<Keyed<ImportRecord>>,
    ) -> StoreResult<Answer<ImportRecord>> {
        self.write_for(caller, move |conn, caller| run::create(conn, caller, &import, keyed.as_ref())).await
    }

    async fn import_list(
        &self,
        caller: &Caller,
        after: Option<SequenceCursor>,
        limit: u64,
    ) -> StoreResult<CursorPage<ImportRecord, SequenceCursor>> {
        let caller = caller.clone();
        self.read(move |conn| {
            actor::administrator(conn, &caller)?;
            rows::list(conn, after, limit)
        })
        .await
    }

    async fn import_get(&self, caller: &Caller, id: ImportId) -> StoreResult<ImportRecord> {
        let caller = caller.clone();
        self.read(move |conn| {
            actor::administrator(conn, &caller)?;
            rows::get(conn, id).map(|stored| stored.import)
        })
        .await
    }

    async fn import_told(
        &self,
        caller: &Caller,
        id: ImportId,
        query: ImportRowQuery,
    ) -> StoreResult<CursorPage<ImportedRow, SequenceCursor>> {
        let caller = caller.clone();
        self.read(move |conn| {
            actor::administrator(conn, &caller)?;
            rows::told(conn, id, query)
        })
        .await
    }

    async fn import_claim(
        &self,
        runner: Uuid,
        now: Timestamp,
        lease: Timestamp,
        rows_max: u64,
    ) -> StoreResult<Option<ImportClaim>> {
        // Polling for work does not occupy the writer when there is none.
        if !self.read(move |conn| run::is_any_waiting(conn, now, rows_max)).await? {
            return Ok(None);
        }
        self.write(move |conn| run::claim(conn, runner, now, lease, rows_max)).await
    }

    async fn import_piece(&self, id: ImportId, piece: u64) -> StoreResult<Option<Vec<u8>>> {
        self.read(move |conn| run::piece(conn, id, piece)).await
    }

    async fn import_take(
        &self,
        id: ImportId,
        runner: Uuid,
        batch: ImportBatch,
        at: Timestamp,
        lease: Timestamp,
        assignable: &Roles,
    ) -> StoreResult<ImportRecord> {
        let assignable = assignable.clone();
        self.write_for(&Caller::system(at), move |conn, caller| {
            run::take_batch(conn, id, runner, &batch, (caller.at, lease), &assignable)
        })
        .await
    }

    async fn import_fail(
        &self,
        id: ImportId,
        runner: Uuid,
        code: &'static str,
        at: Timestamp,
    ) -> StoreResult<ImportRecord> {
        self.write(move |conn| run::fail(conn, id, runner, code, at)).await
    }

    async fn import_renew(&self, id: ImportId, runner: Uuid, lease: Timestamp) -> StoreResult<()> {
        self.write(move |conn| run::renew(conn, id, runner, lease)).await
    }

    async fn import_release(&self, id: ImportId, runner: Uuid) -> StoreResult<()> {
        self.write(move |conn| run::release(conn, id, runner)).await
    }

    async fn import_undo(
        &self,
        caller: &Caller,
        id: ImportId,
        keyed: Option<Keyed<ImportRecord>>,
    ) -> StoreResult<Answer<ImportRecord>> {
        self.write_for(caller, move |conn, caller| undo::undo(conn, caller, id, keyed.as_ref())).await
    }

    async fn import_undo_step(&self, at: Timestamp) -> StoreResult<Option<ImportRecord>> {
        if !self.read(undo::is_any_undoing).await? {
            return Ok(None);
        }
        self.write_for(&Caller::system(at), move |conn, caller| undo::step(conn, caller.at)).await
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

statements! {
    HOLDER = "SELECT seq, role, is_active FROM users WHERE email_key = ?1 AND deleted_at IS NULL";
    CHANGED = "SELECT updated_at FROM users WHERE email_key = ?1 AND deleted_at IS NULL";
    DO_NOT_CONTACT = "SELECT do_not_contact_since IS NOT NULL FROM contacts WHERE seq = ?1";
    INSERT => columns::insert('?', "opportunities", &OPPORTUNITY_IMPORTED);
}

/// Imports rows; see [`Imports::import_rows`]. A dry run, and a strict import that failed, are rolled back here, so
/// that the outcomes can still be returned.
pub(crate) fn import(
    conn: &Connection,
    caller: &Caller,
    rows: &[ImportRow],
    mode: ImportMode,
    assignable: &Roles,
) -> StoreResult<Vec<RowResult>> {
    let actor = actor::administrator(conn, caller)?;
    take(conn, caller, &actor, rows, mode, assignable, None).map(|taken| taken.results)
}

/// Imports rows for an actor whose right was checked.
fn take(
    conn: &Connection,
    caller: &Caller,
    actor: &Actor,
    rows: &[ImportRow],
    mode: ImportMode,
    assignable: &Roles,
    import: Option<ImportId>,
) -> StoreResult<Taken> {
    let caller = &caller.taking_effect(caller.at, follows(conn, rows)?);
    // Only where it may be needed: whatever page is written within a savepoint is first copied, and each statement that
    // changes several rows walks all of these copies when it ends.
    let may_be_given_up = mode.dry_run || mode.strict;
    if may_be_given_up {
        conn.command("SAVEPOINT import")?;
    }
    let run = Import {
        conn,
        caller,
        actor,
        assignable,
        strict: mode.strict,
        sent: import,
        holders: HashMap::new(),
        if_erased: if known::is_anybody(conn)? { mode.if_erased } else { IfErased::LetIn },
        made: HashMap::new(),
        marked: Vec::new(),
        index: IndexChanges::default(),
    };
    let (taken, index) = keys::with_keys(rows, |keys| run.all(rows, keys))?;
    if mode.dry_run || !taken.whole {
        conn.command("ROLLBACK TO import")?;
    } else {
        index.apply(conn)?;
    }
    if may_be_given_up {
        conn.command("RELEASE import")?;
    }
    Ok(taken)
}

/// The times that the import follows: the last changes of the assignees, and the given creation times.
fn follows(conn: &Connection, rows: &[ImportRow]) -> StoreResult<Vec<Timestamp>> {
    let mut follows: Vec<Timestamp> = rows.iter().filter_map(|row| row.fixed).map(|fixed| fixed.created_at).collect();
    let holders: HashSet<String> =
        rows.iter().filter_map(|row| row.holder_email.as_deref()).map(imports::holder_key).collect();
    for key in holders {
        follows.extend(conn.opt(CHANGED, [key], time)?);
    }
    Ok(follows)
}

/// An import under way.
struct Import<'a> {
    conn: &'a Connection,
    caller: &'a Caller,
    actor: &'a Actor,
    assignable: &'a Roles,
    strict: bool,
    /// The import that they belong to, where it was sent to the service.
    sent: Option<ImportId>,
    /// Users by address, cached as they occur.
    holders: HashMap<String, Result<i64, RowError>>,
    /// [`IfErased::LetIn`], too, where nobody was.
    if_erased: IfErased,
    /// The opportunities of this import, by the seq of their contact.
    made: HashMap<i64, Enquired>,
    /// New opportunities of contacts who do not want to be contacted.
    marked: Vec<i64>,
    /// What follows for the search index.
    index: IndexChanges,
}

impl Import<'_> {
    /// Imports every row, and writes the operation, the counts and the audit entry; what follows for the search index is
    /// left to do.
    fn all(mut self, rows: &[ImportRow], keys: impl Iterator<Item = Keys>) -> StoreResult<(Taken, IndexChanges)> {
        let mut taken = Taken { results: Vec::with_capacity(rows.len()), whole: true, ..Taken::default() };
        let mut items = Vec::new();
        for (row, keys) in rows.iter().zip(keys) {
            let (result, place) = self.row(row, &keys, &mut items)?;
            let failed = matches!(result.outcome, RowOutcome::Skipped(_));
            taken.results.push(result);
            taken.places.push(place);
            if failed && self.strict {
                taken.whole = false;
                return Ok((taken, self.index));
            }
        }
        if !rows.is_empty() {
            taken.operation = self.finish(&taken.results, &items)?;
        }
        Ok((taken, self.index))
    }

    fn row(&mut self, row: &ImportRow, keys: &Keys, items: &mut Vec<Item>) -> StoreResult<(RowResult, Place)> {
        let skipped = |error| Ok((RowOutcome::Skipped(error).into(), Place::default()));
        if let Some(error) = row.refused() {
            return skipped(error);
        }
        let holder = match row.holder_email.as_deref().map(|email| self.holder(email)).transpose()? {
            Some(Err(error)) => return skipped(error),
            Some(Ok(seq)) => Some(seq),
            None => None,
        };
        let Some(found) = contacts::find_or_create(
            self.conn,
            self.caller,
            self.actor,
            (row, keys),
            self.if_erased,
            &self.made,
            &mut self.index,
        )?
        else {
            return skipped(RowError::PersonErased);
        };
        let mut place = Place { contact: Some(found.seq), opportunity: None };
        if found.has_opportunity {
            let outcome = if found.changed { RowOutcome::Completed } else { RowOutcome::AlreadyThere };
            return Ok((RowResult { outcome, added: found.added, withheld: false }, place));
        }
        let opportunity = self.opportunity(found.seq, row)?;
        place.opportunity = Some(opportunity);
        let do_not_contact = if found.created {
            row.contact.do_not_contact.is_some()
        } else {
            self.conn.one(DO_NOT_CONTACT, [found.seq], value)?
        };
        if do_not_contact {
            self.marked.push(opportunity);
        }
        let Placed { holder, status, withheld } = row.place(holder, do_not_contact);
        self.made.insert(found.seq, Enquired::of_row(row, status, holder.is_some()));
        items.push(Item { opportunity, before: None, holder, status });
        let outcome = if found.created { RowOutcome::Created } else { RowOutcome::OpportunityAdded };
        Ok((RowResult { outcome, added: found.added, withheld }, place))
    }

    /// The user with this address, if they are assignable.
    fn holder(&mut self, email: &str) -> StoreResult<Result<i64, RowError>> {
        let key = imports::holder_key(email);
        if let Some(known) = self.holders.get(&key) {
            return Ok(known.clone());
        }
        let found = self.conn.opt(HOLDER, [&key], |row| Ok((row.next()?, row.role()?, row.next()?)))?;
        let holder = imports::holder(email, found, self.assignable);
        self.holders.insert(key, holder.clone());
        Ok(holder)
    }

    /// Inserts the opportunity of a row; returns its seq.
    fn opportunity(&self, contact: i64, row: &ImportRow) -> StoreResult<i64> {
        let successful = row.successful_attempt();
        let created_at = row.fixed.map_or(self.caller.at, |fixed| fixed.created_at);
        let id = row.fixed.map_or_else(OpportunityId::new, |fixed| fixed.opportunity);
        self.conn.run(
            &INSERT,
            params![
                id.as_bytes(),
                contact,
                row.detected_at.unwrap_or(self.caller.at).micros(),
                row.initial_score().get(),
                row.initial_priority().number(),
                row.detection_reason.as_str(),
                json!(row.attempts).to_string(),
                signed(row.attempts.len()),
                successful.is_some(),
                successful,
                row.notes,
                created_at.micros(),
                self.caller.at.micros(),
            ],
        )?;
        Ok(self.conn.last_insert_rowid())
    }

    /// Writes the operation, the counts and the audit entry; returns the operation's seq.
    fn finish(&self, outcomes: &[RowResult], items: &[Item]) -> StoreResult<Option<i64>> {
        let counts = ImportCounts::of(outcomes);
        crate::contacts::write::count(self.conn, signed(counts.created))?;
        let operation = if items.is_empty() {
            None
        } else {
            let mut operation = NewOperation::new(OperationKind::Import, self.actor.seq, self.caller.at);
            operation.failed = counts.skipped;
            operation.import = self.sent;
            Some(hot::record(self.conn, &operation, items, None)?)
        };
        for seq in &self.marked {
            hot::mark_do_not_contact(self.conn, *seq)?;
        }
        if self.sent.is_some() {
            // One entry tells of the whole import when it ends.
            return Ok(operation);
        }
        let details = json!(counts);
        let entry = Entry {
            action: action::IMPORT,
            entity: EntityType::Opportunity,
            entity_id: None,
            operation,
            details: details.into(),
        };
        audit::record(self.conn, self.caller, self.actor, &entry)?;
        Ok(operation)
    }
}
