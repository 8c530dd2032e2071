//! Contacts.

use async_trait::async_trait;
use reparto_domain::{
    Caller, ContactId,
    contacts::{Contact, ContactFields, ContactFilter, ContactQuery},
    idempotency::{Answer, Keyed},
    page::Page,
};

use crate::StoreResult;

/// Changes fields of a contact that was read in the same transaction. A plain function of what was there: it may be
/// called more than once.
pub type ContactEdit = Box<dyn Fn(ContactFields) -> ContactFields + Send + Sync>;

/// Contacts. `responsible_user_id` must name an active user who is not deleted
/// ([`Refusal::ResponsibleNotFound`](reparto_domain::Refusal::ResponsibleNotFound)) and is set or changed by
/// administrators alone ([`Refusal::ResponsibleAdministratorsOnly`](reparto_domain::Refusal::ResponsibleAdministratorsOnly)).
#[async_trait]
pub trait Contacts: Send + Sync {
    /// Creates a contact; staff.
    async fn contact_create(
        &self,
        caller: &Caller,
        fields: ContactFields,
        keyed: Option<Keyed<Contact>>,
    ) -> StoreResult<Answer<Contact>>;

    /// A contact that is not deleted.
    async fn contact_get(&self, id: ContactId) -> StoreResult<Contact>;

    /// A part of the contacts that match.
    async fn contact_list(&self, query: ContactQuery) -> StoreResult<Page<Contact>>;

    /// How many match.
    async fn contact_count(&self, filter: ContactFilter) -> StoreResult<u64>;

    /// Changes a contact; staff. Nothing is written, and `updated_at` stays, where nothing changes.
    async fn contact_update(&self, caller: &Caller, id: ContactId, edit: ContactEdit) -> StoreResult<Contact>;

    /// Deletes a contact softly; administrators. One with an opportunity that is not deleted is refused
    /// ([`Refusal::ContactInUse`](reparto_domain::Refusal::ContactInUse)).
    async fn contact_delete(&self, caller: &Caller, id: ContactId) -> StoreResult<()>;
}
