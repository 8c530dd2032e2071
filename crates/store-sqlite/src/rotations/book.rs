//! The ledger of a rotation: what is kept of it is read, and what the domain makes of that is written.

use std::collections::BTreeMap;

use reparto_domain::{
    Caller, RotationId, Timestamp,
    dealing::ledger::{Account, Roster},
    rotations::RotationSettings,
};
use reparto_store::StoreResult;
use reparto_store_rows::{
    columns::{
        self, ROTATION_ACCOUNT_WRITTEN, ROTATION_BOOKED, ROTATION_EVENT_WRITTEN, ROTATION_MADE,
        ROTATION_VERSION_WRITTEN,
    },
    numbers::signed,
    rotations::{Book, Booked, roster, roster_of, roster_text, settings_text},
};
use rusqlite::{Connection, params};

use super::rows::{self, Row};
use crate::{actor::Actor, engine::Conn as _, rows::Reader, statements::statements};

statements! {
    // What was done before it was made does not concern it.
    MAKE => columns::insert_with('?', "rotations", &[&ROTATION_MADE[..], &["settings"]].concat(),
        &[("updated_at", "{created_at}"), ("folded_operation", "(SELECT coalesce(max(seq), 0) FROM operations)")]);
    VERSION => columns::insert('?', "rotation_versions", &ROTATION_VERSION_WRITTEN);
    ROSTER = "SELECT members FROM rotation_versions WHERE rotation = ?1 AND version = ?2";
    MEMBERS = "SELECT user_seq, weight FROM team_members WHERE team = ?1 AND left_at IS NULL ORDER BY place, user_seq";
    ACCOUNTS = "SELECT user_seq, balance, value_balance, dealt, dealt_value, last_event FROM rotation_members \
        WHERE rotation = ?1";
    BOOK => columns::update('?', "rotations", &ROTATION_BOOKED);
    ACCOUNT => columns::upsert('?', "rotation_members", &ROTATION_ACCOUNT_WRITTEN, 2);
    EVENT => columns::insert('?', "rotation_events", &ROTATION_EVENT_WRITTEN);
}

/// The account in the next columns.
pub(crate) fn account(row: &mut Reader<'_>) -> StoreResult<Account> {
    Ok(Account {
        balance: row.next()?,
        value_balance: row.next()?,
        dealt: row.next()?,
        dealt_value: row.next()?,
        last_event: row.amount()?,
    })
}

/// What is kept of each user, by seq.
pub(crate) fn accounts(conn: &Connection, rotation: i64) -> StoreResult<BTreeMap<i64, Account>> {
    Ok(conn.all(ACCOUNTS, [rotation], |row| Ok((row.next()?, account(row)?)))?.into_iter().collect())
}

/// The members of a team with their weights, by place.
fn members(conn: &Connection, team: i64) -> StoreResult<Roster<i64>> {
    conn.all(MEMBERS, [team], |row| Ok((row.next()?, row.next()?))).map(roster_of)
}

/// Makes a rotation of a team, whose members begin level.
pub(crate) fn make(
    conn: &Connection,
    team: i64,
    id: RotationId,
    (name, settings): (&str, &RotationSettings),
    at: Timestamp,
) -> StoreResult<i64> {
    let (settings, at) = (settings_text(settings)?, at.micros());
    let seq = conn.insert(&MAKE, params![id.as_bytes(), team, name, at, settings])?;
    conn.run(&VERSION, params![seq, 1, settings, roster_text(&members(conn, team)?)?, at])?;
    Ok(seq)
}

/// Opens the ledger of a rotation.
pub(super) fn open(conn: &Connection, row: &Row) -> StoreResult<Book> {
    let roster = conn.one(ROSTER, params![row.seq, row.head.version], |row| roster(row.text()?))?;
    Book::open(&row.head, roster, accounts(conn, row.seq)?)
}

/// Writes a ledger. `reason` is that of a credit, the only event that has one.
pub(super) fn write(
    conn: &Connection,
    caller: &Caller,
    actor: &Actor,
    (seq, settings): (i64, &RotationSettings),
    booked: &Booked,
    reason: Option<&str>,
) -> StoreResult<()> {
    let (head, at) = (&booked.head, caller.at.micros());
    if let Some(roster) = &booked.roster {
        conn.run(&VERSION, params![seq, head.version, settings_text(settings)?, roster_text(roster)?, at])?;
    }
    for event in &booked.events {
        let (kind, version) = (event.kind.number(), head.version);
        let values = params![seq, event.number, kind, version, at, actor.seq, event.user, event.points, 0, reason];
        conn.run(&EVENT, values)?;
    }
    for (user, account) in &booked.accounts {
        let Account { balance, value_balance, dealt, dealt_value, last_event } = account;
        conn.run(&ACCOUNT, params![seq, user, balance, value_balance, dealt, dealt_value, signed(*last_event)])?;
    }
    let row = params![
        head.version,
        head.events,
        head.mean_value,
        head.value_count,
        head.last_receiver,
        head.in_a_row,
        at,
        seq,
    ];
    conn.run(&BOOK, row).map(drop)
}

/// Follows a change of a team's members in all of its rotations.
pub(crate) fn follow(conn: &Connection, caller: &Caller, actor: &Actor, team: i64) -> StoreResult<()> {
    let members = members(conn, team)?;
    for row in rows::of_team(conn, team)? {
        let mut book = open(conn, &row)?;
        book.follow(members.clone())?;
        if let Some(booked) = book.close() {
            let caller = &caller.taking_effect(caller.at, [row.rotation.updated_at]);
            write(conn, caller, actor, (row.seq, &row.rotation.settings), &booked, None)?;
        }
    }
    Ok(())
}
