//! Attempts at the first call.

use reparto_domain::{
    Caller, OpportunityId, Refusal,
    audit::{EntityType, action},
    idempotency::{Answer, Keyed, StoredAnswer},
    operations::OperationKind,
    opportunities::{FirstCall, Opportunity},
};
use reparto_store::{StoreError, StoreResult};
use reparto_store_rows::numbers::signed;
use rusqlite::{Connection, params};
use serde_json::json;

use crate::{
    actor::authorize,
    audit,
    engine::Conn as _,
    hot::{self, NewOperation},
    idempotency,
    statements::statements,
};

statements! {
    RECORD = "UPDATE opportunities SET attempts = ?2, attempt_count = ?3, call_completed = ?4, call_successful = ?5, \
        updated_at = ?6, revision = revision + 1 WHERE seq = ?1";
}

pub(super) fn first_call(
    conn: &Connection,
    caller: &Caller,
    id: OpportunityId,
    call: &FirstCall,
    keyed: Option<&Keyed<Opportunity>>,
) -> StoreResult<Answer<Opportunity>> {
    let actor = authorize(conn, caller)?;
    actor.require_staff()?;
    let visible = |_: &StoredAnswer| super::require_visible(conn, &actor, Some(id));
    idempotency::once_visible(conn, caller, &actor, keyed, visible, |conn| {
        let hot = hot::live(conn, id)?.ok_or(Refusal::OpportunityNotFound)?;
        actor.require_holder_or_administrator(hot.holder)?;
        let caller = &caller.taking_effect(caller.at, [hot.updated_at]);
        let present = super::by_seq(conn, hot.seq)?;
        present.contact.require_not_erased()?;
        let edit = call.apply(present.attempts, present.first_call_successful_attempt, hot.status, caller.at);
        let stored = serde_json::to_string(&edit.attempts)
            .map_err(|error| StoreError::Internal(format!("attempts cannot be written: {error}")))?;
        conn.run(
            RECORD,
            params![
                hot.seq,
                stored,
                signed(edit.attempts.len()),
                edit.successful.is_some(),
                edit.successful,
                caller.at.micros(),
            ],
        )?;
        let operation = if edit.status == hot.status {
            hot::edited(conn, hot.seq, caller.at)?;
            None
        } else {
            let operation = NewOperation::new(OperationKind::FirstCall, actor.seq, caller.at);
            Some(hot::record(conn, &operation, &[hot.becomes(hot.holder, edit.status)], None)?)
        };
        let entry = audit::Entry {
            action: action::FIRST_CALL_UPDATED,
            entity: EntityType::Opportunity,
            entity_id: Some(*id.as_bytes()),
            operation,
            details: json!({ "attempt_number": call.number, "status": call.status }).into(),
        };
        audit::record(conn, caller, &actor, &entry)?;
        super::by_seq(conn, hot.seq)
    })
}
