//! Objects that clients send to be stored, such as `custom_fields`, within bounds.

use std::{collections::HashMap, fmt};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, value::RawValue};

use super::{ObjectText, scan::measure};

/// A bound on a kept object that is exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// Its JSON is at most 16,384 bytes.
    Bytes,
    /// Objects and lists are nested at most 8 deep, itself included.
    Depth,
    /// It has at most 200 keys, on all levels together.
    Keys,
}

impl Bound {
    /// Every bound.
    pub const ALL: [Self; 3] = [Self::Bytes, Self::Depth, Self::Keys];

    /// The most that is allowed.
    pub const fn max(self) -> usize {
        match self {
            Self::Bytes => 16 * 1_024,
            Self::Depth => 8,
            Self::Keys => 200,
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes => write!(f, "{} bytes of JSON", self.max()),
            Self::Depth => write!(f, "a depth of {}", self.max()),
            Self::Keys => write!(f, "{} keys", self.max()),
        }
    }
}

/// An object that a client keeps with a contact or an opportunity. What is taken in is within the [`Bound`]s; what an
/// earlier version stored may exceed them, and is read as it is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeptObject(ObjectText);

impl KeptObject {
    /// An object that was sent, unless it exceeds a bound.
    pub fn new(sent: &Map<String, Value>) -> Result<Self, Bound> {
        let text = serde_json::to_string(sent).map_err(|_| Bound::Depth)?;
        match exceeded(&text) {
            Some(bound) => Err(bound),
            None => Ok(Self(ObjectText::stored(text))),
        }
    }

    /// As many of these entries as fit, in their order, and the keys of those that do not.
    pub fn fitting(sent: &Map<String, Value>) -> (Self, Vec<String>) {
        if let Ok(all) = Self::new(sent) {
            return (all, Vec::new());
        }
        let offered =
            sent.iter().filter_map(|(key, value)| Some((key.clone(), serde_json::value::to_raw_value(value).ok()?)));
        let mut kept = Self::default();
        let left_out = kept.add(offered);
        (kept, left_out)
    }

    /// A stored object.
    pub fn stored(text: String) -> Self {
        Self(ObjectText::stored(text))
    }

    /// The text as it is stored.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether the stored text is a JSON object.
    pub const fn is_readable(&self) -> bool {
        self.0.is_readable()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The entries of the object itself, each value as its text.
    pub fn entries(&self) -> Vec<(String, Box<RawValue>)> {
        self.0.entries()
    }

    /// The value of a key, for those who look into it.
    pub fn get(&self, key: &str) -> Option<Value> {
        let (_, value) = self.0.entries().into_iter().rev().find(|(known, _)| known == key)?;
        serde_json::from_str(value.get()).ok()
    }

    /// As a tree, for those who look into it; null where it is nested too deep for one.
    pub fn to_value(&self) -> Value {
        self.0.to_value()
    }

    /// The bound that a stored object exceeds.
    pub fn exceeded(&self) -> Option<Bound> {
        if self.is_readable() { exceeded(self.as_str()) } else { None }
    }

    /// Adds the entries that are offered and not there yet, as far as they fit; returns the keys of those that do not.
    /// What is there already stays, even where it exceeds a bound.
    pub fn fill(&mut self, offered: &Self) -> Vec<String> {
        if offered.is_empty() {
            return Vec::new();
        }
        let there: Vec<String> = self.0.entries().into_iter().map(|(key, _)| key).collect();
        self.add(offered.0.entries().into_iter().filter(|(key, _)| !there.contains(key)))
    }

    /// The keys for which `offered` has another value.
    pub fn differing(&self, offered: &Self) -> Vec<String> {
        let there: HashMap<String, Box<RawValue>> = self.0.entries().into_iter().collect();
        let differs = |key: &String, value: &RawValue| {
            there.get(key).is_some_and(|there| there.get() != value.get() && self.get(key) != offered.get(key))
        };
        offered.0.entries().into_iter().filter(|(key, value)| differs(key, value)).map(|(key, _)| key).collect()
    }

    /// Adds entries with new keys, as far as they fit.
    fn add(&mut self, offered: impl Iterator<Item = (String, Box<RawValue>)>) -> Vec<String> {
        let mut left_out = Vec::new();
        // Nothing is added to a damaged object: it would be lost.
        if !self.is_readable() {
            return offered.map(|(key, _)| key).collect();
        }
        let mut entries = self.0.entries();
        let mut size = measure(self.as_str().as_bytes());
        for (key, value) in offered {
            let more = measure(value.get().as_bytes());
            // The quoted key, a colon and a comma.
            let bytes = size.bytes + more.bytes + Value::from(key.as_str()).to_string().len() + 2;
            let (depth, keys) = (size.depth.max(more.depth + 1), size.keys + more.keys + 1);
            if bytes > Bound::Bytes.max() || depth > Bound::Depth.max() || keys > Bound::Keys.max() {
                left_out.push(key);
                continue;
            }
            (size.bytes, size.depth, size.keys) = (bytes, depth, keys);
            entries.push((key, value));
        }
        *self = Self(ObjectText::of_entries(&entries));
        left_out
    }
}

fn exceeded(text: &str) -> Option<Bound> {
    let size = measure(text.as_bytes());
    let found = |bound: &Bound| match bound {
        Bound::Bytes => size.bytes,
        Bound::Depth => size.depth,
        Bound::Keys => size.keys,
    };
    Bound::ALL.into_iter().find(|bound| found(bound) > bound.max())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn map(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(map) => map,
            other => panic!("{other} is no object"),
        }
    }

    fn nested(depth: usize) -> Map<String, Value> {
        map((1..depth).fold(json!({}), |inner, _| json!({"a": inner})))
    }

    #[test]
    fn an_object_is_within_its_bounds_to_the_last_byte() {
        // {"k":"…"}: eight bytes around the text.
        let text = |bytes: usize| map(json!({"k": "x".repeat(bytes - 8)}));
        assert_eq!(KeptObject::new(&text(16_384)).map(|kept| kept.as_str().len()), Ok(16_384));
        assert_eq!(KeptObject::new(&text(16_385)), Err(Bound::Bytes));
        assert!(KeptObject::new(&nested(8)).is_ok());
        assert_eq!(KeptObject::new(&nested(9)), Err(Bound::Depth));
        // A list is a level, too.
        assert_eq!(KeptObject::new(&map(json!({"a": [[[[[[[[1]]]]]]]]}))), Err(Bound::Depth));
        let keys =
            |count: usize| map(json!({"all": (1..count).map(|n| json!({n.to_string(): 1})).collect::<Vec<_>>()}));
        assert!(KeptObject::new(&keys(200)).is_ok());
        assert_eq!(KeptObject::new(&keys(201)), Err(Bound::Keys));
    }

    #[test]
    fn what_does_not_fit_is_left_out_and_named() {
        let sent = map(json!({"a": 1, "long": "x".repeat(20_000), "deep": nested(8), "b": {"c": [2]}}));
        let (kept, left_out) = KeptObject::fitting(&sent);
        assert_eq!(kept.as_str(), r#"{"a":1,"b":{"c":[2]}}"#);
        assert_eq!(left_out, ["long", "deep"]);
        assert_eq!(kept.exceeded(), None);
    }

    #[test]
    fn filling_adds_what_is_missing_within_the_bounds() {
        let object = |value: Value| KeptObject::new(&map(value)).unwrap();
        let mut kept = object(json!({"a": 1, "pad": "x".repeat(16_000)}));
        let left_out = kept.fill(&object(json!({"a": 2, "long": "y".repeat(500), "b": 3})));
        assert_eq!((kept.get("a"), kept.get("b"), kept.get("long")), (Some(json!(1)), Some(json!(3)), None));
        assert_eq!(left_out, ["long"]);
        assert_eq!(kept.exceeded(), None);
    }

    #[test]
    fn a_stored_object_over_its_bounds_stays_as_it_is() {
        let text = format!("{{\"k\":\"{}\"}}", "x".repeat(20_000));
        let mut old = KeptObject::stored(text.clone());
        assert_eq!(old.exceeded(), Some(Bound::Bytes));
        assert_eq!(old.fill(&KeptObject::stored("{\"b\":1}".into())), ["b"]);
        assert_eq!(old.as_str(), text);
        let mut damaged = KeptObject::stored("{\"a".into());
        assert_eq!(damaged.fill(&KeptObject::stored("{\"b\":1}".into())), ["b"]);
        assert_eq!(damaged.as_str(), "{\"a");
    }
}
