//! Invariants of the ledgers of rotations.

use reparto_domain::RotationId;
use reparto_store::StoreResult;
use reparto_store_rows::rotations::{Fold, Head, StoredEvent};
use rusqlite::Connection;

use super::Findings;
use crate::{engine::Conn as _, rotations::book::accounts, statements::statements};

/// The stable name of each invariant, and a statement that selects its violations.
pub(super) const RULES: &[(&str, &str)] = &[
    (
        "rotation_balanced",
        "SELECT format('rotation %s: its balances add up to %d, those of values to %d', lower(hex(r.id)), turns, vals) FROM
             (SELECT rotation, sum(balance) AS turns, sum(value_balance) AS vals FROM rotation_members GROUP BY rotation) b
             JOIN rotations r ON r.seq = b.rotation
         WHERE turns <> 0 OR vals <> 0",
    ),
    (
        "rotation_follows_team",
        "SELECT format('rotation %s: its newest version is not of the members that its team has', lower(hex(r.id)))
         FROM rotations r LEFT JOIN rotation_versions v ON v.rotation = r.seq AND v.version = r.version
         WHERE v.settings IS NOT r.settings OR v.members IS NOT (
             SELECT json_group_array(json_array(user_seq, weight)) FROM (
                 SELECT user_seq, weight FROM team_members m WHERE m.team = r.team AND m.left_at IS NULL
                 ORDER BY place, user_seq))",
    ),
    (
        "rotation_events_in_order",
        "SELECT format('rotation %s: event %d is earlier than the one before', lower(hex(r.id)), n) FROM
             (SELECT rotation, n, at, lag(at) OVER (PARTITION BY rotation ORDER BY n) AS before FROM rotation_events) e
             JOIN rotations r ON r.seq = e.rotation
         WHERE at < before",
    ),
];

statements! {
    ROTATIONS = "SELECT seq, id, version, events, mean_value, value_count, last_receiver, in_a_row FROM rotations ORDER BY seq";
    VERSIONS = "SELECT version, settings, members FROM rotation_versions WHERE rotation = ?1 ORDER BY version";
    EVENTS = "SELECT n, kind, version, user_seq, points, value, eligible, cancels FROM rotation_events \
        WHERE rotation = ?1 ORDER BY n";
}

/// Adds up the events of each rotation, and compares that with what is kept.
pub(super) fn check(conn: &Connection, findings: &mut Findings) -> StoreResult<()> {
    let rotations: Vec<(i64, RotationId, Head)> = conn.all(ROTATIONS, [], |row| {
        let (seq, id) = (row.next()?, RotationId::from_bytes(row.next()?));
        let head = Head {
            version: row.next()?,
            events: row.next()?,
            mean_value: row.next()?,
            value_count: row.next()?,
            last_receiver: row.next()?,
            in_a_row: row.next()?,
        };
        Ok((seq, id, head))
    })?;
    for (seq, id, head) in rotations {
        let versions = conn.all(VERSIONS, [seq], |row| Ok((row.next()?, row.next()?, row.next()?)))?;
        let mut fold = Fold::new(id, &versions);
        conn.each(EVENTS, [seq], |row| {
            fold.add(&StoredEvent {
                number: row.next()?,
                kind: row.next()?,
                version: row.next()?,
                user: row.next()?,
                points: row.next()?,
                value: row.next()?,
                eligible: row.next()?,
                cancels: row.next()?,
            });
            Ok(true)
        })?;
        findings.fault(fold.compare(&head, &accounts(conn, seq)?));
    }
    Ok(())
}
