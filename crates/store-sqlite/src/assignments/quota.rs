//! What users receive in a day, and the daily quota of those who take opportunities themselves.

use std::collections::HashSet;

use reparto_domain::{Caller, Timestamp, opportunities::Opportunity, policy::SelfAssign};
use reparto_store::StoreResult;
use reparto_store_rows::names::named;
use rusqlite::{Connection, params};

use crate::{
    engine::Conn as _,
    items::{Items, Marks},
    rows::value,
    statements::statements,
};

statements! {
    // Each operation gave at least one, so that the newest ones tell enough: one more than the quota.
    RECEIVED => named("SELECT coalesce(sum(item_count), 0) FROM (SELECT item_count, at FROM operations \
        WHERE new_holder = (SELECT seq FROM users WHERE id = ?1) AND kind IN ({operations.received}) ORDER BY seq DESC LIMIT ?2) WHERE at >= ?3");
    SINCE => named("SELECT undone_items, items FROM operations WHERE new_holder = ?1 \
        AND kind IN ({operations.received}) \
        AND at >= ?2 AND seq > coalesce((SELECT seq FROM operations WHERE new_holder = ?1 AND at < ?3 \
            ORDER BY seq DESC LIMIT 1), 0)");
}

/// How many opportunities a user was given since then, however often each, without those that were given back by an undo.
pub(crate) fn received(conn: &Connection, user: i64, since: Timestamp) -> StoreResult<u64> {
    let mut seen = HashSet::new();
    // Times are in the order of operations but for clocks that differ: by less than a day.
    conn.each(&SINCE, params![user, since.micros(), since.plus_seconds(-86_400).micros()], |row| {
        let marks = Marks::of(row.next()?);
        let items = Items::new(row.bytes()?)?;
        for (place, item) in items.enumerate() {
            let item = item?;
            if !marks.has(place) {
                seen.insert(item.opportunity);
            }
        }
        Ok(true)
    })?;
    Ok(seen.len() as u64)
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
