//! Writing a database's file anew.

use std::path::Path;

use reparto_store::StoreResult;
use rusqlite::Connection;

use crate::{
    engine::{Conn as _, connect, errors::unavailable, identify},
    rows::value,
    statements::statements,
};

statements! {
    REBUILD = "INSERT INTO contacts_search (contacts_search) VALUES ('rebuild')";
}

/// Writes the file anew, with a new index for searches, so that neither free pages nor old parts of the index hold what
/// was deleted by a version that did not overwrite it. Returns the size before and after, in bytes. Takes as much room
/// again as the database, twice; writers wait meanwhile, and a reader of old pages makes it fail at the end.
pub fn vacuum(path: &Path) -> StoreResult<(u64, u64)> {
    let size = || std::fs::metadata(path).map(|about| about.len());
    let absent = |error: std::io::Error| unavailable(format!("{} cannot be read: {error}", path.display()));
    let before = size().map_err(absent)?;
    let conn = connect::rewriter(path)?;
    identify(&conn, path)?;
    rewrite(&conn)?;
    Ok((before, size().map_err(absent)?))
}

fn rewrite(conn: &Connection) -> StoreResult<()> {
    conn.run(REBUILD, [])?;
    conn.command("VACUUM")?;
    let busy: i64 = conn.one("PRAGMA wal_checkpoint(TRUNCATE)", [], value)?;
    if busy == 0 {
        Ok(())
    } else {
        Err(unavailable("somebody still reads old pages of the database: stop the service"))
    }
}

#[cfg(test)]
mod tests;
