//! Reading rows of this engine in the common format.

use reparto_domain::Timestamp;
use reparto_store::{
    StoreError, StoreResult,
    copy::{Key, Kind, Row, Table, Value},
};
use rusqlite::{Connection, ToSql, types::ValueRef};
use uuid::Uuid;

use super::forms;
use crate::{engine::Conn as _, rows::Reader};

/// The statement that reads a table from its beginning, or after a key.
pub(super) fn sql(table: &Table, after: bool) -> String {
    let columns: Vec<&str> = table.columns.iter().map(|(column, _)| *column).collect();
    let key = columns[..table.key].join(", ");
    let marks: Vec<String> = (1..=table.key).map(|place| format!("?{}", place + 1)).collect();
    let condition = match (table.name, after) {
        // Sets without a job are left out.
        ("job_chunks", true) => format!("WHERE job IN (SELECT seq FROM jobs) AND ({key}) > ({})", marks.join(", ")),
        ("job_chunks", false) => "WHERE job IN (SELECT seq FROM jobs)".to_owned(),
        (_, true) => format!("WHERE ({key}) > ({})", marks.join(", ")),
        (_, false) => String::new(),
    };
    format!("SELECT {} FROM {} {condition} ORDER BY {key} LIMIT ?1", columns.join(", "), table.name)
}

/// The statement that tells whether a table has a row.
pub(super) fn any(table: &Table) -> String {
    format!("SELECT EXISTS (SELECT 1 FROM {})", table.name)
}

/// At most `limit` rows after a key.
pub(super) fn rows(conn: &Connection, table: &Table, after: Option<&[Key]>, limit: usize) -> StoreResult<Vec<Row>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut params: Vec<&dyn ToSql> = vec![&limit];
    for key in after.unwrap_or_default() {
        params.push(match key {
            Key::Int(number) => number,
            Key::Text(text) => text,
            Key::Bytes(bytes) => bytes,
            Key::Id(id) => id.as_bytes(),
        });
    }
    conn.all(&sql(table, after.is_some()), params.as_slice(), |row| read(conn, table, row))
}

fn read(conn: &Connection, table: &Table, row: &mut Reader<'_>) -> StoreResult<Row> {
    let mut values = Vec::with_capacity(table.columns.len());
    for (column, kind) in table.columns {
        let stored = row.stored()?;
        let wrong = || StoreError::Inconsistent(format!("{}.{column} holds what it cannot hold", table.name));
        let value = match (kind, stored) {
            (_, ValueRef::Null) => Value::Null,
            (Kind::Int | Kind::Place, ValueRef::Integer(number)) => Value::Int(number),
            (Kind::Bool, ValueRef::Integer(number)) => Value::Bool(number != 0),
            (Kind::Time, ValueRef::Integer(micros)) => Value::Time(Timestamp::from_micros(micros)),
            (Kind::Text, ValueRef::Text(text)) => {
                Value::Text(std::str::from_utf8(text).map_err(|_| wrong())?.to_owned())
            }
            (Kind::Ints, ValueRef::Text(json)) => Value::Ints(serde_json::from_slice(json).map_err(|_| wrong())?),
            (Kind::Id, ValueRef::Blob(bytes)) => Value::Id(Uuid::from_slice(bytes).map_err(|_| wrong())?),
            (Kind::Bytes, ValueRef::Blob(bytes)) => Value::Bytes(bytes.to_vec()),
            (Kind::Items, ValueRef::Blob(bytes)) => forms::items(bytes)?,
            (Kind::Ids, ValueRef::Blob(bytes)) => forms::ids(conn, bytes)?,
            (Kind::Ints, ValueRef::Blob(bytes)) => forms::seqs(bytes)?,
            (Kind::Marks, ValueRef::Blob(bytes)) => {
                let count = table.column("item_count").and_then(|place| values.get(place).and_then(Value::int));
                forms::marks(Some(bytes.to_vec()), count.unwrap_or(0))
            }
            _ => return Err(wrong()),
        };
        values.push(value);
    }
    Ok(values)
}
