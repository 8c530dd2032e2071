//! Chains: `last_operation` of the hot row points to an operation, whose item for the opportunity points to the
//! previous operation, and so on. The server follows them, each step by primary key.

use std::collections::HashMap;

use reparto_domain::{
    OperationId, OpportunityId, Refusal, Status, Timestamp, UserId, Viewer,
    cursor::SequenceCursor,
    erasures::EverythingReading,
    operations::{HistoryEntry, OperationKind, Touch, in_effect},
    page::CursorPage,
    users::Person,
};
use reparto_store_rows::numbers::signed;
use uuid::Uuid;

use super::{people::people, stored::Step};
use crate::{
    engine::{
        errors::{Db, Fault},
        params::At,
        tx::Conn,
    },
    rows::Reader,
    statements::statements,
};

/// The chains of opportunities (`$1`) from their newest operations (`$2`) down to an operation (`$3`), excluding it.
macro_rules! chain {
    () => {
        "WITH RECURSIVE chain (opportunity, seq, place, previous) AS ( \
            SELECT h.opportunity, p.seq, h.place, p.previous_operations[h.place] FROM ( \
                SELECT n.opportunity, n.newest, array_position(o.item_seqs, n.opportunity) AS place \
                FROM unnest($1::bigint[], $2::bigint[]) AS n (opportunity, newest) \
                JOIN operations o ON o.seq = n.newest WHERE n.newest > $3::bigint) AS h \
            JOIN operations p ON p.seq = h.newest \
            UNION ALL \
            SELECT c.opportunity, p.seq, array_position(p.item_seqs, c.opportunity), \
                p.previous_operations[array_position(p.item_seqs, c.opportunity)] \
            FROM chain c JOIN operations p ON p.seq = c.previous WHERE c.previous > $3) "
    };
}
pub(super) use chain;

/// The columns of `operations p` that concern one opportunity (`$1`).
macro_rules! step {
    () => {
        "p.seq, p.id, p.kind, p.at, p.note, p.actor, \
         p.previous_holders[array_position(p.item_seqs, $1::bigint)] AS previous_holder, \
         p.previous_statuses[array_position(p.item_seqs, $1)] AS previous_status, \
         p.previous_operations[array_position(p.item_seqs, $1)] AS previous, \
         CASE WHEN p.new_holders IS NULL THEN p.new_holder \
            ELSE p.new_holders[array_position(p.item_seqs, $1)] END AS holder, \
         coalesce(p.new_statuses[array_position(p.item_seqs, $1)], p.new_status) AS status"
    };
}

statements! {
    HEAD = "SELECT a.seq, a.last_operation, u.id FROM opportunities o JOIN assignments a ON a.seq = o.seq \
        LEFT JOIN users u ON u.seq = a.holder WHERE o.id = $1 AND NOT a.deleted";
    PREVIOUS = "SELECT previous_operations[array_position(item_seqs, $2)] FROM operations WHERE seq = $1";
    TOUCHES = concat!(chain!(), "SELECT c.opportunity, p.seq, p.id, p.at, p.actor, p.undoes \
        FROM chain c JOIN operations p ON p.seq = c.seq");
    NOTED = concat!(chain!(), "SELECT DISTINCT p.seq, p.note, p.job, p.item_seqs FROM chain c \
        JOIN operations p ON p.seq = c.seq WHERE p.note IS NOT NULL OR p.job IS NOT NULL");
    // Reads everything on the way, so that it stops at the end of the page, in the order of the chain.
    HISTORY = concat!("WITH RECURSIVE chain AS ( \
            SELECT ", step!(), " FROM operations p WHERE p.seq = $2::bigint \
            UNION ALL \
            SELECT ", step!(), " FROM chain c JOIN operations p ON p.seq = c.previous) \
        SELECT * FROM chain WHERE seq < $3 LIMIT $4");
    // Whoever held it before an operation held it until then.
    LAST_HOLDER = concat!("WITH RECURSIVE chain AS ( \
            SELECT ", step!(), " FROM operations p WHERE p.seq = $2::bigint \
            UNION ALL \
            SELECT ", step!(), " FROM chain c JOIN operations p ON p.seq = c.previous WHERE c.holder IS NULL AND c.at >= $3) \
        SELECT seq, holder FROM chain WHERE holder IS NOT NULL LIMIT 1");
}

/// Who last held an opportunity, if that was after `since`: the operation that gave it to them, and their seq. `newest` is the
/// head of its chain.
pub(crate) async fn last_holder(
    conn: &mut Conn,
    (opportunity, newest): (i64, i64),
    since: Timestamp,
) -> Db<Option<(i64, i64)>> {
    let found = conn.opt(LAST_HOLDER, &[&opportunity, &newest, &At(since)]).await?;
    found.map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).transpose()
}

/// The seq of an opportunity that is not deleted, the newest operation in its history, and its holder.
pub(super) async fn head(conn: &mut Conn, id: OpportunityId) -> Db<Option<(i64, i64, Option<UserId>)>> {
    let Some(found) = conn.opt(HEAD, &[&id.uuid()]).await? else { return Ok(None) };
    let mut row = Reader::new(&found);
    Ok(Some((row.next()?, row.next()?, row.user_or_none()?)))
}

/// An operation with a note, or of a job.
pub(crate) struct Noted {
    pub seq: i64,
    pub note: Option<String>,
    pub job: Option<Uuid>,
    pub items: Vec<i64>,
}

/// The operations on opportunities (seq and newest operation) that have a note or belong to a job.
pub(crate) async fn noted(conn: &mut Conn, heads: Vec<(i64, i64)>) -> Db<Vec<Noted>> {
    let (opportunities, newest): (Vec<i64>, Vec<i64>) = heads.into_iter().unzip();
    let rows = conn.all(NOTED, &[&opportunities, &newest, &0_i64]).await?;
    let noted = rows.iter().map(|row| {
        let mut row = Reader::new(row);
        Ok(Noted { seq: row.next()?, note: row.next()?, job: row.next()?, items: row.next()? })
    });
    noted.collect()
}

/// The operations that touched each of these opportunities (seq and newest operation) after `since`, oldest first,
/// without undos and the operations they reverted.
pub(super) async fn touches(conn: &mut Conn, heads: &[(i64, i64)], since: i64) -> Db<HashMap<i64, Vec<Step>>> {
    let heads: Vec<(i64, i64)> = heads.iter().copied().filter(|(_, newest)| *newest > since).collect();
    if heads.is_empty() {
        return Ok(HashMap::new());
    }
    let (opportunities, newest): (Vec<i64>, Vec<i64>) = heads.into_iter().unzip();
    let rows = conn.all(TOUCHES, &[&opportunities, &newest, &since]).await?;
    let mut all: HashMap<i64, Vec<Step>> = HashMap::new();
    for row in &rows {
        let mut row = Reader::new(row);
        let step = Step {
            opportunity: row.next()?,
            seq: row.next()?,
            id: OperationId::from_uuid(row.next()?),
            at: row.time()?,
            actor: row.next()?,
            undoes: row.next()?,
        };
        all.entry(step.opportunity).or_default().push(step);
    }
    for steps in all.values_mut() {
        steps.sort_unstable_by_key(|step| std::cmp::Reverse(step.seq));
        *steps = in_effect(std::mem::take(steps), |step| (step.seq, step.undoes));
    }
    Ok(all)
}

/// An operation that touched an opportunity, as shown to users.
pub(super) fn shown(step: &Step, people: &HashMap<i64, Person>) -> Touch {
    let actor_id = step.actor.and_then(|seq| people.get(&seq)).map(|actor| actor.id);
    Touch { operation_id: step.id, actor_id, at: step.at }
}

/// The history of an opportunity that the viewer may see, newest first.
pub(crate) async fn history(
    conn: &mut Conn,
    viewer: Viewer,
    id: OpportunityId,
    after: Option<SequenceCursor>,
    limit: u64,
) -> Db<CursorPage<HistoryEntry, SequenceCursor>> {
    let (seq, mut newest, holder) = head(conn, id).await?.ok_or(Refusal::OpportunityNotFound)?;
    if !viewer.visibility().allows(holder) {
        return Err(Refusal::OpportunityNotFound.into());
    }
    if let Some(SequenceCursor(after)) = after {
        // A cursor of this history says where to continue; with another's it starts over, and shows only older entries.
        let previous = conn.opt(PREVIOUS, &[&after, &seq]).await?;
        let previous: Option<Option<i64>> = previous.map(|row| row.try_get(0)).transpose()?;
        newest = previous.flatten().unwrap_or(newest);
    }
    let before = after.map_or(i64::MAX, |SequenceCursor(after)| after);
    entries(conn, id, (seq, newest, before), limit).await
}

/// As much of the whole history of an opportunity as is asked for, newest first. `newest` is the head of its chain.
pub(crate) async fn history_for(
    conn: &mut Conn,
    id: OpportunityId,
    (seq, newest): (i64, i64),
    reading: &mut EverythingReading,
) -> Db<Vec<HistoryEntry>> {
    let mut entries = Vec::new();
    let take = |row: &tokio_postgres::Row| {
        if reading.next_of_history() {
            let entry = Entry::read(row, id)?;
            reading.entry(entry.note.as_deref().map_or(0, str::len))?;
            entries.push(entry);
        }
        Ok(())
    };
    conn.each(HISTORY, &[&seq, &newest, &i64::MAX, &i64::MAX], true, take).await?;
    let seqs = entries.iter().flat_map(|entry| [entry.actor, entry.from, entry.to]).flatten().collect();
    let people = people(conn, seqs).await?;
    Ok(entries.into_iter().map(|entry| entry.shown(&people)).collect())
}

async fn entries(
    conn: &mut Conn,
    id: OpportunityId,
    (seq, newest, before): (i64, i64, i64),
    limit: u64,
) -> Db<CursorPage<HistoryEntry, SequenceCursor>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX - 1);
    let rows = conn.all(HISTORY, &[&seq, &newest, &before, &limit]).await?;
    let mut seqs = Vec::new();
    let mut entries = Vec::with_capacity(rows.len());
    for row in &rows {
        let entry = Entry::read(row, id)?;
        seqs.extend([entry.actor, entry.from, entry.to].into_iter().flatten());
        entries.push(entry);
    }
    let people = people(conn, seqs).await?;
    let last = entries.last().filter(|entry| entry.previous.is_some() && signed(rows.len()) >= limit);
    let next = last.map(|entry| SequenceCursor(entry.seq));
    Ok(CursorPage { items: entries.into_iter().map(|entry| entry.shown(&people)).collect(), next })
}

/// A step of a history as it is stored.
struct Entry {
    seq: i64,
    id: OperationId,
    kind: OperationKind,
    at: Timestamp,
    note: Option<String>,
    actor: Option<i64>,
    from: Option<i64>,
    previous_status: Option<Status>,
    previous: Option<i64>,
    to: Option<i64>,
    status: Status,
}

impl Entry {
    fn read(row: &tokio_postgres::Row, id: OpportunityId) -> Db<Self> {
        let mut row = Reader::new(row);
        let seq = row.next()?;
        Ok(Self {
            seq,
            id: OperationId::from_uuid(row.next::<Uuid>()?),
            kind: row.number(OperationKind::from_number)?,
            at: row.time()?,
            note: row.next()?,
            actor: row.next()?,
            from: row.next()?,
            previous_status: row.number_or_none(Status::from_number)?,
            previous: row.next()?,
            to: row.next()?,
            status: row
                .number_or_none(Status::from_number)?
                .ok_or_else(|| Fault::inconsistent(format!("operations.seq {seq} lacks the opportunity {id}")))?,
        })
    }

    fn shown(self, people: &HashMap<i64, Person>) -> HistoryEntry {
        let user = |seq: Option<i64>| seq.and_then(|seq| people.get(&seq));
        HistoryEntry {
            operation_id: self.id,
            kind: self.kind,
            at: self.at,
            actor_id: user(self.actor).map(|user| user.id),
            actor_name: user(self.actor).map(|user| user.name.clone()),
            from_id: user(self.from).map(|user| user.id),
            to_id: user(self.to).map(|user| user.id),
            previous_status: self.previous_status,
            new_status: self.status,
            note: self.note,
        }
    }
}
