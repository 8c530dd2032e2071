//! Operations: every write that changed who holds an opportunity, or its status, is one.

use crate::{
    JobId, OperationId, OpportunityId, Status, Timestamp, UserId,
    cursor::SequenceCursor,
    opportunities::{BulkItem, ItemFailure},
    values::named_values,
};

named_values! {
    /// What kind of write it was.
    OperationKind {
        /// An opportunity was created.
        Create = 0 "create",
        /// One was assigned.
        Assign = 1 "assign",
        /// Many were assigned to one user.
        BulkAssign = 2 "bulk_assign",
        /// One lost its holder.
        Unassign = 3 "unassign",
        /// Many lost their holders.
        BulkUnassign = 4 "bulk_unassign",
        /// Some were picked at random and assigned.
        AssignRandom = 5 "assign_random",
        /// Holder or status was edited.
        Update = 6 "update",
        /// A first call changed the status.
        FirstCall = 7 "first_call",
        /// Created by an import.
        Import = 8 "import",
        /// One was deleted.
        Delete = 9 "delete",
        /// Another operation was taken back.
        Undo = 10 "undo",
    }
}

impl OperationKind {
    /// Whether an operation of this kind can be undone: not what made or removed the opportunity.
    pub const fn can_be_undone(self) -> bool {
        !matches!(self, Self::Create | Self::Import | Self::Delete)
    }
}

/// An operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Its id.
    pub id: OperationId,
    /// What kind.
    pub kind: OperationKind,
    /// Who; `None`: the system.
    pub actor_id: Option<UserId>,
    /// What they are called; `None`: the system.
    pub actor_name: Option<String>,
    /// When it took effect: never before the operation under it in the history of any of its opportunities.
    pub at: Timestamp,
    /// What was noted.
    pub note: Option<String>,
    /// The job it was a part of.
    pub job_id: Option<JobId>,
    /// The undo that took all of it back, unless that was itself undone.
    pub undone_by: Option<OperationId>,
    /// How many opportunities it changed.
    pub assigned_count: u64,
    /// How many items of the request were not carried out.
    pub failed_count: u64,
}

/// One opportunity in an operation: before and after, and what has touched it since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationItem {
    /// Which.
    pub opportunity_id: OpportunityId,
    /// Who held it.
    pub from_id: Option<UserId>,
    /// Who held it then.
    pub to_id: Option<UserId>,
    /// Where it stood; `None`: it did not exist.
    pub previous_status: Option<Status>,
    /// Where it stood then.
    pub new_status: Status,
    /// The operations since, oldest first, without undos and what they cancelled.
    pub touched_by: Vec<Touch>,
}

/// An operation that touched an opportunity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touch {
    /// Which operation.
    pub operation_id: OperationId,
    /// Who.
    pub actor_id: Option<UserId>,
    /// When it took effect: never before the operation under it in the history of any of its opportunities.
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

/// One step in the history of an opportunity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// The operation.
    pub operation_id: OperationId,
    /// What kind.
    pub kind: OperationKind,
    /// When it took effect: never before the operation under it in the history of any of its opportunities.
    pub at: Timestamp,
    /// Who; `None`: the system.
    pub actor_id: Option<UserId>,
    /// What they are called.
    pub actor_name: Option<String>,
    /// Who held it before.
    pub from_id: Option<UserId>,
    /// Who held it after.
    pub to_id: Option<UserId>,
    /// Where it stood before; `None`: it did not exist.
    pub previous_status: Option<Status>,
    /// Where it stood after.
    pub new_status: Status,
    /// What was noted.
    pub note: Option<String>,
}

/// Which operations, newest first. Everything that is set must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationQuery {
    /// Of this kind.
    pub kind: Option<OperationKind>,
    /// By this user; `Some(None)`: by one who does not exist.
    pub actor: Option<Option<UserId>>,
    /// That gave to this user; `Some(None)`: to one who does not exist.
    pub assignee: Option<Option<UserId>>,
    /// That changed this opportunity; `Some(None)`: one that does not exist.
    pub opportunity: Option<Option<OpportunityId>>,
    /// At or after.
    pub from: Option<Timestamp>,
    /// At or before.
    pub to: Option<Timestamp>,
    /// Rows to give, 1 to 1,000.
    pub limit: u64,
    /// Older than this one.
    pub after: Option<SequenceCursor>,
}

/// What came of an undo: every item of the operation that was not undone before is in exactly one of the two lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndoOutcome {
    /// The undo; `None` where nothing could be given back.
    pub operation: Option<OperationId>,
    /// What was given back.
    pub done: Vec<BulkItem>,
    /// What was not.
    pub failed: Vec<ItemFailure>,
}
