//! Editing an opportunity.

use reparto_domain::{
    Caller, OpportunityId, Refusal, Roles,
    audit::{EntityType, action},
    operations::OperationKind,
    opportunities::{IfMatch, Opportunity, OpportunityChanges},
};
use reparto_store::StoreResult;
use rusqlite::{Connection, params};
use serde_json::json;

use crate::{
    actor::authorize,
    assignee::user_for_assignment,
    audit,
    engine::Conn as _,
    hot::{self, NewOperation},
    statements::statements,
};

statements! {
    EDIT = "UPDATE opportunities SET score = ?2, priority = ?3, notes = ?4, updated_at = ?5, revision = revision + 1 \
        WHERE seq = ?1";
}

pub(super) fn update(
    conn: &Connection,
    caller: &Caller,
    id: OpportunityId,
    changes: &OpportunityChanges,
    if_match: Option<&IfMatch>,
    assignable: &Roles,
) -> StoreResult<Opportunity> {
    let actor = authorize(conn, caller)?;
    actor.require_staff()?;
    let hot = hot::live(conn, id)?.ok_or(Refusal::OpportunityNotFound)?;
    actor.require_holder_or_administrator(hot.holder)?;
    let present = super::by_seq(conn, hot.seq)?;
    changes.require_allowed(actor.role, &present, if_match)?;
    let given_to = match changes.new_assignee(actor.role) {
        Some(assignee) => Some(user_for_assignment(conn, assignee, assignable)?),
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
    let caller = &caller.taking_effect(caller.at, follows);
    let edit = changes.apply(&present, holder != hot.holder);
    if edit.changed.is_empty() {
        return Ok(present);
    }
    let operation = if edit.changes_assignment() {
        let operation = NewOperation::new(OperationKind::Update, actor.seq, caller.at);
        Some(hot::record(conn, &operation, &[hot.becomes(holder, edit.status)], None)?)
    } else {
        hot::edited(conn, hot.seq, caller.at)?;
        None
    };
    if edit.changes_other_fields() {
        let params = params![hot.seq, edit.score.get(), edit.priority.number(), edit.notes, caller.at.micros()];
        conn.run(EDIT, params)?;
    }
    let entry = audit::Entry {
        action: action::OPPORTUNITY_UPDATED,
        entity: EntityType::Opportunity,
        entity_id: Some(*id.as_bytes()),
        operation,
        details: json!({ "changed": edit.changed }).into(),
    };
    audit::record(conn, caller, &actor, &entry)?;
    super::by_seq(conn, hot.seq)
}
