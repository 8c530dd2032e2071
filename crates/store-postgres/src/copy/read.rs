//! Reading rows of this engine in the common format.

use std::error::Error;

use reparto_store::copy::{Key, Kind, Row, Table, Value};
use reparto_store_rows::copy::SINGLE;
use tokio_postgres::types::{FromSql, Type};
use uuid::Uuid;

use crate::{
    engine::{
        errors::Db,
        params::{Bytes, Param, Text},
        tx::Conn,
    },
    items::{item_columns, items},
    rows::Reader,
};

/// At most the newest operation: numbers drawn without an operation mean nothing in another database. (`least` alone
/// would turn NULL into a number.)
macro_rules! known {
    ($column:literal) => {
        concat!(
            "CASE WHEN ",
            $column,
            " IS NOT NULL THEN least(",
            $column,
            ", (SELECT coalesce(max(seq), 0) FROM operations)) END"
        )
    };
}

/// The expression for a column, if it is not simply the column.
fn expression(table: &str, column: &'static str) -> &'static str {
    match (table, column) {
        ("operations", "items") => item_columns!(),
        ("operations", "undone_items") => "CASE WHEN true = ANY (undone_items) THEN undone_items END",
        ("jobs", "ended_after") => known!("ended_after"),
        ("webhooks", "since_operation") => known!("since_operation"),
        ("delivery_place", "operation") => known!("operation"),
        ("job_chunks", "target") => "(SELECT o.seq FROM operations o WHERE o.id = p.target)",
        ("job_chunks", "operation") => "(SELECT o.seq FROM operations o WHERE o.id = p.operation)",
        ("job_chunks", "items") => "p.ids",
        _ => column,
    }
}

/// The statement that reads a table from its beginning, or after a key.
fn sql(table: &Table, after: bool) -> String {
    let columns: Vec<&str> = table.columns.iter().map(|(column, _)| expression(table.name, column)).collect();
    let key: Vec<String> = table.columns[..table.key].iter().map(|(column, _)| format!("p.{column}")).collect();
    let key = key.join(", ");
    let marks: Vec<String> = (0..table.key).map(|place| format!("${}", place + 2)).collect();
    let condition = if after { format!("WHERE ({key}) > ({})", marks.join(", ")) } else { String::new() };
    format!("SELECT {} FROM {} p {condition} ORDER BY {key} LIMIT $1", columns.join(", "), table.name)
}

/// At most `limit` rows after a key.
pub(super) async fn rows(conn: &mut Conn, table: &Table, after: Option<&[Key]>, limit: usize) -> Db<Vec<Row>> {
    if table.name == SINGLE && after.is_some() {
        return Ok(Vec::new());
    }
    let mut params: Vec<Box<dyn Param + '_>> = vec![Box::new(i64::try_from(limit).unwrap_or(i64::MAX))];
    for key in after.unwrap_or_default() {
        params.push(match key {
            Key::Int(number) => Box::new(*number),
            Key::Text(text) => Box::new(Text(text)),
            Key::Bytes(bytes) => Box::new(Bytes(bytes)),
            Key::Id(id) => Box::new(*id),
        });
    }
    let params: Vec<&dyn Param> = params.iter().map(|param| &**param as &dyn Param).collect();
    let rows = conn.all_once(&sql(table, after.is_some()), &params).await?;
    rows.iter().map(|row| read(table, row)).collect()
}

fn read(table: &Table, row: &tokio_postgres::Row) -> Db<Row> {
    let mut row = Reader::new(row);
    let mut values = Vec::with_capacity(table.columns.len());
    for (_, kind) in table.columns {
        values.push(match kind {
            Kind::Int | Kind::Place => row.next::<Option<Whole>>()?.map_or(Value::Null, |whole| Value::Int(whole.0)),
            Kind::Bool => row.next::<Option<bool>>()?.map_or(Value::Null, Value::Bool),
            Kind::Text => row.next::<Option<String>>()?.map_or(Value::Null, Value::Text),
            Kind::Bytes => row.next::<Option<Vec<u8>>>()?.map_or(Value::Null, Value::Bytes),
            Kind::Id => row.next::<Option<Uuid>>()?.map_or(Value::Null, Value::Id),
            Kind::Time => row.time_or_none()?.map_or(Value::Null, Value::Time),
            Kind::Marks => row.next::<Option<Vec<bool>>>()?.map_or(Value::Null, Value::Marks),
            Kind::Ids => row.next::<Option<Vec<Uuid>>>()?.map_or(Value::Null, Value::Ids),
            Kind::Ints => row
                .next::<Option<Vec<Whole>>>()?
                .map_or(Value::Null, |all| Value::Ints(all.into_iter().map(|whole| whole.0).collect())),
            Kind::Items => Value::Items(items(&mut row)?),
        });
    }
    Ok(values)
}

/// A whole number of any size.
struct Whole(i64);

impl<'a> FromSql<'a> for Whole {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(match *ty {
            Type::INT2 => i16::from_sql(ty, raw)?.into(),
            Type::INT4 => i32::from_sql(ty, raw)?.into(),
            _ => i64::from_sql(ty, raw)?,
        }))
    }

    fn accepts(ty: &Type) -> bool {
        [Type::INT2, Type::INT4, Type::INT8].contains(ty)
    }
}

#[cfg(test)]
mod tests {
    use reparto_store_rows::copy::TABLES;

    use super::{item_columns, sql};

    /// Recreated on the target, or about the copy itself.
    const NOT_COPIED: [&str; 9] = [
        "assignment_counts",
        "assignment_deltas",
        "attempts",
        "job_ends",
        "locks",
        "refinery_schema_history",
        "retention_place",
        "schema_support",
        "unfinished_copy",
    ];

    #[tokio::test]
    async fn every_table_and_column_is_copied_or_excluded() {
        let database = crate::testing::fresh().await;
        let (client, connection) = tokio_postgres::connect(&database.url(), tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        let sql = "SELECT table_name::text, column_name::text FROM information_schema.columns \
            WHERE table_schema = 'public'";
        for row in client.query(sql, &[]).await.unwrap() {
            let (table, column): (String, String) = (row.get(0), row.get(1));
            if NOT_COPIED.contains(&table.as_str()) {
                continue;
            }
            let known = TABLES.iter().find(|known| known.name == table);
            let known = known.unwrap_or_else(|| panic!("{table} is not copied"));
            let own_form = match table.as_str() {
                "operations" => item_columns!().contains(&format!("p.{column}")),
                "job_chunks" => ["seq", "ids"].contains(&column.as_str()),
                "delivery_place" => column == "one",
                // Transactions are the server's own.
                "opportunities" | "contacts" => column == "changed_in",
                _ => false,
            };
            assert!(own_form || known.column(&column).is_some(), "{table}.{column} is not copied");
        }
    }

    #[tokio::test]
    async fn every_table_can_be_read() {
        let database = crate::testing::fresh().await;
        let (client, connection) = tokio_postgres::connect(&database.url(), tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        for table in TABLES {
            for after in [false, true] {
                let sql = sql(table, after);
                client.prepare(&sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
            }
        }
    }
}
