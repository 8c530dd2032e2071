//! Methods that execute statements, named as on every engine: `one`, `opt`, `all` and `run`.

use reparto_store::{StoreError, StoreResult};
use rusqlite::{CachedStatement, Connection, Params};

use crate::{
    engine::errors::IntoStore as _,
    rows::{Reader, value},
};

/// Executes statements. Those with a fixed text are prepared once per connection.
pub(crate) trait Conn {
    /// The prepared statement, for loops that execute it many times.
    fn prepared(&self, sql: &str) -> StoreResult<CachedStatement<'_>>;

    /// The row of a statement that always returns exactly one.
    fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&mut Reader<'_>) -> StoreResult<T>,
    ) -> StoreResult<T>;

    /// The row of a statement that returns at most one; the first of several.
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

    /// All rows of a statement that is built, and planned, for its values.
    fn all_once<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&mut Reader<'_>) -> StoreResult<T>,
    ) -> StoreResult<Vec<T>>;

    /// Passes the rows of a statement to `take`, one by one, until it returns `false`.
    fn each(
        &self,
        sql: &str,
        params: impl Params,
        take: impl FnMut(&mut Reader<'_>) -> StoreResult<bool>,
    ) -> StoreResult<()>;

    /// Executes a statement that returns no rows; returns how many rows it changed.
    fn run(&self, sql: &str, params: impl Params) -> StoreResult<usize>;

    /// Executes commands that return no rows.
    fn command(&self, sql: &str) -> StoreResult<()>;

    /// The single number that a statement returns.
    fn count(&self, sql: &str, params: impl Params) -> StoreResult<i64> {
        self.one(sql, params, value)
    }

    /// Inserts a row and returns its seq.
    fn insert(&self, sql: &str, params: impl Params) -> StoreResult<i64>;
}

impl Conn for Connection {
    fn prepared(&self, sql: &str) -> StoreResult<CachedStatement<'_>> {
        self.prepare_cached(sql).into_store()
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
        let mut rows = statement.query(params).into_store()?;
        rows.next().into_store()?.map(|row| read(&mut Reader::new(row))).transpose()
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
        let mut statement = self.prepare(sql).into_store()?;
        let mut rows = statement.query(params).into_store()?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().into_store()? {
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
        let mut rows = statement.query(params).into_store()?;
        while let Some(row) = rows.next().into_store()? {
            if !take(&mut Reader::new(row))? {
                break;
            }
        }
        Ok(())
    }

    fn run(&self, sql: &str, params: impl Params) -> StoreResult<usize> {
        self.prepared(sql)?.execute(params).into_store()
    }

    fn command(&self, sql: &str) -> StoreResult<()> {
        self.execute_batch(sql).into_store()
    }

    fn insert(&self, sql: &str, params: impl Params) -> StoreResult<i64> {
        self.run(sql, params)?;
        Ok(self.last_insert_rowid())
    }
}
