//! An operation with its items, and the later operations that touched each.

use reparto_domain::{
    OperationId, OpportunityId,
    operations::{OperationDetail, OperationItem},
};
use reparto_store::{StoreError, StoreResult};
use rusqlite::Connection;

use super::{
    chain::{Chains, seq_of},
    people::People,
    undo::OPPORTUNITY,
};
use crate::{engine::Conn as _, hot, items::Items, rows::value};

pub(super) fn get(conn: &Connection, id: OperationId) -> StoreResult<OperationDetail> {
    let (mut people, mut chains) = (People::new(conn), Chains::new(conn));
    let operation = chains.get(seq_of(conn, id)?)?;
    let mut shown = Vec::new();
    for item in Items::new(&operation.items)? {
        let item = item?;
        let hot = hot::by_seq(conn, item.opportunity)?
            .ok_or_else(|| StoreError::Inconsistent(format!("assignments has no row with seq {}", item.opportunity)))?;
        let touches = chains.touches(item.opportunity, hot.last_operation, operation.seq)?;
        let mut user = |seq: Option<i64>| seq.map(|seq| people.get(seq)).transpose();
        let from = user(item.before.and_then(|before| before.holder))?;
        let to = user(item.holder)?;
        shown.push(OperationItem {
            opportunity_id: opportunity_id(conn, item.opportunity)?,
            from_id: from.map(|user| user.id),
            to_id: to.map(|user| user.id),
            previous_status: item.before.map(|before| before.status),
            new_status: item.status,
            touched_by: Chains::shown(&mut people, &touches)?,
        });
    }
    Ok(OperationDetail { operation: operation.shown(&mut people)?, items: shown })
}

/// The id of an opportunity, deleted or not.
pub(crate) fn opportunity_id(conn: &Connection, seq: i64) -> StoreResult<OpportunityId> {
    let found = conn.opt(OPPORTUNITY, [seq], value)?;
    found
        .map(OpportunityId::from_bytes)
        .ok_or_else(|| StoreError::Inconsistent(format!("opportunities has no row with seq {seq}")))
}
