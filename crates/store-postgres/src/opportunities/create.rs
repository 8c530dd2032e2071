//! Creating opportunities.

use reparto_domain::{
    Caller, OpportunityId, Policy, Refusal, Status,
    audit::{EntityType, action},
    idempotency::{Answer, Keyed},
    operations::OperationKind,
    opportunities::{CreateOpportunity, Opportunity},
};
use reparto_store_rows::columns::{self, OPPORTUNITY_MADE};
use serde_json::json;

use crate::{
    actor::{Actor, authorize},
    assignee::user_for_assignment,
    assignments::quota,
    audit, contacts,
    engine::{
        errors::Db,
        params::{At, Text, opt},
        tx::Conn,
    },
    hot::{self, NewOperation},
    idempotency::once,
    items::Item,
    statements::statements,
};

statements! {
    INSERT => columns::insert_with('$', "opportunities", &OPPORTUNITY_MADE, &[("created_at", "{detected_at}"), ("updated_at", "{detected_at}")]) + " RETURNING seq";
}

pub(super) async fn create(
    tx: &mut Conn,
    caller: &Caller,
    command: &CreateOpportunity,
    policy: &Policy,
    keyed: Option<&Keyed<Opportunity>>,
) -> Db<Answer<Opportunity>> {
    let actor = authorize(tx, caller).await?;
    command.require_allowed(actor.role, actor.id)?;
    once!(
        tx, caller, &actor, keyed,
        answer => super::require_visible(tx, &actor, answer.created()),
        execute(tx, caller, &actor, command, policy)
    )
}

async fn execute(
    tx: &mut Conn,
    caller: &Caller,
    actor: &Actor,
    command: &CreateOpportunity,
    policy: &Policy,
) -> Db<Opportunity> {
    quota::alone(tx, caller, policy.self_assign, command.assignee.is_some()).await?;
    let holder = match command.assignee {
        Some(assignee) => Some(user_for_assignment(tx, assignee, &policy.assignable).await?),
        None => None,
    };
    let contact = command.contact.ok_or(Refusal::ContactNotFound)?;
    let stored = contacts::lock_readable(tx, actor.contacts(policy.agents_see), contact).await?;
    stored.contact.require_not_erased()?;
    let (contact_seq, do_not_contact) = (stored.seq, stored.contact.fields.do_not_contact.is_some());
    if let Some((opportunity, _)) = contacts::live(tx, contact_seq).await? {
        return Err(Refusal::ContactHasOpportunity { opportunity }.into());
    }
    if do_not_contact && holder.is_some() {
        return Err(Refusal::DoNotContact.into());
    }
    let caller = &tx.taking_effect(caller, holder.as_ref().map(|holder| holder.updated_at));
    let id = OpportunityId::new();
    let reason = command.detection_reason.as_str();
    let seq = tx
        .count(
            &INSERT,
            &[
                &id.uuid(),
                &contact_seq,
                &At(caller.at),
                &command.score.number(),
                &command.priority.number(),
                &Text(reason),
                &opt(&command.notes),
            ],
        )
        .await?;
    let status = Status::initial(holder.is_some());
    let item = Item { opportunity: seq, before: None, holder: holder.as_ref().map(|holder| holder.seq), status };
    let operation = NewOperation::new(OperationKind::Create, actor.seq, caller.at);
    let operation = hot::record(tx, &operation, &[item], None).await?;
    if do_not_contact {
        hot::mark_do_not_contact(tx, vec![seq]).await?;
    }
    let entry = audit::Entry {
        action: action::OPPORTUNITY_CREATED,
        entity: EntityType::Opportunity,
        entity_id: Some(id.uuid()),
        operation: Some(operation),
        details: json!({ "contact_id": contact, "assigned_to_id": holder.map(|holder| holder.id) }).into(),
    };
    audit::record(tx, caller, actor, &entry).await?;
    let made = super::by_seq(tx, seq).await?;
    quota::check(tx, caller, policy.self_assign, made).await
}
