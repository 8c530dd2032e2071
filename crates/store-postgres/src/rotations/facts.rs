//! What a rotation tells of its members as of an instant.

use std::collections::HashMap;

use reparto_domain::{
    Roles, RotationId, Timestamp, UserId,
    absences::Period,
    rotations::{MemberFacts, RotationReading, TeamHours},
};
use reparto_store_rows::{member_columns, names::named, numbers::counted};
use tokio_postgres::Row;

use super::{book::account, rows};
use crate::{
    absences::rows::period,
    assignments::received,
    engine::{errors::Db, params::At, tx::Conn},
    rows::Reader,
    statements::statements,
    teams,
};

statements! {
    MEMBERS => format!("SELECT {}, u.role, u.daily_lead_quota, coalesce(k.balance, 0), coalesce(k.value_balance, 0), \
            coalesce(k.dealt, 0), coalesce(k.dealt_value, 0), coalesce(k.last_event, 0) \
        FROM team_members m JOIN users u ON u.seq = m.user_seq \
            LEFT JOIN rotation_members k ON k.rotation = $2 AND k.user_seq = m.user_seq \
        WHERE m.team = $1 AND m.left_at IS NULL ORDER BY m.place, m.user_seq", member_columns!());
    ABSENCES = "SELECT user_seq, starts_at, ends_at FROM absences WHERE user_seq = ANY($1) \
        AND coalesce(ends_at > $2, true)";
    OPEN => named("SELECT holder, coalesce(sum(n), 0)::bigint FROM ( \
            SELECT holder, n FROM assignment_counts \
            WHERE status IN ({status.assigned}, {status.contacted}) AND holder = ANY($1) \
            UNION ALL \
            SELECT d.holder, d.n FROM assignment_deltas, unnest(statuses, holders, ns) AS d (status, holder, n) \
            WHERE d.status IN ({status.assigned}, {status.contacted}) AND d.holder = ANY($1)) AS counted GROUP BY holder");
}

/// A member, and the user's seq. What is in other tables is added by [`complete`].
fn member(row: &Row) -> Db<(i64, MemberFacts)> {
    let mut row = Reader::new(row);
    let (cursor, member) = teams::rows::member_in(&mut row)?;
    let (role, user_quota) = (row.role()?, row.next()?);
    let account = account(&mut row)?;
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

async fn complete(conn: &mut Conn, found: &mut [(i64, MemberFacts)], team: &TeamHours, at: Timestamp) -> Db<()> {
    let seqs: Vec<i64> = found.iter().map(|(seq, _)| *seq).collect();
    let since: Vec<At> = found.iter().map(|(_, facts)| At(facts.day_start(team, at))).collect();
    let mut absences: HashMap<i64, Vec<Period>> = HashMap::new();
    for row in conn.all(ABSENCES, &[&seqs, &At(at)]).await? {
        let mut row = Reader::new(&row);
        let user = row.next()?;
        absences.entry(user).or_default().push(period(&mut row)?);
    }
    let open = conn.all(&OPEN, &[&seqs]).await?;
    let open: HashMap<i64, i64> = open.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<Db<_>>()?;
    let received = received(conn, seqs, since).await?;
    for (seq, facts) in found {
        facts.absences = absences.remove(seq).unwrap_or_default();
        facts.open = open.get(seq).copied().map_or(0, counted);
        facts.received_today = received.get(seq).copied().unwrap_or(0);
    }
    Ok(())
}

/// A rotation with its members as of an instant.
pub(super) async fn reading(conn: &mut Conn, id: RotationId, assignable: &Roles, at: Timestamp) -> Db<RotationReading> {
    let row = rows::get(conn, id).await?;
    let team = teams::rows::by_seq(conn, row.team).await?;
    let team = TeamHours { zone: team.time_zone, hours: team.hours, closed_days: team.closed_days };
    let found = conn.all(&MEMBERS, &[&row.team, &row.seq]).await?;
    let mut found: Vec<(i64, MemberFacts)> = found.iter().map(member).collect::<Db<_>>()?;
    complete(conn, &mut found, &team, at).await?;
    let last = row.head.row();
    let user = |seq: i64| found.iter().find(|(known, _)| *known == seq).map(|(_, facts)| facts.user);
    let last: Option<(UserId, u32)> = last.and_then(|(seq, in_a_row)| Some((user(seq)?, in_a_row)));
    let (mean, events) = (row.head.mean(), counted(row.head.events));
    let members = found.into_iter().map(|(_, facts)| facts.at(&team, assignable, at)).collect();
    Ok(RotationReading { rotation: row.rotation, members, row: last, mean, events })
}
