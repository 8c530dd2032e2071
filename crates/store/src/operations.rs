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

/// Operations and their undo.
#[async_trait]
pub trait Operations: Send + Sync {
    /// Lists part of the matching operations, newest first.
    async fn operation_list(&self, query: OperationQuery) -> StoreResult<CursorPage<Operation, SequenceCursor>>;

    /// Returns an operation with its items.
    async fn operation_get(&self, id: OperationId) -> StoreResult<OperationDetail>;

    /// Undoes an operation: restores each opportunity's previous holder and status and removes the added note, unless a
    /// later operation touched it. Administrators only. Items restored by an earlier, partial undo are skipped. An undo
    /// and the operation it undid cancel out: neither counts as a touch.
    async fn operation_undo(
        &self,
        caller: &Caller,
        id: OperationId,
        assignable: &Roles,
        keyed: Option<Keyed<UndoOutcome>>,
    ) -> StoreResult<Answer<UndoOutcome>>;
}
