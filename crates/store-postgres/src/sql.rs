//! Building conditions for a query, with the values they bind.

use std::error::Error;

use bytes::BytesMut;
use reparto_domain::search::Search;
use reparto_store_rows::numbers::counted;
use tokio_postgres::{
    Row,
    types::{IsNull, ToSql, Type, to_sql_checked},
};

use crate::engine::{
    errors::Db,
    params::{Param, Text, Typed},
    tx::Conn,
};

/// Conditions that must all hold, and their values. A `?` in a condition stands for its value.
pub(crate) struct Conditions<'a> {
    sql: String,
    values: Vec<Box<dyn Param + 'a>>,
}

impl<'a> Conditions<'a> {
    /// A first condition, without a value.
    pub(crate) fn new(sql: &str) -> Self {
        Self { sql: sql.to_owned(), values: Vec::new() }
    }

    /// Adds a condition on a value.
    pub(crate) fn and(&mut self, condition: &str, value: impl Param + 'a) {
        let mark = self.bind(value);
        self.sql.push_str(" AND ");
        self.sql.push_str(&condition.replace('?', &mark));
    }

    /// Adds a condition without a value.
    pub(crate) fn and_that(&mut self, condition: &str) {
        self.sql.push_str(" AND ");
        self.sql.push_str(condition);
    }

    /// Adds that a search finds the text in a column: all of its words, each in one of its spellings.
    pub(crate) fn and_found(&mut self, column: &str, search: &Search) {
        for word in search.words() {
            let spellings: Vec<String> = word.spellings().iter().map(|spelling| self.bind(like(spelling))).collect();
            let ways: Vec<String> = spellings.into_iter().map(|mark| format!("{column} LIKE {mark}")).collect();
            self.and_that(&format!("({})", ways.join(" OR ")));
        }
    }

    /// Closes a bracket that a condition has opened.
    pub(crate) fn close(&mut self) {
        self.sql.push(')');
    }

    /// Binds a value and returns its placeholder.
    pub(crate) fn bind(&mut self, value: impl Param + 'a) -> String {
        self.values.push(Box::new(value));
        format!("${}", self.values.len())
    }

    /// The conditions.
    pub(crate) fn sql(&self) -> &str {
        &self.sql
    }

    /// The rows of a statement with these conditions.
    pub(crate) async fn query(&self, conn: &mut Conn, sql: &str) -> Db<Vec<Row>> {
        let params: Vec<&dyn Param> = self.values.iter().map(|value| &**value as &dyn Param).collect();
        conn.all_once(sql, &params).await
    }

    /// The rows of a page, by a statement with these conditions (see [`Conn::page`]).
    pub(crate) async fn page<T>(&self, conn: &mut Conn, sql: &str, read: impl FnMut(&Row) -> Db<T>) -> Db<Vec<T>> {
        let params: Vec<&dyn Param> = self.values.iter().map(|value| &**value as &dyn Param).collect();
        conn.page(sql, &params, false, read).await
    }

    /// Passes the rows of a statement with these conditions to `take` as they arrive (see [`Conn::each`]).
    pub(crate) async fn each(&self, conn: &mut Conn, sql: &str, take: impl FnMut(&Row) -> Db<()>) -> Db<()> {
        let params: Vec<&dyn Param> = self.values.iter().map(|value| &**value as &dyn Param).collect();
        conn.each(sql, &params, false, take).await
    }

    /// Like [`Conditions::query`], for statements with few variants, whose plan does not depend on the values.
    pub(crate) async fn query_prepared(&self, conn: &mut Conn, sql: &str) -> Db<Vec<Row>> {
        let params: Vec<&dyn Param> = self.values.iter().map(|value| &**value as &dyn Param).collect();
        conn.all(sql, &params).await
    }

    /// The single number that a statement with these conditions returns.
    pub(crate) async fn count(&self, conn: &mut Conn, sql: &str) -> Db<u64> {
        let rows = self.query(conn, sql).await?;
        let count: i64 = rows.first().map_or(Ok(0), |row| row.try_get(0))?;
        Ok(counted(count))
    }
}

/// An owned text: folded, or a pattern.
#[derive(Debug)]
pub(crate) struct Folded(pub String);

/// The LIKE pattern for texts that contain `part`, which is taken literally.
pub(crate) fn like(part: &str) -> Folded {
    let mut pattern = String::with_capacity(part.len() + 2);
    pattern.push('%');
    for c in part.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    Folded(pattern)
}

impl Typed for Folded {
    const TYPE: Type = Type::TEXT;
    const ARRAY: Type = Type::TEXT_ARRAY;
}

impl ToSql for Folded {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        Text(&self.0).to_sql(ty, out)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::TEXT
    }

    to_sql_checked!();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_text_is_taken_literally() {
        assert_eq!(like("50%_\\").0, "%50\\%\\_\\\\%");
    }
}
