//! Reads the records of a workbook's sheet.

use std::{
    collections::BTreeMap,
    io::{BufReader, Read, Seek},
};

use calamine::{Data, ExcelDateTime, Reader, SheetType, SheetVisible, Xls, Xlsx};

use crate::{OpenError, records::Record};

/// The most columns and cells of a sheet: a cell far out of the way must not fill the memory.
const COLUMNS_MAX: usize = 2_000;
const CELLS_MAX: usize = 50_000_000;

/// The format of a workbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Excel since 2007.
    Xlsx,
    /// Excel before.
    Xls,
}

/// Reads a sheet, the first visible one unless it is named. Returns its name and its records, blank ones left out.
pub(crate) fn read(
    input: impl Read + Seek,
    format: Format,
    wanted: Option<&str>,
) -> Result<(String, Vec<Record>), OpenError> {
    let input = BufReader::new(input);
    match format {
        Format::Xlsx => {
            let mut book = Xlsx::new(input).map_err(|error| cannot(&error))?;
            let name = choose(&book, wanted)?;
            let mut rows = Rows::default();
            let mut cells = book.worksheet_cells_reader(&name).map_err(|error| cannot(&error))?;
            while let Some(cell) = cells.next_cell().map_err(|error| cannot(&error))? {
                rows.put(cell.get_position(), text_of(&Data::from(cell.get_value().clone())))?;
            }
            Ok((name, rows.records()))
        }
        Format::Xls => {
            let mut book = Xls::new(input).map_err(|error| cannot(&error))?;
            let name = choose(&book, wanted)?;
            let mut rows = Rows::default();
            let range = book.worksheet_range(&name).map_err(|error| cannot(&error))?;
            let (top, left) = range.start().unwrap_or_default();
            for (row, column, value) in range.used_cells() {
                let place = (top as usize + row, left as usize + column);
                rows.put_at(place, text_of(value))?;
            }
            Ok((name, rows.records()))
        }
    }
}

fn cannot(error: &impl std::fmt::Display) -> OpenError {
    OpenError::Workbook(format!("this is no Excel workbook, or a damaged or protected one ({error})"))
}

fn choose<RS: Read + Seek>(book: &impl Reader<RS>, wanted: Option<&str>) -> Result<String, OpenError> {
    let sheets = || book.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    let found = match wanted {
        Some(wanted) => sheets().find(|sheet| sheet.name.trim().eq_ignore_ascii_case(wanted.trim())),
        None => sheets().find(|sheet| sheet.visible == SheetVisible::Visible),
    };
    found.map(|sheet| sheet.name.clone()).ok_or_else(|| OpenError::NoSuchSheet {
        sheet: wanted.unwrap_or_default().to_owned(),
        sheets: sheets().map(|sheet| sheet.name.clone()).collect(),
    })
}

/// The cells of a sheet as they come.
#[derive(Default)]
struct Rows {
    rows: BTreeMap<usize, Vec<String>>,
    cells: usize,
}

impl Rows {
    fn put(&mut self, (row, column): (u32, u32), text: String) -> Result<(), OpenError> {
        self.put_at((row as usize, column as usize), text)
    }

    fn put_at(&mut self, (row, column): (usize, usize), text: String) -> Result<(), OpenError> {
        if text.trim().is_empty() {
            return Ok(());
        }
        let cells = self.rows.entry(row).or_default();
        if column >= COLUMNS_MAX || self.cells > CELLS_MAX {
            return Err(OpenError::Workbook(format!(
                "a sheet has at most {COLUMNS_MAX} columns and {CELLS_MAX} cells"
            )));
        }
        if cells.len() <= column {
            self.cells += column + 1 - cells.len();
            cells.resize(column + 1, String::new());
        }
        cells[column] = text;
        Ok(())
    }

    /// The records. A row has as many cells as it needs.
    fn records(self) -> Vec<Record> {
        self.rows.into_iter().map(|(row, cells)| Record { line: row as u64 + 1, cells }).collect()
    }
}

/// A value as text: whole numbers without a fraction, dates as ISO 8601.
fn text_of(value: &Data) -> String {
    match value {
        Data::Empty => String::new(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number_of(*number),
        Data::Bool(value) => value.to_string(),
        Data::DateTime(value) => date_of(*value),
        Data::Error(error) => error.to_string(),
        #[allow(unreachable_patterns, reason = "the enum may grow")]
        other => other.to_string(),
    }
}

fn number_of(number: f64) -> String {
    // Up to here each whole number is exact.
    if number.fract() == 0.0 && number.abs() < 9e15 { format!("{number:.0}") } else { number.to_string() }
}

fn date_of(value: ExcelDateTime) -> String {
    if value.is_duration() {
        return number_of(value.as_f64());
    }
    let (year, month, day, hour, minute, second, _) = value.to_ymd_hms_milli();
    if (hour, minute, second) == (0, 0, 0) {
        format!("{year:04}-{month:02}-{day:02}")
    } else {
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
    }
}
