//! Reads the body of a request for a job: up to a million ids, one by one, and a few other fields.

use std::fmt;

use reparto_domain::{OpportunityId, jobs::JOB_IDS_MAX};
use serde::{
    Deserialize,
    de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value, error::Category};
use sha2::{Digest, Sha256};
use uuid::Builder;

use super::{
    body::CreateJobBody,
    small::{FIELD_MAX, Small},
};
use crate::http::{Problem, QueryFields, body::RequestBody as _};

/// Whether a field beside the ids is kept; whatever else was sent is skipped, however much it is.
fn is_kept(name: &str) -> bool {
    name != IDS && CreateJobBody::FIELDS.contains(&name)
}

/// The field that is read apart.
const IDS: &str = "opportunity_ids";

/// The fields of the request.
#[derive(Debug, Default)]
pub(super) struct Sent {
    /// The fields except the ids.
    pub object: Map<String, Value>,
    /// The ids.
    pub ids: SentIds,
    /// The names of fields beside the ids that are too large, and are not among the fields.
    pub too_large: Vec<String>,
}

/// The ids of the request.
#[derive(Debug, Default)]
pub(super) enum SentIds {
    /// There is no list.
    #[default]
    Absent,
    /// It is not a list of texts.
    NotAList,
    /// More than a job takes.
    TooMany,
    /// A list of ids.
    List(Ids),
}

/// A list of ids.
#[derive(Debug, Default)]
pub(super) struct Ids {
    /// One for each text.
    pub ids: Vec<OpportunityId>,
    /// Texts that are not UUIDs, with their positions in the list, in order.
    pub invalid: Vec<(usize, Box<str>)>,
}

impl Ids {
    /// Adds the id of a text. A text that is not a UUID gets an id that nothing has, always the same one, so that it
    /// counts as an opportunity that was not found.
    fn push(&mut self, text: &str) {
        let id = text.parse().unwrap_or_else(|_| {
            self.invalid.push((self.ids.len(), text.into()));
            let digest = Sha256::digest(text.as_bytes());
            let mut bytes = [0; 16];
            bytes.copy_from_slice(&digest[..16]);
            OpportunityId::from_uuid(Builder::from_custom_bytes(bytes).into_uuid())
        });
        self.ids.push(id);
    }
}

impl Sent {
    /// Reads JSON.
    pub fn json(bytes: &[u8]) -> Result<Self, Problem> {
        serde_json::from_slice(bytes).map_err(|error| match error.classify() {
            Category::Data => Problem::NotAnObject,
            Category::Io | Category::Syntax | Category::Eof => Problem::NotJson,
        })
    }

    /// Reads CSV: the column `opportunity_id` or `id`, else the first one. The other fields are in the query.
    pub fn csv(bytes: &[u8], query: &QueryFields) -> Self {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
        let (mut ids, mut column, mut record, mut is_first) = (Ids::default(), 0, csv::ByteRecord::new(), true);
        // Reading from memory with any number of columns cannot fail.
        while reader.read_byte_record(&mut record).unwrap_or(false) {
            if std::mem::take(&mut is_first) {
                let named = |cell: &[u8]| {
                    let cell = cell.trim_ascii();
                    cell.eq_ignore_ascii_case(b"opportunity_id") || cell.eq_ignore_ascii_case(b"id")
                };
                if let Some(named) = record.iter().position(named) {
                    column = named;
                    continue;
                }
            }
            let cell = String::from_utf8_lossy(record.get(column).unwrap_or_default().trim_ascii());
            if !cell.is_empty() {
                ids.push(&cell);
            }
            if ids.ids.len() > JOB_IDS_MAX {
                return Self { object: fields(query), ids: SentIds::TooMany, too_large: Vec::new() };
            }
        }
        Self { object: fields(query), ids: SentIds::List(ids), too_large: Vec::new() }
    }
}

/// The fields of a query as those of a body.
fn fields(query: &QueryFields) -> Map<String, Value> {
    let value = |name: &str, text: &str| match (name, text) {
        ("dry_run" | "update_status", "true" | "1") => Value::Bool(true),
        ("dry_run" | "update_status", "false" | "0") => Value::Bool(false),
        (_, text) => Value::from(text),
    };
    let field = |name: &str| query.raw(name).map(|text| (name.to_owned(), value(name, text)));
    CreateJobBody::FIELDS.iter().filter(|name| is_kept(name)).filter_map(|name| field(name)).collect()
}

impl<'de> Deserialize<'de> for Sent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(SentVisitor)
    }
}

struct SentVisitor;

impl<'de> Visitor<'de> for SentVisitor {
    type Value = Sent;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Sent, A::Error> {
        let mut sent = Sent::default();
        while let Some(name) = map.next_key::<String>()? {
            if name == IDS {
                sent.ids = map.next_value()?;
            } else if is_kept(&name) {
                match map.next_value_seed(Small(&mut FIELD_MAX.clone()))? {
                    Some(value) => _ = sent.object.insert(name, value),
                    None => sent.too_large.push(name),
                }
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(sent)
    }
}

/// Visits a value of another type than expected.
macro_rules! otherwise {
    ($value:expr) => {
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok($value)
        }

        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok($value)
        }

        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok($value)
        }

        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok($value)
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
            IgnoredAny.visit_map(map).map(|_| $value)
        }
    };
}

impl<'de> Deserialize<'de> for SentIds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IdsVisitor)
    }
}

struct IdsVisitor;

impl<'de> Visitor<'de> for IdsVisitor {
    type Value = SentIds;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of ids")
    }

    otherwise!(SentIds::NotAList);

    fn visit_str<E>(self, _: &str) -> Result<SentIds, E> {
        Ok(SentIds::NotAList)
    }

    fn visit_unit<E>(self) -> Result<SentIds, E> {
        Ok(SentIds::Absent)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<SentIds, A::Error> {
        let (mut ids, mut are_texts, mut too_many) = (Ids::default(), true, false);
        while let Some(kind) = items.next_element_seed(Item(&mut ids))? {
            match kind {
                Kind::Kept => {}
                Kind::TooMany => too_many = true,
                Kind::NotText => are_texts = false,
            }
        }
        Ok(match (are_texts, too_many) {
            (false, _) => SentIds::NotAList,
            (true, true) => SentIds::TooMany,
            (true, false) => SentIds::List(ids),
        })
    }
}

/// Adds the next item of the list.
struct Item<'a>(&'a mut Ids);

/// What was found at an item of the list.
enum Kind {
    /// A text, which was added.
    Kept,
    /// One more id than a job takes.
    TooMany,
    /// Not a text.
    NotText,
}

impl<'de> DeserializeSeed<'de> for Item<'_> {
    type Value = Kind;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Kind, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Item<'_> {
    type Value = Kind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id")
    }

    otherwise!(Kind::NotText);

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        if self.0.ids.len() >= JOB_IDS_MAX {
            return Ok(Kind::TooMany);
        }
        self.0.push(text);
        Ok(Kind::Kept)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Kind::NotText)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Self::Value, A::Error> {
        IgnoredAny.visit_seq(items).map(|_| Kind::NotText)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0190a6e0-7c1b-7abc-8def-0123456789ab";

    fn ids(sent: Sent) -> Vec<OpportunityId> {
        let SentIds::List(ids) = sent.ids else { panic!("no list: {sent:?}") };
        ids.ids
    }

    #[test]
    fn invalid_json_and_non_objects_are_distinguished() {
        for text in ["", "{", "{\"kind\":", "nope", "{} {"] {
            assert!(matches!(Sent::json(text.as_bytes()), Err(Problem::NotJson)), "{text}");
        }
        for text in ["[]", "1", "\"x\"", "null", "true"] {
            assert!(matches!(Sent::json(text.as_bytes()), Err(Problem::NotAnObject)), "{text}");
        }
    }

    #[test]
    fn spellings_share_an_id_malformed_ids_are_stable() {
        let body =
            format!(r#"{{"opportunity_ids": ["{ID}", "{}", "x", "x"], "more": [{{"a": 1}}]}}"#, ID.to_uppercase());
        let ids = ids(Sent::json(body.as_bytes()).unwrap());
        assert_eq!(ids[0], ids[1]);
        assert_eq!(ids[2], ids[3]);
        assert_ne!(ids[0], ids[2]);
    }

    #[test]
    fn a_non_text_item_makes_the_list_invalid() {
        for list in ["[1]", "[null]", "[[]]", "[{}]", "[true]", "1", "\"x\"", "{}"] {
            let sent = Sent::json(format!(r#"{{"opportunity_ids": {list}}}"#).as_bytes()).unwrap();
            assert!(matches!(sent.ids, SentIds::NotAList), "{list}");
        }
        assert!(matches!(Sent::json(b"{\"opportunity_ids\": null}").unwrap().ids, SentIds::Absent));
    }

    #[test]
    fn csv_ids_come_from_their_column_or_the_first() {
        let query = QueryFields::new(&"/x?kind=export&dry_run=true".parse().unwrap());
        for text in [
            format!("{ID}\n"),
            format!("\u{feff}id\r\n{ID}\r\n\r\n"),
            format!("name,Opportunity_ID,x\n\"A, B\",{ID}\n"),
            format!("{ID},whatever,\"else\""),
        ] {
            let sent = Sent::csv(text.as_bytes(), &query);
            assert_eq!(sent.object["kind"], "export");
            assert_eq!(sent.object["dry_run"], true);
            assert_eq!(ids(sent), [ID.parse().unwrap()], "{text}");
        }
    }
}
