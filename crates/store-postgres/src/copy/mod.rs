//! Copying from and into this engine.

mod read;
pub(crate) mod write;

use async_trait::async_trait;
use reparto_store::{
    Copying, StoreResult,
    copy::{CopySource, Key, Row, Table},
};
use reparto_store_rows::copy::{SINGLE, TABLES};

use crate::{
    PostgresStore,
    engine::{
        errors::Db,
        params::Text,
        tx::{Conn, read, transact},
    },
    statements::statements,
};

statements! {
    PLACE = "SELECT place FROM unfinished_copy";
    BEGIN = "INSERT INTO unfinished_copy (place) VALUES ($1) ON CONFLICT DO NOTHING RETURNING true";
    MOVE = "UPDATE unfinished_copy SET place = $2 WHERE place = $1 RETURNING true";
    END = "DELETE FROM unfinished_copy";
    NEWEST = "SELECT (SELECT coalesce(max(seq), 0) FROM operations), (SELECT coalesce(max(seq), 0) FROM audit_logs), \
        (SELECT coalesce(max(seq), 0) FROM sessions)";
    // The largest tables, estimated by their last row: a progress bar is not worth counting rows.
    ABOUT = "SELECT (SELECT coalesce(max(seq), 0) FROM contacts) + 2 * (SELECT coalesce(max(seq), 0) FROM opportunities) \
        + (SELECT coalesce(max(seq), 0) FROM operations) + (SELECT coalesce(max(seq), 0) FROM audit_logs)";
}

/// How far the unfinished copy got.
pub(crate) async fn place(conn: &mut Conn) -> Db<Option<String>> {
    Ok(conn.opt(PLACE, &[]).await?.map(|row| row.try_get(0)).transpose()?)
}

/// A transaction with a single snapshot.
struct Snapshot(Conn);

#[async_trait]
impl CopySource for Snapshot {
    async fn rows(&mut self, table: &'static Table, after: Option<&[Key]>, limit: usize) -> StoreResult<Vec<Row>> {
        read::rows(&mut self.0, table, after, limit).await.map_err(|fault| fault.into_store(false))
    }

    async fn newest(&mut self) -> StoreResult<Vec<i64>> {
        let newest = async {
            let row = self.0.one(NEWEST, &[]).await?;
            Db::Ok(vec![row.try_get(0)?, row.try_get(1)?, row.try_get(2)?])
        };
        newest.await.map_err(|fault| fault.into_store(false))
    }

    async fn estimated_rows(&mut self) -> StoreResult<u64> {
        let about = self.0.count(ABOUT, &[]).await.map_err(|fault| fault.into_store(false))?;
        Ok(about.unsigned_abs())
    }
}

#[async_trait]
impl Copying for PostgresStore {
    async fn copy_source(&self) -> StoreResult<Box<dyn CopySource>> {
        let mut snapshot = Snapshot(self.snapshot().await?);
        // The snapshot is taken by the first statement.
        snapshot.newest().await?;
        Ok(Box::new(snapshot))
    }

    async fn copy_progress(&self) -> StoreResult<Option<String>> {
        read!(self, conn => place(conn))
    }

    async fn copy_nonempty_table(&self) -> StoreResult<Option<&'static str>> {
        read!(self, conn => occupied(conn))
    }

    async fn copy_import(
        &self,
        table: &'static Table,
        rows: Vec<Row>,
        from: Option<&str>,
        to: &str,
    ) -> StoreResult<bool> {
        transact!(self, tx => import(tx, table, &rows, from, to))
    }

    async fn copy_complete(&self) -> StoreResult<()> {
        transact!(self, tx => write::complete(tx))
    }

    async fn copy_finish(&self) -> StoreResult<()> {
        read!(self, conn => async { conn.all(END, &[]).await.map(|_| ()) })
    }

    fn copy_supports_nul(&self) -> bool {
        false
    }
}

async fn occupied(conn: &mut Conn) -> Db<Option<&'static str>> {
    for table in TABLES.iter().filter(|table| table.name != SINGLE) {
        let any = conn.all_once(&format!("SELECT FROM {} LIMIT 1", table.name), &[]).await?;
        if !any.is_empty() {
            return Ok(Some(table.name));
        }
    }
    Ok(None)
}

async fn import(tx: &mut Conn, table: &'static Table, rows: &[Row], from: Option<&str>, to: &str) -> Db<bool> {
    let moved = match from {
        None => tx.opt(BEGIN, &[&Text(to)]).await?,
        Some(from) => tx.opt(MOVE, &[&Text(from), &Text(to)]).await?,
    };
    if moved.is_none() {
        return Ok(false);
    }
    write::rows(tx, table, rows).await?;
    Ok(true)
}
