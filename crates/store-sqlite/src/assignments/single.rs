//! Assigning and unassigning one opportunity.

use reparto_domain::{
    Caller, OpportunityId, Policy, Refusal, Status,
    audit::{EntityType, action},
    idempotency::{Answer, Keyed, StoredAnswer},
    operations::OperationKind,
    opportunities::{Assignee, Opportunity},
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
    actor.require_staff()?;
    if !actor.role.is_administrator() && assignee != actor.id.map(Assignee::User) {
        return Err(Refusal::SelfAssignOnly.into());
    }
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
    if hot.holder == holder_seq {
        return opportunities::by_seq(conn, hot.seq);
    }
    if !actor.role.is_administrator() && hot.holder.is_some() {
        return Err(Refusal::OpportunityTaken.into());
    }
    let (kind, action, status) = if holder.is_some() {
        (OperationKind::Assign, action::OPPORTUNITY_ASSIGNED, Status::Assigned)
    } else {
        (OperationKind::Unassign, action::OPPORTUNITY_UNASSIGNED, hot.status.after_unassign())
    };
    let caller =
        &caller.taking_effect(caller.at, [hot.updated_at].into_iter().chain(holder.as_ref().map(|h| h.updated_at)));
    let operation = NewOperation::new(kind, actor.seq, caller.at);
    let operation = hot::record(conn, &operation, &[hot.becomes(holder_seq, status)], None)?;
    let entry = audit::Entry {
        action,
        entity: EntityType::Opportunity,
        entity_id: Some(*id.as_bytes()),
        operation: Some(operation),
        details: json!({ "assigned_to_id": holder.map(|holder| holder.id) }),
    };
    audit::record(conn, caller, actor, &entry)?;
    quota::check(conn, caller, policy.self_assign, opportunities::by_seq(conn, hot.seq)?)
}
