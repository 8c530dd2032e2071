//! What users receive in a day, and the daily quota of those who take opportunities themselves.

use std::collections::HashMap;

use reparto_domain::{Caller, opportunities::Opportunity, policy::SelfAssign};
use reparto_store_rows::{names::named, numbers::counted};

use crate::{
    engine::{errors::Db, params::At, tx::Conn},
    statements::statements,
};

statements! {
    // Each operation gave at least one, so that the newest ones tell enough: one more than the quota.
    RECEIVED => named("SELECT coalesce(sum(item_count), 0)::bigint FROM (SELECT item_count, at FROM operations \
        WHERE new_holder = (SELECT seq FROM users WHERE id = $1) AND kind IN ({operations.received}) ORDER BY seq DESC LIMIT $2) AS newest WHERE at >= $3");
    // How many each of these users (`$1`) was given since then (`$2`), however often each, without those that were given back
    // by an undo. Times are in the order of operations but for clocks that differ: by less than a day.
    SINCE => named("SELECT u.seq, (SELECT count(DISTINCT i.seq) FROM operations p, \
            unnest(p.item_seqs, p.undone_items) AS i (seq, undone) \
        WHERE p.new_holder = u.seq AND p.kind IN ({operations.received}) \
            AND p.at >= u.since AND i.seq IS NOT NULL AND NOT coalesce(i.undone, false) \
            AND p.seq > coalesce((SELECT b.seq FROM operations b WHERE b.new_holder = u.seq \
                AND b.at < u.since - interval '1 day' ORDER BY b.seq DESC LIMIT 1), 0)) \
        FROM unnest($1::bigint[], $2::timestamptz[]) AS u (seq, since)");
    // Somebody's requests at the same time take one after the other, so that each counts those before it.
    ALONE = "SELECT pg_advisory_xact_lock(hashtextextended('self-assign', seq)) FROM users WHERE id = $1";
}

/// How many opportunities each of these users was given since a time of theirs, by seq; see [`SINCE`].
pub(crate) async fn received(conn: &mut Conn, users: Vec<i64>, since: Vec<At>) -> Db<HashMap<i64, u64>> {
    let rows = conn.all(&SINCE, &[&users, &since]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, counted(row.try_get(1)?)))).collect()
}

/// To be called before something is taken that may have to be refused.
pub(crate) async fn alone(tx: &mut Conn, caller: &Caller, setting: SelfAssign, takes: bool) -> Db<()> {
    match caller.user().filter(|_| takes && setting == SelfAssign::Refuse) {
        Some(user) => tx.run(ALONE, &[&user.uuid()]).await,
        None => Ok(()),
    }
}

/// Decides on an opportunity that the caller has just been given: refuses it, or notes the quota that it exceeds, if an
/// agent or lawyer has taken it.
pub(crate) async fn check(
    tx: &mut Conn,
    caller: &Caller,
    setting: SelfAssign,
    mut taken: Opportunity,
) -> Db<Opportunity> {
    let own = taken.holder.as_ref().filter(|holder| caller.user() == Some(holder.id));
    if let Some(holder) = own.filter(|holder| !holder.role_name.is_administrator()) {
        let (quota, since) = (holder.daily_lead_quota, At(taken.updated_at.day_start()));
        let received = tx.count(&RECEIVED, &[&holder.id.uuid(), &quota.saturating_add(1), &since]).await?;
        taken.over_quota = setting.decide(received, quota)?;
    }
    Ok(taken)
}
