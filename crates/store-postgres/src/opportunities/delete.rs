//! Soft-deleting opportunities: the facts are marked, the hot row and the history stay.

use reparto_domain::{
    Caller, OpportunityId, Refusal, Timestamp,
    audit::{EntityType, action},
    operations::OperationKind,
    opportunities::IfMatch,
};
use serde_json::json;

use crate::{
    actor::administrator,
    audit,
    engine::{errors::Db, params::At, tx::Conn},
    hot::{self, NewOperation},
    statements::statements,
};

statements! {
    DELETE = "UPDATE opportunities SET deleted_at = $2, updated_at = $2, revision = revision + 1 WHERE seq = ANY($1)";
}

/// Marks the facts of opportunities as deleted; their hot rows follow with the operation.
pub(crate) async fn mark(tx: &mut Conn, seqs: &Vec<i64>, at: Timestamp) -> Db<()> {
    tx.run(DELETE, &[seqs, &At(at)]).await
}

pub(crate) async fn delete(tx: &mut Conn, caller: &Caller, id: OpportunityId, if_match: Option<&IfMatch>) -> Db<()> {
    let actor = administrator(tx, caller).await?;
    let hot = hot::lock(tx, id).await?.ok_or(Refusal::OpportunityNotFound)?;
    super::require_version(tx, hot.seq, if_match).await?;
    let caller = &tx.taking_effect(caller, [hot.updated_at]);
    mark(tx, &vec![hot.seq], caller.at).await?;
    let operation = NewOperation::new(OperationKind::Delete, actor.seq, caller.at);
    let operation = hot::record(tx, &operation, &[hot.becomes(hot.holder, hot.status)], None).await?;
    let entry = audit::Entry {
        action: action::OPPORTUNITY_DELETED,
        entity: EntityType::Opportunity,
        entity_id: Some(id.uuid()),
        operation: Some(operation),
        details: json!({}).into(),
    };
    audit::record(tx, caller, &actor, &entry).await
}
