//! Notes of opportunities, changed by operations.

use reparto_domain::{Timestamp, operations::NoteChange};
use reparto_store::StoreResult;
use rusqlite::{Connection, params};

use crate::{engine::Conn as _, rows::value, statements::statements};

statements! {
    NOTES = "SELECT notes FROM opportunities WHERE seq = ?1";
    SET = "UPDATE opportunities SET notes = ?2, updated_at = ?3, revision = revision + 1 WHERE seq = ?1 \
        AND NOT EXISTS (SELECT 1 FROM contacts c WHERE c.seq = contact_seq AND c.erased_at IS NOT NULL)";
}

/// Changes the notes of an opportunity, unless its person was erased.
pub(crate) fn change(conn: &Connection, opportunity: i64, change: NoteChange<'_>, at: Timestamp) -> StoreResult<()> {
    let present: Option<String> = conn.one(NOTES, [opportunity], value)?;
    if let Some(notes) = change.apply(present.as_deref()) {
        conn.run(SET, params![opportunity, notes, at.micros()])?;
    }
    Ok(())
}
