//! Jobs as read and written by every engine.

use reparto_domain::{
    JobId, Status,
    jobs::{Job, JobKind, JobWork},
};
use serde_json::{Value, json};

use crate::actor::Holder;

/// A job as it is stored.
#[derive(Debug)]
pub struct StoredJob {
    /// Its seq.
    pub seq: i64,
    /// The job as shown to users.
    pub job: Job,
    /// The status that it sets.
    pub new_status: Option<Status>,
    /// The note to store.
    pub note: Option<String>,
    /// The creator's seq.
    pub creator: i64,
    /// Whether its chunks were removed, or are being removed.
    pub is_trimmed: bool,
}

/// What a new job's own row says of its work.
#[derive(Debug)]
pub struct NewJobRow {
    /// Its kind.
    pub kind: JobKind,
    /// The user to assign to.
    pub holder: Option<Holder>,
    /// The status to set.
    pub status: Option<Status>,
    /// The note to store.
    pub note: Option<String>,
    /// The job that it undoes, by seq and id.
    pub undoes: Option<(i64, JobId)>,
}

impl NewJobRow {
    /// A job that does new work.
    pub fn of_work(work: &JobWork, holder: Option<Holder>) -> Self {
        let note = work.note().map(str::to_owned);
        Self { kind: work.kind(), holder, status: work.new_status(), note, undoes: None }
    }

    /// A job that undoes another one.
    pub const fn of_undo(seq: i64, id: JobId) -> Self {
        Self { kind: JobKind::Undo, holder: None, status: None, note: None, undoes: Some((seq, id)) }
    }

    /// The details of its audit entry; `total` is the number of opportunities.
    pub fn details(&self, total: u64) -> Value {
        json!({
            "kind": self.kind,
            "total": total,
            "assigned_to_id": self.holder.as_ref().map(|holder| holder.id),
            "status": self.status,
            "undoes": self.undoes.map(|(_, id)| id),
        })
    }
}
