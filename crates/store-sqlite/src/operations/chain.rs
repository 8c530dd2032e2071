//! Chains: `last_operation` of the hot row points to an operation, whose item for the opportunity points to the
//! previous operation, and so on. Each step is a lookup by primary key.

use std::{collections::HashMap, rc::Rc};

use reparto_domain::{
    JobId, OperationId, OpportunityId, Refusal, Timestamp, Viewer,
    cursor::SequenceCursor,
    erasures::EverythingReading,
    operations::{HistoryEntry, Touch, in_effect},
    page::CursorPage,
};
use reparto_store::{StoreError, StoreResult};
use rusqlite::Connection;

use super::{
    people::People,
    stored::{Stored, stored},
};
use crate::{engine::Conn as _, hot, items::Item, rows::value, statements::statements};

statements! {
    BY_SEQ = "SELECT p.seq, p.id, p.kind, p.actor, p.at, p.note, p.job, p.import, p.item_count, p.failed_count, p.undoes, \
        u.id, p.undone_items, p.items FROM operations p LEFT JOIN operations u ON u.seq = p.undone_by \
        WHERE p.seq = ?1";
    SEQ_OF = "SELECT seq FROM operations WHERE id = ?1";
}

/// The operation with this seq.
fn read(conn: &Connection, seq: i64) -> StoreResult<Stored> {
    let found = conn.opt(BY_SEQ, [seq], stored)?;
    found.ok_or_else(|| StoreError::Inconsistent(format!("operations has no row with seq {seq}")))
}

/// The seq of an operation.
pub(super) fn seq_of(conn: &Connection, id: OperationId) -> StoreResult<i64> {
    let found = conn.opt(SEQ_OF, [id.as_bytes()], value)?;
    found.ok_or_else(|| Refusal::OperationNotFound.into())
}

/// Reads operations by seq and caches them: the chains of a bulk request's items have most operations in common.
pub(super) struct Chains<'a> {
    conn: &'a Connection,
    known: HashMap<i64, Rc<Stored>>,
}

impl<'a> Chains<'a> {
    pub(super) fn new(conn: &'a Connection) -> Self {
        Self { conn, known: HashMap::new() }
    }

    /// The operation with this seq.
    pub(super) fn get(&mut self, seq: i64) -> StoreResult<Rc<Stored>> {
        if let Some(found) = self.known.get(&seq) {
            return Ok(Rc::clone(found));
        }
        let found = Rc::new(read(self.conn, seq)?);
        self.known.insert(seq, Rc::clone(&found));
        Ok(found)
    }

    /// The operation with this seq, the one that it undid itself, and so on.
    pub(super) fn nested(&mut self, seq: i64) -> StoreResult<Vec<Rc<Stored>>> {
        let mut nested = vec![self.get(seq)?];
        while let Some(undone) = nested.last().and_then(|last| last.undoes) {
            nested.push(self.get(undone)?);
        }
        Ok(nested)
    }

    /// The operations that touched an opportunity after `since`, oldest first, without undos and the operations they
    /// reverted. `newest` is the head of the opportunity's chain.
    pub(super) fn touches(&mut self, opportunity: i64, newest: i64, since: i64) -> StoreResult<Vec<Rc<Stored>>> {
        let (mut newest_first, mut next) = (Vec::new(), newest);
        while next > since {
            let operation = self.get(next)?;
            let before = operation.item(opportunity)?.before;
            newest_first.push(operation);
            let Some(before) = before else { break };
            next = before.last_operation;
        }
        Ok(in_effect(newest_first, |operation| (operation.seq, operation.undoes)))
    }

    /// The touches as shown to users.
    pub(super) fn shown(people: &mut People<'_>, touches: &[Rc<Stored>]) -> StoreResult<Vec<Touch>> {
        touches.iter().map(|operation| touch(people, operation)).collect()
    }
}

/// An operation on an opportunity, with its note.
pub(crate) struct Noted {
    pub seq: i64,
    pub note: Option<String>,
    pub job: Option<JobId>,
    pub items: Vec<u8>,
}

/// All operations on an opportunity. `newest` is the head of its chain.
pub(crate) fn noted(conn: &Connection, opportunity: i64, newest: i64) -> StoreResult<Vec<Noted>> {
    let (mut chains, mut next, mut found) = (Chains::new(conn), Some(newest), Vec::new());
    while let Some(seq) = next {
        let operation = chains.get(seq)?;
        next = operation.item(opportunity)?.before.map(|before| before.last_operation);
        let (note, job, items) = (operation.note.clone(), operation.job, operation.items.clone());
        found.push(Noted { seq, note, job, items });
    }
    Ok(found)
}

/// Who last held an opportunity, if that was after `since`: the operation that gave it to them, and their seq. `newest` is the
/// head of its chain.
pub(crate) fn last_holder(
    conn: &Connection,
    (opportunity, newest): (i64, i64),
    since: Timestamp,
) -> StoreResult<Option<(i64, i64)>> {
    let mut next = Some(newest);
    while let Some(seq) = next {
        let operation = read(conn, seq)?;
        let item = operation.item(opportunity)?;
        if let Some(holder) = item.holder {
            return Ok(Some((seq, holder)));
        }
        // Whoever held it before held it until this operation.
        next = item.before.filter(|_| operation.at >= since).map(|before| before.last_operation);
    }
    Ok(None)
}

/// An operation that touched an opportunity, as shown to users.
pub(super) fn touch(people: &mut People<'_>, operation: &Stored) -> StoreResult<Touch> {
    let actor_id = operation.actor.map(|seq| people.get(seq)).transpose()?.map(|actor| actor.id);
    Ok(Touch { operation_id: operation.id, actor_id, at: operation.at })
}

/// The history of an opportunity that the viewer may see, newest first.
pub(crate) fn history(
    conn: &Connection,
    viewer: Viewer,
    id: OpportunityId,
    after: Option<SequenceCursor>,
    limit: u64,
) -> StoreResult<CursorPage<HistoryEntry, SequenceCursor>> {
    let hot = hot::live(conn, id)?.ok_or(Refusal::OpportunityNotFound)?;
    let holder = hot.holder.map(|seq| People::new(conn).get(seq)).transpose()?.map(|holder| holder.id);
    if !viewer.visibility().allows(holder) {
        return Err(Refusal::OpportunityNotFound.into());
    }
    entries(conn, (hot.seq, hot.last_operation), after, limit)
}

/// As much of the whole history of an opportunity as is asked for, newest first. `newest` is the head of its chain.
pub(crate) fn history_for(
    conn: &Connection,
    (opportunity, newest): (i64, i64),
    reading: &mut EverythingReading,
) -> StoreResult<Vec<HistoryEntry>> {
    let (mut people, mut items, mut next) = (People::new(conn), Vec::new(), Some(newest));
    while let Some(seq) = next {
        // Nothing that was read is kept on the way: a chain may be long, and an operation holds all its items.
        let operation = read(conn, seq)?;
        let item = operation.item(opportunity)?;
        next = item.before.map(|before| before.last_operation);
        if reading.next_of_history() {
            let entry = entry(&operation, &item, &mut people)?;
            reading.entry(entry.note.as_deref().map_or(0, str::len))?;
            items.push(entry);
        }
    }
    Ok(items)
}

fn entry(operation: &Stored, item: &Item, people: &mut People<'_>) -> StoreResult<HistoryEntry> {
    let shown = operation.shown(people)?;
    let mut user = |seq: Option<i64>| seq.map(|seq| people.get(seq)).transpose();
    Ok(HistoryEntry {
        operation_id: shown.id,
        kind: shown.kind,
        at: shown.at,
        actor_id: shown.actor_id,
        actor_name: shown.actor_name,
        from_id: user(item.before.and_then(|before| before.holder))?.map(|user| user.id),
        to_id: user(item.holder)?.map(|user| user.id),
        previous_status: item.before.map(|before| before.status),
        new_status: item.status,
        note: shown.note,
    })
}

fn entries(
    conn: &Connection,
    (opportunity, newest): (i64, i64),
    after: Option<SequenceCursor>,
    limit: u64,
) -> StoreResult<CursorPage<HistoryEntry, SequenceCursor>> {
    let (mut people, mut chains) = (People::new(conn), Chains::new(conn));
    let mut next = Some(newest);
    let mut items = Vec::new();
    while let Some(seq) = next {
        let operation = chains.get(seq)?;
        let item = operation.item(opportunity)?;
        next = item.before.map(|before| before.last_operation);
        if after.is_some_and(|SequenceCursor(after)| seq >= after) {
            continue;
        }
        items.push(entry(&operation, &item, &mut people)?);
        if items.len() as u64 >= limit {
            let last = next.map(|_| SequenceCursor(seq));
            return Ok(CursorPage { items, next: last });
        }
    }
    Ok(CursorPage { items, next: None })
}
