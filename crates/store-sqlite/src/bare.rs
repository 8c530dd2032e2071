//! The bare loop: the same statements on one connection, one commit each, without the rest of the engine. The baseline
//! of the benchmarks.

use std::path::Path;

use reparto_domain::{
    Caller, Roles,
    idempotency::Answer,
    opportunities::{BulkAssign, BulkOutcome},
};
use reparto_store::{StoreError, StoreResult};
use rusqlite::Connection;

use crate::engine::{Options, bare_connection, errors::IntoStore as _};

/// The size of the write-ahead log, in pages, at which a commit checkpoints: the engine's own limit.
const CHECKPOINT_AT: u32 = 32_768;

/// One connection to a database that nobody else has open.
#[derive(Debug)]
pub struct BareLoop(Connection);

impl BareLoop {
    /// Opens the database of this file, with the settings of the engine's writer, but checkpoints of its own.
    pub fn open(path: &Path) -> StoreResult<Self> {
        let conn = bare_connection(&Options::new(path))?;
        conn.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_AT).into_store()?;
        Ok(Self(conn))
    }

    /// Assigns, and commits.
    pub fn bulk_assign(
        &mut self,
        caller: &Caller,
        command: &BulkAssign,
        assignable: &Roles,
    ) -> StoreResult<BulkOutcome> {
        self.0.prepare_cached("BEGIN IMMEDIATE").into_store()?.execute([]).into_store()?;
        let answer = crate::assignments::bulk_assign(&self.0, caller, command, assignable);
        let end = if answer.is_ok() { "COMMIT" } else { "ROLLBACK" };
        self.0.prepare_cached(end).into_store()?.execute([]).into_store()?;
        match answer? {
            Answer::Fresh(outcome) => Ok(outcome),
            Answer::Stored(_) => Err(StoreError::Internal("a stored answer without a key".into())),
        }
    }
}
