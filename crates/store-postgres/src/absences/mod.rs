//! Absences.

pub(crate) mod rows;
mod write;

use async_trait::async_trait;
use reparto_domain::{
    AbsenceId, Caller,
    absences::{Absence, AbsenceChanges, AbsenceQuery, NewAbsence},
    cursor::KeyCursor,
    idempotency::{Answer, Keyed},
    page::CursorPage,
};
use reparto_store::{Absences, StoreResult};

use crate::{
    PostgresStore,
    engine::tx::{read, transact},
};

#[async_trait]
impl Absences for PostgresStore {
    async fn absence_create(
        &self,
        caller: &Caller,
        absence: NewAbsence,
        keyed: Option<Keyed<Absence>>,
    ) -> StoreResult<Answer<Absence>> {
        transact!(self, tx => write::create(tx, caller, &absence, keyed.as_ref()))
    }

    async fn absence_list(&self, query: AbsenceQuery) -> StoreResult<CursorPage<Absence, KeyCursor>> {
        read!(self, conn => rows::list(conn, query))
    }

    async fn absence_update(&self, caller: &Caller, id: AbsenceId, changes: AbsenceChanges) -> StoreResult<Absence> {
        transact!(self, tx => write::update(tx, caller, id, &changes))
    }

    async fn absence_delete(&self, caller: &Caller, id: AbsenceId) -> StoreResult<()> {
        transact!(self, tx => write::delete(tx, caller, id))
    }
}
