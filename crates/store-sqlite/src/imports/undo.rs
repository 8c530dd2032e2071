//! The undo of an import: what it created, and nobody has changed since, is deleted.

use reparto_domain::{
    Caller, ImportId, Timestamp,
    audit::action,
    effective_at,
    idempotency::{Answer, Keyed},
    imports::{Import, ImportOutcome, ROWS_AT_ONCE, ROWS_IN_STEP, RowUndo, Standing, undo_row},
    operations::OperationKind,
};
use reparto_store::StoreResult;
use reparto_store_rows::{
    contacts::Written,
    imports::{StoredImport, undone},
    names::named,
    numbers::signed,
};
use rusqlite::{Connection, params};

use super::{rows, run::record};
use crate::{
    actor::{self, Actor},
    contacts::{index::IndexChanges, write},
    engine::Conn as _,
    hot::{self, Hot, NewOperation},
    idempotency,
    opportunities::delete,
    rows::{Reader, value},
    statements::statements,
};

statements! {
    BEGIN = "UPDATE imports SET undo_at = ?2, undo_actor = ?3 WHERE seq = ?1";
    ANY_UNDOING = "SELECT EXISTS (SELECT 1 FROM imports WHERE undo_at IS NOT NULL AND undone_at IS NULL)";
    UNDOING = select!("i.undo_at IS NOT NULL AND i.undone_at IS NULL ORDER BY i.seq LIMIT 1");
    ROWS => named("SELECT number, outcome, made_contact, contact, opportunity, operation FROM import_rows \
        WHERE import = ?1 AND number >= ?2 AND outcome IN ({row.created}, {row.completed}) ORDER BY number LIMIT ?3");
    // Changed by somebody, or by another import: its time is not the one that this import left, or there is a record.
    // The plus keeps SQLite from walking all rows of the import for each contact: few rows are of one contact.
    CONTACT => named("SELECT c.deleted_at IS NOT NULL, c.updated_at, c.search_text, c.updated_at <> (SELECT max(r.contact_at) \
            FROM import_rows r WHERE r.contact = c.seq AND +r.import = ?2) \
            OR EXISTS (SELECT 1 FROM audit_logs l WHERE l.entity_id = c.id AND l.entity_type = 'contact') \
            OR EXISTS (SELECT 1 FROM import_rows o WHERE o.contact = c.seq AND o.import <> ?2 AND o.outcome = {row.completed}) \
        FROM contacts c WHERE c.seq = ?1");
    // Every edit of an opportunity counts up its revision.
    REVISION = "SELECT revision FROM opportunities WHERE seq = ?1";
    MARK = "UPDATE import_rows SET undo = ?3 WHERE import = ?1 AND number = ?2";
    COUNTED = "UPDATE imports SET undo_next = ?2, undo_deleted = undo_deleted + ?3, undo_kept = undo_kept + ?4, \
        undone_at = ?5 WHERE seq = ?1";
}

/// A row that may be taken back.
struct Row {
    number: i64,
    outcome: ImportOutcome,
    made_contact: bool,
    contact: i64,
    opportunity: Option<i64>,
    operation: Option<i64>,
}

fn row(row: &mut Reader<'_>) -> StoreResult<Row> {
    Ok(Row {
        number: row.next()?,
        outcome: row.number(ImportOutcome::from_number)?,
        made_contact: row.next()?,
        contact: row.next()?,
        opportunity: row.next()?,
        operation: row.next()?,
    })
}

/// Begins the undo of an import.
pub(super) fn undo(
    conn: &Connection,
    caller: &Caller,
    id: ImportId,
    keyed: Option<&Keyed<Import>>,
) -> StoreResult<Answer<Import>> {
    let actor = actor::administrator(conn, caller)?;
    idempotency::once(conn, caller, &actor, keyed, |conn| {
        let stored = rows::get(conn, id)?;
        stored.import.require_undoable()?;
        conn.run(BEGIN, params![stored.seq, caller.at.micros(), actor.seq])?;
        part(conn, caller, &actor, &stored, ROWS_AT_ONCE)?;
        Ok(rows::get(conn, id)?.import)
    })
}

/// Whether an undo has not ended.
pub(super) fn is_any_undoing(conn: &Connection) -> StoreResult<bool> {
    conn.one(ANY_UNDOING, [], value)
}

/// Goes on with an undo.
pub(super) fn step(conn: &Connection, at: Timestamp) -> StoreResult<Option<Import>> {
    let Some(stored) = conn.opt(UNDOING, [], rows::stored)? else { return Ok(None) };
    // It was decided with the rights of who asked for it; what is left of it is done whoever they are now.
    let actor = match stored.undo_actor {
        Some(seq) => actor::named(conn, seq)?,
        None => Actor::system(),
    };
    part(conn, &Caller::system(at), &actor, &stored, ROWS_IN_STEP)?;
    Ok(Some(rows::get(conn, stored.import.id)?.import))
}

/// Takes back the next rows, as one operation.
fn part(conn: &Connection, caller: &Caller, actor: &Actor, stored: &StoredImport, at_once: usize) -> StoreResult<()> {
    let mut found = conn.all(&ROWS, params![stored.seq, stored.undo_next, signed(at_once + 1)], row)?;
    let next = found.get(at_once).map(|row| row.number);
    found.truncate(at_once);
    let mut undo = Undo { conn, import: stored.seq, at: caller.at, items: Vec::new(), contacts: Vec::new() };
    let (mut deleted, mut kept) = (0, 0);
    for row in &found {
        let Some(what) = undo.row(row)? else { continue };
        conn.run(MARK, params![stored.seq, row.number, what.number()])?;
        deleted += i64::from(what == RowUndo::Deleted);
        kept += i64::from(what.is_kept());
    }
    let caller = &caller.taking_effect(caller.at, [undo.at].into_iter().chain(stored.import.finished_at));
    undo.finish(caller, actor, stored.import.id)?;
    let ended = next.is_none().then_some(caller.at.micros());
    let next = next.unwrap_or(i64::MAX);
    conn.run(COUNTED, params![stored.seq, next, deleted, kept, ended])?;
    // One entry tells of the whole undo when it ends.
    if ended.is_none() {
        return Ok(());
    }
    let import = rows::get(conn, stored.import.id)?.import;
    record(conn, caller, actor, action::IMPORT_UNDONE, (import.id, None), undone(&import))
}

/// Rows that are being taken back.
struct Undo<'a> {
    conn: &'a Connection,
    import: i64,
    /// The newest time of what is deleted.
    at: Timestamp,
    /// The opportunities to delete.
    items: Vec<Hot>,
    /// The contacts to delete, with their search texts.
    contacts: Vec<(i64, String)>,
}

impl Undo<'_> {
    /// Looks at a row, and remembers what is to be deleted of it.
    fn row(&mut self, row: &Row) -> StoreResult<Option<RowUndo>> {
        let (contact, (updated_at, search_text)) = self.contact(row.contact)?;
        let hot = row.opportunity.map(|seq| hot::by_seq(self.conn, seq)).transpose()?.flatten();
        let opportunity = match &hot {
            None => Standing::Deleted,
            Some(hot) if hot.deleted => Standing::Deleted,
            Some(hot) => {
                let revision: i64 = self.conn.one(REVISION, [hot.seq], value)?;
                let is_as_made = revision == 0 && Some(hot.last_operation) == row.operation;
                if is_as_made { Standing::Untouched } else { Standing::Touched }
            }
        };
        let what = undo_row(row.outcome, row.made_contact, contact, opportunity);
        if what == Some(RowUndo::Deleted)
            && let Some(hot) = hot
        {
            self.at = effective_at(self.at, [hot.updated_at]);
            self.items.push(hot);
            if row.made_contact {
                self.at = effective_at(self.at, [updated_at]);
                self.contacts.push((row.contact, search_text));
            }
        }
        Ok(what)
    }

    /// How a contact stands, when it was changed last, and its search text.
    fn contact(&self, seq: i64) -> StoreResult<(Standing, (Timestamp, String))> {
        if self.contacts.iter().rev().any(|(deleted, _)| *deleted == seq) {
            return Ok((Standing::Deleted, (self.at, String::new())));
        }
        self.conn.one(&CONTACT, [seq, self.import], |row| {
            let (is_deleted, updated_at, search_text, is_touched) =
                (row.next()?, row.time()?, row.next()?, row.next()?);
            let standing = match (is_deleted, is_touched) {
                (true, _) => Standing::Deleted,
                (_, true) => Standing::Touched,
                _ => Standing::Untouched,
            };
            Ok((standing, (updated_at, search_text)))
        })
    }

    /// Deletes what was found.
    fn finish(self, caller: &Caller, actor: &Actor, import: ImportId) -> StoreResult<()> {
        if self.items.is_empty() {
            return Ok(());
        }
        for hot in &self.items {
            delete::mark(self.conn, hot.seq, caller.at)?;
        }
        let mut operation = NewOperation::new(OperationKind::Delete, actor.seq, caller.at);
        operation.import = Some(import);
        let items: Vec<_> = self.items.iter().map(|hot| hot.becomes(hot.holder, hot.status)).collect();
        hot::record(self.conn, &operation, &items, None)?;
        let written = Written { responsible: None, by: actor.seq, at: caller.at };
        let mut index = IndexChanges::default();
        for (seq, search_text) in &self.contacts {
            write::delete(self.conn, *seq, search_text, written, &mut index)?;
        }
        index.apply(self.conn)
    }
}
