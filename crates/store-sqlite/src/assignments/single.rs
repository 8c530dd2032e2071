//! Assigning and unassigning one opportunity.

use reparto_domain::{
    Caller, OpportunityId, Policy, Refusal,
    audit::EntityType,
    idempotency::{Answer, Keyed, StoredAnswer},
    opportunities::{Assignee, Opportunity, reassign, require_may_assign},
};
use reparto_store::StoreResult;
use rusqlite::Connection;
use serde_json::json;

use super::quota;
use crate::{
    actor::{Actor, authorize},
    assignee::user_for_assignment,
    audit,
    hot::{self, NewOperation},
    idempotency, opportunities,
};

pub(super) fn assign(
    conn: &Connection,
    caller: &Caller,
    id: OpportunityId,
    assignee: Option<Assignee>,
    policy: &Policy,
    keyed: Option<&Keyed<Opportunity>>,
) -> StoreResult<Answer<Opportunity>> {
    let actor = authorize(conn, caller)?;
    require_may_assign(actor.role, actor.id, assignee)?;
    let visible = |_: &StoredAnswer| opportunities::require_visible(conn, &actor, Some(id));
    idempotency::once_visible(conn, caller, &actor, keyed, visible, |conn| {
        execute(conn, caller, &actor, id, assignee, policy)
    })
}

fn execute(
    conn: &Connection,
    caller: &Caller,
    actor: &Actor,
    id: OpportunityId,
    assignee: Option<Assignee>,
    policy: &Policy,
) -> StoreResult<Opportunity> {
    let hot = hot::live(conn, id)?.ok_or(Refusal::OpportunityNotFound)?;
    let holder = assignee.map(|assignee| user_for_assignment(conn, assignee, &policy.assignable)).transpose()?;
    let holder_seq = holder.as_ref().map(|holder| holder.seq);
    let Some(change) = reassign(actor.role, (hot.holder, hot.status), holder_seq)? else {
        return opportunities::by_seq(conn, hot.seq);
    };
    if holder_seq.is_some() && hot.do_not_contact {
        return Err(Refusal::DoNotContact.into());
    }
    let caller =
        &caller.taking_effect(caller.at, [hot.updated_at].into_iter().chain(holder.as_ref().map(|h| h.updated_at)));
    let operation = NewOperation::new(change.kind, actor.seq, caller.at);
    let operation = hot::record(conn, &operation, &[hot.becomes(holder_seq, change.status)], None)?;
    let entry = audit::Entry {
        action: change.action(),
        entity: EntityType::Opportunity,
        entity_id: Some(*id.as_bytes()),
        operation: Some(operation),
        details: json!({ "assigned_to_id": holder.map(|holder| holder.id) }).into(),
    };
    audit::record(conn, caller, actor, &entry)?;
    quota::check(conn, caller, policy.self_assign, opportunities::by_seq(conn, hot.seq)?)
}
