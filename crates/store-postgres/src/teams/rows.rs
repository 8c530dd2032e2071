//! Reading teams and members.

use reparto_domain::{
    Refusal, RotationId, TeamId, UserId,
    cursor::{KeyCursor, SequenceCursor},
    page::{CursorPage, rows_to_read},
    teams::{MemberSettings, Team, TeamMember},
};
use reparto_store_rows::{member_columns, team_columns, teams as stored};
use tokio_postgres::Row;

use crate::{
    engine::{
        errors::{Db, Fault},
        tx::Conn,
    },
    rows::Reader,
    statements::statements,
};

macro_rules! members {
    ($condition:literal) => {
        concat!(
            "SELECT ",
            member_columns!(),
            " FROM team_members m JOIN users u ON u.seq = m.user_seq WHERE m.left_at IS NULL AND ",
            $condition
        )
    };
}

statements! {
    BY_ID = concat!("SELECT ", team_columns!(), " FROM teams t WHERE t.id = $1 AND t.deleted_at IS NULL");
    // Whoever changes a team or its members has its row.
    LOCK = "SELECT FROM teams WHERE id = $1 FOR NO KEY UPDATE";
    BY_SEQ = concat!("SELECT ", team_columns!(), " FROM teams t WHERE t.seq = $1");
    LIST = concat!("SELECT ", team_columns!(), " FROM teams t WHERE t.deleted_at IS NULL AND t.seq > $1 \
        ORDER BY t.seq LIMIT $2");
    MEMBERS = members!("m.team = $1 AND (m.place, m.user_seq) > ($2, $3) ORDER BY m.place, m.user_seq LIMIT $4");
    MEMBER = members!("m.team = $1 AND m.user_seq = $2");
    LAST_PLACE = "SELECT max(place) FROM team_members WHERE team = $1 AND user_seq <> $2 AND left_at IS NULL";
}

fn team(row: &Row) -> Db<(i64, Team)> {
    let mut row = Reader::new(row);
    let seq = row.next()?;
    let team = Team {
        id: TeamId::from_uuid(row.next()?),
        name: row.next()?,
        time_zone: stored::zone(row.next()?)?,
        hours: row.next::<Option<&str>>()?.map(stored::hours).transpose()?,
        closed_days: stored::closed_days(row.next()?)?,
        self_service: row.next()?,
        rotation: RotationId::from_uuid(row.next()?),
        members: row.amount()?,
        revision: row.next()?,
        created_at: row.time()?,
        updated_at: row.time()?,
    };
    Ok((seq, team))
}

/// The team with this id, and its seq.
pub(crate) async fn get(conn: &mut Conn, id: TeamId) -> Db<(i64, Team)> {
    team(&conn.opt(BY_ID, &[&id.uuid()]).await?.ok_or(Refusal::TeamNotFound)?)
}

/// Like [`get`], but locks the team until the transaction ends.
pub(crate) async fn lock(tx: &mut Conn, id: TeamId) -> Db<(i64, Team)> {
    tx.run(LOCK, &[&id.uuid()]).await?;
    // Read by a later statement, so that it sees what the previous holder of the lock committed.
    get(tx, id).await
}

/// The team with this seq.
pub(crate) async fn by_seq(conn: &mut Conn, seq: i64) -> Db<Team> {
    team(&conn.one(BY_SEQ, &[&seq]).await?).map(|(_, team)| team)
}

/// A page of the teams, oldest first.
pub(super) async fn list(
    conn: &mut Conn,
    after: Option<SequenceCursor>,
    limit: u64,
) -> Db<CursorPage<Team, SequenceCursor>> {
    let after = after.map_or(0, |SequenceCursor(after)| after);
    let found = conn.page(LIST, &[&after, &rows_to_read(limit)], true, team).await?;
    Ok(CursorPage::cut(found, limit))
}

fn member(row: &Row) -> Db<(KeyCursor, TeamMember)> {
    member_in(&mut Reader::new(row))
}

/// The member in the next columns, with the place and the user's seq.
pub(crate) fn member_in(row: &mut Reader<'_>) -> Db<(KeyCursor, TeamMember)> {
    let (seq, user) = (row.next()?, UserId::from_uuid(row.next()?));
    let email: &str = row.next()?;
    let (name, is_active, place) = (row.called(email)?, row.next()?, row.next()?);
    let settings = MemberSettings {
        place,
        weight: stored::weight(row.next()?)?,
        skills: stored::skills(row.next()?)?,
        time_zone: row.next::<Option<&str>>()?.map(stored::zone).transpose()?,
        hours: row.next::<Option<&str>>()?.map(stored::hours).transpose()?,
        daily_quota: row.next()?,
        open_cap: row.next()?,
        paused_until: row.time_or_none()?,
    };
    let member = TeamMember { user, name, is_active, settings, joined_at: row.time()? };
    Ok((KeyCursor { key: place, seq }, member))
}

/// A page of a team's members, by place.
pub(super) async fn members(
    conn: &mut Conn,
    id: TeamId,
    after: Option<KeyCursor>,
    limit: u64,
) -> Db<CursorPage<TeamMember, KeyCursor>> {
    let (team, _) = get(conn, id).await?;
    let after = after.unwrap_or(KeyCursor { key: i64::MIN, seq: i64::MIN });
    let found = conn.page(MEMBERS, &[&team, &after.key, &after.seq, &rows_to_read(limit)], true, member).await?;
    Ok(CursorPage::cut_by_key(found, limit))
}

/// A member of a team, if the user is one.
pub(super) async fn member_of(conn: &mut Conn, team: i64, user: i64) -> Db<Option<TeamMember>> {
    let found = conn.opt(MEMBER, &[&team, &user]).await?;
    Ok(found.map(|row| member(&row)).transpose()?.map(|(_, member)| member))
}

/// A member that was written a moment ago.
pub(super) async fn written(conn: &mut Conn, team: i64, user: i64) -> Db<TeamMember> {
    let found = member_of(conn, team, user).await?;
    found.ok_or_else(|| Fault::inconsistent(format!("team_members has no row of team {team}, user {user}")))
}

/// The highest place of the other members.
pub(super) async fn last_place(conn: &mut Conn, team: i64, user: i64) -> Db<Option<i64>> {
    Ok(conn.one(LAST_PLACE, &[&team, &user]).await?.try_get(0)?)
}
