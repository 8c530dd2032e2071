//! A checksum of a table that is independent of row order and engine: the sum of the rows' checksums.

use reparto_store::copy::{Kind, Row, Table, Value};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::numbers::signed;

/// How many rows, and their checksum.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// The number of rows.
    pub rows: u64,
    /// The sum of the first half of each row's SHA-256.
    #[serde(with = "hex")]
    sum: u128,
}

impl Digest {
    /// Adds a row. A column of kind [`Kind::Place`] is replaced by the number of rows before it.
    pub fn add(&mut self, table: &Table, row: &Row) {
        let mut hash = Sha256::new();
        for ((_, kind), value) in table.columns.iter().zip(row) {
            match kind {
                Kind::Place => put(&mut hash, &Value::Int(signed(self.rows))),
                _ => put(&mut hash, value),
            }
        }
        let hash: [u8; 32] = hash.finalize().into();
        let mut half = [0; 16];
        half.copy_from_slice(&hash[..16]);
        self.sum = self.sum.wrapping_add(u128::from_be_bytes(half));
        self.rows += 1;
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", self.sum)
    }
}

/// Hashes a value with its type and, if variable, its length, so that no two rows hash the same input.
fn put(hash: &mut Sha256, value: &Value) {
    let mut number = |tag: u8, number: i64| {
        hash.update([tag]);
        hash.update(number.to_be_bytes());
    };
    match value {
        Value::Null => hash.update([0]),
        Value::Int(value) => number(1, *value),
        Value::Bool(value) => hash.update([2, u8::from(*value)]),
        Value::Text(text) => {
            number(3, signed(text.len()));
            hash.update(text);
        }
        Value::Bytes(bytes) => {
            number(4, signed(bytes.len()));
            hash.update(bytes);
        }
        Value::Id(id) => {
            hash.update([5]);
            hash.update(id.as_bytes());
        }
        Value::Time(at) => number(6, at.micros()),
        Value::Items(items) => {
            number(7, signed(items.len()));
            for item in items {
                number(1, item.opportunity);
                number(1, item.holder.unwrap_or(0));
                number(1, item.status.number().into());
                if let Some(before) = item.before {
                    number(2, before.holder.unwrap_or(0));
                    number(2, before.status.number().into());
                    number(2, before.last_operation);
                    number(2, before.effective_operation);
                }
            }
        }
        Value::Marks(marks) => {
            number(8, signed(marks.len()));
            for mark in marks {
                hash.update([u8::from(*mark)]);
            }
        }
        Value::Ids(ids) => {
            number(9, signed(ids.len()));
            for id in ids {
                hash.update(id.as_bytes());
            }
        }
        Value::Ints(numbers) => {
            number(10, signed(numbers.len()));
            for value in numbers {
                number(1, *value);
            }
        }
    }
}

/// A sum is larger than the integers of JSON, hence a text.
mod hex {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(sum: &u128, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{sum:032x}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
        let text = String::deserialize(deserializer)?;
        u128::from_str_radix(&text, 16).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::copy::TABLES;

    fn table(name: &str) -> &'static Table {
        TABLES.iter().find(|table| table.name == name).unwrap()
    }

    fn of(rows: &[Row]) -> Digest {
        let mut digest = Digest::default();
        for row in rows {
            digest.add(table("job_turns"), row);
        }
        digest
    }

    #[test]
    fn digests_depend_on_rows_not_on_their_order() {
        let (a, b) = (vec![Value::Int(1), Value::Int(2)], vec![Value::Int(2), Value::Int(1)]);
        assert_eq!(of(&[a.clone(), b.clone()]), of(&[b.clone(), a.clone()]));
        assert_ne!(of(std::slice::from_ref(&a)), of(&[b]));
        assert_ne!(of(&[a]), of(&[vec![Value::Int(1), Value::Null]]));
    }

    #[test]
    fn digests_serialize_as_text() {
        let digest = of(&[vec![Value::Int(1), Value::Int(2)]]);
        let kept = serde_json::to_string(&digest).unwrap();
        assert_eq!(serde_json::from_str::<Digest>(&kept).unwrap(), digest);
    }

    #[test]
    fn renumbered_columns_count_by_position() {
        let entry = |seq| {
            let mut row = vec![Value::Null; table("audit_logs").columns.len()];
            row[0] = Value::Int(seq);
            row
        };
        let (mut one, mut other) = (Digest::default(), Digest::default());
        one.add(table("audit_logs"), &entry(7));
        other.add(table("audit_logs"), &entry(1));
        assert_eq!(one, other);
    }
}
