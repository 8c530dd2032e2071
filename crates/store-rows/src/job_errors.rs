//! Why items of a job's chunk failed, and the malformed ids sent for it, in the format in which every engine stores
//! them with the chunk.

use reparto_domain::{OperationId, Timestamp, UserId, jobs::JobItemError, opportunities::ItemError};
use serde::{Deserialize, Serialize};

use reparto_store::{StoreError, StoreResult};

use crate::json::to_text;

/// Why one item failed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredError {
    NotFound,
    DoNotContact,
    Held { holder: Option<(UserId, String)> },
    Touched { operation: OperationId, actor: Option<UserId>, at: i64 },
    Inactive { holder: (UserId, String) },
    NotAssignable { holder: (UserId, String) },
    Refused { code: String },
    Cancelled,
}

/// Encodes failures by position in the chunk (from 0) as JSON; `None` if there are none.
pub fn encode(failed: &[(usize, JobItemError)]) -> StoreResult<Option<String>> {
    if failed.is_empty() {
        return Ok(None);
    }
    let kept: Vec<(usize, StoredError)> =
        failed.iter().map(|(place, error)| (*place, StoredError::from(error.clone()))).collect();
    to_text(&kept).map(Some)
}

/// Decodes the failures of a chunk by position. [`StoreError::Inconsistent`] if they cannot be read.
pub fn decode(stored: Option<&str>) -> StoreResult<Vec<(usize, JobItemError)>> {
    let Some(stored) = stored else { return Ok(Vec::new()) };
    let kept: Vec<(usize, StoredError)> = serde_json::from_str(stored)
        .map_err(|error| StoreError::Inconsistent(format!("job_chunks.errors: {error}")))?;
    Ok(kept.into_iter().map(|(place, kept)| (place, kept.into())).collect())
}

/// Encodes the malformed ids of the chunk of `count` items starting at `first`, by position in the chunk (from 0), as
/// JSON; `None` if there are none. `malformed` covers the whole set, in order.
pub fn encode_sent(malformed: &[(usize, Box<str>)], first: usize, count: usize) -> StoreResult<Option<String>> {
    let from = malformed.partition_point(|(place, _)| *place < first);
    let to = malformed.partition_point(|(place, _)| *place < first + count);
    if from == to {
        return Ok(None);
    }
    let kept: Vec<(usize, &str)> = malformed[from..to].iter().map(|(place, text)| (place - first, &**text)).collect();
    to_text(&kept).map(Some)
}

/// Decodes the malformed ids of a chunk by position. [`StoreError::Inconsistent`] if they cannot be read.
pub fn decode_sent(stored: Option<&str>) -> StoreResult<Vec<(usize, String)>> {
    let Some(stored) = stored else { return Ok(Vec::new()) };
    serde_json::from_str(stored).map_err(|error| StoreError::Inconsistent(format!("job_chunks.sent: {error}")))
}

/// The stored failures of a chunk without the name of a user, who was erased.
pub fn without_name(stored: &str, user: UserId) -> StoreResult<Option<String>> {
    let mut failed = decode(Some(stored))?;
    for (_, error) in &mut failed {
        let JobItemError::Item(error) = error else { continue };
        match error {
            ItemError::HeldByAnother { holder: Some((id, name)) }
            | ItemError::EarlierHolderInactive { holder: (id, name) }
            | ItemError::EarlierHolderNotAssignable { holder: (id, name) }
                if *id == user =>
            {
                name.clear();
            }
            _ => {}
        }
    }
    encode(&failed)
}

impl From<JobItemError> for StoredError {
    fn from(error: JobItemError) -> Self {
        match error {
            JobItemError::Item(ItemError::NotFound) => Self::NotFound,
            JobItemError::Item(ItemError::DoNotContact) => Self::DoNotContact,
            JobItemError::Item(ItemError::HeldByAnother { holder }) => Self::Held { holder },
            JobItemError::Item(ItemError::Touched { operation, actor, at }) => {
                Self::Touched { operation, actor, at: at.micros() }
            }
            JobItemError::Item(ItemError::EarlierHolderInactive { holder }) => Self::Inactive { holder },
            JobItemError::Item(ItemError::EarlierHolderNotAssignable { holder }) => Self::NotAssignable { holder },
            JobItemError::Refused(code) => Self::Refused { code },
            JobItemError::Cancelled => Self::Cancelled,
        }
    }
}

impl From<StoredError> for JobItemError {
    fn from(stored: StoredError) -> Self {
        match stored {
            StoredError::NotFound => Self::Item(ItemError::NotFound),
            StoredError::DoNotContact => Self::Item(ItemError::DoNotContact),
            StoredError::Held { holder } => Self::Item(ItemError::HeldByAnother { holder }),
            StoredError::Touched { operation, actor, at } => {
                Self::Item(ItemError::Touched { operation, actor, at: Timestamp::from_micros(at) })
            }
            StoredError::Inactive { holder } => Self::Item(ItemError::EarlierHolderInactive { holder }),
            StoredError::NotAssignable { holder } => Self::Item(ItemError::EarlierHolderNotAssignable { holder }),
            StoredError::Refused { code } => Self::Refused(code),
            StoredError::Cancelled => Self::Cancelled,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_round_trips() {
        let holder = (UserId::new(), "Ana \"ñ\"".to_owned());
        let touched =
            |actor| ItemError::Touched { operation: OperationId::new(), actor, at: Timestamp::from_micros(7) };
        let errors = [
            JobItemError::Item(ItemError::NotFound),
            JobItemError::Item(ItemError::DoNotContact),
            JobItemError::Item(ItemError::HeldByAnother { holder: None }),
            JobItemError::Item(ItemError::HeldByAnother { holder: Some(holder.clone()) }),
            JobItemError::Item(touched(None)),
            JobItemError::Item(touched(Some(holder.0))),
            JobItemError::Item(ItemError::EarlierHolderInactive { holder: holder.clone() }),
            JobItemError::Item(ItemError::EarlierHolderNotAssignable { holder }),
            JobItemError::Refused("already_undone".into()),
            JobItemError::Cancelled,
        ];
        let failed: Vec<_> = errors.into_iter().enumerate().collect();
        let kept = encode(&failed).unwrap();
        assert_eq!(decode(kept.as_deref()).unwrap(), failed);
        assert_eq!(encode(&[]).unwrap(), None);
        assert!(decode(Some("{")).is_err());
    }

    #[test]
    fn an_erased_user_is_in_no_error_by_name() {
        let (ana, eva) = (UserId::new(), UserId::new());
        let held =
            |id, name: &str| JobItemError::Item(ItemError::HeldByAnother { holder: Some((id, name.to_owned())) });
        let kept = encode(&[(0, held(ana, "Ana")), (1, held(eva, "Eva"))]).unwrap().unwrap();
        let left = without_name(&kept, ana).unwrap();
        assert_eq!(decode(left.as_deref()).unwrap(), [(0, held(ana, "")), (1, held(eva, "Eva"))]);
    }

    #[test]
    fn malformed_ids_round_trip_by_chunk() {
        let malformed = [(1, "x".into()), (4, "ñ\0 \"'".into()), (5, String::new().into())];
        let kept = |first, count| decode_sent(encode_sent(&malformed, first, count).unwrap().as_deref()).unwrap();
        assert_eq!(kept(0, 4), [(1, "x".to_owned())]);
        assert_eq!(kept(4, 4), [(0, "ñ\0 \"'".to_owned()), (1, String::new())]);
        assert_eq!(encode_sent(&malformed, 2, 2).unwrap(), None);
        assert!(decode_sent(Some("[1]")).is_err());
    }
}
