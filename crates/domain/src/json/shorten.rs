//! Long values in the audit log are shortened: it says what changed, and is no second copy of the data.

use serde_json::value::{RawValue, to_raw_value};

use super::{ObjectText, entries};

/// The longest value that stays whole, in bytes of its JSON.
pub const LONG_VALUE: usize = 1_000;

/// The characters that are left of a longer one.
const LEFT: usize = 300;

/// The levels of objects whose values are looked at one by one: the entry, `changes`, and `from` and `to` of a field.
const LEVELS: usize = 3;

/// The items that are left of a long list.
const ITEMS: usize = 1_000;

impl ObjectText {
    /// The object with every long value shortened: a long text to its beginning, and a long object, where it is not
    /// one of the entry's own levels, to the beginning of its JSON as a text. The end is marked with `…`.
    #[must_use]
    pub fn shortened(self) -> Self {
        if self.as_str().len() <= LONG_VALUE {
            return self;
        }
        let short = |(key, value): (String, Box<RawValue>)| (key, value_shortened(value, LEVELS - 1));
        if self.is_readable() {
            Self::of_entries(&self.entries().into_iter().map(short).collect::<Vec<_>>())
        } else {
            self
        }
    }
}

fn value_shortened(value: Box<RawValue>, levels: usize) -> Box<RawValue> {
    if value.get().len() <= LONG_VALUE {
        return value;
    }
    let shorter = match value.get().as_bytes().first() {
        Some(b'{') if levels > 0 => entries(value.get()).and_then(|entries| {
            let short: Vec<_> =
                entries.into_iter().map(|(key, value)| (key, value_shortened(value, levels - 1))).collect();
            to_raw_value(&ObjectText::of_entries(&short)).ok()
        }),
        Some(b'[') if levels > 0 => serde_json::from_str::<Vec<Box<RawValue>>>(value.get()).ok().and_then(|items| {
            let short: Vec<_> = items.into_iter().take(ITEMS).map(|item| value_shortened(item, 0)).collect();
            to_raw_value(&short).ok()
        }),
        Some(b'"') => {
            serde_json::from_str::<String>(value.get()).ok().and_then(|text| to_raw_value(&beginning(&text)).ok())
        }
        _ => to_raw_value(&beginning(value.get())).ok(),
    };
    shorter.unwrap_or(value)
}

fn beginning(text: &str) -> String {
    let mut short: String = text.chars().take(LEFT).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn shortened(value: Value) -> Value {
        ObjectText::from(value).shortened().to_value()
    }

    #[test]
    fn long_values_are_shortened_and_short_ones_stay() {
        let long = "ñ".repeat(5_000);
        let short = format!("{}…", "ñ".repeat(300));
        let found = shortened(json!({
            "name": "Ana",
            "changes": {"notes": {"from": null, "to": long}, "custom_fields": {"from": {}, "to": {"a": long, "b": 1}}},
            "failed_ids": ["x", long],
        }));
        assert_eq!(found["name"], "Ana");
        assert_eq!(found["changes"]["notes"], json!({"from": null, "to": short}));
        assert_eq!(found["changes"]["custom_fields"]["from"], json!({}));
        let custom = found["changes"]["custom_fields"]["to"].as_str().unwrap();
        assert!(custom.starts_with("{\"a\":\"ñ") && custom.ends_with('…'), "{custom}");
        assert_eq!(found["failed_ids"], json!(["x", short]));
    }

    #[test]
    fn a_deep_or_huge_object_is_shortened_without_a_tree() {
        let deep = format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
        let entry =
            ObjectText::stored(format!("{{\"changes\":{{\"custom_fields\":{{\"from\":{deep},\"to\":{{}}}}}}}}"));
        let short = entry.shortened();
        assert!(short.as_str().len() < 2_000, "{}", short.as_str().len());
        assert_eq!(short.to_value()["changes"]["custom_fields"]["to"], json!({}));
    }
}
