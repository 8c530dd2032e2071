//! Copying from and into this engine.

mod forms;
mod read;
#[cfg(test)]
mod tests;
mod write;

use async_trait::async_trait;
use reparto_store::{
    Copying, StoreError, StoreResult,
    copy::{CopySource, Key, Row, Table},
};
use reparto_store_rows::copy::{SINGLE, TABLES};
use rusqlite::Connection;

use crate::{
    SqliteStore,
    engine::{Conn as _, snapshot},
    rows::{amount, value},
    statements::statements,
};

statements! {
    PLACE = "SELECT place FROM unfinished_copy";
    BEGIN = "INSERT INTO unfinished_copy (one, place) VALUES (1, ?1) ON CONFLICT DO NOTHING";
    MOVE = "UPDATE unfinished_copy SET place = ?2 WHERE place = ?1";
    END = "DELETE FROM unfinished_copy";
    NEWEST = "SELECT (SELECT coalesce(max(seq), 0) FROM operations), (SELECT coalesce(max(seq), 0) FROM audit_logs), \
        (SELECT coalesce(max(seq), 0) FROM sessions)";
    // The largest tables, estimated by their last row: a progress bar is not worth counting rows.
    ABOUT = "SELECT (SELECT coalesce(max(seq), 0) FROM contacts) + 2 * (SELECT coalesce(max(seq), 0) FROM opportunities) \
        + (SELECT coalesce(max(seq), 0) FROM operations) + (SELECT coalesce(max(seq), 0) FROM audit_logs)";
}

/// Whether a copy into the database of this connection is unfinished.
pub(crate) fn is_unfinished(conn: &Connection) -> StoreResult<bool> {
    place(conn).map(|place| place.is_some())
}

fn place(conn: &Connection) -> StoreResult<Option<String>> {
    conn.opt(PLACE, [], value)
}

/// A connection in a read transaction, moved to a blocking thread for each read, and back.
struct Snapshot(Option<Connection>);

impl Snapshot {
    async fn ask<T: Send + 'static>(
        &mut self,
        question: impl FnOnce(&Connection) -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        let conn = self.0.take().ok_or_else(|| StoreError::Internal("a snapshot was used after its end".into()))?;
        let (conn, answer) = tokio::task::spawn_blocking(move || {
            let answer = question(&conn);
            (conn, answer)
        })
        .await
        .map_err(|error| StoreError::Internal(format!("a copy broke off: {error}")))?;
        self.0 = Some(conn);
        answer
    }
}

#[async_trait]
impl CopySource for Snapshot {
    async fn rows(&mut self, table: &'static Table, after: Option<&[Key]>, limit: usize) -> StoreResult<Vec<Row>> {
        let after = after.map(<[Key]>::to_vec);
        self.ask(move |conn| read::rows(conn, table, after.as_deref(), limit)).await
    }

    async fn newest(&mut self) -> StoreResult<Vec<i64>> {
        self.ask(|conn| conn.one(NEWEST, [], |row| Ok(vec![row.next()?, row.next()?, row.next()?]))).await
    }

    async fn estimated_rows(&mut self) -> StoreResult<u64> {
        self.ask(|conn| conn.one(ABOUT, [], amount)).await
    }
}

#[async_trait]
impl Copying for SqliteStore {
    async fn copy_source(&self) -> StoreResult<Box<dyn CopySource>> {
        let path = self.path().to_owned();
        let conn = tokio::task::spawn_blocking(move || snapshot(&path))
            .await
            .map_err(|error| StoreError::Internal(format!("a copy broke off: {error}")))??;
        Ok(Box::new(Snapshot(Some(conn))))
    }

    async fn copy_progress(&self) -> StoreResult<Option<String>> {
        self.read(place).await
    }

    async fn copy_nonempty_table(&self) -> StoreResult<Option<&'static str>> {
        self.read(|conn| {
            for table in TABLES.iter().filter(|table| table.name != SINGLE) {
                if conn.one(&read::any(table), [], value)? {
                    return Ok(Some(table.name));
                }
            }
            Ok(None)
        })
        .await
    }

    async fn copy_import(
        &self,
        table: &'static Table,
        rows: Vec<Row>,
        from: Option<&str>,
        to: &str,
    ) -> StoreResult<bool> {
        let (from, to) = (from.map(str::to_owned), to.to_owned());
        self.write(move |conn| {
            let moved = match from {
                None => conn.run(BEGIN, [to])?,
                Some(from) => conn.run(MOVE, [from, to])?,
            };
            if moved == 0 {
                return Ok(false);
            }
            write::rows(conn, table, &rows)?;
            Ok(true)
        })
        .await
    }

    async fn copy_complete(&self) -> StoreResult<()> {
        self.write(write::complete).await
    }

    async fn copy_finish(&self) -> StoreResult<()> {
        self.write(|conn| conn.run(END, []).map(|_| ())).await
    }

    fn copy_supports_nul(&self) -> bool {
        true
    }
}
