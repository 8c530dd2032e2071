//! Invariants of the ledgers of rotations.

use reparto_domain::RotationId;
use reparto_store_rows::rotations::{Fold, Head, StoredEvent};

use super::Findings;
use crate::{
    engine::{errors::Db, tx::Conn},
    rotations::book::accounts,
    rows::Reader,
    statements::statements,
};

/// The stable name of each invariant, and a statement that selects its violations.
pub(crate) const RULES: &[(&str, &str)] = &[
    (
        "rotation_balanced",
        "SELECT format('rotation %s: its balances add up to %s, those of values to %s', r.id, turns, vals) FROM \
             (SELECT rotation, sum(balance) AS turns, sum(value_balance) AS vals FROM rotation_members GROUP BY rotation) b \
             JOIN rotations r ON r.seq = b.rotation \
         WHERE turns <> 0 OR vals <> 0",
    ),
    (
        "rotation_follows_team",
        "SELECT format('rotation %s: its newest version is not of the members that its team has', r.id) \
         FROM rotations r LEFT JOIN rotation_versions v ON v.rotation = r.seq AND v.version = r.version \
         WHERE v.settings IS DISTINCT FROM r.settings OR v.members IS DISTINCT FROM ( \
             SELECT '[' || coalesce(string_agg(format('[%s,%s]', user_seq, weight), ',' ORDER BY place, user_seq), '') || ']' \
             FROM team_members m WHERE m.team = r.team AND m.left_at IS NULL)",
    ),
    (
        "rotation_events_in_order",
        "SELECT format('rotation %s: event %s is earlier than the one before', r.id, n) FROM \
             (SELECT rotation, n, at, lag(at) OVER (PARTITION BY rotation ORDER BY n) AS before FROM rotation_events) e \
             JOIN rotations r ON r.seq = e.rotation \
         WHERE at < before",
    ),
];

statements! {
    ROTATIONS = "SELECT seq, id, version, events, mean_value, value_count, last_receiver, in_a_row FROM rotations ORDER BY seq";
    VERSIONS = "SELECT version, settings, members FROM rotation_versions WHERE rotation = $1 ORDER BY version";
    EVENTS = "SELECT n, kind, version, user_seq, points, value, eligible, cancels FROM rotation_events \
        WHERE rotation = $1 ORDER BY n";
}

/// Adds up the events of each rotation, and compares that with what is kept.
pub(super) async fn check(conn: &mut Conn, findings: &mut Findings) -> Db<()> {
    for row in conn.all(ROTATIONS, &[]).await? {
        let mut row = Reader::new(&row);
        let (seq, id) = (row.next::<i64>()?, RotationId::from_uuid(row.next()?));
        let head = Head {
            version: row.next()?,
            events: row.next()?,
            mean_value: row.next()?,
            value_count: row.next()?,
            last_receiver: row.next()?,
            in_a_row: row.next()?,
        };
        let versions = conn.all(VERSIONS, &[&seq]).await?;
        let versions: Vec<(i64, String, String)> =
            versions.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))).collect::<Db<_>>()?;
        let mut fold = Fold::new(id, &versions);
        let add = |row: &tokio_postgres::Row| {
            let mut row = Reader::new(row);
            fold.add(&StoredEvent {
                number: row.next()?,
                kind: row.next::<i16>()?.into(),
                version: row.next()?,
                user: row.next()?,
                points: row.next()?,
                value: row.next()?,
                eligible: row.next()?,
                cancels: row.next()?,
            });
            Ok(())
        };
        conn.each(EVENTS, &[&seq], true, add).await?;
        findings.fault(fold.compare(&head, &accounts(conn, seq).await?));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn every_rule_can_be_prepared() {
        let rules: Vec<_> = super::RULES.iter().map(|(name, sql)| (*name, (*sql).to_owned())).collect();
        crate::statements::tests::prepare(&rules).await;
    }
}
