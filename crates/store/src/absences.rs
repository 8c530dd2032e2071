//! Absences.

use async_trait::async_trait;
use reparto_domain::{
    AbsenceId, Caller,
    absences::{Absence, AbsenceChanges, AbsenceQuery, NewAbsence},
    cursor::KeyCursor,
    idempotency::{Answer, Keyed},
    page::CursorPage,
};

use crate::StoreResult;

/// Absences. Administrators enter, change and remove anybody's; other staff their own if one of their teams has
/// self-service (see [`require_may_enter`](reparto_domain::absences::require_may_enter)). Each is an entry in the audit
/// log about the user, without the note. Those of deleted users are found no more.
#[async_trait]
pub trait Absences: Send + Sync {
    /// Enters an absence of a user who is not deleted.
    async fn absence_create(
        &self,
        caller: &Caller,
        absence: NewAbsence,
        keyed: Option<Keyed<Absence>>,
    ) -> StoreResult<Answer<Absence>>;

    /// Lists part of the matching absences, the latest start first.
    async fn absence_list(&self, query: AbsenceQuery) -> StoreResult<CursorPage<Absence, KeyCursor>>;

    /// Changes an absence. One that the caller may not see is not found. If nothing changes, nothing is written.
    async fn absence_update(&self, caller: &Caller, id: AbsenceId, changes: AbsenceChanges) -> StoreResult<Absence>;

    /// Removes an absence.
    async fn absence_delete(&self, caller: &Caller, id: AbsenceId) -> StoreResult<()>;
}
