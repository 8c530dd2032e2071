//! Cursors: where a list continues. Opaque to clients, validated when sent back.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{OpportunityId, opportunities::OpportunitySort};

/// A cursor that this service did not issue, or not for this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of this list")]
pub struct BadCursor;

/// The last row of a page of opportunities: its sort key and its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpportunityCursor {
    /// The sort key of the list.
    pub sort: OpportunitySort,
    /// Whether the list is descending.
    pub descending: bool,
    /// The row's sort key: microseconds, score, or priority number.
    pub key: i64,
    /// The row's id.
    pub id: OpportunityId,
}

impl OpportunityCursor {
    /// The text given to clients.
    pub fn encode(&self) -> String {
        let mut bytes = [0_u8; 27];
        bytes[0] = 1;
        bytes[1] = self.sort.number();
        bytes[2] = u8::from(self.descending);
        bytes[3..11].copy_from_slice(&self.key.to_be_bytes());
        bytes[11..].copy_from_slice(self.id.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Parses the text.
    pub fn decode(text: &str) -> Result<Self, BadCursor> {
        let bytes: [u8; 27] =
            URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| bytes.try_into().ok()).ok_or(BadCursor)?;
        let (key, id) = (bytes[3..11].try_into(), bytes[11..].try_into());
        match (bytes[0], OpportunitySort::from_number(bytes[1]), bytes[2], key, id) {
            (1, Some(sort), descending @ (0 | 1), Ok(key), Ok(id)) => Ok(Self {
                sort,
                descending: descending == 1,
                key: i64::from_be_bytes(key),
                id: OpportunityId::from_bytes(id),
            }),
            _ => Err(BadCursor),
        }
    }
}

/// The last row of a list ordered by sequence number (operations, history, job items, deliveries).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SequenceCursor(pub i64);

impl SequenceCursor {
    /// The text given to clients.
    pub fn encode(self) -> String {
        let mut bytes = [0_u8; 9];
        bytes[0] = 2;
        bytes[1..].copy_from_slice(&self.0.to_be_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Parses the text.
    pub fn decode(text: &str) -> Result<Self, BadCursor> {
        let bytes: [u8; 9] =
            URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| bytes.try_into().ok()).ok_or(BadCursor)?;
        match (bytes[0], bytes[1..].try_into()) {
            (2, Ok(number)) => Ok(Self(i64::from_be_bytes(number))),
            _ => Err(BadCursor),
        }
    }
}

/// The last row of a list ordered by a key, and by sequence number where keys are equal (members, absences).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyCursor {
    /// The row's key: a place, or microseconds.
    pub key: i64,
    /// The row's sequence number.
    pub seq: i64,
}

impl KeyCursor {
    /// The text given to clients.
    pub fn encode(self) -> String {
        let mut bytes = [0_u8; 17];
        bytes[0] = 3;
        bytes[1..9].copy_from_slice(&self.key.to_be_bytes());
        bytes[9..].copy_from_slice(&self.seq.to_be_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Parses the text.
    pub fn decode(text: &str) -> Result<Self, BadCursor> {
        let bytes: [u8; 17] =
            URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| bytes.try_into().ok()).ok_or(BadCursor)?;
        match (bytes[0], bytes[1..9].try_into(), bytes[9..].try_into()) {
            (3, Ok(key), Ok(seq)) => Ok(Self { key: i64::from_be_bytes(key), seq: i64::from_be_bytes(seq) }),
            _ => Err(BadCursor),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_round_trip() {
        let cursor =
            OpportunityCursor { sort: OpportunitySort::Score, descending: true, key: -7, id: OpportunityId::new() };
        assert_eq!(OpportunityCursor::decode(&cursor.encode()), Ok(cursor));
        assert_eq!(SequenceCursor::decode(&SequenceCursor(42).encode()), Ok(SequenceCursor(42)));
        let cursor = KeyCursor { key: -1, seq: 42 };
        assert_eq!(KeyCursor::decode(&cursor.encode()), Ok(cursor));
        assert_eq!(KeyCursor::decode(&SequenceCursor(42).encode()), Err(BadCursor));
    }

    #[test]
    fn malformed_cursors_are_refused() {
        for text in ["", "x", "AQ", &"A".repeat(36), "ñ", &SequenceCursor(1).encode()] {
            assert_eq!(OpportunityCursor::decode(text), Err(BadCursor), "{text}");
        }
    }
}
