//! Writing rows in the common format into the tables of this engine.

use reparto_domain::Timestamp;
use reparto_store::{
    StoreError, StoreResult,
    copy::{Kind, Row, Table, Value},
};
use reparto_store_rows::{
    columns::{self, marks},
    copy::SINGLE,
};
use rusqlite::{Connection, params_from_iter, types::Value as Stored};

use super::forms;
use crate::{
    engine::{Conn as _, errors::IntoStore as _},
    statements::statements,
};

statements! {
    // A job's row points to its set.
    SET = "INSERT INTO job_sets (seq, created_at) VALUES (?1, ?2)";
    SEARCH = "INSERT INTO contacts_search (rowid, search_text) SELECT seq, search_text FROM contacts_searched \
        WHERE seq BETWEEN ?1 AND ?2";
    COUNTED_CONTACTS = "UPDATE contact_count SET n = (SELECT count(*) FROM contacts WHERE deleted_at IS NULL)";
    NO_COUNTS = "DELETE FROM assignment_counts";
    COUNTS = "INSERT INTO assignment_counts (status, holder, n) \
        SELECT status, coalesce(holder, 0), count(*) FROM assignments WHERE deleted = 0 GROUP BY 1, 2";
    // The number of a job's end is never reused, even if the job is resumed.
    ENDS = "UPDATE job_ends SET n = max((SELECT coalesce(max(ended), 0) FROM jobs), \
        (SELECT coalesce(max(since_job), 0) FROM webhooks), (SELECT job FROM delivery_place))";
}

/// The statement that writes a row.
pub(super) fn insert(table: &Table) -> String {
    let mut columns: Vec<&str> = table.columns.iter().map(|(column, _)| *column).collect();
    if table.name == "operations" {
        columns.push("new_holder");
    }
    if table.name == SINGLE {
        return format!("UPDATE {} SET ({}) = ({})", table.name, columns.join(", "), marks('?', 1..=columns.len()));
    }
    columns::insert('?', table.name, &columns)
}

/// Writes rows of a table.
pub(super) fn rows(conn: &Connection, table: &Table, rows: &[Row]) -> StoreResult<()> {
    let mut statement = conn.prepared(&insert(table))?;
    for row in rows {
        if table.name == "jobs" {
            let of = |name| table.column(name).and_then(|place| row.get(place));
            let (Some(Value::Int(seq)), Some(Value::Time(at))) = (of("seq"), of("created_at")) else {
                return Err(StoreError::Inconsistent("jobs: a row without seq or time".into()));
            };
            conn.run(SET, [*seq, at.micros()])?;
        }
        let mut values = Vec::with_capacity(row.len() + 1);
        let mut one_holder = None;
        for ((column, kind), value) in table.columns.iter().zip(row) {
            values.push(match (kind, value) {
                // The next free number: audit entries have no gaps here.
                (Kind::Place, _) | (_, Value::Null) => Stored::Null,
                (_, Value::Items(items)) => {
                    let (packed, holder) = forms::pack_items(items);
                    one_holder = holder;
                    Stored::Blob(packed)
                }
                (_, Value::Ids(ids)) => Stored::Blob(forms::pack_ids(conn, ids)?),
                (_, Value::Ints(numbers)) if *column == "events" => {
                    Stored::Text(serde_json::json!(numbers).to_string())
                }
                (_, value) => plain(value),
            });
        }
        if table.name == "operations" {
            values.push(one_holder.map_or(Stored::Null, Stored::Integer));
        }
        statement.execute(params_from_iter(values)).into_store()?;
    }
    if table.name == "contacts"
        && let (Some(first), Some(last)) = (seq(rows.first()), seq(rows.last()))
    {
        conn.run(SEARCH, [first, last])?;
    }
    Ok(())
}

fn seq(row: Option<&Row>) -> Option<i64> {
    row.and_then(|row| row.first()).and_then(Value::int)
}

fn plain(value: &Value) -> Stored {
    match value {
        Value::Int(number) => Stored::Integer(*number),
        Value::Bool(is) => Stored::Integer(i64::from(*is)),
        Value::Text(text) => Stored::Text(text.clone()),
        Value::Bytes(bytes) => Stored::Blob(bytes.clone()),
        Value::Id(id) => Stored::Blob(id.as_bytes().to_vec()),
        Value::Time(at) => Stored::Integer(Timestamp::micros(*at)),
        Value::Marks(marks) => forms::pack_marks(marks).map_or(Stored::Null, Stored::Blob),
        Value::Ints(seqs) => Stored::Blob(forms::pack_seqs(seqs)),
        Value::Null | Value::Items(_) | Value::Ids(_) => Stored::Null,
    }
}

/// Creates the data derived from the rows.
pub(super) fn complete(conn: &Connection) -> StoreResult<()> {
    for statement in [COUNTED_CONTACTS, NO_COUNTS, COUNTS, ENDS] {
        conn.run(statement, [])?;
    }
    Ok(())
}
