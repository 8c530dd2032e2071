//! Reading teams and members.

use reparto_domain::{
    Refusal, RotationId, TeamId, UserId,
    cursor::{KeyCursor, SequenceCursor},
    page::{CursorPage, Weight, rows_to_read},
    teams::{MemberSettings, Team, TeamMember},
};
use reparto_store::{StoreError, StoreResult};
use reparto_store_rows::{member_columns, team_columns, teams as stored};
use rusqlite::{Connection, params};

use crate::{engine::Conn as _, rows::Reader, statements::statements};

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
    BY_ID = concat!("SELECT ", team_columns!(), " FROM teams t WHERE t.id = ?1 AND t.deleted_at IS NULL");
    BY_SEQ = concat!("SELECT ", team_columns!(), " FROM teams t WHERE t.seq = ?1");
    LIST = concat!("SELECT ", team_columns!(), " FROM teams t WHERE t.deleted_at IS NULL AND t.seq > ?1 \
        ORDER BY t.seq LIMIT ?2");
    MEMBERS = members!("m.team = ?1 AND (m.place, m.user_seq) > (?2, ?3) ORDER BY m.place, m.user_seq LIMIT ?4");
    MEMBER = members!("m.team = ?1 AND m.user_seq = ?2");
    LAST_PLACE = "SELECT max(place) FROM team_members WHERE team = ?1 AND user_seq <> ?2 AND left_at IS NULL";
}

fn team(row: &mut Reader<'_>) -> StoreResult<(i64, Team)> {
    let seq = row.next()?;
    let team = Team {
        id: TeamId::from_bytes(row.next()?),
        name: row.next()?,
        time_zone: stored::zone(row.text()?)?,
        hours: row.next::<Option<String>>()?.as_deref().map(stored::hours).transpose()?,
        closed_days: stored::closed_days(row.text()?)?,
        self_service: row.next()?,
        rotation: RotationId::from_bytes(row.next()?),
        members: row.amount()?,
        revision: row.next()?,
        created_at: row.time()?,
        updated_at: row.time()?,
    };
    Ok((seq, team))
}

/// The team with this id, and its seq.
pub(crate) fn get(conn: &Connection, id: TeamId) -> StoreResult<(i64, Team)> {
    conn.opt(BY_ID, [id.as_bytes()], team)?.ok_or_else(|| Refusal::TeamNotFound.into())
}

/// The team with this seq.
pub(crate) fn by_seq(conn: &Connection, seq: i64) -> StoreResult<Team> {
    conn.one(BY_SEQ, [seq], team).map(|(_, team)| team)
}

/// A page of the teams, oldest first.
pub(super) fn list(
    conn: &Connection,
    after: Option<SequenceCursor>,
    limit: u64,
) -> StoreResult<CursorPage<Team, SequenceCursor>> {
    let after = after.map_or(0, |SequenceCursor(after)| after);
    let mut weight = Weight::default();
    let found = conn.all(LIST, params![after, rows_to_read(limit)], |row| {
        let read = team(row)?;
        weight.add(row.weight())?;
        Ok(read)
    })?;
    Ok(CursorPage::cut(found, limit))
}

/// A member, with the place and the user's seq.
pub(crate) fn member(row: &mut Reader<'_>) -> StoreResult<(KeyCursor, TeamMember)> {
    let (seq, user) = (row.next()?, UserId::from_bytes(row.next()?));
    let email: String = row.next()?;
    let (name, is_active, place) = (row.called(&email)?, row.next()?, row.next()?);
    let settings = MemberSettings {
        place,
        weight: stored::weight(row.next()?)?,
        skills: stored::skills(row.text()?)?,
        time_zone: row.next::<Option<String>>()?.as_deref().map(stored::zone).transpose()?,
        hours: row.next::<Option<String>>()?.as_deref().map(stored::hours).transpose()?,
        daily_quota: row.next()?,
        open_cap: row.next()?,
        paused_until: row.time_or_none()?,
    };
    let member = TeamMember { user, name, is_active, settings, joined_at: row.time()? };
    Ok((KeyCursor { key: place, seq }, member))
}

/// A page of a team's members, by place.
pub(super) fn members(
    conn: &Connection,
    id: TeamId,
    after: Option<KeyCursor>,
    limit: u64,
) -> StoreResult<CursorPage<TeamMember, KeyCursor>> {
    let (team, _) = get(conn, id)?;
    let after = after.unwrap_or(KeyCursor { key: i64::MIN, seq: i64::MIN });
    let mut weight = Weight::default();
    let found = conn.all(MEMBERS, params![team, after.key, after.seq, rows_to_read(limit)], |row| {
        let read = member(row)?;
        weight.add(row.weight())?;
        Ok(read)
    })?;
    Ok(CursorPage::cut_by_key(found, limit))
}

/// A member of a team, if the user is one.
pub(super) fn member_of(conn: &Connection, team: i64, user: i64) -> StoreResult<Option<TeamMember>> {
    Ok(conn.opt(MEMBER, [team, user], member)?.map(|(_, member)| member))
}

/// A member that was written a moment ago.
pub(super) fn written(conn: &Connection, team: i64, user: i64) -> StoreResult<TeamMember> {
    let found = member_of(conn, team, user)?;
    found.ok_or_else(|| StoreError::Inconsistent(format!("team_members has no row of team {team}, user {user}")))
}

/// The highest place of the other members.
pub(super) fn last_place(conn: &Connection, team: i64, user: i64) -> StoreResult<Option<i64>> {
    conn.one(LAST_PLACE, [team, user], crate::rows::value)
}
