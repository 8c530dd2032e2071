//! Escaping of cells that a spreadsheet would run as formulas, used in every CSV export.
//!
//! A spreadsheet runs a cell that begins with a formula sign. If it splits lines at another separator than the file's
//! (`;` in Spain, a tab), or at a line break within a cell, part of a cell becomes a cell of its own. So each such part
//! is checked. (OWASP: CSV injection.)

use std::borrow::Cow;

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

    #[test]
    fn formula_parts_are_escaped() {
        for (cell, expected) in [
            ("=1+1", "'=1+1"),
            ("+34 600", "'+34 600"),
            ("-2", "'-2"),
            ("@SUM(A1)", "'@SUM(A1)"),
            (" =1", "' =1"),
            ("＝1", "'＝1"),
            ("\tx", "'\tx"),
            ("\t=1", "'\t'=1"),
            ("Ana;=1+1;x", "Ana;'=1+1;x"),
            ("Ana; =1", "Ana;' =1"),
            ("first\n-second\r\n@third", "first\n'-second\r\n'@third"),
            ("'=1", "''=1"),
            ("'600", "''600"),
        ] {
            assert_eq!(escape_cell(cell), expected, "{cell:?}");
        }
        for cell in ["", "Ana", "a=b", "2-1", "600", "'Ana", "it's; fine", "a\nb"] {
            assert_eq!(escape_cell(cell), cell, "{cell:?}");
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
