//! Attempts at the first call.

use reparto_domain::{
    Caller, OpportunityId, Refusal,
    audit::{EntityType, action},
    idempotency::{Answer, Keyed},
    operations::OperationKind,
    opportunities::{FirstCall, Opportunity},
};
use reparto_store::StoreError;
use serde_json::json;

use crate::{
    actor::{Actor, authorize},
    audit,
    engine::{
        errors::Db,
        params::{At, Text},
        tx::Conn,
    },
    hot::{self, NewOperation},
    idempotency::once,
    statements::statements,
};

statements! {
    // The hot row must have the time of the newest entry, even if this writes no operation.
    RECORD = "WITH edited AS (UPDATE assignments SET updated_at = $6 WHERE seq = $1) \
        UPDATE opportunities SET attempts = $2, attempt_count = $3, call_completed = $4, call_successful = $5, \
        updated_at = $6, revision = revision + 1 WHERE seq = $1";
}

pub(super) async fn first_call(
    tx: &mut Conn,
    caller: &Caller,
    id: OpportunityId,
    call: &FirstCall,
    keyed: Option<&Keyed<Opportunity>>,
) -> Db<Answer<Opportunity>> {
    let actor = authorize(tx, caller).await?;
    actor.require_staff()?;
    once!(
        tx, caller, &actor, keyed,
        _answer => super::require_visible(tx, &actor, Some(id)),
        execute(tx, caller, &actor, id, call)
    )
}

async fn execute(
    tx: &mut Conn,
    caller: &Caller,
    actor: &Actor,
    id: OpportunityId,
    call: &FirstCall,
) -> Db<Opportunity> {
    let hot = hot::lock(tx, id).await?.ok_or(Refusal::OpportunityNotFound)?;
    actor.require_holder_or_administrator(hot.holder)?;
    let caller = &tx.taking_effect(caller, [hot.updated_at]);
    let present = super::by_seq(tx, hot.seq).await?;
    present.contact.require_not_erased()?;
    let edit = call.apply(present.attempts, present.first_call_successful_attempt, hot.status, caller.at);
    let stored = serde_json::to_string(&edit.attempts)
        .map_err(|error| StoreError::Internal(format!("attempts cannot be written: {error}")))?;
    tx.run(
        RECORD,
        &[
            &hot.seq,
            &Text(&stored),
            &i16::try_from(edit.attempts.len()).unwrap_or(i16::MAX),
            &edit.successful.is_some(),
            &edit.successful.map(i16::from),
            &At(caller.at),
        ],
    )
    .await?;
    let operation = if edit.status == hot.status {
        None
    } else {
        let operation = NewOperation::new(OperationKind::FirstCall, actor.seq, caller.at);
        Some(hot::record(tx, &operation, &[hot.becomes(hot.holder, edit.status)], None).await?)
    };
    let entry = audit::Entry {
        action: action::FIRST_CALL_UPDATED,
        entity: EntityType::Opportunity,
        entity_id: Some(id.uuid()),
        operation,
        details: json!({ "attempt_number": call.number, "status": call.status }).into(),
    };
    audit::record(tx, caller, actor, &entry).await?;
    super::by_seq(tx, hot.seq).await
}
