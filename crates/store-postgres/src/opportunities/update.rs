//! Editing an opportunity.

use reparto_domain::{
    Caller, OpportunityId, Refusal, Roles,
    audit::{EntityType, action},
    operations::OperationKind,
    opportunities::{IfMatch, Opportunity, OpportunityChanges},
};
use serde_json::json;

use crate::{
    actor::authorize,
    assignee::user_for_assignment,
    audit,
    engine::{
        errors::Db,
        params::{At, opt},
        tx::Conn,
    },
    hot::{self, NewOperation},
    statements::statements,
};

statements! {
    // The hot row must have the time of the newest entry, even if this writes no operation.
    EDIT = "WITH edited AS (UPDATE assignments SET updated_at = $5 WHERE seq = $1 AND updated_at < $5) \
        UPDATE opportunities SET score = $2, priority = $3, notes = $4, updated_at = $5, revision = revision + 1 \
        WHERE seq = $1";
}

pub(super) async fn update(
    tx: &mut Conn,
    caller: &Caller,
    id: OpportunityId,
    changes: &OpportunityChanges,
    if_match: Option<&IfMatch>,
    assignable: &Roles,
) -> Db<Opportunity> {
    let actor = authorize(tx, caller).await?;
    actor.require_staff()?;
    let hot = hot::lock(tx, id).await?.ok_or(Refusal::OpportunityNotFound)?;
    actor.require_holder_or_administrator(hot.holder)?;
    let present = super::by_seq(tx, hot.seq).await?;
    changes.require_allowed(actor.role, &present, if_match)?;
    let given_to = match changes.new_assignee(actor.role) {
        Some(assignee) => Some(user_for_assignment(tx, assignee, assignable).await?),
        None => None,
    };
    let holder = match (&given_to, changes.assignee) {
        (Some(given_to), _) => Some(given_to.seq),
        (None, Some(None)) => None,
        (None, _) => hot.holder,
    };
    if holder.is_some() && holder != hot.holder && hot.do_not_contact {
        return Err(Refusal::DoNotContact.into());
    }
    let follows = [hot.updated_at].into_iter().chain(given_to.map(|holder| holder.updated_at));
    let caller = &tx.taking_effect(caller, follows);
    let edit = changes.apply(&present, holder != hot.holder);
    if edit.changed.is_empty() {
        return Ok(present);
    }
    let operation = if edit.changes_assignment() {
        let operation = NewOperation::new(OperationKind::Update, actor.seq, caller.at);
        Some(hot::record(tx, &operation, &[hot.becomes(holder, edit.status)], None).await?)
    } else {
        None
    };
    if edit.changes_other_fields() {
        let params = (hot.seq, edit.score.number(), edit.priority.number(), opt(&edit.notes), At(caller.at));
        tx.run(EDIT, &[&params.0, &params.1, &params.2, &params.3, &params.4]).await?;
    }
    let entry = audit::Entry {
        action: action::OPPORTUNITY_UPDATED,
        entity: EntityType::Opportunity,
        entity_id: Some(id.uuid()),
        operation,
        details: json!({ "changed": edit.changed }).into(),
    };
    audit::record(tx, caller, &actor, &entry).await?;
    super::by_seq(tx, hot.seq).await
}
