//! JSON objects that are kept as text: what clients send to be stored, and the details of the audit log.
//!
//! They go out as they are stored, and are never read into a tree: a tree takes many times the memory of its text, and
//! reading one fails where the text is nested deeper than a parser allows, which a stored row must not.

mod kept;
mod scan;
mod shorten;

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeMap as _};
use serde_json::{Map, Value, value::RawValue};

pub use kept::{Bound, KeptObject};
pub use scan::{Size, measure};
pub use shorten::LONG_VALUE;

/// A JSON object as text.
#[derive(Clone)]
pub struct ObjectText(Text);

#[derive(Clone)]
enum Text {
    Readable(Box<RawValue>),
    /// A damaged row: written back as it is, shown as an empty object, and found by `reparto check`.
    Unreadable(Box<str>),
}

impl ObjectText {
    /// The text of a stored object, however deep or long. One that is no JSON object is kept too (see
    /// [`ObjectText::is_readable`]).
    pub fn stored(text: String) -> Self {
        if !text.trim_start().starts_with('{') {
            return Self(Text::Unreadable(text.into()));
        }
        match RawValue::from_string(text.clone()) {
            Ok(raw) => Self(Text::Readable(raw)),
            Err(_) => Self(Text::Unreadable(text.into())),
        }
    }

    /// An object with these entries, in this order.
    pub fn of_entries(entries: &[(String, Box<RawValue>)]) -> Self {
        serde_json::to_string(&Entries(entries)).map_or_else(|_| Self::default(), Self::stored)
    }

    /// An object with this one as the value of a single key.
    #[must_use]
    pub fn within(&self, key: &str) -> Self {
        serde_json::value::to_raw_value(self)
            .map_or_else(|_| Self::default(), |value| Self::of_entries(&[(key.to_owned(), value)]))
    }

    /// The object with these entries added, except for keys that it already has.
    #[must_use]
    pub fn with(self, added: impl IntoIterator<Item = (&'static str, Value)>) -> Self {
        let mut entries = self.entries();
        for (key, value) in added {
            if let Ok(value) = serde_json::value::to_raw_value(&value)
                && !entries.iter().any(|(known, _)| known == key)
            {
                entries.push((key.to_owned(), value));
            }
        }
        Self::of_entries(&entries)
    }

    /// The text as it is stored.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Text::Readable(raw) => raw.get(),
            Text::Unreadable(text) => text,
        }
    }

    /// Whether the text is a JSON object.
    pub const fn is_readable(&self) -> bool {
        matches!(self.0, Text::Readable(_))
    }

    /// Whether there is nothing in it, or nothing that can be read.
    pub fn is_empty(&self) -> bool {
        match &self.0 {
            Text::Readable(raw) => raw.get().bytes().all(|b| b.is_ascii_whitespace() || matches!(b, b'{' | b'}')),
            Text::Unreadable(_) => true,
        }
    }

    /// The entries of the object itself, each value as its text. Of a key that is there twice, both.
    pub fn entries(&self) -> Vec<(String, Box<RawValue>)> {
        match &self.0 {
            Text::Readable(raw) => entries(raw.get()).unwrap_or_default(),
            Text::Unreadable(_) => Vec::new(),
        }
    }

    /// As a tree, for those who look into it; null where it is nested too deep for one.
    pub fn to_value(&self) -> Value {
        serde_json::from_str(self.as_str()).unwrap_or_default()
    }
}

/// The entries of a text that is a JSON object.
fn entries(text: &str) -> Option<Vec<(String, Box<RawValue>)>> {
    struct Visitor;

    impl<'de> de::Visitor<'de> for Visitor {
        type Value = Vec<(String, Box<RawValue>)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut entries = Vec::new();
            while let Some(entry) = map.next_entry()? {
                entries.push(entry);
            }
            Ok(entries)
        }
    }

    Deserializer::deserialize_map(&mut serde_json::Deserializer::from_str(text), Visitor).ok()
}

/// Entries written as an object.
struct Entries<'a>(&'a [(String, Box<RawValue>)]);

impl Serialize for Entries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

impl Default for ObjectText {
    fn default() -> Self {
        Self::stored("{}".to_owned())
    }
}

impl From<Map<String, Value>> for ObjectText {
    fn from(object: Map<String, Value>) -> Self {
        Value::Object(object).into()
    }
}

impl From<Value> for ObjectText {
    /// The text of an object of our own; anything else becomes an empty one.
    fn from(value: Value) -> Self {
        if value.is_object() { Self::stored(value.to_string()) } else { Self::default() }
    }
}

impl PartialEq for ObjectText {
    /// Equal objects, whatever the order of their keys.
    fn eq(&self, other: &Self) -> bool {
        let parsed = |object: &Self| serde_json::from_str::<Value>(object.as_str()).ok();
        self.as_str() == other.as_str()
            || matches!((parsed(self), parsed(other)), (Some(own), Some(other)) if own == other)
    }
}

impl fmt::Debug for ObjectText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for ObjectText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for ObjectText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Text::Readable(raw) => raw.serialize(serializer),
            Text::Unreadable(_) => serializer.serialize_map(Some(0))?.end(),
        }
    }
}

impl<'de> Deserialize<'de> for ObjectText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::stored(Box::<RawValue>::deserialize(deserializer)?.get().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(levels: usize) -> String {
        format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels))
    }

    #[test]
    fn stored_objects_of_any_depth_are_shown_unchanged() {
        let text = nested(100_000);
        let object = ObjectText::stored(text.clone());
        assert!(object.is_readable());
        assert_eq!(serde_json::to_string(&[&object]).unwrap(), format!("[{text}]"));
        assert_eq!(object.entries()[0].0, "a");
    }

    #[test]
    fn a_damaged_object_is_kept_and_shown_as_empty() {
        for text in ["", "{", "[]", "null", "{}x", "1"] {
            let object = ObjectText::stored(text.to_owned());
            assert!(!object.is_readable(), "{text}");
            assert_eq!((object.as_str(), serde_json::to_string(&object).unwrap().as_str()), (text, "{}"));
        }
    }

    #[test]
    fn objects_are_equal_whatever_the_order_of_their_keys() {
        let object = |text: &str| ObjectText::stored(text.to_owned());
        assert_eq!(object(r#"{"a":1,"b":{"c":[1]}}"#), object(r#"{"b": {"c":[1]}, "a":1}"#));
        assert_ne!(object(r#"{"a":1}"#), object(r#"{"a":2}"#));
        assert_ne!(object(&nested(200)), object(&nested(201)));
        assert_ne!(object("{"), object("["));
    }

    #[test]
    fn entries_make_the_same_object_again() {
        let object = ObjectText::stored(r#"{"z":[1, 2],"a":{"ñ":null}}"#.to_owned());
        assert_eq!(ObjectText::of_entries(&object.entries()).as_str(), r#"{"z":[1, 2],"a":{"ñ":null}}"#);
    }
}
