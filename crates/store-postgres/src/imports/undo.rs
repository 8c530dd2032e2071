//! The undo of an import: what it created, and nobody has changed since, is deleted.

use std::collections::{HashMap, HashSet};

use reparto_domain::{
    Caller, ImportId, Timestamp,
    audit::action,
    idempotency::{Answer, Keyed},
    imports::{Import, ImportOutcome, ROWS_AT_ONCE, ROWS_IN_STEP, RowUndo, Standing, undo_row},
    operations::OperationKind,
};
use reparto_store_rows::{
    contacts::Written,
    imports::{StoredImport, undone},
    names::named,
    numbers::signed,
};
use tokio_postgres::Row as Stored;

use super::{rows, run::record};
use crate::{
    actor::{self, Actor},
    contacts::write,
    engine::{errors::Db, params::At, tx::Conn},
    hot::{self, Hot, NewOperation},
    idempotency::once,
    opportunities::delete,
    rows::Reader,
    statements::statements,
};

statements! {
    BEGIN = "UPDATE imports SET undo_at = $2, undo_actor = $3 WHERE seq = $1";
    UNDOING = select!("i.undo_at IS NOT NULL AND i.undone_at IS NULL ORDER BY i.seq LIMIT 1 FOR NO KEY UPDATE OF i SKIP LOCKED");
    ROWS => named("SELECT number, outcome, made_contact, contact, opportunity, operation FROM import_rows \
        WHERE import = $1 AND number >= $2 AND outcome IN ({row.created}, {row.completed}) ORDER BY number LIMIT $3");
    // Changed by somebody, or by another import: its time is not the one that this import left, or there is a record.
    CONTACTS => named("SELECT c.seq, c.deleted_at IS NOT NULL, c.updated_at, \
            c.updated_at <> (SELECT max(r.contact_at) FROM import_rows r WHERE r.contact = c.seq AND r.import = $2) \
            OR EXISTS (SELECT FROM audit_logs l WHERE l.entity_id = c.id AND l.entity_type = 'contact') \
            OR EXISTS (SELECT FROM import_rows o WHERE o.contact = c.seq AND o.import <> $2 AND o.outcome = {row.completed}) \
        FROM contacts c WHERE c.seq = ANY($1) ORDER BY c.seq FOR UPDATE OF c");
    // Every edit of an opportunity counts up its revision.
    REVISIONS = "SELECT seq, revision FROM opportunities WHERE seq = ANY($1)";
    MARK = "UPDATE import_rows r SET undo = m.undo FROM unnest($2::bigint[], $3::smallint[]) AS m (number, undo) \
        WHERE r.import = $1 AND r.number = m.number";
    COUNTED = "UPDATE imports SET undo_next = $2, undo_deleted = undo_deleted + $3, undo_kept = undo_kept + $4, \
        undone_at = $5 WHERE seq = $1";
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

fn row(row: &Stored) -> Db<Row> {
    let mut row = Reader::new(row);
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
pub(super) async fn undo(
    tx: &mut Conn,
    caller: &Caller,
    id: ImportId,
    keyed: Option<&Keyed<Import>>,
) -> Db<Answer<Import>> {
    let actor = actor::administrator(tx, caller).await?;
    once!(tx, caller, &actor, keyed, begin(tx, caller, &actor, id))
}

async fn begin(tx: &mut Conn, caller: &Caller, actor: &Actor, id: ImportId) -> Db<Import> {
    let stored = rows::lock(tx, id).await?;
    stored.import.require_undoable()?;
    tx.run(BEGIN, &[&stored.seq, &At(caller.at), &actor.seq]).await?;
    part(tx, caller, actor, &stored, ROWS_AT_ONCE).await?;
    Ok(rows::get(tx, id).await?.import)
}

/// Goes on with an undo.
pub(super) async fn step(tx: &mut Conn, at: Timestamp) -> Db<Option<Import>> {
    let Some(found) = tx.opt(UNDOING, &[]).await? else { return Ok(None) };
    let stored = rows::stored(&found)?;
    // It was decided with the rights of who asked for it; what is left of it is done whoever they are now.
    let actor = match stored.undo_actor {
        Some(seq) => actor::named(tx, seq).await?,
        None => Actor::system(),
    };
    part(tx, &Caller::system(at), &actor, &stored, ROWS_IN_STEP).await?;
    Ok(Some(rows::get(tx, stored.import.id).await?.import))
}

/// Takes back the next rows, as one operation.
async fn part(tx: &mut Conn, caller: &Caller, actor: &Actor, stored: &StoredImport, at_once: usize) -> Db<()> {
    let wanted = signed(at_once + 1);
    let mut found =
        tx.all(&ROWS, &[&stored.seq, &stored.undo_next, &wanted]).await?.iter().map(row).collect::<Db<Vec<_>>>()?;
    let next = found.get(at_once).map(|row| row.number);
    found.truncate(at_once);
    let now = Now::read(tx, stored.seq, &found).await?;
    let mut gone = HashSet::new();
    let (mut items, mut contacts, mut marks) = (Vec::new(), Vec::new(), Vec::new());
    for row in &found {
        let Some(what) = now.undo(row, &gone) else { continue };
        marks.push((row.number, what));
        if what == RowUndo::Deleted
            && let Some(hot) = row.opportunity.and_then(|seq| now.hot.get(&seq))
        {
            items.push(*hot);
            if row.made_contact {
                contacts.push(row.contact);
                gone.insert(row.contact);
            }
        }
    }
    let times = items.iter().map(|hot| hot.updated_at);
    let written = contacts.iter().filter_map(|seq| now.contacts.get(seq)).map(|(_, updated_at)| *updated_at);
    let caller = &tx.taking_effect(caller, times.chain(written).chain(stored.import.finished_at));
    remove(tx, caller, actor, stored.import.id, &items, &contacts).await?;
    let (numbers, undos): (Vec<i64>, Vec<i16>) = marks.iter().map(|(number, what)| (*number, what.number())).unzip();
    tx.run(MARK, &[&stored.seq, &numbers, &undos]).await?;
    let count = |is: fn(RowUndo) -> bool| signed(marks.iter().filter(|(_, what)| is(*what)).count());
    let (deleted, kept) = (count(|what| what == RowUndo::Deleted), count(RowUndo::is_kept));
    let ended = next.is_none().then_some(At(caller.at));
    tx.run(COUNTED, &[&stored.seq, &next.unwrap_or(i64::MAX), &deleted, &kept, &ended]).await?;
    // One entry tells of the whole undo when it ends.
    if next.is_some() {
        return Ok(());
    }
    let import = rows::get(tx, stored.import.id).await?.import;
    record(tx, caller, actor, action::IMPORT_UNDONE, (import.id, None), undone(&import)).await
}

/// Deletes opportunities and contacts.
async fn remove(
    tx: &mut Conn,
    caller: &Caller,
    actor: &Actor,
    import: ImportId,
    hot: &[Hot],
    contacts: &[i64],
) -> Db<()> {
    if hot.is_empty() {
        return Ok(());
    }
    delete::mark(tx, &hot.iter().map(|hot| hot.seq).collect(), caller.at).await?;
    let mut operation = NewOperation::new(OperationKind::Delete, actor.seq, caller.at);
    operation.import = Some(import);
    let items: Vec<_> = hot.iter().map(|hot| hot.becomes(hot.holder, hot.status)).collect();
    hot::record(tx, &operation, &items, None).await?;
    write::delete(tx, &contacts.to_vec(), Written { responsible: None, by: actor.seq, at: caller.at }).await
}

/// How contacts and opportunities stand, which nobody changes until the transaction ends.
struct Now {
    contacts: HashMap<i64, (Standing, Timestamp)>,
    hot: HashMap<i64, Hot>,
    revisions: HashMap<i64, i64>,
}

impl Now {
    async fn read(tx: &mut Conn, import: i64, rows: &[Row]) -> Db<Self> {
        let opportunities: Vec<i64> = rows.iter().filter_map(|row| row.opportunity).collect();
        let wanted: Vec<i64> = rows.iter().map(|row| row.contact).collect();
        let mut contacts = HashMap::new();
        for row in tx.all(&CONTACTS, &[&wanted, &import]).await? {
            let mut row = Reader::new(&row);
            let (seq, is_deleted, updated_at, is_touched) = (row.next()?, row.next()?, row.time()?, row.next()?);
            let standing = match (is_deleted, is_touched) {
                (true, _) => Standing::Deleted,
                (_, true) => Standing::Touched,
                _ => Standing::Untouched,
            };
            contacts.insert(seq, (standing, updated_at));
        }
        let hot = hot::lock_many(tx, opportunities.clone()).await?;
        let mut revisions = HashMap::new();
        for row in tx.all(REVISIONS, &[&opportunities]).await? {
            revisions.insert(row.try_get(0)?, row.try_get(1)?);
        }
        Ok(Self { contacts, hot: hot.into_iter().map(|hot| (hot.seq, hot)).collect(), revisions })
    }

    /// What the undo makes of a row; `gone` are the contacts that it deletes with rows before.
    fn undo(&self, row: &Row, gone: &HashSet<i64>) -> Option<RowUndo> {
        let contact = match self.contacts.get(&row.contact) {
            Some((standing, _)) if !gone.contains(&row.contact) => *standing,
            _ => Standing::Deleted,
        };
        let opportunity = match row.opportunity.and_then(|seq| self.hot.get(&seq)) {
            Some(hot) if !hot.deleted => {
                let is_as_made = self.revisions.get(&hot.seq) == Some(&0) && Some(hot.last_operation) == row.operation;
                if is_as_made { Standing::Untouched } else { Standing::Touched }
            }
            _ => Standing::Deleted,
        };
        undo_row(row.outcome, row.made_contact, contact, opportunity)
    }
}
