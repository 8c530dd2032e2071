//! Assigning one opportunity, or taking its holder away.

use reparto_domain::{
    Caller, OpportunityId, Refusal, Roles, Status,
    audit::{EntityType, action},
    idempotency::{Answer, Keyed},
    operations::OperationKind,
    opportunities::{Assignee, Opportunity},
};
use serde_json::json;

use crate::{
    actor::{Actor, authorize, user_for_assignment},
    audit,
    engine::{errors::Db, tx::Conn},
    hot::{self, NewOperation},
    idempotency::once,
    opportunities,
};

pub(super) async fn assign(
    tx: &mut Conn,
    caller: &Caller,
    id: OpportunityId,
    assignee: Option<Assignee>,
    assignable: &Roles,
    keyed: Option<&Keyed<Opportunity>>,
) -> Db<Answer<Opportunity>> {
    let actor = authorize(tx, caller).await?;
    actor.require_staff()?;
    if !actor.role.is_administrator() && assignee != actor.id.map(Assignee::User) {
        return Err(Refusal::SelfAssignOnly.into());
    }
    once!(tx, caller, &actor, keyed, carry_out(tx, caller, &actor, id, assignee, assignable))
}

async fn carry_out(
    tx: &mut Conn,
    caller: &Caller,
    actor: &Actor,
    id: OpportunityId,
    assignee: Option<Assignee>,
    assignable: &Roles,
) -> Db<Opportunity> {
    let hot = hot::take(tx, id).await?.ok_or(Refusal::OpportunityNotFound)?;
    let holder = match assignee {
        Some(assignee) => Some(user_for_assignment(tx, assignee, assignable).await?),
        None => None,
    };
    let holder_seq = holder.as_ref().map(|holder| holder.seq);
    if hot.holder == holder_seq {
        return opportunities::by_seq(tx, hot.seq).await;
    }
    if !actor.role.is_administrator() && hot.holder.is_some() {
        return Err(Refusal::OpportunityTaken.into());
    }
    let (kind, action, status) = if holder.is_some() {
        (OperationKind::Assign, action::OPPORTUNITY_ASSIGNED, Status::Assigned)
    } else {
        (OperationKind::Unassign, action::OPPORTUNITY_UNASSIGNED, hot.status.after_unassign())
    };
    let operation = NewOperation::new(kind, actor.seq, caller.at);
    let operation = hot::record(tx, &operation, &[hot.becomes(holder_seq, status)], None).await?;
    let entry = audit::Entry {
        action,
        entity: EntityType::Opportunity,
        entity_id: Some(id.uuid()),
        operation: Some(operation),
        details: json!({ "assigned_to_id": holder.map(|holder| holder.id) }),
    };
    audit::record(tx, caller, actor, &entry).await?;
    opportunities::by_seq(tx, hot.seq).await
}
