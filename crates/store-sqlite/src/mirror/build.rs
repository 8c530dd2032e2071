//! Building a mirror: each index is read once, in its order.

use reparto_domain::opportunities::OpportunitySort;
use reparto_store::{StoreError, StoreResult};
use reparto_store_rows::{
    lists::{Facts, Lists, Order, Searches, Texts, order_index},
    names::named,
    numbers,
};
use rusqlite::Connection;

use super::{columns::Columns, feed::Touched};
use crate::{
    counts,
    engine::Conn as _,
    rows::{Reader, amount},
    statements::statements,
};

statements! {
    HIGHEST = "SELECT coalesce(max(seq), 0) FROM opportunities";
    DETECTED => named("SELECT seq, score, priority, attempt_count < {attempts.max} AND call_completed = 0 \
        FROM opportunities INDEXED BY opportunities_detected_at WHERE deleted_at IS NULL \
        ORDER BY detected_at DESC, id");
    SCORE = "SELECT seq FROM opportunities INDEXED BY opportunities_score WHERE deleted_at IS NULL \
        ORDER BY score DESC, id";
    PRIORITY = "SELECT seq FROM opportunities INDEXED BY opportunities_priority WHERE deleted_at IS NULL \
        ORDER BY priority DESC, id";
    CREATED = "SELECT seq FROM opportunities INDEXED BY opportunities_created_at WHERE deleted_at IS NULL \
        ORDER BY created_at DESC, id";
    CONTACTS = "SELECT seq, contact_seq FROM opportunities INDEXED BY opportunities_contact WHERE deleted_at IS NULL";
    UNWANTED = "SELECT seq FROM opportunities INDEXED BY opportunities_do_not_contact WHERE do_not_contact = 1 \
        AND deleted_at IS NULL";
    HOT = "SELECT seq, status, holder FROM assignments WHERE deleted = 0";
    TEXTS = "SELECT seq, search_text FROM contacts WHERE deleted_at IS NULL ORDER BY seq";
}

/// Spare capacity for new rows, as a fraction (1/64) of the existing ones.
const SPARE: usize = 64;
/// The number of rows between two checks whether the mirror is still wanted.
const STEP: usize = 8_192;

/// The memory of a mirror for each row, in bytes: facts, holder, contact and its position in each order.
pub(super) const ROW_BYTES: usize = 2 + 4 + 4 + 4 * 4;

/// The table's highest number.
pub(super) fn highest(conn: &Connection) -> StoreResult<u64> {
    conn.one(HIGHEST, [], amount)
}

/// Reads all live rows in the current snapshot. `None`: it was aborted.
pub(super) fn columns(
    conn: &Connection,
    epoch: u64,
    lists: Lists,
    is_wanted: &dyn Fn() -> bool,
) -> StoreResult<Option<Columns>> {
    let length = usize::try_from(highest(conn)?).unwrap_or(usize::MAX).saturating_add(1);
    let room = length + length / SPARE;
    let mut facts = filled(length, room, Facts::default());
    let mut holders = filled(length, room, 0_u32);
    let mut contacts = filled(length, room, 0_u32);
    let mut reading = Reading { conn, length, is_wanted };
    let live = usize::try_from(counts::live(conn)?).unwrap_or(0).min(length);
    let mut order = |sort: OpportunitySort, sql: &str, facts: &mut Vec<Facts>| -> StoreResult<Option<Order>> {
        let mut rows = Vec::with_capacity(live + live / SPARE);
        let done = reading.each(sql, |seq, row| {
            rows.push(numbers::row(seq));
            if sort == OpportunitySort::DetectedAt {
                facts[seq] = Facts::new(row.next()?, row.next()?, row.next()?);
            }
            Ok(())
        })?;
        Ok(done.then(|| Order::new(rows)))
    };
    let mut orders = Vec::with_capacity(4);
    for (sort, sql) in [
        (OpportunitySort::DetectedAt, DETECTED.as_str()),
        (OpportunitySort::Score, SCORE),
        (OpportunitySort::Priority, PRIORITY),
        (OpportunitySort::CreatedAt, CREATED),
    ] {
        debug_assert_eq!(order_index(sort), orders.len(), "orders come by their places");
        let Some(order) = order(sort, sql, &mut facts)? else { return Ok(None) };
        orders.push(order);
    }
    let mut unwanted = |seq: usize, _: &mut Reader<'_>| {
        facts[seq] = facts[seq].with_do_not_contact(true);
        Ok(())
    };
    if !reading.each(UNWANTED, &mut unwanted)? {
        return Ok(None);
    }
    let mut held = |seq: usize, row: &mut Reader<'_>| {
        facts[seq] = facts[seq].with_status(row.next()?);
        holders[seq] = row.next::<Option<u32>>()?.unwrap_or(0);
        Ok(())
    };
    if !reading.each(HOT, &mut held)? {
        return Ok(None);
    }
    let mut whose = |seq: usize, row: &mut Reader<'_>| {
        contacts[seq] = row.next()?;
        Ok(())
    };
    if !reading.each(CONTACTS, &mut whose)? {
        return Ok(None);
    }
    let orders: [Order; 4] = orders.try_into().map_err(|_| StoreError::Internal("a mirror has four orders".into()))?;
    if orders.iter().any(|order| order.rows().len() != orders[0].rows().len()) {
        return Err(StoreError::Inconsistent("the indexes of opportunities differ in length".into()));
    }
    let mut columns =
        Columns { facts, holders, contacts, orders, searches: None, backlog: Touched::default(), epoch, late: None };
    let room = |texts: &Texts| lists.has_room(columns.bytes() + texts.bytes());
    columns.searches = match texts(conn, &room, is_wanted)? {
        Read::Aborted => return Ok(None),
        Read::NoRoom => None,
        Read::Texts(texts) => Some(Searches::new(texts)),
    };
    Ok(Some(columns))
}

/// What became of reading the texts of contacts.
pub(super) enum Read {
    Texts(Texts),
    NoRoom,
    Aborted,
}

/// Reads the texts of all contacts.
pub(super) fn texts(
    conn: &Connection,
    has_room: &dyn Fn(&Texts) -> bool,
    is_wanted: &dyn Fn() -> bool,
) -> StoreResult<Read> {
    let (mut texts, mut count, mut outcome) = (Texts::default(), 0_usize, None);
    conn.each(TEXTS, [], |row| {
        let contact: u32 = row.next()?;
        let pushed = texts.push(contact, row.text()?);
        count += 1;
        let looks = count.is_multiple_of(STEP);
        if !pushed || (looks && !has_room(&texts)) {
            outcome = Some(Read::NoRoom);
        } else if looks && !is_wanted() {
            outcome = Some(Read::Aborted);
        }
        Ok(outcome.is_none())
    })?;
    texts.shrink();
    Ok(outcome.unwrap_or_else(|| if has_room(&texts) { Read::Texts(texts) } else { Read::NoRoom }))
}

fn filled<T: Clone>(length: usize, room: usize, value: T) -> Vec<T> {
    let mut filled = Vec::with_capacity(room);
    filled.resize(length, value);
    filled
}

struct Reading<'a> {
    conn: &'a Connection,
    length: usize,
    is_wanted: &'a dyn Fn() -> bool,
}

impl Reading<'_> {
    /// Passes each row of a statement to `take`, with its number; returns whether it reached the end.
    fn each(
        &mut self,
        sql: &str,
        mut take: impl FnMut(usize, &mut Reader<'_>) -> StoreResult<()>,
    ) -> StoreResult<bool> {
        let (mut read, mut whole) = (0_usize, true);
        self.conn.each(sql, [], |row| {
            let seq = row.next::<u32>()? as usize;
            if seq >= self.length {
                return Err(StoreError::Inconsistent(format!("a row {seq} that opportunities does not have")));
            }
            take(seq, row)?;
            read += 1;
            whole = !read.is_multiple_of(STEP) || (self.is_wanted)();
            Ok(whole)
        })?;
        Ok(whole)
    }
}
