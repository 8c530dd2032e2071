//! Reading rotations and their events.

use reparto_domain::{
    OperationId, OpportunityId, Refusal, RotationId, TeamId,
    cursor::SequenceCursor,
    dealing::ledger::LedgerEventKind,
    page::{CursorPage, rows_to_read},
    rotations::{Rotation, RotationEvent},
};
use reparto_store_rows::{
    numbers::{counted, signed},
    rotation_columns, rotation_event_columns,
    rotations::{self as stored, Head},
};
use tokio_postgres::Row as Found;
use uuid::Uuid;

use crate::{
    engine::{
        errors::{Db, Fault},
        tx::Conn,
    },
    rows::Reader,
    statements::statements,
};

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
              LEFT JOIN users u ON u.seq = e.user_seq WHERE e.rotation = $1 AND ",
            $condition
        )
    };
}

statements! {
    BY_ID = rotations!("r.id = $1 AND t.deleted_at IS NULL");
    // The team is not deleted, nor its members changed, while a rotation is written.
    LOCK_TEAM = "SELECT FROM teams WHERE seq = (SELECT team FROM rotations WHERE id = $1) FOR SHARE";
    LOCK = "SELECT FROM rotations WHERE id = $1 FOR UPDATE";
    LOCK_OF_TEAM = "SELECT FROM rotations WHERE team = $1 ORDER BY seq FOR UPDATE";
    BY_SEQ = rotations!("r.seq = $1");
    OF_TEAM = rotations!("r.team = $1 ORDER BY r.seq");
    LIST = rotations!("t.deleted_at IS NULL AND r.seq > $1 ORDER BY r.seq LIMIT $2");
    EVENTS = events!("e.n < $2 ORDER BY e.n DESC LIMIT $3");
    EVENT = events!("e.n = $2");
}

/// A rotation with what is kept of its ledger.
#[derive(Debug)]
pub(super) struct Row {
    pub seq: i64,
    pub team: i64,
    pub rotation: Rotation,
    pub head: Head,
}

fn rotation(row: &Found) -> Db<Row> {
    let mut row = Reader::new(row);
    let (seq, team) = (row.next()?, row.next()?);
    let (id, of) = (RotationId::from_uuid(row.next()?), TeamId::from_uuid(row.next()?));
    let (name, settings) = (row.next()?, stored::settings(row.next()?)?);
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
pub(super) async fn get(conn: &mut Conn, id: RotationId) -> Db<Row> {
    rotation(&conn.opt(BY_ID, &[&id.uuid()]).await?.ok_or(Refusal::RotationNotFound)?)
}

/// Like [`get`], but locks the rotation until the transaction ends, after its team.
pub(super) async fn lock(tx: &mut Conn, id: RotationId) -> Db<Row> {
    tx.run(LOCK_TEAM, &[&id.uuid()]).await?;
    tx.run(LOCK, &[&id.uuid()]).await?;
    // Read by a later statement, so that it sees what the previous holder of the lock committed.
    get(tx, id).await
}

/// The rotation with this seq.
pub(super) async fn by_seq(conn: &mut Conn, seq: i64) -> Db<Row> {
    rotation(&conn.one(BY_SEQ, &[&seq]).await?)
}

/// The rotations of a team, oldest first, locked until the transaction ends.
pub(super) async fn of_team(tx: &mut Conn, team: i64) -> Db<Vec<Row>> {
    tx.run(LOCK_OF_TEAM, &[&team]).await?;
    tx.all(OF_TEAM, &[&team]).await?.iter().map(rotation).collect()
}

/// A page of the rotations, oldest first.
pub(super) async fn list(
    conn: &mut Conn,
    after: Option<SequenceCursor>,
    limit: u64,
) -> Db<CursorPage<Rotation, SequenceCursor>> {
    let after = after.map_or(0, |SequenceCursor(after)| after);
    let read = |row: &Found| rotation(row).map(|read| (read.seq, read.rotation));
    let found = conn.page(LIST, &[&after, &rows_to_read(limit)], true, read).await?;
    Ok(CursorPage::cut(found, limit))
}

fn event(row: &Found) -> Db<RotationEvent> {
    let mut row = Reader::new(row);
    let number: i64 = row.next()?;
    let kind = row.number(LedgerEventKind::from_number)?;
    let version = stored::version(row.next()?)?;
    let at = row.time()?;
    let operation = row.next::<Option<Uuid>>()?.map(OperationId::from_uuid);
    let opportunity = row.next::<Option<Uuid>>()?.map(OpportunityId::from_uuid);
    let (points, value) = (row.next()?, row.next()?);
    let cancels = row.next::<Option<i64>>()?.map(counted);
    let reason = row.next()?;
    let mut person = || {
        let (id, email) = (row.user_or_none()?, row.next::<Option<&str>>()?);
        let name = row.called(email.unwrap_or_default())?;
        Db::Ok((id, id.map(|_| name)))
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
pub(super) async fn events(
    conn: &mut Conn,
    id: RotationId,
    after: Option<SequenceCursor>,
    limit: u64,
) -> Db<CursorPage<RotationEvent, SequenceCursor>> {
    let rotation = get(conn, id).await?.seq;
    let before = after.map_or(i64::MAX, |SequenceCursor(before)| before);
    let read = |row: &Found| event(row).map(|read| (signed(read.number), read));
    let found = conn.page(EVENTS, &[&rotation, &before, &rows_to_read(limit)], true, read).await?;
    Ok(CursorPage::cut(found, limit))
}

/// An event that was written a moment ago.
pub(super) async fn written(conn: &mut Conn, rotation: i64, number: i64) -> Db<RotationEvent> {
    let found = conn.opt(EVENT, &[&rotation, &number]).await?;
    let missing = || Fault::inconsistent(format!("rotation_events has no row {number} of rotation {rotation}"));
    event(&found.ok_or_else(missing)?)
}
