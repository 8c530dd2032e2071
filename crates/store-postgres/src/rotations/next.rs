//! Who would get an opportunity now.

use reparto_domain::{
    ContactId, OpportunityId, Refusal, Roles, RotationId, Timestamp, UserId,
    opportunities::Opportunity,
    rotations::{Lead, Next, Sticky, next as choose},
};

use super::facts::reading;
use crate::{
    engine::{errors::Db, tx::Conn},
    operations::last_holder,
    opportunities,
    statements::statements,
};

statements! {
    LIVE = "SELECT a.seq FROM opportunities o JOIN assignments a ON a.seq = o.seq WHERE o.id = $1 AND NOT a.deleted";
    OF_CONTACT = "SELECT a.seq, a.last_operation FROM opportunities o JOIN assignments a ON a.seq = o.seq \
        WHERE o.contact_seq = (SELECT seq FROM contacts WHERE id = $1)";
    USER = "SELECT id FROM users WHERE seq = $1";
}

/// Decides; see [`Rotations::rotation_next`](reparto_store::Rotations::rotation_next).
pub(super) async fn next(
    conn: &mut Conn,
    id: RotationId,
    opportunity: Option<OpportunityId>,
    assignable: &Roles,
    at: Timestamp,
) -> Db<Next> {
    let reading = reading(conn, id, assignable, at).await?;
    let lead = match opportunity {
        Some(opportunity) => Some(lead(conn, opportunity, reading.rotation.settings.sticky, at).await?),
        None => None,
    };
    Ok(choose(&reading, lead))
}

async fn lead(conn: &mut Conn, id: OpportunityId, sticky: Sticky, at: Timestamp) -> Db<Lead> {
    let found = conn.opt(LIVE, &[&id.uuid()]).await?.ok_or(Refusal::OpportunityNotFound)?;
    let Opportunity { score, priority, contact, .. } = opportunities::by_seq(conn, found.try_get(0)?).await?;
    let belongs_to = match contact.fields.responsible_user_id.filter(|_| sticky.enabled) {
        None if sticky.enabled => last_of(conn, contact.id, sticky.since(at)).await?,
        responsible => responsible,
    };
    Ok(Lead { score, priority, belongs_to })
}

/// Who last held an opportunity of a contact, if that was after `since`.
async fn last_of(conn: &mut Conn, contact: ContactId, since: Timestamp) -> Db<Option<UserId>> {
    let mut newest: Option<(i64, i64)> = None;
    for row in conn.all(OF_CONTACT, &[&contact.uuid()]).await? {
        newest = newest.max(last_holder(conn, (row.try_get(0)?, row.try_get(1)?), since).await?);
    }
    let Some((_, holder)) = newest else { return Ok(None) };
    Ok(Some(UserId::from_uuid(conn.one(USER, &[&holder]).await?.try_get(0)?)))
}
