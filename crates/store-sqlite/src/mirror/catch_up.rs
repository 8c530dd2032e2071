//! Bringing a mirror up to date: the touched rows are read again in the current snapshot.

use reparto_domain::opportunities::OpportunitySort;
use reparto_store::{StoreError, StoreResult};
use reparto_store_rows::{
    lists::{Facts, order_index},
    names::named,
    numbers,
};
use rusqlite::Connection;

use super::{
    columns::{Columns, places},
    feed::{Touched, WAITING_MAX},
};
use crate::{engine::Conn as _, rows::value, statements::statements};

statements! {
    HOT = "SELECT status, holder FROM assignments WHERE seq = ?1";
    FACTS => named("SELECT score, priority, attempt_count < {attempts.max} AND call_completed = 0, do_not_contact, \
        contact_seq FROM opportunities \
        WHERE seq = ?1 AND deleted_at IS NULL");
    CONTACT = "SELECT search_text FROM contacts WHERE seq = ?1 AND deleted_at IS NULL";
}

/// Rows whose position in an order changes.
#[derive(Debug, Default)]
struct Moves {
    out: Vec<u32>,
    into: Vec<u32>,
}

impl Columns {
    /// Reads the touched rows. After an error the mirror must not be used.
    pub(super) fn catch_up(&mut self, conn: &Connection, mut touched: Touched) -> StoreResult<()> {
        touched.sort();
        self.facts(conn, &touched.facts)?;
        self.hot(conn, &touched.hot)?;
        if let Some(late) = &mut self.late {
            late.extend_from_slice(&touched.contacts);
            if late.len() > WAITING_MAX {
                self.late = None;
            }
        }
        for contact in touched.contacts {
            if self.searches.is_none() {
                break;
            }
            let text: Option<String> = conn.opt(CONTACT, [contact], value)?;
            if !self.searches.as_mut().is_none_or(|searches| searches.changed(contact, text.as_deref())) {
                self.searches = None;
            }
        }
        Ok(())
    }

    fn hot(&mut self, conn: &Connection, rows: &[i64]) -> StoreResult<()> {
        for row in rows {
            let now: Option<(i64, Option<u32>)> = conn.opt(HOT, [row], |row| Ok((row.next()?, row.next()?)))?;
            // A missing row belongs to a transaction that this snapshot does not show.
            let Some((status, holder)) = now else { continue };
            let seq = number(*row)?;
            self.make_room(seq);
            self.facts[seq] = self.facts[seq].with_status(status);
            self.holders[seq] = holder.unwrap_or(0);
        }
        Ok(())
    }

    fn facts(&mut self, conn: &Connection, rows: &[i64]) -> StoreResult<()> {
        let mut moves: [Moves; 4] = Default::default();
        for row in rows {
            let now: Option<(Facts, u32)> = conn.opt(&FACTS, [row], |row| {
                let facts = Facts::new(row.next()?, row.next()?, row.next()?);
                Ok((facts.with_do_not_contact(row.next()?), row.next()?))
            })?;
            let seq = number(*row)?;
            self.make_room(seq);
            let before = self.facts[seq];
            let after = now.map_or_else(Facts::default, |(facts, _)| facts).with_status_of(before);
            for sort in OpportunitySort::ALL {
                let moves = &mut moves[order_index(sort)];
                let is_moved = before.is_live() != after.is_live() || after.moves(before, sort);
                if is_moved && before.is_live() {
                    moves.out.push(numbers::row(seq));
                }
                if is_moved && after.is_live() {
                    moves.into.push(numbers::row(seq));
                }
            }
            self.facts[seq] = after;
            if let Some((_, contact)) = now {
                self.contacts[seq] = contact;
            }
        }
        for sort in OpportunitySort::ALL {
            let (order, moves) = (&mut self.orders[order_index(sort)], &moves[order_index(sort)]);
            order.remove(&moves.out);
            order.insert(places(conn, sort), &moves.into)?;
        }
        Ok(())
    }

    fn make_room(&mut self, seq: usize) {
        let length = self.facts.len();
        if seq < length {
            return;
        }
        let more = seq + 1 - length;
        if self.facts.capacity() <= seq {
            let room = more + length / 32;
            self.facts.reserve_exact(room);
            self.holders.reserve_exact(room);
            self.contacts.reserve_exact(room);
        }
        self.facts.resize(seq + 1, Facts::default());
        self.holders.resize(seq + 1, 0);
        self.contacts.resize(seq + 1, 0);
    }
}

/// A row's number as an index. The mirror's limit is far below `usize::MAX`.
fn number(row: i64) -> StoreResult<usize> {
    u32::try_from(row)
        .map(|number| number as usize)
        .map_err(|_| StoreError::Internal(format!("opportunities.seq {row} is too high for a mirror")))
}
