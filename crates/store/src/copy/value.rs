//! The values of a row, the same for every engine.

use reparto_domain::{Status, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A table.
#[derive(Debug)]
pub struct Table {
    /// Its name, on every engine.
    pub name: &'static str,
    /// Its columns; the first `key` of them are what it is ordered by.
    pub columns: &'static [(&'static str, Kind)],
    /// How many of the first columns are the key.
    pub key: usize,
    /// Rows that are taken at once: fewer where rows are large.
    pub page: usize,
}

impl Table {
    /// The place of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|(column, _)| *column == name)
    }
}

/// A row of a table, in the order of its columns.
pub type Row = Vec<Value>;

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An integer: a seq, a count or an enum of the domain.
    Int,
    /// The position of the row in its table. Only the order matters: an engine that needs gapless numbers renumbers.
    Place,
    /// A boolean.
    Bool,
    /// A text, including JSON, which is copied verbatim.
    Text,
    /// Bytes.
    Bytes,
    /// A UUID.
    Id,
    /// A timestamp.
    Time,
    /// What an operation did to each of its opportunities.
    Items,
    /// A flag for each item.
    Marks,
    /// Several UUIDs.
    Ids,
    /// Several integers.
    Ints,
}

/// A value in a row. Its variant matches the column's [`Kind`], or is `Null`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// Of [`Kind::Int`] and [`Kind::Place`].
    Int(i64),
    /// Of [`Kind::Bool`].
    Bool(bool),
    /// Of [`Kind::Text`].
    Text(String),
    /// Of [`Kind::Bytes`].
    Bytes(Vec<u8>),
    /// Of [`Kind::Id`].
    Id(Uuid),
    /// Of [`Kind::Time`].
    Time(Timestamp),
    /// Of [`Kind::Items`].
    Items(Vec<Item>),
    /// Of [`Kind::Marks`]; at least one flag is set.
    Marks(Vec<bool>),
    /// Of [`Kind::Ids`].
    Ids(Vec<Uuid>),
    /// Of [`Kind::Ints`].
    Ints(Vec<i64>),
}

/// What an operation did to one opportunity; users, opportunities and operations are given by seq.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    /// The opportunity.
    pub opportunity: i64,
    /// The state before; `None` if it did not exist.
    pub before: Option<Before>,
    /// The holder after.
    pub holder: Option<i64>,
    /// The status after.
    pub status: Status,
}

/// The state of an opportunity before an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before {
    /// The holder.
    pub holder: Option<i64>,
    /// The status.
    pub status: Status,
    /// The newest operation in its history.
    pub last_operation: i64,
    /// The operation that produced its state.
    pub effective_operation: i64,
}

/// A component of a key, used to record the progress of a copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Key {
    /// A number.
    Int(i64),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// An id.
    Id(Uuid),
}

impl Value {
    /// The value as a key component; `None` if it cannot be one.
    pub fn key(&self) -> Option<Key> {
        match self {
            Self::Int(number) => Some(Key::Int(*number)),
            Self::Text(text) => Some(Key::Text(text.clone())),
            Self::Bytes(bytes) => Some(Key::Bytes(bytes.clone())),
            Self::Id(id) => Some(Key::Id(*id)),
            _ => None,
        }
    }

    /// The integer, if it is one.
    pub const fn int(&self) -> Option<i64> {
        if let Self::Int(number) = self { Some(*number) } else { None }
    }
}
