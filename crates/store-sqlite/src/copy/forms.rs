//! Conversion of columns that this engine stores in its own format from and to the common format.

use reparto_domain::OpportunityId;
use reparto_store::{
    StoreResult,
    copy::{Item, Value},
};
use rusqlite::Connection;
use uuid::Uuid;

use crate::{
    assignments::ChunkItem,
    engine::Conn as _,
    items::{self, Marks},
    jobs::packed,
    operations::opportunity_id,
    rows::value,
    statements::statements,
};

statements! {
    SEQ = "SELECT seq FROM opportunities WHERE id = ?1";
}

/// An operation's items.
pub(super) fn items(blob: &[u8]) -> StoreResult<Value> {
    items::unpack(blob).map(Value::Items)
}

/// An operation's items in this engine's format; and the user that all were assigned to, if it is a single one.
pub(super) fn pack_items(items: &[Item]) -> (Vec<u8>, Option<i64>) {
    let first = items.first().and_then(|item| item.holder);
    let one_holder = first.filter(|_| items.iter().all(|item| item.holder == first));
    (items::pack(items), one_holder)
}

/// An operation's marks; `Null` if there are none.
pub(super) fn marks(stored: Option<Vec<u8>>, count: i64) -> Value {
    let marks = Marks::of(stored);
    if marks.stored().is_none() {
        return Value::Null;
    }
    Value::Marks((0..usize::try_from(count).unwrap_or(0)).map(|place| marks.has(place)).collect())
}

/// An operation's marks in this engine's format.
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

/// The ids of a chunk in this engine's format.
pub(super) fn pack_ids(conn: &Connection, ids: &[Uuid]) -> StoreResult<Vec<u8>> {
    let items = ids.iter().map(|id| {
        let seq = conn.opt(SEQ, [id.as_bytes()], value)?;
        Ok(seq.map_or_else(|| ChunkItem::Unknown(OpportunityId::from_uuid(*id)), ChunkItem::Seq))
    });
    Ok(packed::pack(&items.collect::<StoreResult<Vec<_>>>()?))
}

/// The seqs of a delivery's opportunities.
pub(super) fn seqs(blob: &[u8]) -> StoreResult<Value> {
    let seq = |item| if let ChunkItem::Seq(seq) = item { Some(seq) } else { None };
    Ok(Value::Ints(packed::unpack(blob)?.into_iter().filter_map(seq).collect()))
}

/// The seqs of a delivery's opportunities in this engine's format.
pub(super) fn pack_seqs(seqs: &[i64]) -> Vec<u8> {
    packed::pack(&seqs.iter().copied().map(ChunkItem::Seq).collect::<Vec<_>>())
}
