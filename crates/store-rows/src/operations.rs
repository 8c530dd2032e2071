//! Operations and assignments as read and written by every engine. Users, opportunities and operations are identified
//! by seq.

use reparto_domain::{ImportId, JobId, OperationId, Status, Timestamp, operations::OperationKind};

pub use reparto_store::copy::{Before, Item};

/// A hot row: the frequently changing part of an opportunity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hot {
    /// The opportunity's seq.
    pub seq: i64,
    /// The holder's seq.
    pub holder: Option<i64>,
    /// The status.
    pub status: Status,
    /// The newest operation in its history.
    pub last_operation: i64,
    /// The operation that its current state comes from: after an undo, the one before the undone operation.
    pub effective_operation: i64,
    /// Whether the opportunity was deleted.
    pub deleted: bool,
    /// The time of the newest entry about it, in its history or in the audit log. Later entries must not be earlier.
    pub updated_at: Timestamp,
    /// Whether its contact does not want to be contacted.
    pub do_not_contact: bool,
}

impl Hot {
    /// The item of an operation that sets this holder and status.
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

/// An operation to record, without its items.
#[derive(Debug)]
pub struct NewOperation<'a> {
    /// Its id.
    pub id: OperationId,
    /// Its kind.
    pub kind: OperationKind,
    /// The actor's seq; `None`: the system.
    pub actor: Option<i64>,
    /// When it takes effect: not before the times of its hot rows, nor of the assignees.
    pub at: Timestamp,
    /// The note.
    pub note: Option<&'a str>,
    /// The number of failed items of the request.
    pub failed: usize,
    /// The job it belongs to.
    pub job: Option<JobId>,
    /// The import it belongs to.
    pub import: Option<ImportId>,
    /// The seq of the operation that it undoes.
    pub undoes: Option<i64>,
}

impl NewOperation<'_> {
    /// An operation without note, failures, job or import.
    pub fn new(kind: OperationKind, actor: Option<i64>, at: Timestamp) -> Self {
        Self { id: OperationId::new(), kind, actor, at, note: None, failed: 0, job: None, import: None, undoes: None }
    }
}
