//! Operations and the assignments that they change, as every engine reads and writes them. Users, opportunities and
//! operations are named by their seq.

use reparto_domain::{JobId, OperationId, Status, Timestamp, operations::OperationKind};

pub use reparto_store::copy::{Before, Item};

/// A hot row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hot {
    /// The opportunity's seq.
    pub seq: i64,
    /// Who holds it (a user's seq).
    pub holder: Option<i64>,
    /// Where it stands.
    pub status: Status,
    /// The newest operation in its history.
    pub last_operation: i64,
    /// The operation that its state comes from.
    pub effective_operation: i64,
    /// Whether the opportunity was deleted.
    pub deleted: bool,
    /// The time of the newest entry about it, in its history or in the audit log. Nothing that follows is earlier.
    pub updated_at: Timestamp,
}

impl Hot {
    /// What an operation that gives it to `holder` in `status` records.
    pub const fn becomes(&self, holder: Option<i64>, status: Status) -> Item {
        let before = Before {
            holder: self.holder,
            status: self.status,
            last_operation: self.last_operation,
            effective_operation: self.effective_operation,
        };
        Item { opportunity: self.seq, before: Some(before), holder, status }
    }
}

/// What an operation is, beside its items.
#[derive(Debug)]
pub struct NewOperation<'a> {
    /// Its id.
    pub id: OperationId,
    /// What kind.
    pub kind: OperationKind,
    /// Who (a user's seq); `None`: the system.
    pub actor: Option<i64>,
    /// When it takes effect: not before the times of its hot rows, nor of the users who are given them.
    pub at: Timestamp,
    /// What was noted.
    pub note: Option<&'a str>,
    /// How many items of the request were not carried out.
    pub failed: usize,
    /// The job it is a part of.
    pub job: Option<JobId>,
    /// The seq of the operation that it takes back.
    pub undoes: Option<i64>,
}

impl NewOperation<'_> {
    /// An operation without note, failures or job.
    pub fn new(kind: OperationKind, actor: Option<i64>, at: Timestamp) -> Self {
        Self { id: OperationId::new(), kind, actor, at, note: None, failed: 0, job: None, undoes: None }
    }
}
