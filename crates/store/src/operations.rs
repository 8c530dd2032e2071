//! Operations.

use async_trait::async_trait;
use reparto_domain::{
    Caller, OperationId, Roles,
    cursor::SequenceCursor,
    idempotency::{Answer, Keyed},
    operations::{Operation, OperationDetail, OperationQuery, UndoOutcome},
    page::CursorPage,
};

use crate::StoreResult;

/// Operations, and taking them back.
#[async_trait]
pub trait Operations: Send + Sync {
    /// A part of the operations that match, newest first.
    async fn operation_list(&self, query: OperationQuery) -> StoreResult<CursorPage<Operation, SequenceCursor>>;

    /// An operation with its items.
    async fn operation_get(&self, id: OperationId) -> StoreResult<OperationDetail>;

    /// Gives each opportunity of an operation back to its previous holder and status, and takes the added note back,
    /// while nothing newer has touched it; administrators. Items that an earlier, partial undo gave back are left
    /// out. An undo and what it undid cancel out: neither counts as a touch.
    async fn operation_undo(
        &self,
        caller: &Caller,
        id: OperationId,
        assignable: &Roles,
        keyed: Option<Keyed<UndoOutcome>>,
    ) -> StoreResult<Answer<UndoOutcome>>;
}
