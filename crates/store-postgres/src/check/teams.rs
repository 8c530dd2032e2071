//! Invariants of teams, their members and their rotations.

use reparto_domain::TeamId;
use reparto_store_rows::teams::{member_fault, team_fault};

use super::Findings;
use crate::{
    engine::{errors::Db, tx::Conn},
    rows::Reader,
    statements::statements,
};

/// The stable name of each invariant, and a statement that selects its violations.
pub(crate) const RULES: &[(&str, &str)] = &[
    (
        "team_has_rotation",
        "SELECT format('team %s has no rotation', t.id) \
         FROM teams t LEFT JOIN rotations r ON r.team = t.seq WHERE r.seq IS NULL",
    ),
    (
        "rotation_sound",
        "SELECT format('rotation %s has operations in it that do not exist yet', id) FROM rotations \
         WHERE folded_operation > (SELECT coalesce(max(seq), 0) FROM operations) \
         UNION ALL \
         SELECT format('rotation %s: its version or a count of it is none', id) FROM rotations \
         WHERE version < 1 OR events < 0 OR value_count < 0",
    ),
    (
        "membership_sound",
        "SELECT format('user %s left team %s before they joined it', user_seq, team) FROM team_members \
         WHERE left_at < joined_at \
         UNION ALL \
         SELECT format('user %s left team %s, and is paused there', user_seq, team) FROM team_members \
         WHERE left_at IS NOT NULL AND paused_until IS NOT NULL",
    ),
];

statements! {
    TEAMS = "SELECT id, time_zone, hours, closed_days FROM teams ORDER BY seq";
    MEMBERS = "SELECT team, user_seq, skills, time_zone, hours FROM team_members ORDER BY team, user_seq";
}

pub(super) async fn check(conn: &mut Conn, findings: &mut Findings) -> Db<()> {
    let team = |row: &tokio_postgres::Row| {
        let mut row = Reader::new(row);
        let (id, zone, hours) = (TeamId::from_uuid(row.next()?), row.next()?, row.next()?);
        findings.fault(team_fault(id, zone, hours, row.next()?));
        Ok(())
    };
    conn.each(TEAMS, &[], true, team).await?;
    let member = |row: &tokio_postgres::Row| {
        let mut row = Reader::new(row);
        let (member, skills) = ((row.next()?, row.next()?), row.next()?);
        findings.fault(member_fault(member, skills, row.next()?, row.next()?));
        Ok(())
    };
    conn.each(MEMBERS, &[], true, member).await
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn every_rule_can_be_prepared() {
        crate::statements::tests::prepare(
            &super::RULES.iter().map(|(name, sql)| (*name, (*sql).to_owned())).collect::<Vec<_>>(),
        )
        .await;
    }
}
