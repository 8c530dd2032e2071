//! Reads a field of a job's request that must be small, without ever holding more of it.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// The largest field beside the ids, in bytes: what its texts and names take, and eight for anything else.
pub(super) const FIELD_MAX: usize = 16 << 10;

/// What a number, a truth value, null, a list or an object counts.
const OTHER: usize = 8;

/// Reads a value while something is left of this many bytes; `None` where it takes more.
pub(super) struct Small<'a>(pub &'a mut usize);

impl Small<'_> {
    /// The value, if it fits.
    fn if_fits(self, bytes: usize, value: impl FnOnce() -> Value) -> Option<Value> {
        let left = self.0.checked_sub(bytes);
        *self.0 = left.unwrap_or(0);
        left.map(|_| value())
    }
}

impl<'de> DeserializeSeed<'de> for Small<'_> {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Small<'_> {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(self.if_fits(OTHER, || Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(self.if_fits(OTHER, || value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(self.if_fits(OTHER, || value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(self.if_fits(OTHER, || value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(self.if_fits(OTHER, || Number::from_f64(value).map_or(Value::Null, Value::Number)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(self.if_fits(OTHER.max(text.len()), || text.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let Self(left) = self;
        let mut list = Small(left).if_fits(OTHER, || Value::Null).map(|_| Vec::new());
        while let Some(mut kept) = list.take() {
            match items.next_element_seed(Small(left))? {
                None => return Ok(Some(Value::Array(kept))),
                Some(Some(item)) => {
                    kept.push(item);
                    list = Some(kept);
                }
                Some(None) => {}
            }
        }
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        let Self(left) = self;
        let mut object = Small(left).if_fits(OTHER, || Value::Null).map(|_| Map::new());
        while let Some(mut kept) = object.take() {
            let Some(name) = fields.next_key::<String>()? else { return Ok(Some(Value::Object(kept))) };
            let value = fields.next_value_seed(Small(left))?;
            if Small(left).if_fits(name.len(), || Value::Null).is_some()
                && let Some(value) = value
            {
                kept.insert(name, value);
                object = Some(kept);
            }
        }
        while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The value, if it fits into this many bytes.
    fn read(text: &str, mut bytes: usize) -> Option<Value> {
        let mut reader = serde_json::Deserializer::from_str(text);
        let read = Small(&mut bytes).deserialize(&mut reader).unwrap();
        reader.end().unwrap();
        read
    }

    #[test]
    fn what_fits_is_read_as_it_is() {
        for value in [json!(null), json!(-1), json!(1.5), json!("ñ"), json!([1, [true]]), json!({"a": {"b": ["c"]}})] {
            assert_eq!(read(&value.to_string(), 1_000), Some(value));
        }
    }

    #[test]
    fn what_is_too_large_is_skipped_whole() {
        let long = "x".repeat(100);
        for value in [json!(long), json!([long]), json!({ "a": long }), json!({ long.clone(): 1 }), json!(vec![0; 20])]
        {
            assert_eq!(read(&value.to_string(), 99), None, "{value}");
            assert_eq!(read(&value.to_string(), 400), Some(value));
        }
        assert_eq!(read("[[[[[[1]]]]]]", 40), None);
    }
}
