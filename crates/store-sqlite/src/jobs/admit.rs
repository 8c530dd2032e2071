//! How many jobs may be queued or running at once.

use reparto_domain::jobs::OpenJobs;
use reparto_store::StoreResult;
use rusqlite::Connection;

use crate::{engine::Conn as _, statements::statements};

statements! {
    OPEN = "SELECT count(*) FILTER (WHERE actor = ?1), count(*) FROM jobs WHERE ended IS NULL";
}

/// Refuses another job of this user if too many are queued or running.
pub(super) fn admit(conn: &Connection, creator: i64) -> StoreResult<()> {
    let open = conn.one(OPEN, [creator], |row| Ok(OpenJobs { own: row.amount()?, all: row.amount()? }))?;
    Ok(open.admit()?)
}
