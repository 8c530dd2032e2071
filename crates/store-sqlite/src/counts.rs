//! Counts of opportunities by status and holder, maintained in the transaction of each change, since there is one
//! writer.

use reparto_store::StoreResult;
use rusqlite::Connection;

use crate::{engine::Conn as _, rows::amount, statements::statements};

statements! {
    LIVE = "SELECT coalesce(sum(n), 0) FROM assignment_counts";
    ALL = "SELECT status, holder, n FROM assignment_counts WHERE n > 0";
}

/// How many live opportunities there are.
pub(crate) fn live(conn: &Connection) -> StoreResult<u64> {
    conn.one(LIVE, [], amount)
}

/// Passes each count to `take`: status, holder (0: nobody), number.
pub(crate) fn each(conn: &Connection, mut take: impl FnMut(i64, i64, u64)) -> StoreResult<()> {
    conn.each(ALL, [], |row| {
        take(row.next()?, row.next()?, row.amount()?);
        Ok(true)
    })
}
