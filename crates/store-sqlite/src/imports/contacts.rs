//! The contact of an imported row: found by its keys and completed, or created.

use std::collections::HashMap;

use reparto_domain::{
    Caller, ContactId, Priority, Score, Status,
    contacts::ContactFields,
    effective_at,
    erasures::IfErased,
    imports::{Added, Enquired, ImportRow},
};
use reparto_store::StoreResult;
use reparto_store_rows::{
    contact_columns,
    contacts::{Keys, Written},
};
use rusqlite::{Connection, params};

use crate::{
    actor::Actor,
    contacts::{index::IndexChanges, write},
    engine::Conn as _,
    erasures::known,
    rows::{Reader, value},
    statements::statements,
};

/// A row's contact.
pub(super) struct Found {
    /// Its seq.
    pub seq: i64,
    /// Whether the row created it.
    pub created: bool,
    /// What of the row could not be added to it.
    pub added: Added,
    /// Whether it had an opportunity.
    pub has_opportunity: bool,
    /// Whether the row changed it.
    pub changed: bool,
}

statements! {
    // The oldest if several have the same key.
    BY_EMAIL = "SELECT seq FROM contacts WHERE email_key = ?1 AND deleted_at IS NULL ORDER BY seq LIMIT 1";
    // People with different email addresses may share a phone number: it identifies a contact only if the addresses do
    // not differ.
    BY_PHONE = "SELECT seq FROM contacts WHERE phone_key = ?1 AND deleted_at IS NULL \
        AND (?2 IS NULL OR email_key IS NULL) ORDER BY seq LIMIT 1";
    BY_MOBILE = "SELECT seq FROM contacts WHERE mobile_key = ?1 AND deleted_at IS NULL \
        AND (?2 IS NULL OR email_key IS NULL) ORDER BY seq LIMIT 1";
    // Without address and number only the name is left, compared with contacts that have neither.
    BY_NAME = "SELECT seq FROM contacts WHERE name_key = ?1 AND email_key IS NULL AND phone_key IS NULL \
        AND mobile_key IS NULL AND deleted_at IS NULL ORDER BY seq LIMIT 1";
    // Somebody whom a row of our own export names by id: without address and number, or of the same name.
    BY_ID = "SELECT seq FROM contacts WHERE id = ?1 AND deleted_at IS NULL AND (?2 OR name_key = ?3)";
    BY_SEQ = concat!("SELECT c.search_text, c.responsible_seq, ", contact_columns!(), " FROM contacts c WHERE c.seq = ?1");
    ENQUIRED = "SELECT coalesce(o.notes, '') || char(10) || o.detection_reason, o.detected_at, o.score, o.priority, \
            a.status, u.email \
        FROM opportunities o JOIN assignments a ON a.seq = o.seq LEFT JOIN users u ON u.seq = a.holder \
        WHERE o.contact_seq = ?1 AND o.deleted_at IS NULL";
    RESPONSIBLE = "SELECT seq FROM users WHERE id = ?1 AND is_active = 1 AND deleted_at IS NULL";
}

/// The contact that a row is about; `None`: it would be new, but was erased.
pub(super) fn find_or_create(
    conn: &Connection,
    caller: &Caller,
    actor: &Actor,
    (row, keys): (&ImportRow, &Keys),
    if_erased: IfErased,
    made: &HashMap<i64, Enquired>,
    index: &mut IndexChanges,
) -> StoreResult<Option<Found>> {
    if let Some(seq) = find(conn, keys, row.contact_id)? {
        let before = match made.get(&seq) {
            Some(made) => Some(made.clone()),
            None => conn.opt(ENQUIRED, [seq], enquired)?,
        };
        let (changed, added) = complete(conn, caller, actor, seq, (row, before.as_ref()), index)?;
        return Ok(Some(Found { seq, created: false, has_opportunity: before.is_some(), changed, added }));
    }
    if if_erased == IfErased::Refuse && known::is_erased(conn, keys)? {
        return Ok(None);
    }
    let mut fields = row.contact.clone();
    let responsible = responsible(conn, &mut fields)?;
    let written = Written { responsible, by: actor.seq, at: caller.at };
    let created_at = row.fixed.map_or(caller.at, |fixed| fixed.created_at);
    let id = row.fixed.map_or_else(ContactId::new, |fixed| fixed.contact);
    let seq = write::insert(conn, id, &fields, keys, written, created_at, index)?;
    Ok(Some(Found { seq, created: true, has_opportunity: false, changed: true, added: Added::default() }))
}

/// The opportunity that a contact has.
fn enquired(row: &mut Reader<'_>) -> StoreResult<Enquired> {
    Ok(Enquired {
        texts: row.next()?,
        detected_at: Some(row.time()?),
        score: row.number(Score::new)?,
        priority: row.number(Priority::from_number)?,
        status: row.number(Status::from_number)?,
        holder: row.next()?,
    })
}

fn find(conn: &Connection, keys: &Keys, id: Option<ContactId>) -> StoreResult<Option<i64>> {
    let one = |sql: &str, values: &[Option<&str>]| -> StoreResult<Option<i64>> {
        conn.opt(sql, rusqlite::params_from_iter(values), value)
    };
    let email = keys.email.as_deref();
    if email.is_some()
        && let Some(seq) = one(BY_EMAIL, &[email])?
    {
        return Ok(Some(seq));
    }
    // Either of a row's numbers may match either column.
    for number in [keys.phone.as_deref(), keys.mobile.as_deref()].into_iter().flatten() {
        for sql in [BY_PHONE, BY_MOBILE] {
            if let Some(seq) = one(sql, &[Some(number), email])? {
                return Ok(Some(seq));
            }
        }
    }
    let is_nameless = email.is_none() && keys.phone.is_none() && keys.mobile.is_none();
    if let Some(id) = id
        && let Some(seq) = conn.opt(BY_ID, params![id.as_bytes(), is_nameless, keys.name], value)?
    {
        return Ok(Some(seq));
    }
    if is_nameless {
        return one(BY_NAME, &[Some(&keys.name)]);
    }
    Ok(None)
}

/// Adds to the contact what the row brings ([`ImportRow::add_to`]). Nothing is written if nothing changes. Returns
/// whether something did, and what could not be added.
fn complete(
    conn: &Connection,
    caller: &Caller,
    actor: &Actor,
    seq: i64,
    (row, before_it): (&ImportRow, Option<&Enquired>),
    index: &mut IndexChanges,
) -> StoreResult<(bool, Added)> {
    let (search_text, present, stored) = conn.one(BY_SEQ, [seq], |row| {
        let (search_text, responsible): (String, Option<i64>) = (row.next()?, row.next()?);
        Ok((search_text, responsible, row.contact()?))
    })?;
    let before = &stored.fields;
    let mut after = before.clone();
    let added = row.add_to(&mut after, &row.contact, before_it);
    if after == *before {
        return Ok((false, added));
    }
    let responsible = match present {
        None => responsible(conn, &mut after)?,
        kept => kept,
    };
    if after == *before {
        return Ok((false, added));
    }
    let at = effective_at(caller.at, [stored.updated_at]);
    let written = Written { responsible, by: actor.seq, at };
    write::update(conn, seq, &after, &search_text, written, index)?;
    Ok((true, added))
}

/// The user responsible for the contact; ignored if they do not exist or are inactive.
fn responsible(conn: &Connection, fields: &mut ContactFields) -> StoreResult<Option<i64>> {
    let Some(user) = fields.responsible_user_id else { return Ok(None) };
    let seq = conn.opt(RESPONSIBLE, [user.as_bytes()], value)?;
    if seq.is_none() {
        fields.responsible_user_id = None;
    }
    Ok(seq)
}
