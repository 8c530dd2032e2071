//! Who would get an opportunity now.

use reparto_domain::{
    ContactId, OpportunityId, Refusal, Roles, RotationId, Timestamp, UserId,
    opportunities::Opportunity,
    rotations::{Lead, Next, Sticky, next as choose},
};
use reparto_store::StoreResult;
use rusqlite::Connection;

use super::facts::reading;
use crate::{engine::Conn as _, hot, operations::last_holder, opportunities, rows::value, statements::statements};

statements! {
    OF_CONTACT = "SELECT a.seq, a.last_operation FROM opportunities o JOIN assignments a ON a.seq = o.seq \
        WHERE o.contact_seq = (SELECT seq FROM contacts WHERE id = ?1)";
    USER = "SELECT id FROM users WHERE seq = ?1";
}

/// Decides; see [`Rotations::rotation_next`](reparto_store::Rotations::rotation_next).
pub(super) fn next(
    conn: &Connection,
    id: RotationId,
    opportunity: Option<OpportunityId>,
    assignable: &Roles,
    at: Timestamp,
) -> StoreResult<Next> {
    let reading = reading(conn, id, assignable, at)?;
    let lead =
        opportunity.map(|opportunity| lead(conn, opportunity, reading.rotation.settings.sticky, at)).transpose()?;
    Ok(choose(&reading, lead))
}

fn lead(conn: &Connection, id: OpportunityId, sticky: Sticky, at: Timestamp) -> StoreResult<Lead> {
    let hot = hot::live(conn, id)?.ok_or(Refusal::OpportunityNotFound)?;
    let Opportunity { score, priority, contact, .. } = opportunities::by_seq(conn, hot.seq)?;
    let belongs_to = match contact.fields.responsible_user_id.filter(|_| sticky.enabled) {
        None if sticky.enabled => last_of(conn, contact.id, sticky.since(at))?,
        responsible => responsible,
    };
    Ok(Lead { score, priority, belongs_to })
}

/// Who last held an opportunity of a contact, if that was after `since`.
fn last_of(conn: &Connection, contact: ContactId, since: Timestamp) -> StoreResult<Option<UserId>> {
    let mut newest: Option<(i64, i64)> = None;
    for head in conn.all(OF_CONTACT, [contact.as_bytes()], |row| Ok((row.next()?, row.next()?)))? {
        newest = newest.max(last_holder(conn, head, since)?);
    }
    let Some((_, holder)) = newest else { return Ok(None) };
    conn.one(USER, [holder], value).map(|id| Some(UserId::from_bytes(id)))
}
