//! CSV files that a spreadsheet opens as they are meant: every CSV that leaves is written here, but for those of the
//! admin page, which follow the same rule (`web/src/lib/csv.ts`).
//!
//! A spreadsheet runs a cell that begins with a formula sign. If it splits lines at another separator than the file's
//! (`;` in Spain, a tab), or at a line break within a cell, part of a cell becomes a cell of its own. So each such part
//! is checked. (OWASP: CSV injection.)

use std::borrow::Cow;

/// What a file begins with, so that spreadsheets read it as UTF-8: the byte-order mark. An import takes it off again.
pub const FILE_START: &str = "\u{feff}";

/// What stands between the cells of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Separator {
    /// As programs expect it.
    #[default]
    Comma,
    /// As spreadsheets expect it where the comma is the decimal mark, as in Spain.
    Semicolon,
}

impl Separator {
    /// The names in the API and on the command line.
    pub const NAMES: &'static [&'static str] = &["comma", "semicolon"];

    /// The separator of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "comma" => Some(Self::Comma),
            "semicolon" => Some(Self::Semicolon),
            _ => None,
        }
    }

    /// The character.
    pub const fn as_char(self) -> char {
        match self {
            Self::Comma => ',',
            Self::Semicolon => ';',
        }
    }
}

/// Adds a row to a file, each cell made harmless. A cell is quoted where it has any character at which a spreadsheet may
/// split, not this file's separator alone.
pub fn add_row<'a>(file: &mut String, separator: Separator, cells: impl IntoIterator<Item = impl Into<Cow<'a, str>>>) {
    for (place, cell) in cells.into_iter().enumerate() {
        if place > 0 {
            file.push(separator.as_char());
        }
        let cell: Cow<'a, str> = cell.into();
        let cell = escape_cell(&cell);
        if cell.contains(['"', ',', ';', '\t', '\r', '\n']) {
            file.push('"');
            file.push_str(&cell.replace('"', "\"\""));
            file.push('"');
        } else {
            file.push_str(&cell);
        }
    }
    file.push_str("\r\n");
}

/// The escape character; imports remove it again.
const MARK: char = '\'';

/// Whether a part that begins with this character may be run as a formula; full-width forms count too.
const fn is_formula_sign(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠')
}

/// Whether a spreadsheet may begin a new cell after this character.
const fn is_separator(c: char) -> bool {
    matches!(c, ';' | '\t' | '\r' | '\n')
}

/// Whether a part needs escaping: after leading spaces and apostrophes, it begins with a formula sign.
fn is_risky(part: &str) -> bool {
    part.trim_start_matches([' ', MARK]).starts_with(is_formula_sign)
}

/// Whether a whole cell needs an apostrophe in front: if it begins with a tab or line break, or with an apostrophe and
/// a digit, which an import would mistake for the spreadsheet notation of a number kept as text.
fn needs_mark_in_front(cell: &str) -> bool {
    let unmarked = cell.trim_start_matches(MARK);
    let keeps_text = unmarked.len() < cell.len() && unmarked.starts_with(|c: char| c.is_ascii_digit());
    unmarked.starts_with(['\t', '\r', '\n']) || keeps_text
}

/// Puts an apostrophe in front of each part that a spreadsheet would run; other cells are unchanged.
pub fn escape_cell(cell: &str) -> Cow<'_, str> {
    let parts = cell.split_inclusive(is_separator);
    if !needs_mark_in_front(cell) && !parts.clone().any(is_risky) {
        return Cow::Borrowed(cell);
    }
    let mut escaped = String::with_capacity(cell.len() + 4);
    for (place, part) in parts.enumerate() {
        if is_risky(part) || (place == 0 && needs_mark_in_front(cell)) {
            escaped.push(MARK);
        }
        escaped.push_str(part);
    }
    Cow::Owned(escaped)
}

/// Reverses [`escape_cell`].
pub fn unescape_cell(cell: &str) -> Cow<'_, str> {
    if !cell.contains(MARK) {
        return Cow::Borrowed(cell);
    }
    let mut original = String::with_capacity(cell.len());
    for (place, part) in cell.split_inclusive(is_separator).enumerate() {
        let escaped = part.starts_with(MARK) && (is_risky(part) || (place == 0 && needs_mark_in_front(cell)));
        original.push_str(if escaped { &part[MARK.len_utf8()..] } else { part });
    }
    Cow::Owned(original)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The admin page's own exports are tested with the same file.
    #[derive(serde::Deserialize)]
    struct Examples {
        escaped: Vec<(String, String)>,
        unchanged: Vec<String>,
    }

    #[test]
    fn formula_parts_are_escaped() {
        let examples: Examples = serde_json::from_str(include_str!("spreadsheet-examples.json")).unwrap();
        for (cell, expected) in &examples.escaped {
            assert_eq!(escape_cell(cell), *expected, "{cell:?}");
        }
        for cell in &examples.unchanged {
            assert_eq!(escape_cell(cell), *cell, "{cell:?}");
        }
    }

    #[test]
    fn cells_are_quoted_where_any_separator_stands_in_them() {
        for (separator, expected) in [
            (Separator::Comma, "Ana,\"a,b\",\"'=1;'=2\",\"x \"\"y\"\"\",\r\n"),
            (Separator::Semicolon, "Ana;\"a,b\";\"'=1;'=2\";\"x \"\"y\"\"\";\r\n"),
        ] {
            let mut line = String::new();
            add_row(&mut line, separator, ["Ana", "a,b", "=1;=2", "x \"y\"", ""]);
            assert_eq!(line, expected);
        }
    }

    #[test]
    fn unescape_reverses_escape() {
        let signs = ['\'', '=', ' ', ';', '\t', '\n', '5', 'a', '＋'];
        // Every text of up to five of these characters.
        for length in 0..=5_u32 {
            for mut number in 0..signs.len().pow(length) {
                let mut cell = String::new();
                for _ in 0..length {
                    cell.push(signs[number % signs.len()]);
                    number /= signs.len();
                }
                assert_eq!(unescape_cell(&escape_cell(&cell)), cell, "{cell:?}");
            }
        }
    }

    #[test]
    fn escaped_cells_have_no_formula_part() {
        for cell in ["=1", "a;=1", "a;\t =1", "\r\n+1", ";;;@x", "＝1;＝2"] {
            for part in escape_cell(cell).split(is_separator) {
                assert!(!part.trim_start().starts_with(is_formula_sign), "{cell:?}: {part:?}");
            }
        }
    }
}
