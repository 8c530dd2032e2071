//! CSV that people open in a spreadsheet.

use reparto_domain::spreadsheet::escape_cell;
use serde_json::Value;

use super::Problem;

/// A CSV file that is being written.
#[derive(Debug)]
pub struct Csv(csv::Writer<Vec<u8>>);

impl Csv {
    /// Starts a file with a header row.
    pub fn new(columns: &[&str]) -> Result<Self, Problem> {
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        writer.write_record(columns).map_err(Problem::internal)?;
        Ok(Self(writer))
    }

    /// Starts a part of a file, without a header row.
    pub fn headless() -> Self {
        Self(csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new()))
    }

    /// Adds a row: null is an empty cell, an object or a list is its JSON.
    pub fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a Value>) -> Result<(), Problem> {
        let cells = cells.into_iter().map(|cell| match cell {
            Value::Null => String::new(),
            Value::String(text) => escape_cell(text).into_owned(),
            other => other.to_string(),
        });
        self.0.write_record(cells).map_err(Problem::internal)
    }

    /// The bytes of the file.
    pub fn finish(self) -> Result<Vec<u8>, Problem> {
        self.0.into_inner().map_err(Problem::internal)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn quotes_commas_and_line_breaks_stay_in_their_cell() {
        let mut csv = Csv::new(&["a", "b", "c"]).unwrap();
        csv.row([&json!("x,\"y\"\nz"), &json!(null), &json!(-3)]).unwrap();
        assert_eq!(String::from_utf8(csv.finish().unwrap()).unwrap(), "a,b,c\r\n\"x,\"\"y\"\"\nz\",,-3\r\n");
    }
}
