//! Why items of a job's chunk failed, and what was sent in place of ids, in the form in which every engine keeps it with
//! the chunk.

use reparto_domain::{OperationId, Timestamp, UserId, jobs::JobItemError, opportunities::ItemError};
use serde::{Deserialize, Serialize};

use reparto_store::{StoreError, StoreResult};

/// Why one item failed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kept {
    NotFound,
    Held { holder: Option<(UserId, String)> },
    Touched { operation: OperationId, actor: Option<UserId>, at: i64 },
    Inactive { holder: (UserId, String) },
    NotAssignable { holder: (UserId, String) },
    Refused { code: String },
    Cancelled,
}

/// The failures by place in the chunk (from 0), as they are stored: JSON; `None` where there is none.
pub fn stored(failed: &[(usize, JobItemError)]) -> StoreResult<Option<String>> {
    if failed.is_empty() {
        return Ok(None);
    }
    let kept: Vec<(usize, Kept)> = failed.iter().map(|(place, error)| (*place, keep(error.clone()))).collect();
    serde_json::to_string(&kept).map(Some).map_err(|error| StoreError::Internal(error.to_string()))
}

/// The failures of a chunk by place. What cannot be read is [`StoreError::Inconsistent`].
pub fn read(stored: Option<&str>) -> StoreResult<Vec<(usize, JobItemError)>> {
    let Some(stored) = stored else { return Ok(Vec::new()) };
    let kept: Vec<(usize, Kept)> = serde_json::from_str(stored)
        .map_err(|error| StoreError::Inconsistent(format!("job_chunks.errors: {error}")))?;
    Ok(kept.into_iter().map(|(place, kept)| (place, give(kept))).collect())
}

/// What was sent in place of ids in the chunk of `count` items from `first` on, by place in it (from 0), as it is stored:
/// JSON; `None` where all were ids. `strange` is of the whole set, in order.
pub fn sent_stored(strange: &[(usize, Box<str>)], first: usize, count: usize) -> StoreResult<Option<String>> {
    let from = strange.partition_point(|(place, _)| *place < first);
    let to = strange.partition_point(|(place, _)| *place < first + count);
    if from == to {
        return Ok(None);
    }
    let kept: Vec<(usize, &str)> = strange[from..to].iter().map(|(place, text)| (place - first, &**text)).collect();
    serde_json::to_string(&kept).map(Some).map_err(|error| StoreError::Internal(error.to_string()))
}

/// What was sent in place of ids in a chunk, by place in it. What cannot be read is [`StoreError::Inconsistent`].
pub fn sent_read(stored: Option<&str>) -> StoreResult<Vec<(usize, String)>> {
    let Some(stored) = stored else { return Ok(Vec::new()) };
    serde_json::from_str(stored).map_err(|error| StoreError::Inconsistent(format!("job_chunks.sent: {error}")))
}

fn keep(error: JobItemError) -> Kept {
    match error {
        JobItemError::Item(ItemError::NotFound) => Kept::NotFound,
        JobItemError::Item(ItemError::HeldByAnother { holder }) => Kept::Held { holder },
        JobItemError::Item(ItemError::Touched { operation, actor, at }) => {
            Kept::Touched { operation, actor, at: at.micros() }
        }
        JobItemError::Item(ItemError::EarlierHolderInactive { holder }) => Kept::Inactive { holder },
        JobItemError::Item(ItemError::EarlierHolderNotAssignable { holder }) => Kept::NotAssignable { holder },
        JobItemError::Refused(code) => Kept::Refused { code },
        JobItemError::Cancelled => Kept::Cancelled,
    }
}

fn give(kept: Kept) -> JobItemError {
    match kept {
        Kept::NotFound => JobItemError::Item(ItemError::NotFound),
        Kept::Held { holder } => JobItemError::Item(ItemError::HeldByAnother { holder }),
        Kept::Touched { operation, actor, at } => {
            JobItemError::Item(ItemError::Touched { operation, actor, at: Timestamp::from_micros(at) })
        }
        Kept::Inactive { holder } => JobItemError::Item(ItemError::EarlierHolderInactive { holder }),
        Kept::NotAssignable { holder } => JobItemError::Item(ItemError::EarlierHolderNotAssignable { holder }),
        Kept::Refused { code } => JobItemError::Refused(code),
        Kept::Cancelled => JobItemError::Cancelled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_comes_back_as_it_was_kept() {
        let holder = (UserId::new(), "Ana \"ñ\"".to_owned());
        let touched =
            |actor| ItemError::Touched { operation: OperationId::new(), actor, at: Timestamp::from_micros(7) };
        let errors = [
            JobItemError::Item(ItemError::NotFound),
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
        let kept = stored(&failed).unwrap();
        assert_eq!(read(kept.as_deref()).unwrap(), failed);
        assert_eq!(stored(&[]).unwrap(), None);
        assert!(read(Some("{")).is_err());
    }

    #[test]
    fn what_was_sent_in_place_of_ids_comes_back_with_its_chunk() {
        let strange = [(1, "x".into()), (4, "ñ\0 \"'".into()), (5, String::new().into())];
        let kept = |first, count| sent_read(sent_stored(&strange, first, count).unwrap().as_deref()).unwrap();
        assert_eq!(kept(0, 4), [(1, "x".to_owned())]);
        assert_eq!(kept(4, 4), [(0, "ñ\0 \"'".to_owned()), (1, String::new())]);
        assert_eq!(sent_stored(&strange, 2, 2).unwrap(), None);
        assert!(sent_read(Some("[1]")).is_err());
    }
}
