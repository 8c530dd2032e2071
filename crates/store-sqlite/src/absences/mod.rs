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

use crate::SqliteStore;

#[async_trait]
impl Absences for SqliteStore {
    async fn absence_create(
        &self,
        caller: &Caller,
        absence: NewAbsence,
        keyed: Option<Keyed<Absence>>,
    ) -> StoreResult<Answer<Absence>> {
        self.write_for(caller, move |conn, caller| write::create(conn, caller, &absence, keyed.as_ref())).await
    }

    async fn absence_list(&self, query: AbsenceQuery) -> StoreResult<CursorPage<Absence, KeyCursor>> {
        self.read(move |conn| rows::list(conn, query)).await
    }

    async fn absence_update(&self, caller: &Caller, id: AbsenceId, changes: AbsenceChanges) -> StoreResult<Absence> {
        self.write_for(caller, move |conn, caller| write::update(conn, caller, id, &changes)).await
    }

    async fn absence_delete(&self, caller: &Caller, id: AbsenceId) -> StoreResult<()> {
        self.write_for(caller, move |conn, caller| write::delete(conn, caller, id)).await
    }
}
