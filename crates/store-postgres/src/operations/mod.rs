//! Reading and undoing operations.

pub(crate) mod chain;
pub(crate) mod detail;
mod listing;
pub(crate) mod people;
pub(crate) mod stored;
pub(crate) mod undo;

use async_trait::async_trait;
use reparto_domain::{
    Caller, OperationId, Roles,
    cursor::SequenceCursor,
    idempotency::{Answer, Keyed},
    operations::{Operation, OperationDetail, OperationQuery, UndoOutcome},
    page::CursorPage,
};
use reparto_store::{Operations, StoreResult};

use crate::{
    PostgresStore,
    engine::tx::{read, transact},
};

pub(crate) use chain::{Noted, history, history_for, last_holder, noted};

#[async_trait]
impl Operations for PostgresStore {
    async fn operation_list(&self, query: OperationQuery) -> StoreResult<CursorPage<Operation, SequenceCursor>> {
        read!(self, conn => listing::list(conn, &query))
    }

    async fn operation_get(&self, id: OperationId) -> StoreResult<OperationDetail> {
        read!(self, conn => detail::get(conn, id))
    }

    async fn operation_undo(
        &self,
        caller: &Caller,
        id: OperationId,
        assignable: &Roles,
        keyed: Option<Keyed<UndoOutcome>>,
    ) -> StoreResult<Answer<UndoOutcome>> {
        transact!(self, tx => undo::undo(tx, caller, id, assignable, keyed.as_ref()))
    }
}
