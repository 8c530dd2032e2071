//! Reads an object of texts and numbers, without a tree of what else it holds.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::Problem;

/// The fields of these names of a body that is a JSON object. A list or an object among them is read as an empty one,
/// which is as wrong; everything else in the body is skipped.
pub(super) fn flat(bytes: &[u8], fields: &[&str]) -> Result<Map<String, Value>, Problem> {
    let mut read = serde_json::Deserializer::from_slice(bytes);
    let object = Object(fields).deserialize(&mut read).map_err(|_| Problem::NotJson)?;
    read.end().map_err(|_| Problem::NotJson)?;
    object.ok_or(Problem::NotAnObject)
}

/// The object, or nothing where the JSON is another value.
struct Object<'a>(&'a [&'a str]);

/// A single value.
struct Single(Value);

macro_rules! singles {
    ($read:expr) => {
        fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
            Ok($read(Value::Bool(value)))
        }

        fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
            Ok($read(value.into()))
        }

        fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
            Ok($read(value.into()))
        }

        fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
            Ok($read(Number::from_f64(value).map_or(Value::Null, Value::Number)))
        }

        fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
            Ok($read(value.into()))
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok($read(Value::Null))
        }

        fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Self::Value, A::Error> {
            IgnoredAny.visit_seq(items)?;
            Ok($read(Value::Array(Vec::new())))
        }

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("JSON")
        }
    };
}

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = Option<Map<String, Value>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = Option<Map<String, Value>>;

    singles!(|_: Value| None);

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            if self.0.contains(&name.as_str()) {
                let Single(value) = map.next_value()?;
                object.insert(name, value);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Some(object))
    }
}

impl<'de> Deserialize<'de> for Single {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct One;

        impl<'de> Visitor<'de> for One {
            type Value = Single;

            singles!(Single);

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                IgnoredAny.visit_map(map)?;
                Ok(Single(Value::Object(Map::new())))
            }
        }

        deserializer.deserialize_any(One)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_known_fields_are_kept_and_no_tree() {
        let body = br#"{"a": "x", "b": [[1]], "c": {"a": 1}, "d": 1.5, "e": null, "rest": [{"a": [[]]}]}"#;
        let read = flat(body, &["a", "b", "c", "d", "e"]).unwrap();
        assert_eq!(Value::Object(read), json!({"a": "x", "b": [], "c": {}, "d": 1.5, "e": null}));
    }

    #[test]
    fn invalid_json_and_non_objects_are_distinguished() {
        for body in ["", "{", "nope", "{} {}", "{\"a\": }"] {
            assert!(matches!(flat(body.as_bytes(), &["a"]), Err(Problem::NotJson)), "{body}");
        }
        for body in ["[]", "1", "-1", "1.5", "\"x\"", "null", "true", "[{\"a\": 1}]"] {
            assert!(matches!(flat(body.as_bytes(), &["a"]), Err(Problem::NotAnObject)), "{body}");
        }
    }
}
