//! How the answer to a request with an idempotency key is kept: packed, with the request as the dictionary.
//!
//! The answer to a bulk request repeats what was asked for, id by id: some 16 KB for a hundred, of which the ids are the
//! only part that does not repeat itself. An answer is only ever read for the very same request, so that its bytes are
//! at hand again: with them as the dictionary some 1 KB is left, which the database writes in one piece.

use reparto_store::{StoreError, StoreResult};

/// The first byte of what is packed. No JSON begins with it: what does not is the answer itself.
const PACKED: u8 = 1;
/// The first byte and the size of the answer, as four bytes, little end first.
const HEAD: usize = 5;
/// Shorter ones are not worth it.
const FEWEST: usize = 256;
/// LZ4 makes at most so many bytes out of one.
const RATIO: usize = 255;

/// What is kept of an answer's body.
pub fn packed(body: Vec<u8>, request: &[u8]) -> Vec<u8> {
    let Ok(size) = u32::try_from(body.len()) else { return body };
    if body.len() < FEWEST {
        return body;
    }
    let compressed = lz4_flex::block::compress_with_dict(&body, request);
    if compressed.len() + HEAD >= body.len() {
        return body;
    }
    let mut kept = Vec::with_capacity(HEAD + compressed.len());
    kept.push(PACKED);
    kept.extend(size.to_le_bytes());
    kept.extend(compressed);
    kept
}

/// The body of which this was kept. What cannot be read is [`StoreError::Inconsistent`].
pub fn unpacked(kept: Vec<u8>, request: &[u8]) -> StoreResult<Vec<u8>> {
    let wrong = |what: &str| StoreError::Inconsistent(format!("idempotency_keys.body: {what}"));
    let [PACKED, rest @ ..] = kept.as_slice() else { return Ok(kept) };
    let (size, compressed) = rest.split_first_chunk().ok_or_else(|| wrong("it has no size"))?;
    let size = u32::from_le_bytes(*size) as usize;
    // Before room is made for it.
    if size > compressed.len().saturating_mul(RATIO) {
        return Err(wrong("its size cannot be"));
    }
    let body = lz4_flex::block::decompress_with_dict(compressed, size, request);
    body.ok().filter(|body| body.len() == size).ok_or_else(|| wrong("it cannot be unpacked with its request"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A request for a hundred, and what would be answered.
    fn bulk() -> (Vec<u8>, Vec<u8>) {
        let ids: Vec<String> = (0..100).map(|_| uuid::Uuid::now_v7().to_string()).collect();
        let items: Vec<_> = ids
            .iter()
            .map(|id| serde_json::json!({"id": id, "status": "assigned", "assigned_to_id": ids[0]}))
            .collect();
        let request = serde_json::json!({"opportunity_ids": ids, "assigned_to_id": ids[0]});
        (
            request.to_string().into_bytes(),
            serde_json::json!({"assigned_opportunities": items}).to_string().into_bytes(),
        )
    }

    #[test]
    fn the_answer_to_a_bulk_request_is_kept_in_a_sixth_and_comes_back_byte_for_byte() {
        let (request, body) = bulk();
        let kept = packed(body.clone(), &request);
        assert!(kept.len() * 6 < body.len(), "{} of {}", kept.len(), body.len());
        assert_eq!(unpacked(kept, &request).unwrap(), body);
    }

    #[test]
    fn what_is_short_is_kept_as_it_is() {
        for body in [&b""[..], b"{}", &[b'7'; FEWEST - 1]] {
            assert_eq!(packed(body.to_vec(), b"{}"), body);
            assert_eq!(unpacked(body.to_vec(), b"{}").unwrap(), body);
        }
    }

    #[test]
    fn what_is_damaged_is_inconsistent_and_takes_no_memory() {
        let (request, body) = bulk();
        let kept = packed(body, &request);
        let mut huge = kept.clone();
        huge[1..HEAD].fill(0xff);
        for damaged in [kept[..3].to_vec(), kept[..kept.len() / 2].to_vec(), huge] {
            assert!(matches!(unpacked(damaged, &request), Err(StoreError::Inconsistent(_))));
        }
    }

    proptest! {
        #[test]
        fn whatever_was_answered_comes_back(
            request in prop::collection::vec(any::<u8>(), 0..600),
            mut body in prop::collection::vec(b'a'..b'd', 0..2_000),
            from in any::<prop::sample::Index>(),
        ) {
            body.extend_from_slice(&request[from.index(request.len() + 1).min(request.len())..]);
            // As JSON does, it begins with something else than the mark.
            body.insert(0, b'{');
            prop_assert_eq!(unpacked(packed(body.clone(), &request), &request).unwrap(), body);
        }

        #[test]
        fn nothing_makes_it_panic(kept in prop::collection::vec(any::<u8>(), 0..300), request in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut marked = vec![PACKED];
            marked.extend_from_slice(&kept);
            let _ = unpacked(marked, &request);
            let _ = unpacked(kept, &request);
        }
    }
}
