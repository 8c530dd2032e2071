//! The verbs by which statements are sent, the same ones on every engine: `one`, `opt`, `all` and `run`.

use reparto_store::{StoreError, StoreResult};
use rusqlite::{CachedStatement, Connection, Params};

use crate::{
    engine::errors::Sql as _,
    rows::{Reader, value},
};

/// Sends statements. Those that are the same text each time are prepared once for each connection.
pub(crate) trait Conn {
    /// The statement, prepared: for loops that run it many times.
    fn prepared(&self, sql: &str) -> StoreResult<CachedStatement<'_>>;

    /// The only row of a statement that always has one.
    fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&mut Reader<'_>) -> StoreResult<T>,
    ) -> StoreResult<T>;

    /// The row of a statement that has at most one; of several, the first.
    fn opt<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&mut Reader<'_>) -> StoreResult<T>,
    ) -> StoreResult<Option<T>>;

    /// All rows of a statement.
    fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&mut Reader<'_>) -> StoreResult<T>,
    ) -> StoreResult<Vec<T>>;

    /// All rows of a statement that is put together for its values, and planned for them.
    fn all_once<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&mut Reader<'_>) -> StoreResult<T>,
    ) -> StoreResult<Vec<T>>;

    /// The rows of a statement one after the other, until one is answered with `false`.
    fn each(
        &self,
        sql: &str,
        params: impl Params,
        take: impl FnMut(&mut Reader<'_>) -> StoreResult<bool>,
    ) -> StoreResult<()>;

    /// Runs a statement that gives no rows; returns how many it changed.
    fn run(&self, sql: &str, params: impl Params) -> StoreResult<usize>;

    /// Sends commands that give no rows.
    fn command(&self, sql: &str) -> StoreResult<()>;

    /// The number that a statement gives.
    fn count(&self, sql: &str, params: impl Params) -> StoreResult<i64> {
        self.one(sql, params, value)
    }

    /// Inserts a row and gives its seq.
    fn insert(&self, sql: &str, params: impl Params) -> StoreResult<i64>;
}

impl Conn for Connection {
    fn prepared(&self, sql: &str) -> StoreResult<CachedStatement<'_>> {
        self.prepare_cached(sql).sql()
    }

    fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&mut Reader<'_>) -> StoreResult<T>,
    ) -> StoreResult<T> {
        let found = self.opt(sql, params, read)?;
        found.ok_or_else(|| StoreError::Inconsistent("a statement that always gives a row gave none".into()))
    }

    fn opt<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&mut Reader<'_>) -> StoreResult<T>,
    ) -> StoreResult<Option<T>> {
        let mut statement = self.prepared(sql)?;
        let mut rows = statement.query(params).sql()?;
        rows.next().sql()?.map(|row| read(&mut Reader::new(row))).transpose()
    }

    fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        mut read: impl FnMut(&mut Reader<'_>) -> StoreResult<T>,
    ) -> StoreResult<Vec<T>> {
        let mut found = Vec::new();
        self.each(sql, params, |row| {
            found.push(read(row)?);
            Ok(true)
        })?;
        Ok(found)
    }

    fn all_once<T>(
        &self,
        sql: &str,
        params: impl Params,
        mut read: impl FnMut(&mut Reader<'_>) -> StoreResult<T>,
    ) -> StoreResult<Vec<T>> {
        let mut statement = self.prepare(sql).sql()?;
        let mut rows = statement.query(params).sql()?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().sql()? {
            found.push(read(&mut Reader::new(row))?);
        }
        Ok(found)
    }

    fn each(
        &self,
        sql: &str,
        params: impl Params,
        mut take: impl FnMut(&mut Reader<'_>) -> StoreResult<bool>,
    ) -> StoreResult<()> {
        let mut statement = self.prepared(sql)?;
        let mut rows = statement.query(params).sql()?;
        while let Some(row) = rows.next().sql()? {
            if !take(&mut Reader::new(row))? {
                break;
            }
        }
        Ok(())
    }

    fn run(&self, sql: &str, params: impl Params) -> StoreResult<usize> {
        self.prepared(sql)?.execute(params).sql()
    }

    fn command(&self, sql: &str) -> StoreResult<()> {
        self.execute_batch(sql).sql()
    }

    fn insert(&self, sql: &str, params: impl Params) -> StoreResult<i64> {
        self.run(sql, params)?;
        Ok(self.last_insert_rowid())
    }
}
