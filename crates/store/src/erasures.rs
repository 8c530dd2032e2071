//! Erasing people, and everything that is kept about one.

use async_trait::async_trait;
use reparto_domain::{
    Caller, ContactId, UserId,
    erasures::{Erase, Erased, Erasure, Everything, EverythingExtent},
    idempotency::{Answer, Keyed},
};

use crate::StoreResult;

/// Erasing people. Administrators only.
#[async_trait]
pub trait Erasures: Send + Sync {
    /// Erases the person of a contact, also a deleted one: nothing that says who it was stays, neither in the contact
    /// nor in opportunities, operations, the audit log, kept answers or rows of exports. Ids, counts and the history of
    /// holders stay. A second time does the same once more, at the time of the first.
    async fn contact_erase(
        &self,
        caller: &Caller,
        id: ContactId,
        erase: Erase,
        keyed: Option<Keyed<Erased>>,
    ) -> StoreResult<Answer<Erased>>;

    /// Erases a deleted user; one who is not deleted is refused
    /// ([`Refusal::UserNotDeleted`](reparto_domain::Refusal::UserNotDeleted)).
    async fn user_erase(&self, caller: &Caller, id: UserId, erase: Erase) -> StoreResult<Erased>;

    /// Returns everything that is kept about the person of a contact, also a deleted one, and records in the audit log
    /// that it was read. No more than the extent says is held in memory; where that does not fit into an answer, it is
    /// refused ([`Refusal::PageTooLarge`](reparto_domain::Refusal::PageTooLarge)), and no reading is recorded.
    async fn contact_everything(
        &self,
        caller: &Caller,
        id: ContactId,
        extent: EverythingExtent,
    ) -> StoreResult<Everything>;

    /// Lists erasures in their order, after this one, at most `limit`.
    async fn erasure_list(&self, after: i64, limit: u64) -> StoreResult<Vec<Erasure>>;
}
