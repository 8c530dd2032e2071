//! Invariants of teams, their members and their rotations.

use reparto_domain::TeamId;
use reparto_store::StoreResult;
use reparto_store_rows::teams::{member_fault, team_fault};
use rusqlite::Connection;

use super::Findings;
use crate::{engine::Conn as _, statements::statements};

/// The stable name of each invariant, and a statement that selects its violations.
pub(super) const RULES: &[(&str, &str)] = &[
    (
        "team_has_rotation",
        "SELECT format('team %s has no rotation', lower(hex(t.id)))
         FROM teams t LEFT JOIN rotations r ON r.team = t.seq WHERE r.seq IS NULL",
    ),
    (
        "rotation_sound",
        "SELECT format('rotation %s has operations in it that do not exist yet', lower(hex(id))) FROM rotations
         WHERE folded_operation > (SELECT coalesce(max(seq), 0) FROM operations)
         UNION ALL
         SELECT format('rotation %s: its version or a count of it is none', lower(hex(id))) FROM rotations
         WHERE version < 1 OR events < 0 OR value_count < 0",
    ),
    (
        "membership_sound",
        "SELECT format('user %d left team %d before they joined it', user_seq, team) FROM team_members
         WHERE left_at < joined_at
         UNION ALL
         SELECT format('user %d left team %d, and is paused there', user_seq, team) FROM team_members
         WHERE left_at IS NOT NULL AND paused_until IS NOT NULL",
    ),
];

statements! {
    TEAMS = "SELECT id, time_zone, hours, closed_days FROM teams ORDER BY seq";
    MEMBERS = "SELECT team, user_seq, skills, time_zone, hours FROM team_members ORDER BY team, user_seq";
}

pub(super) fn check(conn: &Connection, findings: &mut Findings) -> StoreResult<()> {
    conn.each(TEAMS, [], |row| {
        let (id, zone, hours) = (TeamId::from_bytes(row.next()?), row.text()?, row.next::<Option<String>>()?);
        findings.fault(team_fault(id, zone, hours.as_deref(), row.text()?));
        Ok(true)
    })?;
    conn.each(MEMBERS, [], |row| {
        let (member, skills) = ((row.next()?, row.next()?), row.text()?);
        let (zone, hours): (Option<String>, Option<String>) = (row.next()?, row.next()?);
        findings.fault(member_fault(member, skills, zone.as_deref(), hours.as_deref()));
        Ok(true)
    })
}
