//! What a rotation tells of its members as of an instant.

use reparto_domain::{
    Roles, RotationId, Timestamp, UserId,
    dealing::ledger::Account,
    rotations::{MemberFacts, RotationReading, TeamHours},
};
use reparto_store::StoreResult;
use reparto_store_rows::{member_columns, names::named, numbers::counted};
use rusqlite::{Connection, params};

use super::{book::account, rows};
use crate::{
    absences::rows::period, assignments::received, engine::Conn as _, rows::Reader, statements::statements, teams,
};

statements! {
    MEMBERS => format!("SELECT {}, u.role, u.daily_lead_quota, coalesce(k.balance, 0), coalesce(k.value_balance, 0), \
            coalesce(k.dealt, 0), coalesce(k.dealt_value, 0), coalesce(k.last_event, 0) \
        FROM team_members m JOIN users u ON u.seq = m.user_seq \
            LEFT JOIN rotation_members k ON k.rotation = ?2 AND k.user_seq = m.user_seq \
        WHERE m.team = ?1 AND m.left_at IS NULL ORDER BY m.place, m.user_seq", member_columns!());
    ABSENCES = "SELECT starts_at, ends_at FROM absences WHERE user_seq = ?1 AND (ends_at IS NULL OR ends_at > ?2)";
    OPEN => named("SELECT coalesce(sum(n), 0) FROM assignment_counts WHERE holder = ?1 \
        AND status IN ({status.assigned}, {status.contacted})");
}

/// A member, and the user's seq. What is in other tables is added by [`complete`].
fn member(row: &mut Reader<'_>) -> StoreResult<(i64, MemberFacts)> {
    let (cursor, member) = teams::rows::member(row)?;
    let (role, user_quota) = (row.role()?, row.next()?);
    let account: Account = account(row)?;
    let facts = MemberFacts {
        user: member.user,
        name: member.name,
        is_active: member.is_active,
        role,
        user_quota,
        settings: member.settings,
        absences: Vec::new(),
        account,
        open: 0,
        received_today: 0,
    };
    Ok((cursor.seq, facts))
}

fn complete(conn: &Connection, seq: i64, facts: &mut MemberFacts, team: &TeamHours, at: Timestamp) -> StoreResult<()> {
    facts.absences = conn.all(ABSENCES, params![seq, at.micros()], period)?;
    facts.open = counted(conn.count(&OPEN, [seq])?);
    facts.received_today = received(conn, seq, facts.day_start(team, at))?;
    Ok(())
}

/// A rotation with its members as of an instant.
pub(super) fn reading(
    conn: &Connection,
    id: RotationId,
    assignable: &Roles,
    at: Timestamp,
) -> StoreResult<RotationReading> {
    let row = rows::get(conn, id)?;
    let team = teams::rows::by_seq(conn, row.team)?;
    let team = TeamHours { zone: team.time_zone, hours: team.hours, closed_days: team.closed_days };
    let mut found: Vec<(i64, MemberFacts)> = conn.all(&MEMBERS, [row.team, row.seq], member)?;
    for (seq, facts) in &mut found {
        complete(conn, *seq, facts, &team, at)?;
    }
    let last = row.head.row();
    let user = |seq: i64| found.iter().find(|(known, _)| *known == seq).map(|(_, facts)| facts.user);
    let last: Option<(UserId, u32)> = last.and_then(|(seq, in_a_row)| Some((user(seq)?, in_a_row)));
    let (mean, events) = (row.head.mean(), counted(row.head.events));
    let members = found.into_iter().map(|(_, facts)| facts.at(&team, assignable, at)).collect();
    Ok(RotationReading { rotation: row.rotation, members, row: last, mean, events })
}
