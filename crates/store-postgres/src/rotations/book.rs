//! The ledger of a rotation: what is kept of it is read, and what the domain makes of that is written.

use std::collections::BTreeMap;

use reparto_domain::{
    Caller, RotationId, Timestamp,
    dealing::ledger::{Account, Roster},
    rotations::RotationSettings,
};
use reparto_store_rows::{
    columns::{
        self, ROTATION_ACCOUNT_WRITTEN, ROTATION_BOOKED, ROTATION_EVENT_WRITTEN, ROTATION_MADE,
        ROTATION_VERSION_WRITTEN,
    },
    numbers::signed,
    rotations::{Book, Booked, roster, roster_of, roster_text, settings_text},
};

use super::rows::{self, Row};
use crate::{
    actor::Actor,
    engine::{
        errors::Db,
        params::{At, Text},
        tx::Conn,
    },
    rows::{Reader, meaningless},
    statements::statements,
};

statements! {
    // What was done before it was made does not concern it.
    MAKE => columns::insert_with('$', "rotations", &[&ROTATION_MADE[..], &["settings"]].concat(),
        &[("updated_at", "{created_at}"), ("folded_operation", "(SELECT coalesce(max(seq), 0) FROM operations)")])
        + " RETURNING seq";
    VERSION => columns::insert('$', "rotation_versions", &ROTATION_VERSION_WRITTEN);
    ROSTER = "SELECT members FROM rotation_versions WHERE rotation = $1 AND version = $2";
    MEMBERS = "SELECT user_seq, weight FROM team_members WHERE team = $1 AND left_at IS NULL ORDER BY place, user_seq";
    ACCOUNTS = "SELECT user_seq, balance, value_balance, dealt, dealt_value, last_event FROM rotation_members \
        WHERE rotation = $1";
    BOOK => columns::update('$', "rotations", &ROTATION_BOOKED);
    ACCOUNT => columns::upsert('$', "rotation_members", &ROTATION_ACCOUNT_WRITTEN, 2);
    EVENT => columns::insert('$', "rotation_events", &ROTATION_EVENT_WRITTEN);
}

/// The account in the next columns.
pub(crate) fn account(row: &mut Reader<'_>) -> Db<Account> {
    Ok(Account {
        balance: row.next()?,
        value_balance: row.next()?,
        dealt: row.next()?,
        dealt_value: row.next()?,
        last_event: row.amount()?,
    })
}

/// What is kept of each user, by seq.
pub(crate) async fn accounts(conn: &mut Conn, rotation: i64) -> Db<BTreeMap<i64, Account>> {
    let rows = conn.all(ACCOUNTS, &[&rotation]).await?;
    let accounts = rows.iter().map(|row| {
        let mut row = Reader::new(row);
        Ok((row.next()?, account(&mut row)?))
    });
    accounts.collect()
}

/// The members of a team with their weights, by place.
async fn members(conn: &mut Conn, team: i64) -> Db<Roster<i64>> {
    let rows = conn.all(MEMBERS, &[&team]).await?;
    let pairs = rows.iter().map(|row| {
        let (user, weight): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        Ok((user, u32::try_from(weight).map_err(|_| meaningless("weight"))?))
    });
    pairs.collect::<Db<_>>().map(roster_of)
}

/// Makes a rotation of a team, whose members begin level.
pub(crate) async fn make(
    tx: &mut Conn,
    team: i64,
    id: RotationId,
    (name, settings): (&str, &RotationSettings),
    at: Timestamp,
) -> Db<i64> {
    let (settings, at) = (settings_text(settings)?, At(at));
    let made = tx.one(&MAKE, &[&id.uuid(), &team, &Text(name), &at, &Text(&settings)]).await?;
    let seq: i64 = made.try_get(0)?;
    let roster = roster_text(&members(tx, team).await?)?;
    tx.run(&VERSION, &[&seq, &1_i64, &Text(&settings), &Text(&roster), &at]).await?;
    Ok(seq)
}

/// Opens the ledger of a rotation, which is locked.
pub(super) async fn open(tx: &mut Conn, row: &Row) -> Db<Book> {
    let found = tx.one(ROSTER, &[&row.seq, &row.head.version]).await?;
    let accounts = accounts(tx, row.seq).await?;
    Ok(Book::open(&row.head, roster(found.try_get(0)?)?, accounts)?)
}

/// Writes a ledger. `reason` is that of a credit, the only event that has one.
pub(super) async fn write(
    tx: &mut Conn,
    caller: &Caller,
    actor: &Actor,
    (seq, settings): (i64, &RotationSettings),
    booked: &Booked,
    reason: Option<&str>,
) -> Db<()> {
    let (head, at) = (&booked.head, At(caller.at));
    if let Some(roster) = &booked.roster {
        let (settings, members) = (settings_text(settings)?, roster_text(roster)?);
        tx.run(&VERSION, &[&seq, &head.version, &Text(&settings), &Text(&members), &at]).await?;
    }
    for event in &booked.events {
        let kind = event.kind.number();
        let params: [&dyn crate::engine::params::Param; 10] = [
            &seq,
            &event.number,
            &kind,
            &head.version,
            &at,
            &actor.seq,
            &event.user,
            &event.points,
            &0_i64,
            &reason.map(Text),
        ];
        tx.run(&EVENT, &params).await?;
    }
    for (user, account) in &booked.accounts {
        let Account { balance, value_balance, dealt, dealt_value, last_event } = account;
        let params: [&dyn crate::engine::params::Param; 7] =
            [&seq, user, balance, value_balance, dealt, dealt_value, &signed(*last_event)];
        tx.run(&ACCOUNT, &params).await?;
    }
    let params: [&dyn crate::engine::params::Param; 8] = [
        &head.version,
        &head.events,
        &head.mean_value,
        &head.value_count,
        &head.last_receiver,
        &head.in_a_row,
        &at,
        &seq,
    ];
    tx.run(&BOOK, &params).await
}

/// Follows a change of a team's members in all of its rotations. The team is locked.
pub(crate) async fn follow(tx: &mut Conn, caller: &Caller, actor: &Actor, team: i64) -> Db<()> {
    let rows = rows::of_team(tx, team).await?;
    let members = members(tx, team).await?;
    for row in rows {
        let mut book = open(tx, &row).await?;
        book.follow(members.clone())?;
        if let Some(booked) = book.close() {
            let caller = &caller.taking_effect(caller.at, [row.rotation.updated_at]);
            write(tx, caller, actor, (row.seq, &row.rotation.settings), &booked, None).await?;
        }
    }
    Ok(())
}
