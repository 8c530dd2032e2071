//! Reads query parameters: unknown ones are ignored, empty ones count as absent, `+` is a space, and the last one of
//! several with the same name counts.

use std::{collections::HashMap, str::FromStr};

use axum::http::Uri;
use reparto_domain::{
    Timestamp,
    cursor::{KeyCursor, SequenceCursor},
    page::{LIMIT_MAX, Slice},
    search::Search,
};
use utoipa::IntoParams;

use serde_json::{Map, Value};

use super::{
    body::kinds::{TEXT_MAX, whole},
    names::{Named, SORT_ORDERS},
    problem::{Fault, FieldError, Kind, Problem, shortened},
};

/// Reads query parameters; [`QueryFields::finish`] says whether all were right.
#[derive(Debug)]
pub struct QueryFields {
    values: HashMap<String, String>,
    prefix: &'static str,
    errors: Vec<FieldError>,
}

impl QueryFields {
    /// The parameters of an address.
    pub fn new(uri: &Uri) -> Self {
        let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        let values = pairs
            .filter(|(_, value)| !value.trim().is_empty())
            .map(|(name, value)| (name.into_owned(), value.trim().to_owned()))
            .collect();
        Self { values, prefix: "", errors: Vec::new() }
    }

    /// The fields of an object in a body that takes parameters of these names: the filter of something that writes. A
    /// name that is not one of them, null and blank text are faults: whoever sends them means to narrow, and would change
    /// everything. The names in faults begin with `prefix`.
    pub fn of_object(map: &Map<String, Value>, names: &[String], prefix: &'static str) -> Self {
        let mut fields = Self { values: HashMap::new(), prefix, errors: Vec::new() };
        for (name, value) in map {
            if !names.contains(name) {
                fields.fault(&shortened(name), Fault::Unknown);
                continue;
            }
            let text = match value {
                Value::Null => String::new(),
                Value::String(text) => text.trim().to_owned(),
                Value::Number(number) => whole(number).map_or_else(|| number.to_string(), |number| number.to_string()),
                Value::Bool(value) => value.to_string(),
                Value::Array(_) | Value::Object(_) => {
                    fields.fault(name, Fault::Type(Kind::String));
                    continue;
                }
            };
            if text.is_empty() {
                fields.fault(name, Fault::Blank);
            } else {
                fields.values.insert(name.clone(), text);
            }
        }
        fields
    }

    /// Adds a fault.
    pub fn fault(&mut self, name: &str, fault: Fault) {
        self.errors.push(FieldError { field: format!("{}{name}", self.prefix), fault });
    }

    fn bad<T>(&mut self, name: &str, fault: Fault) -> Option<T> {
        self.fault(name, fault);
        None
    }

    /// Those of these names as they were sent, for the audit log: of a text that was searched for only that there was
    /// one, for it may name a person.
    pub fn sent(&self, names: impl IntoIterator<Item = impl AsRef<str>>) -> Map<String, Value> {
        let sent = |name: &str| {
            let text = self.values.get(name)?;
            let value = match name {
                "search" | "q" => Value::Bool(true),
                _ => Value::from(text.chars().take(TEXT_MAX).collect::<String>()),
            };
            Some((name.to_owned(), value))
        };
        names.into_iter().filter_map(|name| sent(name.as_ref())).collect()
    }

    /// The text, trimmed; `None` where it is absent or empty.
    pub fn raw(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// A text of bounded length.
    pub fn text(&mut self, name: &str) -> Option<String> {
        let text = self.values.get(name)?.clone();
        if text.chars().nth(TEXT_MAX).is_some() {
            return self.bad(name, Fault::Length { min: 0, max: TEXT_MAX });
        }
        if text.contains('\0') { self.bad(name, Fault::Character) } else { Some(text) }
    }

    /// What is searched for; `None` where there is nothing in it to search for, which in a filter of something that
    /// writes is a fault.
    pub fn search(&mut self, name: &str) -> Option<Search> {
        let search = Search::new(&self.text(name)?);
        if search.is_none() && !self.prefix.is_empty() {
            return self.bad(name, Fault::Blank);
        }
        search
    }

    /// An integer within bounds.
    pub fn integer(&mut self, name: &str, min: i64, max: i64) -> Option<i64> {
        match self.values.get(name)?.parse::<i64>() {
            Ok(value) if (min..=max).contains(&value) => Some(value),
            Ok(_) => self.bad(name, Fault::Range { min, max }),
            Err(_) => self.bad(name, Fault::Type(Kind::Integer)),
        }
    }

    /// An integer within bounds that are not negative.
    fn unsigned(&mut self, name: &str, min: i64, max: i64) -> Option<u64> {
        self.integer(name, min, max).and_then(|value| u64::try_from(value).ok())
    }

    /// `true` or `false` (also `1` and `0`).
    pub fn boolean(&mut self, name: &str) -> Option<bool> {
        match self.values.get(name)?.to_ascii_lowercase().as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => self.bad(name, Fault::Type(Kind::Boolean)),
        }
    }

    /// One of named values.
    pub fn one_of<T: Named>(&mut self, name: &str) -> Option<T> {
        match self.values.get(name)?.parse() {
            Ok(value) => Some(value),
            Err(_) => self.bad(name, Fault::NotOneOf(T::NAMES.to_vec())),
        }
    }

    /// One of named values, by a function that knows them.
    pub fn named<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Option<T>,
        known: impl FnOnce() -> Vec<&'static str>,
    ) -> Option<T> {
        match read(self.values.get(name)?) {
            Some(value) => Some(value),
            None => self.bad(name, Fault::NotOneOf(known())),
        }
    }

    /// `asc` or `desc`: whether it descends.
    pub fn descending(&mut self, default: bool) -> bool {
        let read = |text: &str| match text.to_ascii_lowercase().as_str() {
            "asc" => Some(false),
            "desc" => Some(true),
            _ => None,
        };
        self.named("sort_order", read, || SORT_ORDERS.to_vec()).unwrap_or(default)
    }

    /// A point in time; `upper`: a bare date means its last moment.
    pub fn time(&mut self, name: &str, upper: bool) -> Option<Timestamp> {
        let text = self.values.get(name)?;
        match if upper { Timestamp::parse_upper(text) } else { Timestamp::parse(text) } {
            Some(at) => Some(at),
            None => self.bad(name, Fault::Time),
        }
    }

    /// An id: `None` where absent, `Some(None)` where it is no UUID and so names nobody.
    pub fn id<T: FromStr>(&self, name: &str) -> Option<Option<T>> {
        self.values.get(name).map(|text| text.parse().ok())
    }

    /// `limit`, 1 to 1,000.
    pub fn limit(&mut self, default: u64) -> u64 {
        let max = i64::try_from(LIMIT_MAX).unwrap_or(i64::MAX);
        self.unsigned("limit", 1, max).unwrap_or(default)
    }

    /// `cursor` of a list in the order of a sequence number.
    pub fn sequence_cursor(&mut self) -> Option<SequenceCursor> {
        match SequenceCursor::decode(self.values.get("cursor")?) {
            Ok(cursor) => Some(cursor),
            Err(_) => self.bad("cursor", Fault::Cursor),
        }
    }

    /// `cursor` of a list in the order of a key.
    pub fn key_cursor(&mut self) -> Option<KeyCursor> {
        match KeyCursor::decode(self.values.get("cursor")?) {
            Ok(cursor) => Some(cursor),
            Err(_) => self.bad("cursor", Fault::Cursor),
        }
    }

    /// `page`, from 1.
    pub fn page(&mut self) -> Option<u64> {
        self.unsigned("page", 1, i64::MAX)
    }

    /// `skip` (or `page`) and `limit`.
    pub fn slice(&mut self, default_limit: u64) -> Slice {
        let limit = self.limit(default_limit);
        let by_page = self.page().map(|page| (page - 1).saturating_mul(limit));
        let skip = self.unsigned("skip", 0, i64::MAX);
        // Both engines take offsets as signed numbers.
        Slice { skip: skip.or(by_page).unwrap_or(0).min(i64::MAX as u64), limit }
    }

    /// `skip` and `limit` of a list that is given whole unless a part of it is asked for.
    pub fn part(&mut self) -> Part {
        let limit = self.values.contains_key("limit").then(|| self.limit(LIMIT_MAX));
        Part { skip: self.unsigned("skip", 0, i64::MAX).unwrap_or(0), limit }
    }

    /// Ends the reading: the faults, none where all were right.
    pub fn into_faults(self) -> Vec<FieldError> {
        self.errors
    }

    /// Ends the reading: the faults, where there were any.
    pub fn finish(self) -> Result<(), Problem> {
        if self.errors.is_empty() { Ok(()) } else { Err(Problem::Invalid(self.errors)) }
    }
}

/// A part of a list that is given whole unless a part of it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Part {
    /// The number of entries to skip.
    pub skip: u64,
    /// Maximum number of entries; `None`: all.
    pub limit: Option<u64>,
}

impl Part {
    /// The part of a list.
    pub fn of<T>(self, whole: impl IntoIterator<Item = T>) -> impl Iterator<Item = T> {
        let number = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        whole.into_iter().skip(number(self.skip)).take(self.limit.map_or(usize::MAX, number))
    }
}

/// Which part of a list that is given whole unless a part of it is asked for.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PartParams {
    /// Number of entries to skip before the first one of the answer.
    #[param(minimum = 0, default = 0)]
    pub skip: Option<u64>,
    /// Largest number of entries in the answer, 1 to 1,000; all where it is absent.
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<u64>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(query: &str) -> QueryFields {
        QueryFields::new(&format!("/x?{query}").parse().unwrap())
    }

    #[test]
    fn empty_counts_as_absent_and_plus_is_a_space() {
        let mut query = of("search=Ana+Garc%C3%ADa&status=&min_score=%20");
        assert_eq!(query.search("search"), Search::new("ana garcia"));
        assert_eq!(query.raw("status"), None);
        assert_eq!(query.integer("min_score", 0, 100), None);
        assert!(query.finish().is_ok());
    }

    #[test]
    fn an_object_is_read_as_parameters_that_all_count() {
        let sent = json!({
            "min_score": 7.0, "max_score": 7.5, "attempts_left": true, "status": [], "unknown": {}, "priority": null,
            "assigned_to": " ", "search": "\u{301}"
        });
        let names = ["min_score", "max_score", "attempts_left", "status", "priority", "assigned_to", "search"];
        let names = names.map(str::to_owned);
        let mut query = QueryFields::of_object(sent.as_object().unwrap(), &names, "filter.");
        assert_eq!(query.integer("min_score", 0, 100), Some(7));
        assert_eq!(query.integer("max_score", 0, 100), None);
        assert_eq!(query.boolean("attempts_left"), Some(true));
        assert_eq!(query.search("search"), None);
        let faults: Vec<String> = query.into_faults().into_iter().map(|error| error.field).collect();
        let expected = ["status", "unknown", "priority", "assigned_to", "max_score", "search"];
        assert_eq!(faults, expected.map(|name| format!("filter.{name}")));
    }

    #[test]
    fn what_was_searched_for_is_not_among_what_was_sent() {
        let query = of("search=Ana&q=Ana&status=pending&limit=5&min_score=");
        let sent = query.sent(["search", "q", "status", "min_score"]);
        assert_eq!(Value::Object(sent), json!({"search": true, "q": true, "status": "pending"}));
    }

    #[test]
    fn a_list_is_whole_unless_a_part_is_asked_for() {
        let part = |text: &str| of(text).part().of(0..5).collect::<Vec<_>>();
        assert_eq!(part(""), [0, 1, 2, 3, 4]);
        assert_eq!(part("skip=1&limit=2"), [1, 2]);
        assert_eq!(part("skip=3"), [3, 4]);
        let mut query = of("limit=0&skip=-1");
        query.part();
        assert!(query.finish().is_err());
    }

    #[test]
    fn page_0_and_a_limit_over_the_maximum_are_faults() {
        let mut query = of("page=0&limit=1001");
        query.slice(50);
        let Err(Problem::Invalid(errors)) = query.finish() else { panic!("it was taken") };
        assert_eq!(errors.iter().map(|e| e.field.as_str()).collect::<Vec<_>>(), ["limit", "page"]);
    }
}
