//! Editing an opportunity.

use reparto_domain::{
    Caller, OpportunityId, Refusal, Roles, Status,
    audit::{EntityType, action},
    operations::OperationKind,
    opportunities::{Assignee, IfMatch, Opportunity, OpportunityChanges},
};
use reparto_store::StoreResult;
use rusqlite::{Connection, params};
use serde_json::json;

use crate::{
    actor::{Actor, authorize},
    assignee::user_for_assignment,
    audit,
    engine::Conn as _,
    hot::{self, Hot, NewOperation},
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
    held_or_administrator(&actor, &hot)?;
    let present = super::by_seq(conn, hot.seq)?;
    let holder_id = present.holder.as_ref().map(|holder| holder.id);
    if !actor.role.is_administrator()
        && let Some(asked) = changes.assignee
        && asked != holder_id.map(Assignee::User)
    {
        return Err(Refusal::HandOverAdministratorsOnly.into());
    }
    if if_match.is_some_and(|if_match| !if_match.allows(&present.version)) {
        return Err(Refusal::PreconditionFailed.into());
    }
    let given_to = match changes.assignee {
        // Who is no administrator names the present holder here, which changes nothing.
        Some(Some(assignee)) if actor.role.is_administrator() => Some(user_for_assignment(conn, assignee, assignable)?),
        _ => None,
    };
    let holder = match (&given_to, changes.assignee) {
        (Some(given_to), _) => Some(given_to.seq),
        (None, Some(None)) => None,
        (None, _) => hot.holder,
    };
    let follows = [hot.updated_at].into_iter().chain(given_to.map(|holder| holder.updated_at));
    let caller = &caller.taking_effect(caller.at, follows);
    let status = changes.status.unwrap_or(match (changes.assignee, hot.status) {
        (Some(None), status) => status.after_unassign(),
        (Some(Some(_)), Status::Pending) if holder != hot.holder => Status::Assigned,
        (_, status) => status,
    });
    let score = changes.score.unwrap_or(present.score);
    let priority = changes.priority.unwrap_or(present.priority);
    let notes = changes.notes.clone().unwrap_or_else(|| present.notes.clone());

    let mut fields = Vec::new();
    for (field, differs) in [
        ("status", status != present.status),
        ("assigned_to_id", holder != hot.holder),
        ("opportunity_score", score != present.score),
        ("priority", priority != present.priority),
        ("notes", notes != present.notes),
    ] {
        if differs {
            fields.push(field);
        }
    }
    if fields.is_empty() {
        return Ok(present);
    }
    let operation = if holder != hot.holder || status != hot.status {
        let operation = NewOperation::new(OperationKind::Update, actor.seq, caller.at);
        Some(hot::record(conn, &operation, &[hot.becomes(holder, status)], None)?)
    } else {
        hot::edited(conn, hot.seq, caller.at)?;
        None
    };
    if score != present.score || priority != present.priority || notes != present.notes {
        conn.run(EDIT, params![hot.seq, score.get(), priority.number(), notes, caller.at.micros()])?;
    }
    let entry = audit::Entry {
        action: action::OPPORTUNITY_UPDATED,
        entity: EntityType::Opportunity,
        entity_id: Some(*id.as_bytes()),
        operation,
        details: json!({ "changed": fields }),
    };
    audit::record(conn, caller, &actor, &entry)?;
    super::by_seq(conn, hot.seq)
}

/// Goes on for who holds it and for administrators.
pub(super) fn held_or_administrator(actor: &Actor, hot: &Hot) -> StoreResult<()> {
    if actor.role.is_administrator() || (actor.seq.is_some() && actor.seq == hot.holder) {
        Ok(())
    } else {
        Err(Refusal::NotYourOpportunity.into())
    }
}
