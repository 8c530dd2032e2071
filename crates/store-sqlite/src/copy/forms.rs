//! Columns that this engine keeps in a form of its own, to and from the one form that all engines know.

use reparto_domain::{OpportunityId, Status};
use reparto_store::{
    StoreError, StoreResult,
    copy::{Before, Item, Value},
};
use rusqlite::{Connection, OptionalExtension as _};
use uuid::Uuid;

use crate::{
    assignments::ChunkItem,
    error::Sql as _,
    items::{self, Marks},
    jobs::packed,
    operations::opportunity_id,
    statements::statements,
};

statements! {
    SEQ = "SELECT seq FROM opportunities WHERE id = ?1";
}

/// An operation's items.
pub(super) fn items(blob: &[u8]) -> StoreResult<Value> {
    let items = items::Items::new(blob)?.map(|item| {
        let item = item?;
        Ok(Item {
            opportunity: item.opportunity,
            before: item.before.map(|before| Before {
                holder: before.holder,
                status: before.status.number().into(),
                last_operation: before.last_operation,
                effective_operation: before.effective_operation,
            }),
            holder: item.holder,
            status: item.status.number().into(),
        })
    });
    Ok(Value::Items(items.collect::<StoreResult<_>>()?))
}

/// An operation's items, as they are stored here; and whom all were given to, where it is one user.
pub(super) fn pack_items(items: &[Item]) -> StoreResult<(Vec<u8>, Option<i64>)> {
    let status =
        |number| Status::from_number(number).ok_or_else(|| StoreError::Inconsistent(format!("{number} is no status")));
    let packed = items.iter().map(|item| {
        let before = match item.before {
            None => None,
            Some(before) => Some(items::Before {
                holder: before.holder,
                status: status(before.status)?,
                last_operation: before.last_operation,
                effective_operation: before.effective_operation,
            }),
        };
        Ok(items::Item { opportunity: item.opportunity, before, holder: item.holder, status: status(item.status)? })
    });
    let packed = packed.collect::<StoreResult<Vec<_>>>()?;
    let first = items.first().and_then(|item| item.holder);
    let one_holder = first.filter(|_| items.iter().all(|item| item.holder == first));
    Ok((items::pack(&packed), one_holder))
}

/// An operation's marks; `Null` where there are none.
pub(super) fn marks(stored: Option<Vec<u8>>, count: i64) -> Value {
    let marks = Marks::of(stored);
    if marks.stored().is_none() {
        return Value::Null;
    }
    Value::Marks((0..usize::try_from(count).unwrap_or(0)).map(|place| marks.has(place)).collect())
}

/// An operation's marks, as they are stored here.
pub(super) fn pack_marks(set: &[bool]) -> Option<Vec<u8>> {
    let mut marks = Marks::default();
    for (place, _) in set.iter().enumerate().filter(|(_, set)| **set) {
        marks.set(place);
    }
    marks.stored().map(<[u8]>::to_vec)
}

/// The ids of a chunk.
pub(super) fn ids(conn: &Connection, blob: &[u8]) -> StoreResult<Value> {
    let ids = packed::unpack(blob)?.into_iter().map(|item| match item {
        ChunkItem::Seq(seq) => opportunity_id(conn, seq).map(OpportunityId::uuid),
        ChunkItem::Unknown(id) => Ok(id.uuid()),
    });
    Ok(Value::Ids(ids.collect::<StoreResult<_>>()?))
}

/// The ids of a chunk, as they are stored here.
pub(super) fn pack_ids(conn: &Connection, ids: &[Uuid]) -> StoreResult<Vec<u8>> {
    let mut statement = conn.prepare_cached(SEQ).sql()?;
    let items = ids.iter().map(|id| {
        let seq = statement.query_row([id.as_bytes()], |row| row.get(0)).optional().sql()?;
        Ok(seq.map_or_else(|| ChunkItem::Unknown(OpportunityId::from_uuid(*id)), ChunkItem::Seq))
    });
    Ok(packed::pack(&items.collect::<StoreResult<Vec<_>>>()?))
}

/// The seqs of a delivery's opportunities.
pub(super) fn seqs(blob: &[u8]) -> StoreResult<Value> {
    let seq = |item| if let ChunkItem::Seq(seq) = item { Some(seq) } else { None };
    Ok(Value::Ints(packed::unpack(blob)?.into_iter().filter_map(seq).collect()))
}

/// The seqs of a delivery's opportunities, as they are stored here.
pub(super) fn pack_seqs(seqs: &[i64]) -> Vec<u8> {
    packed::pack(&seqs.iter().copied().map(ChunkItem::Seq).collect::<Vec<_>>())
}
