//! Contacts.

pub(crate) mod index;
mod list;
#[cfg(test)]
mod tests;
pub(crate) mod write;

use async_trait::async_trait;
use reparto_domain::{
    Caller, ContactId, OpportunityId, Refusal, UserId,
    audit::{EntityType, action},
    contacts::{AgentsSee, Contact, ContactFields, ContactFilter, ContactQuery, ContactVisibility, LiveOpportunity},
    erasures::IfErased,
    idempotency::{Answer, Keyed, StoredAnswer},
    json::ObjectText,
    page::Page,
};
use reparto_store::{Contacts, StoreError, StoreResult, contacts::ContactEdit};
use reparto_store_rows::{
    contact_columns,
    contacts::{Keys, Written},
    erasures::identity,
};
use rusqlite::Connection;
use serde_json::json;

use crate::{
    SqliteStore,
    actor::{self, Actor},
    audit::{self, Entry},
    engine::Conn as _,
    erasures::known,
    idempotency::once_visible,
    opportunities,
    rows::value,
    statements::statements,
};
use index::IndexChanges;

statements! {
    FIND = concat!("SELECT c.seq, c.responsible_seq, c.search_text, ", contact_columns!(),
        " FROM contacts c WHERE c.id = ?1 AND c.deleted_at IS NULL");
    RESPONSIBLE = "SELECT seq FROM users WHERE id = ?1 AND is_active AND deleted_at IS NULL";
    LIVE = "SELECT o.id, u.id FROM opportunities o LEFT JOIN assignments a ON a.seq = o.seq \
        LEFT JOIN users u ON u.seq = a.holder WHERE o.contact_seq = ?1 AND o.deleted_at IS NULL";
}

#[async_trait]
impl Contacts for SqliteStore {
    async fn contact_create(
        &self,
        caller: &Caller,
        fields: ContactFields,
        if_erased: IfErased,
        keyed: Option<Keyed<Contact>>,
    ) -> StoreResult<Answer<Contact>> {
        self.write_for(caller, move |conn, caller| create(conn, caller, &fields, if_erased, keyed.as_ref())).await
    }

    async fn contact_get(&self, visibility: ContactVisibility, id: ContactId) -> StoreResult<Contact> {
        self.read(move |conn| Ok(find_readable(conn, visibility, id)?.contact)).await
    }

    async fn contact_list(&self, query: ContactQuery) -> StoreResult<Page<Contact>> {
        let mirror = self.mirror();
        self.read(move |conn| {
            let total = list::counted_in_memory(conn, query.visibility, &query.filter, &mirror)?;
            list::list(conn, &query, total)
        })
        .await
    }

    async fn contact_count(&self, visibility: ContactVisibility, filter: ContactFilter) -> StoreResult<u64> {
        let mirror = self.mirror();
        self.read(move |conn| match list::counted_in_memory(conn, visibility, &filter, &mirror)? {
            Some(total) => Ok(total),
            None => list::count(conn, visibility, &filter),
        })
        .await
    }

    async fn contact_update(
        &self,
        caller: &Caller,
        id: ContactId,
        edit: ContactEdit,
        agents_see: AgentsSee,
    ) -> StoreResult<Contact> {
        self.write_for(caller, move |conn, caller| update(conn, caller, id, &edit, agents_see)).await
    }

    async fn contact_delete(&self, caller: &Caller, id: ContactId, with_opportunity: bool) -> StoreResult<()> {
        self.write_for(caller, move |conn, caller| delete(conn, caller, id, with_opportunity)).await
    }
}

/// A contact as it is stored.
pub(crate) struct Stored {
    pub(crate) seq: i64,
    responsible: Option<i64>,
    search_text: String,
    pub(crate) contact: Contact,
}

/// A contact that is not deleted.
fn find(conn: &Connection, id: ContactId) -> StoreResult<Stored> {
    let found = conn.opt(FIND, [id.as_bytes()], |row| {
        let (seq, responsible, search_text) = (row.next()?, row.next()?, row.next()?);
        Ok(Stored { seq, responsible, search_text, contact: row.contact()? })
    })?;
    found.ok_or_else(|| Refusal::ContactNotFound.into())
}

/// A contact that may be read; any other is not found.
pub(crate) fn find_readable(conn: &Connection, visibility: ContactVisibility, id: ContactId) -> StoreResult<Stored> {
    let stored = find(conn, id)?;
    if visibility != ContactVisibility::All {
        visibility.require_readable(&stored.contact.ties(live_opportunity(conn, stored.seq)?))?;
    }
    Ok(stored)
}

/// Refuses to give an answer about a contact to an actor who may not see it any longer.
fn require_visible(conn: &Connection, actor: &Actor, id: Option<ContactId>) -> StoreResult<()> {
    match actor.contacts(AgentsSee::default()) {
        ContactVisibility::All => Ok(()),
        visibility => find_readable(conn, visibility, id.ok_or(Refusal::ContactNotFound)?).map(drop),
    }
}

/// The opportunity of a contact.
fn live_opportunity(conn: &Connection, contact: i64) -> StoreResult<LiveOpportunity> {
    Ok(live(conn, contact)?.map_or(LiveOpportunity::None, |(_, holder)| LiveOpportunity::with_holder(holder)))
}

/// The opportunity of a contact, with its holder.
pub(crate) fn live(conn: &Connection, contact: i64) -> StoreResult<Option<(OpportunityId, Option<UserId>)>> {
    conn.opt(LIVE, [contact], |row| Ok((OpportunityId::from_bytes(row.next()?), row.user_or_none()?)))
}

/// The seq of the active user to be responsible for a contact. Only administrators may choose one.
fn responsible(conn: &Connection, actor: &Actor, user: Option<UserId>) -> StoreResult<Option<i64>> {
    actor.require_administrator(Refusal::ResponsibleAdministratorsOnly)?;
    let Some(user) = user else { return Ok(None) };
    conn.opt(RESPONSIBLE, [user.as_bytes()], value)?
        .map(Some)
        .ok_or(StoreError::Refused(Refusal::ResponsibleNotFound { user }))
}

fn named(fields: &ContactFields) -> StoreResult<()> {
    if fields.name().is_empty() { Err(Refusal::ContactWithoutName.into()) } else { Ok(()) }
}

pub(crate) fn create(
    conn: &Connection,
    caller: &Caller,
    fields: &ContactFields,
    if_erased: IfErased,
    keyed: Option<&Keyed<Contact>>,
) -> StoreResult<Answer<Contact>> {
    let actor = actor::authorize(conn, caller)?;
    actor.require_staff()?;
    if if_erased == IfErased::LetIn {
        actor.require_administrator(Refusal::AdministratorsOnly)?;
    }
    let visible = |answer: &StoredAnswer| require_visible(conn, &actor, answer.created());
    once_visible(conn, caller, &actor, keyed, visible, |conn| {
        named(fields)?;
        let responsible = match fields.responsible_user_id {
            Some(user) => responsible(conn, &actor, Some(user))?,
            None => None,
        };
        let (id, keys) = (ContactId::new(), Keys::of(fields));
        if if_erased == IfErased::Refuse && known::is_erased(conn, &keys)? {
            return Err(Refusal::PersonErased.into());
        }
        let written = Written { responsible, by: actor.seq, at: caller.at };
        let mut index = IndexChanges::default();
        write::insert(conn, id, fields, &keys, written, caller.at, &mut index)?;
        index.apply(conn)?;
        write::count(conn, 1)?;
        let details = json!({ "name": fields.name() });
        record(conn, caller, &actor, action::CONTACT_CREATED, id, details)?;
        Ok(find(conn, id)?.contact)
    })
}

fn update(
    conn: &Connection,
    caller: &Caller,
    id: ContactId,
    edit: &ContactEdit,
    agents_see: AgentsSee,
) -> StoreResult<Contact> {
    let actor = actor::authorize(conn, caller)?;
    actor.require_staff()?;
    let stored = find(conn, id)?;
    let visibility = actor.contacts(agents_see);
    if visibility != ContactVisibility::All {
        visibility.require_changeable(&stored.contact.ties(live_opportunity(conn, stored.seq)?))?;
    }
    stored.contact.require_not_erased()?;
    let before = stored.contact.fields.clone();
    let after = edit(before.clone());
    if after == before {
        return Ok(stored.contact);
    }
    named(&after)?;
    let (was, is) = (Keys::of(&before), Keys::of(&after));
    if identity(&was) != identity(&is) && known::is_erased(conn, &is)? && !known::is_erased(conn, &was)? {
        return Err(Refusal::PersonErased.into());
    }
    let caller = &caller.taking_effect(caller.at, [stored.contact.updated_at]);
    let responsible = if after.responsible_user_id == before.responsible_user_id {
        // Unchanged, even if that user is no longer active.
        stored.responsible
    } else {
        responsible(conn, &actor, after.responsible_user_id)?
    };
    let written = Written { responsible, by: actor.seq, at: caller.at };
    let mut index = IndexChanges::default();
    write::update(conn, stored.seq, &after, &stored.search_text, written, &mut index)?;
    index.apply(conn)?;
    let details = audit::changes(&before, &after)?.within("changes");
    record(conn, caller, &actor, action::CONTACT_UPDATED, id, details)?;
    Ok(find(conn, id)?.contact)
}

pub(crate) fn delete(conn: &Connection, caller: &Caller, id: ContactId, with_opportunity: bool) -> StoreResult<()> {
    let actor = actor::administrator(conn, caller)?;
    let stored = find(conn, id)?;
    match live(conn, stored.seq)? {
        Some((opportunity, _)) if with_opportunity => {
            opportunities::delete::delete(conn, caller, opportunity, None)?;
        }
        Some((opportunity, _)) => return Err(Refusal::ContactInUse { opportunity }.into()),
        None => {}
    }
    let caller = &caller.taking_effect(caller.at, [stored.contact.updated_at]);
    let written = Written { responsible: None, by: actor.seq, at: caller.at };
    let mut index = IndexChanges::default();
    write::delete(conn, stored.seq, &stored.search_text, written, &mut index)?;
    index.apply(conn)?;
    let details = json!({ "name": stored.contact.fields.name() });
    record(conn, caller, &actor, action::CONTACT_DELETED, id, details)
}

fn record(
    conn: &Connection,
    caller: &Caller,
    actor: &Actor,
    action: &'static str,
    id: ContactId,
    details: impl Into<ObjectText>,
) -> StoreResult<()> {
    let entity_id = Some(*id.as_bytes());
    audit::record(
        conn,
        caller,
        actor,
        &Entry { action, entity: EntityType::Contact, entity_id, operation: None, details: details.into() },
    )
}
