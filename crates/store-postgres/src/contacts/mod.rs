//! Contacts.

mod list;
pub(crate) mod write;

use async_trait::async_trait;
use reparto_domain::{
    Caller, ContactId, OpportunityId, Refusal, UserId,
    audit::{EntityType, action},
    contacts::{Contact, ContactFields, ContactFilter, ContactQuery},
    idempotency::{Answer, Keyed},
    json::ObjectText,
    page::Page,
};
use reparto_store::{Contacts, StoreResult, contacts::ContactEdit};
use reparto_store_rows::contacts::Written;
use serde_json::json;

use crate::{
    PostgresStore,
    actor::{self, Actor},
    audit::{self, Entry},
    engine::{
        errors::Db,
        tx::{Conn, read, transact},
    },
    idempotency::once,
    rows::{Reader, contact, contact_columns},
    statements::statements,
};

#[async_trait]
impl Contacts for PostgresStore {
    async fn contact_create(
        &self,
        caller: &Caller,
        fields: ContactFields,
        keyed: Option<Keyed<Contact>>,
    ) -> StoreResult<Answer<Contact>> {
        transact!(self, tx => create(tx, caller, &fields, keyed.as_ref()))
    }

    async fn contact_get(&self, id: ContactId) -> StoreResult<Contact> {
        read!(self, conn => async { Ok(find(conn, id, FIND).await?.contact) })
    }

    async fn contact_list(&self, query: ContactQuery) -> StoreResult<Page<Contact>> {
        read!(self, conn => list::list(conn, &query))
    }

    async fn contact_count(&self, filter: ContactFilter) -> StoreResult<u64> {
        read!(self, conn => list::count(conn, &filter))
    }

    async fn contact_update(&self, caller: &Caller, id: ContactId, edit: ContactEdit) -> StoreResult<Contact> {
        transact!(self, tx => update(tx, caller, id, &edit))
    }

    async fn contact_delete(&self, caller: &Caller, id: ContactId) -> StoreResult<()> {
        transact!(self, tx => delete(tx, caller, id))
    }
}

statements! {
    FIND = concat!("SELECT c.seq, c.responsible_seq, ", contact_columns!(),
        " FROM contacts c WHERE c.id = $1 AND c.deleted_at IS NULL");
    LOCK = concat!("SELECT c.seq, c.responsible_seq, ", contact_columns!(),
        " FROM contacts c WHERE c.id = $1 AND c.deleted_at IS NULL FOR UPDATE OF c");
    RESPONSIBLE = "SELECT seq FROM users WHERE id = $1 AND is_active AND deleted_at IS NULL FOR KEY SHARE";
    LIVE = "SELECT id FROM opportunities WHERE contact_seq = $1 AND deleted_at IS NULL";
}

/// A contact as it is stored.
struct Stored {
    seq: i64,
    responsible: Option<i64>,
    contact: Contact,
}

/// A contact that is not deleted.
async fn find(conn: &mut Conn, id: ContactId, statement: &str) -> Db<Stored> {
    let found = conn.opt(statement, &[&id.uuid()]).await?.ok_or(Refusal::ContactNotFound)?;
    let mut row = Reader::new(&found);
    Ok(Stored { seq: row.next()?, responsible: row.next()?, contact: contact(&mut row)? })
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
    keyed: Option<&Keyed<Contact>>,
) -> Db<Answer<Contact>> {
    let actor = actor::authorize(tx, caller).await?;
    actor.require_staff()?;
    once!(tx, caller, &actor, keyed, execute(tx, caller, &actor, fields))
}

async fn execute(tx: &mut Conn, caller: &Caller, actor: &Actor, fields: &ContactFields) -> Db<Contact> {
    named(fields)?;
    let responsible = match fields.responsible_user_id {
        Some(user) => responsible(tx, actor, Some(user)).await?,
        None => None,
    };
    let (id, caller) = (ContactId::new(), &tx.taking_effect(caller, []));
    write::insert(tx, id, fields, Written { responsible, by: actor.seq, at: caller.at }).await?;
    record(tx, caller, actor, action::CONTACT_CREATED, id, json!({ "name": fields.name() })).await?;
    Ok(find(tx, id, FIND).await?.contact)
}

async fn update(tx: &mut Conn, caller: &Caller, id: ContactId, edit: &ContactEdit) -> Db<Contact> {
    let actor = actor::authorize(tx, caller).await?;
    actor.require_staff()?;
    let stored = find(tx, id, LOCK).await?;
    let before = stored.contact.fields.clone();
    let after = edit(before.clone());
    if after == before {
        return Ok(stored.contact);
    }
    named(&after)?;
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

async fn delete(tx: &mut Conn, caller: &Caller, id: ContactId) -> Db<()> {
    let actor = actor::authorize(tx, caller).await?;
    actor.require_administrator(Refusal::AdministratorsOnly)?;
    // Locked, so that nobody concurrently gives the contact an opportunity.
    let stored = find(tx, id, LOCK).await?;
    if let Some(live) = tx.opt(LIVE, &[&stored.seq]).await? {
        return Err(Refusal::ContactInUse { opportunity: OpportunityId::from_uuid(live.try_get(0)?) }.into());
    }
    let caller = &tx.taking_effect(caller, [stored.contact.updated_at]);
    write::delete(tx, stored.seq, Written { responsible: None, by: actor.seq, at: caller.at }).await?;
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
