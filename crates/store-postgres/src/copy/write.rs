//! Writing rows in the common format into the tables of this engine.

use std::collections::HashMap;

use reparto_store::copy::{Item, Row, Table, Value};
use reparto_store_rows::copy::SINGLE;
use uuid::Uuid;

use crate::{
    engine::{
        copy_in::{Cell, copy_in},
        errors::{Db, Fault},
        tx::Conn,
    },
    statements::statements,
};

statements! {
    SET_PLACE = "UPDATE delivery_place SET operation = $1, job = $2";
    IDS = "SELECT seq, id FROM operations WHERE seq = ANY($1)";
    NO_DELTAS = "DELETE FROM assignment_deltas";
    NO_COUNTS = "DELETE FROM assignment_counts";
    COUNTS = "INSERT INTO assignment_counts (status, holder, n) \
        SELECT status, coalesce(holder, 0), count(*) FROM assignments WHERE NOT deleted GROUP BY 1, 2";
    // The number of a job's end is never reused, even if the job is resumed.
    ENDS = "UPDATE job_ends SET n = greatest((SELECT max(ended) FROM jobs), (SELECT max(since_job) FROM webhooks), \
        (SELECT job FROM delivery_place))";
    TURNS = "SELECT setval('job_turn', n) FROM (SELECT max(served) FROM job_turns) AS last (n) WHERE n > 0";
}

/// The tables whose rows are numbered by a sequence.
const NUMBERED: [&str; 14] = [
    "users",
    "sessions",
    "teams",
    "absences",
    "rotations",
    "contacts",
    "opportunities",
    "erasures",
    "operations",
    "audit_logs",
    "jobs",
    "imports",
    "webhooks",
    "deliveries",
];

/// The columns of an operation's items.
const ITEM_COLUMNS: [&str; 9] = [
    "item_seqs",
    "previous_holders",
    "previous_statuses",
    "previous_operations",
    "previous_effectives",
    "new_holder",
    "new_holders",
    "new_status",
    "new_statuses",
];

/// Writes rows of a table.
pub(super) async fn rows(tx: &mut Conn, table: &Table, rows: &[Row]) -> Db<()> {
    if table.name == SINGLE {
        for row in rows {
            let [Value::Int(operation), Value::Int(job)] = row.as_slice() else {
                return Err(Fault::inconsistent("delivery_place: a row without numbers"));
            };
            tx.run(SET_PLACE, &[operation, job]).await?;
        }
        return Ok(());
    }
    let operations = if table.name == "job_chunks" { operation_ids(tx, table, rows).await? } else { HashMap::new() };
    let mut columns: Vec<&str> = Vec::with_capacity(table.columns.len());
    for (column, _) in table.columns {
        match (table.name, *column) {
            ("operations", "items") => columns.extend(ITEM_COLUMNS),
            ("job_chunks", "items") => columns.push("ids"),
            (_, column) => columns.push(column),
        }
    }
    let mut cells = Vec::with_capacity(rows.len());
    for row in rows {
        let mut line = Vec::with_capacity(columns.len());
        for ((column, _), value) in table.columns.iter().zip(row) {
            match (table.name, *column, value) {
                ("operations", "items", Value::Items(items)) => line.extend(unpack(items)),
                ("job_chunks", "target" | "operation", Value::Int(seq)) => {
                    let id = operations.get(seq).ok_or_else(|| {
                        Fault::inconsistent(format!("job_chunks.{column}: there is no operation {seq}"))
                    })?;
                    line.push(Cell::Id(*id));
                }
                (_, _, value) => line.push(cell(value)),
            }
        }
        cells.push(line);
    }
    copy_in(tx, table.name, &columns, &cells).await
}

fn cell(value: &Value) -> Cell<'_> {
    match value {
        Value::Null | Value::Items(_) => Cell::Null,
        Value::Int(number) => Cell::Int(*number),
        Value::Bool(is) => Cell::Bool(*is),
        Value::Text(text) => Cell::Text(text),
        Value::Bytes(bytes) => Cell::Bytes(bytes),
        Value::Id(id) => Cell::Id(*id),
        Value::Time(at) => Cell::Time(*at),
        Value::Marks(marks) => Cell::Bools(marks),
        Value::Ids(ids) => Cell::Ids(ids),
        Value::Ints(numbers) => Cell::Ints(numbers.iter().copied().map(Some).collect()),
    }
}

/// An operation's items, in the columns of [`ITEM_COLUMNS`].
fn unpack(items: &[Item]) -> [Cell<'static>; 9] {
    let before = |what: fn(&reparto_store::copy::Before) -> Option<i64>| {
        Cell::Ints(items.iter().map(|item| item.before.as_ref().and_then(what)).collect())
    };
    let holders: Vec<Option<i64>> = items.iter().map(|item| item.holder).collect();
    let statuses: Vec<Option<i64>> = items.iter().map(|item| Some(item.status.number().into())).collect();
    let one = |all: &[Option<i64>]| all.first().copied().filter(|first| all.iter().all(|each| each == first));
    let (one_holder, one_status) = (one(&holders), one(&statuses));
    let int = |number: Option<Option<i64>>| number.flatten().map_or(Cell::Null, Cell::Int);
    [
        Cell::Ints(items.iter().map(|item| Some(item.opportunity)).collect()),
        before(|before| before.holder),
        before(|before| Some(before.status.number().into())),
        before(|before| Some(before.last_operation)),
        before(|before| Some(before.effective_operation)),
        int(one_holder),
        if one_holder.is_some() { Cell::Null } else { Cell::Ints(holders) },
        int(one_status),
        if one_status.is_some() { Cell::Null } else { Cell::Ints(statuses) },
    ]
}

/// The ids of the operations that chunks name by seq.
async fn operation_ids(tx: &mut Conn, table: &Table, rows: &[Row]) -> Db<HashMap<i64, Uuid>> {
    let places: Vec<usize> = ["target", "operation"].iter().filter_map(|name| table.column(name)).collect();
    let seqs: Vec<i64> = rows.iter().flat_map(|row| places.iter().filter_map(|place| row.get(*place)?.int())).collect();
    let found = tx.all(IDS, &[&seqs]).await?;
    found.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// Creates the data derived from the rows.
pub(super) async fn complete(tx: &mut Conn) -> Db<()> {
    tx.command("SET LOCAL statement_timeout = 0").await?;
    for statement in [NO_DELTAS, NO_COUNTS, COUNTS, ENDS, TURNS] {
        tx.run(statement, &[]).await?;
    }
    for table in NUMBERED {
        let sql = format!(
            "SELECT setval(pg_get_serial_sequence('{table}', 'seq'), n) FROM (SELECT max(seq) FROM {table}) AS last (n) \
             WHERE n > 0"
        );
        tx.all_once(&sql, &[]).await?;
    }
    // Updates the planner's statistics after filling the tables.
    tx.command("ANALYZE").await
}
