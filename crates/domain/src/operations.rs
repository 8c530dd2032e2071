//! Operations: every write that changes an opportunity's holder or status is recorded as one.

mod undo;

pub use undo::{Mark, NoteChange, UndoItem, in_effect, marks};

use crate::{
    ImportId, JobId, OperationId, OpportunityId, Status, Timestamp, UserId,
    cursor::SequenceCursor,
    opportunities::{BulkItem, ItemFailure},
    values::named_values,
};

named_values! {
    /// The kind of an operation.
    OperationKind {
        /// An opportunity was created.
        Create = 0 "create",
        /// One opportunity was assigned.
        Assign = 1 "assign",
        /// Several were assigned to one user.
        BulkAssign = 2 "bulk_assign",
        /// One was unassigned.
        Unassign = 3 "unassign",
        /// Several were unassigned.
        BulkUnassign = 4 "bulk_unassign",
        /// Randomly picked ones were assigned.
        AssignRandom = 5 "assign_random",
        /// Holder or status was edited.
        Update = 6 "update",
        /// A first-call attempt changed the status.
        FirstCall = 7 "first_call",
        /// Created by an import.
        Import = 8 "import",
        /// One was deleted.
        Delete = 9 "delete",
        /// Another operation was undone.
        Undo = 10 "undo",
    }
}

impl OperationKind {
    /// Operations by which somebody receives leads, as daily quotas count them.
    pub const RECEIVED: &'static [Self] = &[Self::Create, Self::Assign, Self::BulkAssign, Self::AssignRandom];

    /// Whether an operation of this kind can be undone: all but creations, imports, deletions.
    pub const fn can_be_undone(self) -> bool {
        !matches!(self, Self::Create | Self::Import | Self::Delete)
    }
}

/// An operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Its id.
    pub id: OperationId,
    /// Its kind.
    pub kind: OperationKind,
    /// Who did it; `None` for the system.
    pub actor_id: Option<UserId>,
    /// The actor's display name; `None` for the system.
    pub actor_name: Option<String>,
    /// When it took effect: never earlier than the previous operation on any of its opportunities.
    pub at: Timestamp,
    /// The note.
    pub note: Option<String>,
    /// The job it belongs to.
    pub job_id: Option<JobId>,
    /// The import it belongs to.
    pub import_id: Option<ImportId>,
    /// The undo that reverted it completely, unless that was undone in turn.
    pub undone_by: Option<OperationId>,
    /// The number of opportunities it changed.
    pub assigned_count: u64,
    /// The number of items of the request that failed.
    pub failed_count: u64,
}

/// One opportunity in an operation: its state before and after, and the operations that touched it since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationItem {
    /// The opportunity.
    pub opportunity_id: OpportunityId,
    /// The holder before.
    pub from_id: Option<UserId>,
    /// The holder after.
    pub to_id: Option<UserId>,
    /// The status before; `None` if it did not exist.
    pub previous_status: Option<Status>,
    /// The status after.
    pub new_status: Status,
    /// Later operations on it, oldest first, without undos and the operations they reverted.
    pub touched_by: Vec<Touch>,
}

/// An operation that touched an opportunity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Touch {
    /// The operation.
    pub operation_id: OperationId,
    /// Who did it; `None` for the system.
    pub actor_id: Option<UserId>,
    /// When it took effect; see [`Operation::at`].
    pub at: Timestamp,
}

/// An operation and its items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationDetail {
    /// The operation.
    pub operation: Operation,
    /// Its items, in the order of the request.
    pub items: Vec<OperationItem>,
}

/// An entry in the history of an opportunity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// The operation.
    pub operation_id: OperationId,
    /// Its kind.
    pub kind: OperationKind,
    /// When it took effect; see [`Operation::at`].
    pub at: Timestamp,
    /// Who did it; `None` for the system.
    pub actor_id: Option<UserId>,
    /// The actor's display name.
    pub actor_name: Option<String>,
    /// The holder before.
    pub from_id: Option<UserId>,
    /// The holder after.
    pub to_id: Option<UserId>,
    /// The status before; `None` if it did not exist.
    pub previous_status: Option<Status>,
    /// The status after.
    pub new_status: Status,
    /// The note.
    pub note: Option<String>,
}

/// A query for operations, newest first: all conditions that are set must match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationQuery {
    /// Of this kind.
    pub kind: Option<OperationKind>,
    /// By this user; `Some(None)` for a user who does not exist.
    pub actor: Option<Option<UserId>>,
    /// Assigning to this user; `Some(None)` for a user who does not exist.
    pub assignee: Option<Option<UserId>>,
    /// Changing this opportunity; `Some(None)` for one that does not exist.
    pub opportunity: Option<Option<OpportunityId>>,
    /// At or after this time.
    pub from: Option<Timestamp>,
    /// At or before this time.
    pub to: Option<Timestamp>,
    /// Maximum number of rows, 1 to 1,000.
    pub limit: u64,
    /// Only rows older than this one.
    pub after: Option<SequenceCursor>,
}

/// The outcome of an undo: every item of the operation that was not undone before is in exactly one of the two lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndoOutcome {
    /// The undo; `None` if nothing could be restored.
    pub operation: Option<OperationId>,
    /// The restored items.
    pub done: Vec<BulkItem>,
    /// The items that were not.
    pub failed: Vec<ItemFailure>,
}
