//! Contacts.

mod list;
pub(crate) mod write;

use async_trait::async_trait;
use reparto_domain::{
    Caller, ContactId, OpportunityId, Refusal, UserId,
    audit::{EntityType, action},
    contacts::{AgentsSee, Contact, ContactFields, ContactFilter, ContactQuery, ContactVisibility, LiveOpportunity},
    erasures::IfErased,
    idempotency::{Answer, Keyed},
    json::ObjectText,
    page::Page,
};
use reparto_store::{Contacts, StoreError, StoreResult, contacts::ContactEdit};
use reparto_store_rows::{
    contacts::{Keys, Written},
    erasures::identity,
};
use serde_json::json;

use crate::{
    PostgresStore,
    actor::{self, Actor},
    audit::{self, Entry},
    engine::{
        errors::{Db, Fault},
        tx::{Conn, read, transact},
    },
    erasures::known,
    idempotency::once,
    opportunities,
    rows::{Reader, contact, contact_columns},
    statements::statements,
};

#[async_trait]
impl Contacts for PostgresStore {
    async fn contact_create(
        &self,
        caller: &Caller,
        fields: ContactFields,
        if_erased: IfErased,
        keyed: Option<Keyed<Contact>>,
    ) -> StoreResult<Answer<Contact>> {
        transact!(self, tx => create(tx, caller, &fields, if_erased, keyed.as_ref()))
    }

    async fn contact_get(&self, visibility: ContactVisibility, id: ContactId) -> StoreResult<Contact> {
        read!(self, conn => async { Ok(find_readable(conn, visibility, id, FIND).await?.contact) })
    }

    async fn contact_list(&self, query: ContactQuery) -> StoreResult<Page<Contact>> {
        let total = list::counted_in_memory(self, query.visibility, &query.filter).await;
        read!(self, conn => list::list(conn, &query, total))
    }

    async fn contact_count(&self, visibility: ContactVisibility, filter: ContactFilter) -> StoreResult<u64> {
        if let Some(total) = list::counted_in_memory(self, visibility, &filter).await {
            return Ok(total);
        }
        read!(self, conn => list::count(conn, visibility, &filter))
    }

    async fn contact_update(
        &self,
        caller: &Caller,
        id: ContactId,
        edit: ContactEdit,
        agents_see: AgentsSee,
    ) -> StoreResult<Contact> {
        transact!(self, tx => update(tx, caller, id, &edit, agents_see))
    }

    async fn contact_delete(&self, caller: &Caller, id: ContactId, with_opportunity: bool) -> StoreResult<()> {
        transact!(self, tx => delete(tx, caller, id, with_opportunity))
    }
}

statements! {
    FIND = concat!("SELECT c.seq, c.responsible_seq, ", contact_columns!(),
        " FROM contacts c WHERE c.id = $1 AND c.deleted_at IS NULL");
    LOCK = concat!("SELECT c.seq, c.responsible_seq, ", contact_columns!(),
        " FROM contacts c WHERE c.id = $1 AND c.deleted_at IS NULL FOR UPDATE OF c");
    RESPONSIBLE = "SELECT seq FROM users WHERE id = $1 AND is_active AND deleted_at IS NULL FOR KEY SHARE";
    LIVE = "SELECT o.id, u.id FROM opportunities o LEFT JOIN assignments a ON a.seq = o.seq \
        LEFT JOIN users u ON u.seq = a.holder WHERE o.contact_seq = $1 AND o.deleted_at IS NULL";
}

/// A contact as it is stored.
pub(crate) struct Stored {
    pub(crate) seq: i64,
    responsible: Option<i64>,
    pub(crate) contact: Contact,
}

/// A contact that is not deleted.
async fn find(conn: &mut Conn, id: ContactId, statement: &str) -> Db<Stored> {
    let found = conn.opt(statement, &[&id.uuid()]).await?.ok_or(Refusal::ContactNotFound)?;
    let mut row = Reader::new(&found);
    Ok(Stored { seq: row.next()?, responsible: row.next()?, contact: contact(&mut row)? })
}

/// A contact that may be read; any other is not found.
async fn find_readable(conn: &mut Conn, visibility: ContactVisibility, id: ContactId, statement: &str) -> Db<Stored> {
    let stored = find(conn, id, statement).await?;
    if visibility != ContactVisibility::All {
        let opportunity = live_opportunity(conn, stored.seq).await?;
        visibility.require_readable(&stored.contact.ties(opportunity))?;
    }
    Ok(stored)
}

/// Like [`find_readable`], and locked, so that nobody concurrently deletes the contact or gives it an opportunity.
pub(crate) async fn lock_readable(tx: &mut Conn, visibility: ContactVisibility, id: ContactId) -> Db<Stored> {
    find_readable(tx, visibility, id, LOCK).await
}

/// Refuses to give an answer about a contact to an actor who may not see it any longer.
async fn require_visible(conn: &mut Conn, actor: &Actor, id: Option<ContactId>) -> Db<()> {
    match actor.contacts(AgentsSee::default()) {
        ContactVisibility::All => Ok(()),
        visibility => find_readable(conn, visibility, id.ok_or(Refusal::ContactNotFound)?, FIND).await.map(drop),
    }
}

/// The opportunity of a contact.
async fn live_opportunity(conn: &mut Conn, contact: i64) -> Db<LiveOpportunity> {
    let found = live(conn, contact).await?;
    Ok(found.map_or(LiveOpportunity::None, |(_, holder)| LiveOpportunity::with_holder(holder)))
}

/// The opportunity of a contact, with its holder. Of a contact that is locked: a statement of its own, so that it sees
/// what was committed while the lock was waited for.
pub(crate) async fn live(conn: &mut Conn, contact: i64) -> Db<Option<(OpportunityId, Option<UserId>)>> {
    let Some(found) = conn.opt(LIVE, &[&contact]).await? else { return Ok(None) };
    let mut row = Reader::new(&found);
    Ok(Some((OpportunityId::from_uuid(row.next()?), row.user_or_none()?)))
}

/// The seq of the active user to be responsible for a contact. Only administrators may choose one.
async fn responsible(tx: &mut Conn, actor: &Actor, user: Option<UserId>) -> Db<Option<i64>> {
    actor.require_administrator(Refusal::ResponsibleAdministratorsOnly)?;
    let Some(user) = user else { return Ok(None) };
    let found = tx.opt(RESPONSIBLE, &[&user.uuid()]).await?.ok_or(Refusal::ResponsibleNotFound { user })?;
    Ok(Some(found.try_get(0)?))
}

fn named(fields: &ContactFields) -> Db<()> {
    if fields.name().is_empty() { Err(Refusal::ContactWithoutName.into()) } else { Ok(()) }
}

async fn create(
    tx: &mut Conn,
    caller: &Caller,
    fields: &ContactFields,
    if_erased: IfErased,
    keyed: Option<&Keyed<Contact>>,
) -> Db<Answer<Contact>> {
    let actor = actor::authorize(tx, caller).await?;
    actor.require_staff()?;
    if if_erased == IfErased::LetIn {
        actor.require_administrator(Refusal::AdministratorsOnly)?;
    }
    once!(
        tx, caller, &actor, keyed,
        answer => require_visible(tx, &actor, answer.created()),
        execute(tx, caller, &actor, fields, if_erased)
    )
}

async fn execute(
    tx: &mut Conn,
    caller: &Caller,
    actor: &Actor,
    fields: &ContactFields,
    if_erased: IfErased,
) -> Db<Contact> {
    named(fields)?;
    let responsible = match fields.responsible_user_id {
        Some(user) => responsible(tx, actor, Some(user)).await?,
        None => None,
    };
    if if_erased == IfErased::Refuse && known::is_erased(tx, &Keys::of(fields)).await? {
        return Err(Refusal::PersonErased.into());
    }
    let (id, caller) = (ContactId::new(), &tx.taking_effect(caller, []));
    write::insert(tx, id, fields, Written { responsible, by: actor.seq, at: caller.at }).await?;
    record(tx, caller, actor, action::CONTACT_CREATED, id, json!({ "name": fields.name() })).await?;
    Ok(find(tx, id, FIND).await?.contact)
}

async fn update(
    tx: &mut Conn,
    caller: &Caller,
    id: ContactId,
    edit: &ContactEdit,
    agents_see: AgentsSee,
) -> Db<Contact> {
    let actor = actor::authorize(tx, caller).await?;
    actor.require_staff()?;
    let stored = find(tx, id, LOCK).await?;
    let visibility = actor.contacts(agents_see);
    if visibility != ContactVisibility::All {
        let opportunity = live_opportunity(tx, stored.seq).await?;
        visibility.require_changeable(&stored.contact.ties(opportunity))?;
    }
    stored.contact.require_not_erased()?;
    let before = stored.contact.fields.clone();
    let after = edit(before.clone());
    if after == before {
        return Ok(stored.contact);
    }
    named(&after)?;
    let (was, is) = (Keys::of(&before), Keys::of(&after));
    if identity(&was) != identity(&is) && known::is_erased(tx, &is).await? && !known::is_erased(tx, &was).await? {
        return Err(Refusal::PersonErased.into());
    }
    let caller = &tx.taking_effect(caller, [stored.contact.updated_at]);
    let responsible = if after.responsible_user_id == before.responsible_user_id {
        // Unchanged, even if that user is no longer active.
        stored.responsible
    } else {
        responsible(tx, &actor, after.responsible_user_id).await?
    };
    write::update(tx, stored.seq, &after, Written { responsible, by: actor.seq, at: caller.at }).await?;
    let details = audit::changes(&before, &after)?.within("changes");
    record(tx, caller, &actor, action::CONTACT_UPDATED, id, details).await?;
    Ok(find(tx, id, FIND).await?.contact)
}

async fn delete(tx: &mut Conn, caller: &Caller, id: ContactId, with_opportunity: bool) -> Db<()> {
    let actor = actor::administrator(tx, caller).await?;
    // Locked, so that nobody concurrently gives the contact an opportunity.
    let stored = find(tx, id, LOCK).await?;
    match live(tx, stored.seq).await? {
        Some((opportunity, _)) if with_opportunity => {
            match opportunities::delete::delete(tx, caller, opportunity, None).await {
                // Somebody else has deleted it since.
                Err(Fault::Store(StoreError::Refused(Refusal::OpportunityNotFound))) => {}
                deleted => deleted?,
            }
        }
        Some((opportunity, _)) => return Err(Refusal::ContactInUse { opportunity }.into()),
        None => {}
    }
    let caller = &tx.taking_effect(caller, [stored.contact.updated_at]);
    write::delete(tx, &vec![stored.seq], Written { responsible: None, by: actor.seq, at: caller.at }).await?;
    let details = json!({ "name": stored.contact.fields.name() });
    record(tx, caller, &actor, action::CONTACT_DELETED, id, details).await
}

async fn record(
    tx: &mut Conn,
    caller: &Caller,
    actor: &Actor,
    action: &'static str,
    id: ContactId,
    details: impl Into<ObjectText>,
) -> Db<()> {
    let entity_id = Some(id.uuid());
    audit::record(
        tx,
        caller,
        actor,
        &Entry { action, entity: EntityType::Contact, entity_id, operation: None, details: details.into() },
    )
    .await
}
