//! Jobs as read and written by every engine.

use reparto_domain::{
    JobId, Status,
    jobs::{Job, JobKind, NewJob},
    opportunities::OpportunityFilter,
};
use serde_json::{Map, Value, json};

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
    /// Whether it assigns and exports opportunities of contacts who do not want to be contacted.
    pub include_do_not_contact: bool,
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
    /// Whether it assigns and exports opportunities of contacts who do not want to be contacted.
    pub include_do_not_contact: bool,
    /// The filter that selects its opportunities, as the audit log keeps it; `None` where their ids were given.
    pub filter: Option<Map<String, Value>>,
}

impl NewJobRow {
    /// A job that does new work.
    pub fn of_work(new: &NewJob, holder: Option<Holder>) -> Self {
        let (work, include_do_not_contact) = (&new.work, new.include_do_not_contact);
        let note = work.note().map(str::to_owned);
        let filter = new.set.filter().map(OpportunityFilter::audited);
        Self {
            kind: work.kind(),
            holder,
            status: work.new_status(),
            note,
            undoes: None,
            include_do_not_contact,
            filter,
        }
    }

    /// A job that undoes another one.
    pub const fn of_undo(seq: i64, id: JobId) -> Self {
        Self {
            kind: JobKind::Undo,
            holder: None,
            status: None,
            note: None,
            undoes: Some((seq, id)),
            include_do_not_contact: false,
            filter: None,
        }
    }

    /// The details of its audit entry; `total` is the number of opportunities.
    pub fn details(&self, total: u64) -> Value {
        json!({
            "kind": self.kind,
            "total": total,
            "filter": self.filter,
            "include_do_not_contact": self.include_do_not_contact,
            "assigned_to_id": self.holder.as_ref().map(|holder| holder.id),
            "status": self.status,
            "undoes": self.undoes.map(|(_, id)| id),
        })
    }
}
