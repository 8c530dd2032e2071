//! Reads the records of a workbook's sheet.

use std::{
    collections::BTreeMap,
    io::{self, BufReader, Read, Seek},
    panic::{AssertUnwindSafe, catch_unwind},
};

use calamine::{Data, DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx};
use zip::ZipArchive;

use crate::{OpenError, Options, problems::WorkbookFault, records::Record, sample::has_header};

/// The most columns and cells of a sheet: a cell far out of the way must not fill the memory.
const COLUMNS_MAX: usize = 2_000;
const CELLS_MAX: usize = 10_000_000;

/// The most text of a sheet, in bytes: a text that many cells share is written once in the file, and held for each.
const TEXT_MAX: usize = 256 << 20;

/// The most that a workbook may have unpacked, in bytes: a small archive may hold any amount of it.
const UNPACKED_MAX: u64 = 256 << 20;

/// How many records of a sheet show whether it is the one with the leads, and how many sheets are looked at.
const PEEKED_ROWS: usize = 40;
const PEEKED_SHEETS: usize = 50;

/// What stands for a formula whose value is not in the file: it is told as a fault of the cell, never taken for nothing.
/// A program that cannot calculate writes such files.
pub(crate) const UNCALCULATED: &str = "#FORMULA?";

/// A sheet that was read.
pub(crate) struct Sheet {
    /// Its name.
    pub name: String,
    /// Its records, blank ones left out.
    pub records: Vec<Record>,
    /// The names of other sheets with cells, which were not read.
    pub others: Vec<String>,
}

/// Reads a sheet: the one that is named, else the first visible one with known columns, else the first visible one with
/// cells.
///
/// Only workbooks of Excel since 2007 (`.xlsx`) are read. The format before it (`.xls`) lets a few bytes claim any amount
/// of memory, and the library reads all sheets before it can be asked for one.
pub(crate) fn read(mut input: impl Read + Seek, options: &Options) -> Result<Sheet, OpenError> {
    require_bounded(&mut input, UNPACKED_MAX)?;
    input.rewind()?;
    // The file comes from outside: what a library did not expect in it is a damaged file, not the end of the program.
    catch_unwind(AssertUnwindSafe(|| read_sheet(input, options))).unwrap_or_else(|_| Err(cannot(&"unexpected content")))
}

/// Requires that a workbook is not much larger unpacked than a workbook may be. What the archive says about its sizes is
/// not relied on: everything is unpacked once, and counted.
fn require_bounded(input: impl Read + Seek, max: u64) -> Result<(), OpenError> {
    let mut archive = ZipArchive::new(BufReader::new(input)).map_err(|error| cannot(&error))?;
    let mut left = max;
    for at in 0..archive.len() {
        let part = archive.by_index(at).map_err(|error| cannot(&error))?;
        let is_strings = part.name().is_ok_and(|name| name.to_lowercase().ends_with("sharedstrings.xml"));
        let mut seen = Texts::default();
        let mut part = part.take(left + 1);
        let unpacked = if is_strings { io::copy(&mut part, &mut seen) } else { io::copy(&mut part, &mut io::sink()) };
        let unpacked = unpacked.map_err(|error| cannot(&error))?;
        left = left
            .checked_sub(unpacked)
            .ok_or(OpenError::Workbook(WorkbookFault::UnpackedTooLarge { max: max >> 20 }))?;
        if is_strings {
            seen.require_bounded()?;
        }
    }
    Ok(())
}

/// The most tags in the part with the texts of a workbook, of which each costs memory, however short its text is.
const TAGS_MAX: u64 = 24_000_000;

/// So many texts may be claimed whatever there are: some programs count wrongly.
const CLAIMED_MAX: u64 = 1_000_000;

/// What is seen of the part with a workbook's texts.
#[derive(Default)]
struct Texts {
    bytes: u64,
    tags: u64,
    /// The greatest number of texts that is claimed: the library makes room for so many.
    claimed: u64,
    is_wide: bool,
    /// How much of the claim's name was read, or the number behind it.
    name: usize,
    number: Option<u64>,
}

impl Texts {
    const CLAIM: &[u8] = b"uniqueCount";

    fn require_bounded(&self) -> Result<(), OpenError> {
        if self.tags > TAGS_MAX {
            return Err(OpenError::Workbook(WorkbookFault::TooManyTexts));
        }
        // Each text has a tag at least, and what is not UTF-8 may hide a claim.
        if self.claimed > self.tags.max(CLAIMED_MAX) || self.is_wide {
            return Err(cannot(&"it has not as many texts as it says"));
        }
        Ok(())
    }

    fn see(&mut self, byte: u8) {
        self.tags += u64::from(byte == b'<');
        if self.name == Self::CLAIM.len() {
            match (byte, self.number) {
                (b'0'..=b'9', number) => {
                    let number = number.unwrap_or(0).saturating_mul(10).saturating_add(u64::from(byte - b'0'));
                    self.number = Some(number);
                    self.claimed = self.claimed.max(number);
                }
                (b'>', _) | (_, Some(_)) => (self.name, self.number) = (0, None),
                _ => {}
            }
            return;
        }
        if Self::CLAIM[self.name] != byte {
            // "uniqu" ends with the "u" that it begins with.
            self.name = usize::from(self.name == 5);
        }
        self.name = if Self::CLAIM[self.name] == byte { self.name + 1 } else { 0 };
    }
}

impl io::Write for Texts {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.is_wide |= self.bytes < 4 && bytes.iter().take(4).any(|byte| matches!(byte, 0 | 0xFE | 0xFF));
        self.bytes += bytes.len() as u64;
        for byte in bytes {
            self.see(*byte);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn read_sheet(input: impl Read + Seek, options: &Options) -> Result<Sheet, OpenError> {
    let mut book = Xlsx::new(BufReader::new(input)).map_err(|error| cannot(&error))?;
    let (name, others) = choose(&mut book, options)?;
    let records = records_of(&mut book, &name, usize::MAX)?;
    Ok(Sheet { name, records, others })
}

/// The records of a sheet, up to a row.
fn records_of(book: &mut Xlsx<impl Read + Seek>, name: &str, rows_max: usize) -> Result<Vec<Record>, OpenError> {
    let mut rows = Rows::default();
    let mut cells = book.worksheet_cells_reader(name).map_err(|error| cannot(&error))?;
    while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(|error| cannot(&error))? {
        if rows.found.len() >= rows_max && !rows.found.contains_key(&cell.pos.0) {
            break;
        }
        let text = match (cell.value, cell.formula) {
            (DataRef::Empty, Some(_)) => UNCALCULATED.to_owned(),
            (value, _) => text_of(&Data::from(value)),
        };
        rows.put(cell.pos, text)?;
    }
    drop(cells);
    // A cell that is merged over some rows stands for each of them.
    if rows_max == usize::MAX {
        for region in book.merge_cells_by_sheet_name(name).map_err(|error| cannot(&error))? {
            rows.repeat(region.start, region.end.0)?;
        }
    }
    Ok(rows.records())
}

fn cannot(error: &impl std::fmt::Display) -> OpenError {
    OpenError::Workbook(WorkbookFault::Damaged(error.to_string()))
}

/// The sheet to be read, and the others with cells.
fn choose(book: &mut Xlsx<impl Read + Seek>, options: &Options) -> Result<(String, Vec<String>), OpenError> {
    let sheets: Vec<_> =
        book.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet).cloned().collect();
    let names = || sheets.iter().map(|sheet| sheet.name.clone());
    let wanted = match &options.sheet {
        None => None,
        Some(wanted) => {
            let found = names().find(|name| name.trim().to_lowercase() == wanted.trim().to_lowercase());
            Some(found.ok_or_else(|| OpenError::NoSuchSheet { sheet: wanted.clone(), sheets: names().collect() })?)
        }
    };
    let mut filled = Vec::new();
    for sheet in sheets.iter().take(PEEKED_SHEETS) {
        // One that is damaged is no reason not to read another.
        let start = records_of(book, &sheet.name, PEEKED_ROWS).unwrap_or_default();
        if !start.is_empty() {
            let is_visible = sheet.visible == SheetVisible::Visible;
            filled.push((sheet.name.clone(), is_visible, is_visible && has_header(&start, &options.map)));
        }
    }
    let visible = || sheets.iter().find(|sheet| sheet.visible == SheetVisible::Visible).map(|sheet| sheet.name.clone());
    let first = |fits: fn(&(String, bool, bool)) -> bool| filled.iter().find(|one| fits(one)).map(|one| one.0.clone());
    let name = wanted
        .or_else(|| first(|(_, _, has_header)| *has_header))
        .or_else(|| first(|(_, is_visible, _)| *is_visible))
        .or_else(visible)
        .ok_or(OpenError::Workbook(WorkbookFault::NoSheet))?;
    let others = filled.into_iter().map(|one| one.0).filter(|other| *other != name).collect();
    Ok((name, others))
}

/// The cells of a sheet as they come.
#[derive(Default)]
struct Rows {
    found: BTreeMap<u32, Vec<String>>,
    cells: usize,
    text: usize,
    /// How many rows were looked at for merged cells.
    looks: usize,
}

impl Rows {
    const fn too_large() -> OpenError {
        OpenError::Workbook(WorkbookFault::SheetTooLarge {
            columns: COLUMNS_MAX,
            cells: CELLS_MAX,
            text: TEXT_MAX >> 20,
        })
    }

    fn put(&mut self, (row, column): (u32, u32), text: String) -> Result<(), OpenError> {
        if text.trim().is_empty() {
            return Ok(());
        }
        let column = column as usize;
        let cells = self.found.entry(row).or_default();
        self.text += text.len();
        self.cells += (column + 1).saturating_sub(cells.len());
        if column >= COLUMNS_MAX || self.cells > CELLS_MAX || self.text > TEXT_MAX {
            return Err(Self::too_large());
        }
        if cells.len() <= column {
            cells.resize(column + 1, String::new());
        }
        cells[column] = text;
        Ok(())
    }

    /// Writes a cell into the rows below it, up to `last`, that have other cells.
    fn repeat(&mut self, (first, column): (u32, u32), last: u32) -> Result<(), OpenError> {
        let text = self.found.get(&first).and_then(|cells| cells.get(column as usize)).cloned().unwrap_or_default();
        if text.is_empty() || last <= first {
            return Ok(());
        }
        let rows: Vec<u32> = self.found.range(first + 1..=last).map(|(row, _)| *row).collect();
        for row in rows {
            if self.found[&row].get(column as usize).is_none_or(String::is_empty) {
                self.put((row, column), text.clone())?;
            }
            // Regions may overlap: each look costs, too.
            self.looks += 1;
            if self.looks > CELLS_MAX {
                return Err(Self::too_large());
            }
        }
        Ok(())
    }

    /// The records. A row has as many cells as it needs.
    fn records(self) -> Vec<Record> {
        self.found.into_iter().map(|(row, cells)| Record { line: u64::from(row) + 1, cells }).collect()
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
    if (0.0..1.0).contains(&value.as_f64()) {
        return format!("{hour:02}:{minute:02}:{second:02}");
    }
    if (hour, minute, second) == (0, 0, 0) {
        format!("{year:04}-{month:02}-{day:02}")
    } else {
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write as _};

    use zip::{ZipWriter, write::SimpleFileOptions};

    use super::*;

    /// An archive of parts, each with so many bytes.
    fn archive(parts: &[usize]) -> Cursor<Vec<u8>> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (at, size) in parts.iter().enumerate() {
            writer.start_file(format!("part{at}.xml"), SimpleFileOptions::default()).unwrap();
            writer.write_all(&vec![b' '; *size]).unwrap();
        }
        writer.finish().unwrap()
    }

    #[test]
    fn a_workbook_is_bounded_unpacked() {
        let small = archive(&[500_000, 500_000]);
        assert!(small.get_ref().len() < 4_000);
        assert!(require_bounded(small.clone(), 1_000_000).is_ok());
        let error = require_bounded(small, 999_999).unwrap_err();
        assert!(error.to_string().contains("MB; save the sheet as CSV"), "{error}");
    }

    #[test]
    fn what_an_archive_says_of_its_sizes_is_not_relied_on() {
        let mut lying = archive(&[1_000_000]).into_inner();
        let size = 1_000_000_u32.to_le_bytes();
        let places: Vec<usize> = (0..lying.len() - 4).filter(|at| lying[*at..*at + 4] == size).collect();
        assert!(!places.is_empty());
        for at in places {
            lying[at..at + 4].copy_from_slice(&10_u32.to_le_bytes());
        }
        assert!(require_bounded(Cursor::new(lying), 500_000).is_err());
    }

    #[test]
    fn a_workbook_cannot_claim_more_texts_than_it_has() {
        let texts = |text: &str| {
            let mut seen = Texts::default();
            // A claim may be split anywhere.
            text.as_bytes().chunks(7).for_each(|part| seen.write_all(part).unwrap());
            seen.require_bounded()
        };
        for claim in ["uniqueCount=\"1000000000000\"", "count=\"1\" uniquniqueCount = '99999999999999999999999'"] {
            assert!(texts(&format!("<sst {claim}><si><t>Ana</t></si></sst>")).is_err(), "{claim}");
        }
        assert!(texts("<sst count=\"9\" uniqueCount=\"4000\"><si><t>Ana</t></si></sst>").is_ok());
        assert!(texts("\u{feff}<sst>2000000</sst>").is_ok());
        assert!(texts("\0<").is_err());
        let many = Texts { tags: TAGS_MAX + 1, ..Texts::default() };
        assert!(matches!(many.require_bounded(), Err(OpenError::Workbook(WorkbookFault::TooManyTexts))));
    }

    #[test]
    fn a_merged_cell_stands_for_each_of_its_rows() {
        let mut rows = Rows::default();
        for (place, text) in [((1, 0), "Ana"), ((1, 2), "Acme"), ((2, 0), "Eva"), ((3, 0), "Luz"), ((3, 2), "Otra")] {
            rows.put(place, text.to_owned()).unwrap();
        }
        rows.repeat((1, 2), 9).unwrap();
        let cells: Vec<Vec<String>> = rows.records().into_iter().map(|record| record.cells).collect();
        assert_eq!(cells, [["Ana", "", "Acme"], ["Eva", "", "Acme"], ["Luz", "", "Otra"]]);
    }

    #[test]
    fn a_sheet_has_bounds() {
        let full = |place, text: &str| Rows::default().put(place, text.to_owned());
        assert!(full((0, 1_999), "x").is_ok());
        assert!(full((0, 2_000), "x").is_err());
        assert!(full((u32::MAX, u32::MAX), " ").is_ok());
        let mut rows = Rows { text: TEXT_MAX - 1, ..Rows::default() };
        assert!(rows.put((0, 0), "x".to_owned()).is_ok());
        assert!(rows.put((1, 0), "x".to_owned()).is_err());
        let mut rows = Rows { cells: CELLS_MAX - 1, ..Rows::default() };
        assert!(rows.put((0, 0), "x".to_owned()).is_ok());
        assert!(rows.put((1, 0), "x".to_owned()).is_err());
    }
}
