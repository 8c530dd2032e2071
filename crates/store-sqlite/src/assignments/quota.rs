//! The daily quota of those who take opportunities themselves.

use reparto_domain::{Caller, opportunities::Opportunity, policy::SelfAssign};
use reparto_store::StoreResult;
use reparto_store_rows::names::named;
use rusqlite::{Connection, params};

use crate::{engine::Conn as _, rows::value, statements::statements};

statements! {
    // Each operation gave at least one, so that the newest ones tell enough: one more than the quota.
    RECEIVED => named("SELECT coalesce(sum(item_count), 0) FROM (SELECT item_count, at FROM operations \
        WHERE new_holder = (SELECT seq FROM users WHERE id = ?1) AND kind IN ({operation.create}, {operation.assign}, \
            {operation.bulk_assign}, {operation.assign_random}) ORDER BY seq DESC LIMIT ?2) WHERE at >= ?3");
}

/// Decides on an opportunity that the caller has just been given: refuses it, or notes the quota that it exceeds, if an
/// agent or lawyer has taken it.
pub(crate) fn check(
    conn: &Connection,
    caller: &Caller,
    setting: SelfAssign,
    mut taken: Opportunity,
) -> StoreResult<Opportunity> {
    let own = taken.holder.as_ref().filter(|holder| caller.user() == Some(holder.id));
    if let Some(holder) = own.filter(|holder| !holder.role_name.is_administrator()) {
        let (quota, since) = (holder.daily_lead_quota, taken.updated_at.day_start().micros());
        let received = conn.one(&RECEIVED, params![holder.id.as_bytes(), quota.saturating_add(1), since], value)?;
        taken.over_quota = setting.decide(received, quota)?;
    }
    Ok(taken)
}
