//! Reading and undoing operations.

mod chain;
mod detail;
mod listing;
pub(crate) mod people;
mod stored;
mod undo;

use async_trait::async_trait;
use reparto_domain::{
    Caller, OperationId, Roles,
    cursor::SequenceCursor,
    idempotency::{Answer, Keyed},
    operations::{Operation, OperationDetail, OperationQuery, UndoOutcome},
    page::CursorPage,
};
use reparto_store::{Operations, StoreResult};

use crate::SqliteStore;

pub(crate) use chain::{Noted, history, history_for, last_holder, noted};
pub(crate) use detail::opportunity_id;
pub(crate) use undo::{ChunkUndone, undo_chunk};

/// The statements of this module that are built at run time.
#[cfg(test)]
pub(crate) fn statements() -> Vec<(&'static str, String)> {
    listing::built_statements()
}

#[async_trait]
impl Operations for SqliteStore {
    async fn operation_list(&self, query: OperationQuery) -> StoreResult<CursorPage<Operation, SequenceCursor>> {
        self.read(move |conn| listing::list(conn, &query)).await
    }

    async fn operation_get(&self, id: OperationId) -> StoreResult<OperationDetail> {
        self.read(move |conn| detail::get(conn, id)).await
    }

    async fn operation_undo(
        &self,
        caller: &Caller,
        id: OperationId,
        assignable: &Roles,
        keyed: Option<Keyed<UndoOutcome>>,
    ) -> StoreResult<Answer<UndoOutcome>> {
        let assignable = assignable.clone();
        self.write_for(caller, move |conn, caller| undo::undo(conn, caller, id, &assignable, keyed.as_ref())).await
    }
}
