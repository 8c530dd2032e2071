//! The items of a chunk, packed: for each, in order, the difference of its seq to the one before, zigzag as a LEB128
//! varint. A difference that leads to seq 0, which no opportunity has, stands for an id that none had: its sixteen
//! bytes follow, and the next difference counts from the same seq as this one.

use reparto_domain::OpportunityId;
use reparto_store::{StoreError, StoreResult};

use crate::{
    assignments::ChunkItem,
    items::{put_signed_varint, take_signed_varint},
};

/// Packs items, in order.
pub(crate) fn pack(items: &[ChunkItem]) -> Vec<u8> {
    let mut out = Vec::with_capacity(items.len() * 2);
    let mut previous = 0_i64;
    for item in items {
        match item {
            ChunkItem::Seq(seq) => {
                put_signed_varint(&mut out, seq.wrapping_sub(previous));
                previous = *seq;
            }
            ChunkItem::Unknown(id) => {
                put_signed_varint(&mut out, previous.wrapping_neg());
                out.extend_from_slice(id.as_bytes());
            }
        }
    }
    out
}

/// All items, in order; an error if the blob is damaged.
pub(crate) fn unpack(blob: &[u8]) -> StoreResult<Vec<ChunkItem>> {
    let (mut rest, mut previous, mut items) = (blob, 0_i64, Vec::new());
    while !rest.is_empty() {
        let seq =
            take_signed_varint(&mut rest).map(|difference| previous.wrapping_add(difference)).ok_or_else(damaged)?;
        if seq == 0 {
            let (id, after) = rest.split_first_chunk().ok_or_else(damaged)?;
            items.push(ChunkItem::Unknown(OpportunityId::from_bytes(*id)));
            rest = after;
        } else {
            items.push(ChunkItem::Seq(seq));
            previous = seq;
        }
    }
    Ok(items)
}

fn damaged() -> StoreError {
    StoreError::Inconsistent("job_chunks.items or deliveries.opportunities: a blob cannot be read".into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn neighbours_take_a_byte_each() {
        let items: Vec<_> = (1_000_000..1_000_250).map(ChunkItem::Seq).collect();
        assert!(pack(&items).len() < 260);
    }

    #[test]
    fn a_damaged_blob_is_an_error() {
        for blob in [&[0x80][..], &[0][..], &[0, 1, 2][..], &[0xff; 12][..]] {
            assert!(unpack(blob).is_err(), "{blob:?}");
        }
    }

    proptest! {
        #[test]
        fn packing_round_trips(items in proptest::collection::vec(
            prop_oneof![
                (1..=i64::MAX).prop_map(ChunkItem::Seq),
                any::<[u8; 16]>().prop_map(|id| ChunkItem::Unknown(OpportunityId::from_bytes(id))),
            ],
            0..50,
        )) {
            prop_assert_eq!(unpack(&pack(&items)).unwrap(), items);
        }
    }
}
