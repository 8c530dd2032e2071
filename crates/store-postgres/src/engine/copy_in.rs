//! Rows in bulk: `COPY … FROM STDIN` in the binary format, as fast as a table takes them.

use std::error::Error;

use bytes::{BufMut, BytesMut};
use reparto_domain::Timestamp;
use tokio_postgres::{
    binary_copy::BinaryCopyInWriter,
    types::{IsNull, ToSql, Type, to_sql_checked},
};
use uuid::Uuid;

use super::{
    errors::{Db, Fault},
    params::{At, Bytes, Param, Text},
    tx::Conn,
};
use crate::statements::statements;

statements! {
    TYPES = "SELECT attname::text, atttypid::bigint FROM pg_attribute \
        WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped";
}

/// A value of a row; how it is written follows from the type of its column.
#[derive(Debug, Clone)]
pub(crate) enum Cell<'a> {
    Null,
    Int(i64),
    Bool(bool),
    Text(&'a str),
    Owned(String),
    Bytes(&'a [u8]),
    Id(Uuid),
    Time(Timestamp),
    Ints(Vec<Option<i64>>),
    Bools(&'a [bool]),
    Ids(&'a [Uuid]),
}

impl Cell<'_> {
    fn is(&self, ty: &Type) -> bool {
        match self {
            Self::Null => true,
            Self::Int(_) => [Type::INT2, Type::INT4, Type::INT8].contains(ty),
            Self::Bool(_) => *ty == Type::BOOL,
            Self::Text(_) | Self::Owned(_) => *ty == Type::TEXT,
            Self::Bytes(_) => *ty == Type::BYTEA,
            Self::Id(_) => *ty == Type::UUID,
            Self::Time(_) => *ty == Type::TIMESTAMPTZ,
            Self::Ints(_) => [Type::INT2_ARRAY, Type::INT8_ARRAY].contains(ty),
            Self::Bools(_) => *ty == Type::BOOL_ARRAY,
            Self::Ids(_) => *ty == Type::UUID_ARRAY,
        }
    }
}

impl ToSql for Cell<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        if !self.is(ty) {
            return Err(format!("a column of type {ty} cannot hold {self:?}").into());
        }
        match self {
            Self::Null => return Ok(IsNull::Yes),
            Self::Int(number) => match *ty {
                Type::INT2 => out.put_i16(i16::try_from(*number)?),
                Type::INT4 => out.put_i32(i32::try_from(*number)?),
                _ => out.put_i64(*number),
            },
            Self::Ints(numbers) if *ty == Type::INT2_ARRAY => {
                let small = numbers.iter().map(|number| number.map(i16::try_from).transpose());
                return small.collect::<Result<Vec<_>, _>>()?.to_sql(ty, out);
            }
            Self::Ints(numbers) => return numbers.to_sql(ty, out),
            Self::Bool(is) => return is.to_sql(ty, out),
            Self::Text(text) => return Text(text).to_sql(ty, out),
            Self::Owned(text) => return Text(text).to_sql(ty, out),
            Self::Bytes(bytes) => return Bytes(bytes).to_sql(ty, out),
            Self::Id(id) => return id.to_sql(ty, out),
            Self::Time(at) => return At(*at).to_sql(ty, out),
            Self::Bools(marks) => return marks.to_sql(ty, out),
            Self::Ids(ids) => return ids.to_sql(ty, out),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// The types of the columns of a table, in this order.
async fn types(conn: &mut Conn, table: &str, columns: &[&str]) -> Db<Vec<Type>> {
    let mut known = std::collections::HashMap::new();
    for row in conn.all(TYPES, &[&Text(table)]).await? {
        known.insert(row.try_get::<_, String>(0)?, row.try_get::<_, i64>(1)?);
    }
    let of = |column: &&str| {
        let oid = known.get(*column).and_then(|oid| u32::try_from(*oid).ok());
        oid.and_then(Type::from_oid)
            .ok_or_else(|| Fault::inconsistent(format!("{table}.{column} has no type that is known")))
    };
    columns.iter().map(of).collect()
}

/// A row to write.
pub(crate) trait Line: Sync {
    /// Its values, in the order of the columns.
    fn values(&self) -> Vec<&(dyn ToSql + Sync)>;
}

impl Line for Vec<Cell<'_>> {
    fn values(&self) -> Vec<&(dyn ToSql + Sync)> {
        self.iter().map(|cell| cell as &(dyn ToSql + Sync)).collect()
    }
}

impl Line for Vec<Box<dyn Param + '_>> {
    fn values(&self) -> Vec<&(dyn ToSql + Sync)> {
        self.iter().map(|param| param.value()).collect()
    }
}

/// Writes rows into these columns of a table.
pub(crate) async fn copy_in<L: Line>(conn: &mut Conn, table: &str, columns: &[&str], rows: &[L]) -> Db<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let types = types(conn, table, columns).await?;
    let sql = format!("COPY {table} ({}) FROM STDIN BINARY", columns.join(", "));
    let sink = conn.copy_in(&sql).await?;
    let mut writer = std::pin::pin!(BinaryCopyInWriter::new(sink, &types));
    for row in rows {
        writer.as_mut().write(&row.values()).await?;
    }
    writer.finish().await?;
    Ok(())
}
