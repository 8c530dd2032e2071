//! CSV that people open in a spreadsheet.

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use reparto_domain::spreadsheet::{FILE_START, Separator, add_row};
use serde_json::Value;

use super::QueryFields;

/// A CSV file that is being written.
#[derive(Debug)]
pub struct Csv {
    text: String,
    separator: Separator,
}

impl Csv {
    /// Starts a file with a header row.
    pub fn new(separator: Separator, columns: &[&str]) -> Self {
        let mut csv = Self { text: FILE_START.to_owned(), separator };
        add_row(&mut csv.text, separator, columns.iter().copied());
        csv
    }

    /// Starts a part of a file, without a header row.
    pub const fn headless(separator: Separator) -> Self {
        Self { text: String::new(), separator }
    }

    /// Adds a row: null is an empty cell, an object or a list is its JSON.
    pub fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a Value>) {
        let cells = cells.into_iter().map(|cell| match cell {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        add_row(&mut self.text, self.separator, cells);
    }

    /// The bytes of the file.
    pub fn finish(self) -> Vec<u8> {
        self.text.into_bytes()
    }
}

/// The parameter `separator`.
pub fn separator(query: &mut QueryFields) -> Separator {
    query.named("separator", Separator::from_name, || Separator::NAMES.to_vec()).unwrap_or_default()
}

/// A file to save under this name, without its ending.
pub fn file(body: Body, name: &str) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    if let Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"{name}.csv\"")) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    response
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_file_has_a_mark_and_its_separator() {
        let file = |separator| {
            let mut csv = Csv::new(separator, &["a", "b", "c"]);
            csv.row([&json!("x,\"y\"\nz"), &json!(null), &json!(3)]);
            String::from_utf8(csv.finish()).unwrap()
        };
        assert_eq!(file(Separator::Comma), "\u{feff}a,b,c\r\n\"x,\"\"y\"\"\nz\",,3\r\n");
        assert_eq!(file(Separator::Semicolon), "\u{feff}a;b;c\r\n\"x,\"\"y\"\"\nz\";;3\r\n");
    }
}
