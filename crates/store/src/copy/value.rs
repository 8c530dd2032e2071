//! What a row is made of, the same on every engine.

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

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A whole number: a seq, a count, an enum of the domain.
    Int,
    /// The place of the row in its table, where only the order counts: an engine that wants no gaps numbers anew.
    Place,
    /// Yes or no.
    Bool,
    /// A text; JSON too, which is kept as it came.
    Text,
    /// Bytes.
    Bytes,
    /// A UUID.
    Id,
    /// A moment.
    Time,
    /// What an operation did to each of its opportunities.
    Items,
    /// One mark for each item.
    Marks,
    /// Several UUIDs.
    Ids,
    /// Several whole numbers.
    Ints,
}

/// What a column of a row holds. Its variant is that of the column's [`Kind`], or `Null`.
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
    /// Of [`Kind::Marks`]; at least one is set.
    Marks(Vec<bool>),
    /// Of [`Kind::Ids`].
    Ids(Vec<Uuid>),
    /// Of [`Kind::Ints`].
    Ints(Vec<i64>),
}

/// What an operation did to one opportunity; users, opportunities and operations by their seq.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    /// The opportunity.
    pub opportunity: i64,
    /// How it stood before; `None`: it did not exist.
    pub before: Option<Before>,
    /// Who holds it after; `None`: nobody.
    pub holder: Option<i64>,
    /// Where it stands after.
    pub status: Status,
}

/// How an opportunity stood before an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before {
    /// Who held it; `None`: nobody.
    pub holder: Option<i64>,
    /// Where it stood.
    pub status: Status,
    /// The newest operation in its history then.
    pub last_operation: i64,
    /// The operation that its state then came from, undos and what they cancelled left out.
    pub effective_operation: i64,
}

/// A part of a key: how far a copy got is kept as these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Key {
    /// A number.
    Int(i64),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl Value {
    /// The value as a part of a key; `None` where it cannot be one.
    pub fn key(&self) -> Option<Key> {
        match self {
            Self::Int(number) => Some(Key::Int(*number)),
            Self::Text(text) => Some(Key::Text(text.clone())),
            Self::Bytes(bytes) => Some(Key::Bytes(bytes.clone())),
            _ => None,
        }
    }

    /// The number that it is.
    pub const fn int(&self) -> Option<i64> {
        if let Self::Int(number) = self { Some(*number) } else { None }
    }
}
