//! How a file is to be read, as its sender asks for it, and as it is written down for whoever reads it again.

use std::collections::BTreeMap;

use reparto_domain::{Timestamp, erasures::IfErased, imports::ImportFile, phone::Country, users::Person};
use reparto_leads::{DateOrder, Field, Layout, Options, TextEncoding, TimeZone};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use crate::{
    config::Config,
    http::{
        QueryFields,
        names::{DATE_ORDERS, DateOrderName},
        problem::{Fault, Kind},
    },
};

/// The separators of cells by name.
const SEPARATORS: [(&str, u8); 4] = [("comma", b','), ("semicolon", b';'), ("tab", b'\t'), ("pipe", b'|')];

/// The parameters.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the parameters in the API document")]
pub(super) struct ImportParams {
    /// True to answer what would become of each row, and write nothing.
    dry_run: Option<bool>,
    /// True to write nothing at all where any row has an error or a cell that cannot be read.
    strict: Option<bool>,
    /// Fields of columns that are not known by their names, as a JSON object from a column to its field: a field of
    /// contacts or opportunities, `custom`, or `ignore`.
    #[param(example = json!("{\"Nombre\": \"name\", \"Curso\": \"ignore\"}"))]
    mapping: Option<String>,
    /// Encoding of the file: `utf-8`, `utf-16`, `windows-1252`, `macroman` or another; found out where it is not given.
    encoding: Option<String>,
    /// What stands between the cells: `comma`, `semicolon`, `tab`, `pipe`, or the sign itself; found out where it is not
    /// given.
    separator: Option<String>,
    /// Order of the numbers in dates such as 05/06/2026; seen from all dates of the file where it is not given.
    #[param(value_type = Option<DateOrderName>)]
    date_order: Option<String>,
    /// Time zone of times without an offset, as in `Europe/Madrid`.
    time_zone: Option<String>,
    /// Country whose phone numbers are written without a code, as two letters.
    country: Option<String>,
    /// Sheet of a workbook; the first one where it is not given.
    sheet: Option<String>,
    /// Name by which the import is found again in the list.
    #[param(max_length = 200)]
    name: Option<String>,
    /// True to let in people who were erased, who are skipped otherwise.
    override_erased: Option<bool>,
}

/// The greatest length of an import's name, in characters.
const NAME_MAX: usize = 200;

/// How a file is to be read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// Fields by column.
    pub mapping: BTreeMap<String, String>,
    /// The encoding, by name.
    pub encoding: Option<String>,
    /// What separates the cells.
    pub separator: Option<u8>,
    /// The order of the numbers in dates.
    pub date_order: Option<String>,
    /// The time zone, by name.
    pub time_zone: String,
    /// The country, by code.
    pub country: String,
    /// The sheet of a workbook.
    pub sheet: Option<String>,
}

/// What is asked for with a file.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub reading: Reading,
    pub dry_run: bool,
    pub strict: bool,
    pub if_erased: IfErased,
    pub name: Option<String>,
}

impl Asked {
    /// Reads the parameters.
    pub fn read(query: &mut QueryFields, config: &Config) -> Self {
        let dry_run = query.boolean("dry_run").unwrap_or(false);
        let strict = query.boolean("strict").unwrap_or(false);
        let lets_in = query.boolean("override_erased").unwrap_or(false);
        let name = query.text("name");
        if name.as_ref().is_some_and(|name| name.chars().count() > NAME_MAX) {
            query.fault("name", Fault::Length { min: 0, max: NAME_MAX });
        }
        let date_order = query.named("date_order", DateOrder::from_name, || DATE_ORDERS.to_vec());
        let separators = || SEPARATORS.map(|(name, _)| name).to_vec();
        let reading = Reading {
            mapping: mapping(query),
            encoding: known(query, "encoding", |text| TextEncoding::named(text).is_some()),
            separator: query.named("separator", separator, separators),
            date_order: date_order.map(|order| order.as_str().to_owned()),
            time_zone: known(query, "time_zone", |text| TimeZone::get(text).is_ok())
                .unwrap_or_else(|| config.time_zone.clone()),
            country: known(query, "country", |text| text.parse::<Country>().is_ok())
                .unwrap_or_else(|| config.country.to_string()),
            sheet: query.text("sheet"),
        };
        let if_erased = if lets_in { IfErased::LetIn } else { IfErased::Refuse };
        Self { reading, dry_run, strict, if_erased, name }
    }
}

/// A text that is known to somebody.
fn known(query: &mut QueryFields, name: &str, is_known: impl FnOnce(&str) -> bool) -> Option<String> {
    let text = query.text(name)?;
    if is_known(&text) {
        return Some(text);
    }
    query.fault(name, Fault::NotKnown);
    None
}

fn separator(text: &str) -> Option<u8> {
    let signs = SEPARATORS.iter().map(|(_, sign)| *sign);
    let by_name = SEPARATORS.iter().find(|(name, _)| *name == text).map(|(_, sign)| *sign);
    by_name.or_else(|| signs.into_iter().find(|sign| text.as_bytes() == [*sign]))
}

fn mapping(query: &mut QueryFields) -> BTreeMap<String, String> {
    let Some(text) = query.raw("mapping").map(str::to_owned) else { return BTreeMap::new() };
    let Ok(mapping) = serde_json::from_str::<BTreeMap<String, String>>(&text) else {
        query.fault("mapping", Fault::Type(Kind::Object));
        return BTreeMap::new();
    };
    for (column, field) in &mapping {
        if field.parse::<Field>().is_err() {
            let column: String = column.chars().take(64).collect();
            query.fault(&format!("mapping.{column}"), Fault::NotOneOf(Field::ALL.iter().map(|f| f.as_str()).collect()));
        }
    }
    mapping
}

impl Reading {
    /// How a file was understood.
    pub fn file(&self, layout: &Layout) -> ImportFile {
        ImportFile { time_zone: Some(self.time_zone.clone()), ..layout.file() }
    }

    /// What the reader takes. Names that were known when they were taken in are known.
    pub fn options(&self, people: &[Person], now: Timestamp) -> Options {
        let field = |(column, field): (&String, &String)| Some((column.clone(), field.parse().ok()?));
        let mut options = Options {
            map: self.mapping.iter().filter_map(field).collect(),
            date_order: self.date_order.as_deref().and_then(DateOrder::from_name),
            time_zone: TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC),
            country: self.country.parse().unwrap_or_default(),
            separator: self.separator,
            encoding: self.encoding.as_deref().and_then(TextEncoding::named),
            sheet: self.sheet.clone(),
            now,
            ..Options::default()
        };
        options.add_people(people);
        options
    }
}
