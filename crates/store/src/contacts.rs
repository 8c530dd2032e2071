//! Contacts.

use async_trait::async_trait;
use reparto_domain::{
    Caller, ContactId,
    contacts::{AgentsSee, Contact, ContactFields, ContactFilter, ContactQuery, ContactVisibility},
    erasures::IfErased,
    idempotency::{Answer, Keyed},
    page::Page,
};

use crate::StoreResult;

/// Edits the fields of a contact that was read in the same transaction. A pure function, since it may be called more
/// than once.
pub type ContactEdit = Box<dyn Fn(ContactFields) -> ContactFields + Send + Sync>;

/// Contacts. `responsible_user_id` must name an active user who is not deleted
/// ([`Refusal::ResponsibleNotFound`](reparto_domain::Refusal::ResponsibleNotFound)) and can only be set or changed by
/// administrators ([`Refusal::ResponsibleAdministratorsOnly`](reparto_domain::Refusal::ResponsibleAdministratorsOnly)).
#[async_trait]
pub trait Contacts: Send + Sync {
    /// Creates a contact. Staff only. A person who was erased is refused
    /// ([`Refusal::PersonErased`](reparto_domain::Refusal::PersonErased)) unless an administrator lets them in.
    async fn contact_create(
        &self,
        caller: &Caller,
        fields: ContactFields,
        if_erased: IfErased,
        keyed: Option<Keyed<Contact>>,
    ) -> StoreResult<Answer<Contact>>;

    /// Returns a contact that is not deleted and that the viewer may see.
    async fn contact_get(&self, visibility: ContactVisibility, id: ContactId) -> StoreResult<Contact>;

    /// Lists part of the matching contacts.
    async fn contact_list(&self, query: ContactQuery) -> StoreResult<Page<Contact>>;

    /// Counts the matches that the viewer may see.
    async fn contact_count(&self, visibility: ContactVisibility, filter: ContactFilter) -> StoreResult<u64>;

    /// Edits a contact. Staff only, and of those only who may change it, as
    /// [`ContactVisibility::access`] says: one that the caller may not even read is not found. If nothing changes,
    /// nothing is written and `updated_at` stays.
    async fn contact_update(
        &self,
        caller: &Caller,
        id: ContactId,
        edit: ContactEdit,
        agents_see: AgentsSee,
    ) -> StoreResult<Contact>;

    /// Soft-deletes a contact. Administrators only. One with an opportunity that is not deleted is refused
    /// ([`Refusal::ContactInUse`](reparto_domain::Refusal::ContactInUse)), or is deleted together with it.
    async fn contact_delete(&self, caller: &Caller, id: ContactId, with_opportunity: bool) -> StoreResult<()>;
}
