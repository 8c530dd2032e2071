//! Soft-deleting opportunities: the facts are marked, the hot row and the history stay.

use reparto_domain::{
    Caller, OpportunityId, Refusal, Timestamp,
    audit::{EntityType, action},
    operations::OperationKind,
    opportunities::IfMatch,
};
use reparto_store::StoreResult;
use rusqlite::{Connection, params};
use serde_json::json;

use crate::{
    actor::administrator,
    audit,
    engine::Conn as _,
    hot::{self, NewOperation},
    statements::statements,
};

statements! {
    DELETE = "UPDATE opportunities SET deleted_at = ?2, updated_at = ?2, revision = revision + 1 WHERE seq = ?1";
}

/// Marks the facts of an opportunity as deleted; its hot row follows with the operation.
pub(crate) fn mark(conn: &Connection, seq: i64, at: Timestamp) -> StoreResult<()> {
    conn.run(DELETE, params![seq, at.micros()])?;
    Ok(())
}

pub(crate) fn delete(
    conn: &Connection,
    caller: &Caller,
    id: OpportunityId,
    if_match: Option<&IfMatch>,
) -> StoreResult<()> {
    let actor = administrator(conn, caller)?;
    let hot = hot::live(conn, id)?.ok_or(Refusal::OpportunityNotFound)?;
    if let Some(if_match) = if_match
        && !if_match.allows(&super::by_seq(conn, hot.seq)?.version)
    {
        return Err(Refusal::PreconditionFailed.into());
    }
    let caller = &caller.taking_effect(caller.at, [hot.updated_at]);
    mark(conn, hot.seq, caller.at)?;
    let operation = NewOperation::new(OperationKind::Delete, actor.seq, caller.at);
    let operation = hot::record(conn, &operation, &[hot.becomes(hot.holder, hot.status)], None)?;
    let entry = audit::Entry {
        action: action::OPPORTUNITY_DELETED,
        entity: EntityType::Opportunity,
        entity_id: Some(*id.as_bytes()),
        operation: Some(operation),
        details: json!({}).into(),
    };
    audit::record(conn, caller, &actor, &entry)
}
