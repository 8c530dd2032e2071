//! Creating opportunities.

use reparto_domain::{
    Caller, OpportunityId, Policy, Refusal, Status,
    audit::{EntityType, action},
    idempotency::{Answer, Keyed, StoredAnswer},
    operations::OperationKind,
    opportunities::{CreateOpportunity, Opportunity},
};
use reparto_store::StoreResult;
use reparto_store_rows::columns::{self, OPPORTUNITY_MADE};
use rusqlite::{Connection, params};
use serde_json::json;

use crate::{
    actor::{Actor, authorize},
    assignee::user_for_assignment,
    assignments::quota,
    audit, contacts,
    engine::Conn as _,
    hot::{self, NewOperation},
    idempotency,
    items::Item,
    statements::statements,
};

statements! {
    INSERT => columns::insert_with('?', "opportunities", &OPPORTUNITY_MADE, &[("created_at", "{detected_at}"), ("updated_at", "{detected_at}")]);
}

pub(super) fn create(
    conn: &Connection,
    caller: &Caller,
    command: &CreateOpportunity,
    policy: &Policy,
    keyed: Option<&Keyed<Opportunity>>,
) -> StoreResult<Answer<Opportunity>> {
    let actor = authorize(conn, caller)?;
    command.require_allowed(actor.role, actor.id)?;
    let visible = |answer: &StoredAnswer| super::require_visible(conn, &actor, answer.created());
    idempotency::once_visible(conn, caller, &actor, keyed, visible, |conn| {
        execute(conn, caller, &actor, command, policy)
    })
}

fn execute(
    conn: &Connection,
    caller: &Caller,
    actor: &Actor,
    command: &CreateOpportunity,
    policy: &Policy,
) -> StoreResult<Opportunity> {
    let holder =
        command.assignee.map(|assignee| user_for_assignment(conn, assignee, &policy.assignable)).transpose()?;
    let caller = &caller.taking_effect(caller.at, holder.as_ref().map(|holder| holder.updated_at));
    let contact = command.contact.ok_or(Refusal::ContactNotFound)?;
    let stored = contacts::find_readable(conn, actor.contacts(policy.agents_see), contact)?;
    stored.contact.require_not_erased()?;
    let (contact_seq, do_not_contact) = (stored.seq, stored.contact.fields.do_not_contact.is_some());
    if let Some((opportunity, _)) = contacts::live(conn, contact_seq)? {
        return Err(Refusal::ContactHasOpportunity { opportunity }.into());
    }
    if do_not_contact && holder.is_some() {
        return Err(Refusal::DoNotContact.into());
    }
    let id = OpportunityId::new();
    let seq = conn.insert(
        &INSERT,
        params![
            id.as_bytes(),
            contact_seq,
            caller.at.micros(),
            command.score.get(),
            command.priority.number(),
            command.detection_reason.as_str(),
            command.notes,
        ],
    )?;
    let status = Status::initial(holder.is_some());
    let item = Item { opportunity: seq, before: None, holder: holder.as_ref().map(|holder| holder.seq), status };
    let operation = NewOperation::new(OperationKind::Create, actor.seq, caller.at);
    let operation_seq = hot::record(conn, &operation, &[item], None)?;
    if do_not_contact {
        hot::mark_do_not_contact(conn, seq)?;
    }
    let entry = audit::Entry {
        action: action::OPPORTUNITY_CREATED,
        entity: EntityType::Opportunity,
        entity_id: Some(*id.as_bytes()),
        operation: Some(operation_seq),
        details: json!({ "contact_id": contact, "assigned_to_id": holder.map(|holder| holder.id) }).into(),
    };
    audit::record(conn, caller, actor, &entry)?;
    quota::check(conn, caller, policy.self_assign, super::by_seq(conn, seq)?)
}
