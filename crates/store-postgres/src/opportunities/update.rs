//! Editing an opportunity.

use reparto_domain::{
    Caller, OpportunityId, Refusal, Roles, Status,
    audit::{EntityType, action},
    operations::OperationKind,
    opportunities::{Assignee, IfMatch, Opportunity, OpportunityChanges},
};
use serde_json::json;

use crate::{
    actor::{Actor, authorize},
    assignee::user_for_assignment,
    audit,
    engine::{
        errors::Db,
        params::{At, opt},
        tx::Conn,
    },
    hot::{self, Hot, NewOperation},
    statements::statements,
};

statements! {
    // The hot row has the time of the newest entry, though no operation may come of this.
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
    let hot = hot::take(tx, id).await?.ok_or(Refusal::OpportunityNotFound)?;
    held_or_administrator(&actor, &hot)?;
    let present = super::by_seq(tx, hot.seq).await?;
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
        Some(Some(assignee)) if actor.role.is_administrator() => {
            Some(user_for_assignment(tx, assignee, assignable).await?)
        }
        _ => None,
    };
    let holder = match (&given_to, changes.assignee) {
        (Some(given_to), _) => Some(given_to.seq),
        (None, Some(None)) => None,
        (None, _) => hot.holder,
    };
    let follows = [hot.updated_at].into_iter().chain(given_to.map(|holder| holder.updated_at));
    let caller = &tx.taking_effect(caller, follows);
    let status = changes.status.unwrap_or(match (changes.assignee, hot.status) {
        (Some(None), status) => status.after_unassign(),
        (Some(Some(_)), Status::Pending) if holder != hot.holder => Status::Assigned,
        (_, status) => status,
    });
    let score = changes.score.unwrap_or(present.score);
    let priority = changes.priority.unwrap_or(present.priority);
    let notes = changes.notes.clone().unwrap_or_else(|| present.notes.clone());

    let mut changed = Vec::new();
    for (field, differs) in [
        ("status", status != present.status),
        ("assigned_to_id", holder != hot.holder),
        ("opportunity_score", score != present.score),
        ("priority", priority != present.priority),
        ("notes", notes != present.notes),
    ] {
        if differs {
            changed.push(field);
        }
    }
    if changed.is_empty() {
        return Ok(present);
    }
    let operation = if holder != hot.holder || status != hot.status {
        let operation = NewOperation::new(OperationKind::Update, actor.seq, caller.at);
        Some(hot::record(tx, &operation, &[hot.becomes(holder, status)], None).await?)
    } else {
        None
    };
    if score != present.score || priority != present.priority || notes != present.notes {
        let params = (hot.seq, score.get() as i16, priority.number(), opt(&notes), At(caller.at));
        tx.run(EDIT, &[&params.0, &params.1, &params.2, &params.3, &params.4]).await?;
    }
    let entry = audit::Entry {
        action: action::OPPORTUNITY_UPDATED,
        entity: EntityType::Opportunity,
        entity_id: Some(id.uuid()),
        operation,
        details: json!({ "changed": changed }),
    };
    audit::record(tx, caller, &actor, &entry).await?;
    super::by_seq(tx, hot.seq).await
}

/// Goes on for who holds it and for administrators.
pub(super) fn held_or_administrator(actor: &Actor, hot: &Hot) -> Db<()> {
    if actor.role.is_administrator() || (actor.seq.is_some() && actor.seq == hot.holder) {
        Ok(())
    } else {
        Err(Refusal::NotYourOpportunity.into())
    }
}
