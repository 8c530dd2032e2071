//! How the response to a request with an idempotency key is stored: compressed, with the request as the dictionary.
//!
//! The response to a bulk request repeats the request id by id: some 16 KB for a hundred items, in which only the ids
//! are incompressible. A stored response is only ever read for an identical request, so that the request's bytes are
//! available again: with them as the dictionary, about 1 KB is left, which fits on the row's own page.

use reparto_store::{StoreError, StoreResult};

/// The first byte of a compressed response. No JSON begins with it: anything else is an uncompressed response.
const PACKED: u8 = 1;
/// The length of the header: the first byte, and the size of the response as four little-endian bytes.
const HEADER_SIZE: usize = 5;
/// Shorter responses are not compressed.
const MIN_SIZE: usize = 256;
/// The maximum compression ratio of LZ4.
const MAX_RATIO: usize = 255;

/// Compresses a response body for storage, unless that would not save anything.
pub fn pack(body: Vec<u8>, request: &[u8]) -> Vec<u8> {
    let Ok(size) = u32::try_from(body.len()) else { return body };
    if body.len() < MIN_SIZE {
        return body;
    }
    let compressed = lz4_flex::block::compress_with_dict(&body, request);
    if compressed.len() + HEADER_SIZE >= body.len() {
        return body;
    }
    let mut stored = Vec::with_capacity(HEADER_SIZE + compressed.len());
    stored.push(PACKED);
    stored.extend(size.to_le_bytes());
    stored.extend(compressed);
    stored
}

/// Restores a stored response body. One that cannot be read is [`StoreError::Inconsistent`].
pub fn unpack(stored: Vec<u8>, request: &[u8]) -> StoreResult<Vec<u8>> {
    let inconsistent = |what: &str| StoreError::Inconsistent(format!("idempotency_keys.body: {what}"));
    let [PACKED, rest @ ..] = stored.as_slice() else { return Ok(stored) };
    let (size, compressed) = rest.split_first_chunk().ok_or_else(|| inconsistent("it has no size"))?;
    let size = u32::from_le_bytes(*size) as usize;
    // Checked before allocating.
    if size > compressed.len().saturating_mul(MAX_RATIO) {
        return Err(inconsistent("its size is impossible"));
    }
    let body = lz4_flex::block::decompress_with_dict(compressed, size, request);
    body.ok()
        .filter(|body| body.len() == size)
        .ok_or_else(|| inconsistent("it cannot be decompressed with its request"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A request for a hundred, and its response.
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
    fn a_bulk_answer_packs_to_a_sixth_and_round_trips() {
        let (request, body) = bulk();
        let stored = pack(body.clone(), &request);
        assert!(stored.len() * 6 < body.len(), "{} of {}", stored.len(), body.len());
        assert_eq!(unpack(stored, &request).unwrap(), body);
    }

    #[test]
    fn short_answers_are_not_packed() {
        for body in [&b""[..], b"{}", &[b'7'; MIN_SIZE - 1]] {
            assert_eq!(pack(body.to_vec(), b"{}"), body);
            assert_eq!(unpack(body.to_vec(), b"{}").unwrap(), body);
        }
    }

    #[test]
    fn damaged_answers_are_refused_before_allocating() {
        let (request, body) = bulk();
        let stored = pack(body, &request);
        let mut huge = stored.clone();
        huge[1..HEADER_SIZE].fill(0xff);
        for damaged in [stored[..3].to_vec(), stored[..stored.len() / 2].to_vec(), huge] {
            assert!(matches!(unpack(damaged, &request), Err(StoreError::Inconsistent(_))));
        }
    }

    proptest! {
        #[test]
        fn any_answer_round_trips(
            request in prop::collection::vec(any::<u8>(), 0..600),
            mut body in prop::collection::vec(b'a'..b'd', 0..2_000),
            from in any::<prop::sample::Index>(),
        ) {
            body.extend_from_slice(&request[from.index(request.len() + 1).min(request.len())..]);
            // Like JSON, it does not begin with the marker.
            body.insert(0, b'{');
            prop_assert_eq!(unpack(pack(body.clone(), &request), &request).unwrap(), body);
        }

        #[test]
        fn no_input_panics(stored in prop::collection::vec(any::<u8>(), 0..300), request in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut marked = vec![PACKED];
            marked.extend_from_slice(&stored);
            let _ = unpack(marked, &request);
            let _ = unpack(stored, &request);
        }
    }
}
