//! Reading rotations and their events.

use reparto_domain::{
    OperationId, OpportunityId, Refusal, RotationId, TeamId, Timestamp,
    cursor::SequenceCursor,
    dealing::ledger::LedgerEventKind,
    page::{CursorPage, Weight, rows_to_read},
    rotations::{Rotation, RotationEvent},
};
use reparto_store::{StoreError, StoreResult};
use reparto_store_rows::{
    numbers::{counted, signed},
    rotation_columns, rotation_event_columns,
    rotations::{self as stored, Head},
};
use rusqlite::{Connection, params};

use crate::{engine::Conn as _, rows::Reader, statements::statements};

macro_rules! rotations {
    ($condition:literal) => {
        concat!("SELECT ", rotation_columns!(), " FROM rotations r JOIN teams t ON t.seq = r.team WHERE ", $condition)
    };
}

macro_rules! events {
    ($condition:literal) => {
        concat!(
            "SELECT ",
            rotation_event_columns!(),
            " FROM rotation_events e LEFT JOIN operations p ON p.seq = e.operation \
              LEFT JOIN opportunities o ON o.seq = e.opportunity LEFT JOIN users a ON a.seq = e.actor \
              LEFT JOIN users u ON u.seq = e.user_seq WHERE e.rotation = ?1 AND ",
            $condition
        )
    };
}

statements! {
    BY_ID = rotations!("r.id = ?1 AND t.deleted_at IS NULL");
    BY_SEQ = rotations!("r.seq = ?1");
    OF_TEAM = rotations!("r.team = ?1 ORDER BY r.seq");
    LIST = rotations!("t.deleted_at IS NULL AND r.seq > ?1 ORDER BY r.seq LIMIT ?2");
    EVENTS = events!("e.n < ?2 ORDER BY e.n DESC LIMIT ?3");
    EVENT = events!("e.n = ?2");
}

/// A rotation with what is kept of its ledger.
#[derive(Debug)]
pub(super) struct Row {
    pub seq: i64,
    pub team: i64,
    pub rotation: Rotation,
    pub head: Head,
}

fn rotation(row: &mut Reader<'_>) -> StoreResult<Row> {
    let (seq, team) = (row.next()?, row.next()?);
    let (id, of) = (RotationId::from_bytes(row.next()?), TeamId::from_bytes(row.next()?));
    let (name, settings) = (row.next()?, stored::settings(row.text()?)?);
    let version = row.next()?;
    let (created_at, updated_at) = (row.time()?, row.time()?);
    let rotation =
        Rotation { id, team: of, name, settings, version: stored::version(version)?, created_at, updated_at };
    let head = Head {
        version,
        events: row.next()?,
        mean_value: row.next()?,
        value_count: row.next()?,
        last_receiver: row.next()?,
        in_a_row: row.next()?,
    };
    Ok(Row { seq, team, rotation, head })
}

/// The rotation with this id, if its team is not deleted.
pub(super) fn get(conn: &Connection, id: RotationId) -> StoreResult<Row> {
    conn.opt(BY_ID, [id.as_bytes()], rotation)?.ok_or_else(|| Refusal::RotationNotFound.into())
}

/// The rotation with this seq.
pub(super) fn by_seq(conn: &Connection, seq: i64) -> StoreResult<Row> {
    conn.one(BY_SEQ, [seq], rotation)
}

/// The rotations of a team, oldest first.
pub(super) fn of_team(conn: &Connection, team: i64) -> StoreResult<Vec<Row>> {
    conn.all(OF_TEAM, [team], rotation)
}

/// A page of the rotations, oldest first.
pub(super) fn list(
    conn: &Connection,
    after: Option<SequenceCursor>,
    limit: u64,
) -> StoreResult<CursorPage<Rotation, SequenceCursor>> {
    let after = after.map_or(0, |SequenceCursor(after)| after);
    let mut weight = Weight::default();
    let found = conn.all(LIST, params![after, rows_to_read(limit)], |row| {
        let read = rotation(row)?;
        weight.add(row.weight())?;
        Ok((read.seq, read.rotation))
    })?;
    Ok(CursorPage::cut(found, limit))
}

fn event(row: &mut Reader<'_>) -> StoreResult<RotationEvent> {
    let number: i64 = row.next()?;
    let kind = row.number(LedgerEventKind::from_number)?;
    let version = stored::version(row.next()?)?;
    let at: Timestamp = row.time()?;
    let operation = row.next::<Option<[u8; 16]>>()?.map(OperationId::from_bytes);
    let opportunity = row.next::<Option<[u8; 16]>>()?.map(OpportunityId::from_bytes);
    let (points, value) = (row.next()?, row.next()?);
    let cancels = row.next::<Option<i64>>()?.map(counted);
    let reason = row.next()?;
    let mut person = || {
        let (id, email) = (row.user_or_none()?, row.next::<Option<String>>()?);
        let name = row.called(email.as_deref().unwrap_or_default())?;
        StoreResult::Ok((id, id.map(|_| name)))
    };
    let (actor, actor_name) = person()?;
    let (user, user_name) = person()?;
    Ok(RotationEvent {
        number: counted(number),
        kind,
        version,
        at,
        actor,
        actor_name,
        operation,
        opportunity,
        user,
        user_name,
        points,
        value,
        cancels,
        reason,
    })
}

/// A page of a rotation's events, newest first.
pub(super) fn events(
    conn: &Connection,
    id: RotationId,
    after: Option<SequenceCursor>,
    limit: u64,
) -> StoreResult<CursorPage<RotationEvent, SequenceCursor>> {
    let rotation = get(conn, id)?.seq;
    let before = after.map_or(i64::MAX, |SequenceCursor(before)| before);
    let mut weight = Weight::default();
    let found = conn.all(EVENTS, params![rotation, before, rows_to_read(limit)], |row| {
        let read = event(row)?;
        weight.add(row.weight())?;
        Ok((signed(read.number), read))
    })?;
    Ok(CursorPage::cut(found, limit))
}

/// An event that was written a moment ago.
pub(super) fn written(conn: &Connection, rotation: i64, number: i64) -> StoreResult<RotationEvent> {
    let found = conn.opt(EVENT, [rotation, number], event)?;
    found.ok_or_else(|| StoreError::Inconsistent(format!("rotation_events has no row {number} of rotation {rotation}")))
}
