//! Tables that leave as files: as CSV, or as an Excel workbook.

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream};
use jiff::{Timestamp, tz::TimeZone};
use reparto_domain::{
    headings::{Heading, Headings},
    spreadsheet::{FILE_START, Separator, add_row},
};

use super::{
    Language, Problem, QueryFields, RequestContext,
    accept::prefers_csv,
    names::{FILE_FORMATS, HEADERS},
    problem::Fault,
    workbook::{self, Rows},
};

/// In what format a table leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JSON, in pages.
    Json,
    /// CSV, whole.
    Csv,
    /// An Excel workbook, whole.
    Workbook,
}

/// How a table leaves: the parameters `format`, `separator`, `headers` and `time_zone`.
#[derive(Debug, Clone)]
pub struct FileLayout {
    /// The format.
    pub format: Format,
    /// What stands between the cells of CSV.
    pub separator: Separator,
    /// In what the columns are named.
    pub headings: Headings,
    /// The zone in which its times are; `None`: as they are for programs, in UTC.
    pub zone: Option<TimeZone>,
}

/// In what the columns of a file are named: the parameter `headers`. Without it, whoever names a language in
/// `Accept-Language` is a person with a spreadsheet and reads that language; a program that names none gets the fixed
/// names.
pub fn headings(query: &mut QueryFields, context: &RequestContext, headers: &HeaderMap) -> Headings {
    let translated = match context.language {
        Language::Spanish => Headings::Spanish,
        Language::English => Headings::English,
    };
    let named = |text: &str| match text {
        "fixed" => Some(Headings::Fixed),
        "translated" => Some(translated),
        _ => None,
    };
    let otherwise = if Language::is_named(headers) { translated } else { Headings::Fixed };
    query.named("headers", named, || HEADERS.to_vec()).unwrap_or(otherwise)
}

impl FileLayout {
    /// Reads the parameters. Without `format`, an `Accept` that prefers CSV asks for it.
    pub fn read(query: &mut QueryFields, context: &RequestContext, headers: &HeaderMap) -> Self {
        let format = |text: &str| match text {
            "json" => Some(Format::Json),
            "csv" => Some(Format::Csv),
            "xlsx" => Some(Format::Workbook),
            _ => None,
        };
        let format = query.named("format", format, || FILE_FORMATS.to_vec());
        let zone = query.text("time_zone").and_then(|name| {
            let zone = TimeZone::get(&name).ok();
            if zone.is_none() {
                query.fault("time_zone", Fault::NotKnown);
            }
            zone
        });
        Self {
            format: format.unwrap_or(if prefers_csv(headers) { Format::Csv } else { Format::Json }),
            separator: query.named("separator", Separator::from_name, || Separator::NAMES.to_vec()).unwrap_or_default(),
            headings: headings(query, context, headers),
            zone,
        }
    }

    /// Rows with their times in the zone that was asked for, as `2026-05-14 10:00:00+02:00`: unambiguous for whoever reads
    /// them, and an import reads them back.
    pub fn in_zone(&self, columns: &[Heading], mut rows: Rows) -> Rows {
        let Some(zone) = &self.zone else { return rows };
        let times: Vec<usize> = (0..).zip(columns).filter(|(_, column)| column.is_time()).map(|(at, _)| at).collect();
        for row in &mut rows {
            for at in &times {
                if let Some(cell) = row.get_mut(*at)
                    && let Some(text) = local(cell, zone)
                {
                    *cell = text;
                }
            }
        }
        rows
    }
}

/// A time in a zone, with its offset there.
fn local(text: &str, zone: &TimeZone) -> Option<String> {
    let instant: Timestamp = text.parse().ok()?;
    let offset = zone.to_offset(instant);
    let (civil, minutes) = (offset.to_datetime(instant), offset.seconds() / 60);
    let sign = if minutes < 0 { '-' } else { '+' };
    let minutes = minutes.abs();
    Some(format!("{} {}{sign}{:02}:{:02}", civil.date(), civil.time(), minutes / 60, minutes % 60))
}

/// What breaks in the middle of a file: the client sees that it is not whole.
#[derive(Debug, thiserror::Error)]
#[error("the file could not be read to its end: {0:?}")]
pub struct Broken(Problem);

/// A file with these rows, which come part by part. A workbook is written to a temporary file first, so that what does
/// not fit into one is refused before anything is sent.
pub async fn table(
    layout: FileLayout,
    columns: &'static [Heading],
    name: &str,
    parts: impl Stream<Item = Result<Rows, Problem>> + Send + 'static,
) -> Result<Response, Problem> {
    let in_zone = layout.clone();
    let parts = parts.map_ok(move |rows| in_zone.in_zone(columns, rows));
    if layout.format == Format::Workbook {
        return Ok(workbook_file(workbook::write(columns, layout.headings, parts).await?, name));
    }
    let parts = csv_rows(layout.separator, parts);
    Ok(csv_file(&layout, columns, name, parts))
}

/// A CSV file with these rows, written already.
pub fn csv_file(
    layout: &FileLayout,
    columns: &[Heading],
    name: &str,
    parts: impl Stream<Item = Result<Vec<u8>, Problem>> + Send + 'static,
) -> Response {
    csv(layout.separator, columns.iter().map(|column| column.text(layout.headings)), name, parts)
}

/// A CSV file whose columns are named by somebody else's file, with these rows, which come part by part.
pub fn csv_of(
    separator: Separator,
    columns: &[&str],
    name: &str,
    parts: impl Stream<Item = Result<Rows, Problem>> + Send + 'static,
) -> Response {
    csv(separator, columns.iter().copied(), name, csv_rows(separator, parts))
}

/// A CSV file with these names of columns, and rows that are written already.
fn csv<'a>(
    separator: Separator,
    columns: impl Iterator<Item = &'a str>,
    name: &str,
    parts: impl Stream<Item = Result<Vec<u8>, Problem>> + Send + 'static,
) -> Response {
    let mut start = FILE_START.to_owned();
    add_row(&mut start, separator, columns);
    let body = stream::iter([Ok(Bytes::from(start))]).chain(parts.map_ok(Bytes::from).map_err(Broken));
    file(Body::from_stream(body), "text/csv; charset=utf-8", &format!("{name}.csv"))
}

/// Rows as CSV, part by part.
fn csv_rows(
    separator: Separator,
    parts: impl Stream<Item = Result<Rows, Problem>> + Send + 'static,
) -> impl Stream<Item = Result<Vec<u8>, Problem>> + Send + 'static {
    parts.map_ok(move |rows| {
        let mut text = String::new();
        for row in rows {
            add_row(&mut text, separator, row);
        }
        text.into_bytes()
    })
}

fn workbook_file(file_of_workbook: std::fs::File, name: &str) -> Response {
    let body = tokio_util::io::ReaderStream::new(tokio::fs::File::from_std(file_of_workbook));
    file(Body::from_stream(body), workbook::CONTENT_TYPE, &format!("{name}.xlsx"))
}

/// A file to save under this name.
fn file(body: Body, content_type: &'static str, name: &str) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    response
}
