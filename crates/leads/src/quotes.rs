//! Splits lines into cells: separators, quotation marks, and line breaks within quotes (RFC 4180), strict about what
//! follows a closing mark: whoever guesses there takes the next rows for a part of a cell.

/// What a line did to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// It ended the record.
    Ended,
    /// A quoted cell goes on in the next line.
    Open,
    /// There is text after a closing quotation mark.
    Malformed,
}

/// How the cells of a file are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dialect {
    /// What separates cells.
    pub separator: u8,
    /// The quotation mark.
    pub quote: u8,
    /// Whether a backslash takes the meaning from a mark behind it, as in exports of MySQL.
    pub escapes: bool,
    /// Whether a whole row is one quoted cell, as spreadsheets write a table that was pasted into one column.
    pub wrapped: bool,
}

impl Dialect {
    /// CSV with this separator.
    pub const fn plain(separator: u8) -> Self {
        Self { separator, quote: b'"', escapes: false, wrapped: false }
    }
}

/// A record under construction.
#[derive(Debug)]
#[expect(clippy::struct_field_names, reason = "the cells are what it holds; the one cell is under construction")]
pub(crate) struct Cells {
    dialect: Dialect,
    cells: Vec<String>,
    cell: String,
    open: bool,
}

impl Cells {
    pub const fn new(dialect: Dialect) -> Self {
        Self { dialect, cells: Vec::new(), cell: String::new(), open: false }
    }

    /// The column of the quoted cell that is open.
    pub const fn open_column(&self) -> usize {
        self.cells.len()
    }

    /// The cells of the record that has ended.
    pub fn into_cells(self) -> Vec<String> {
        let Self { dialect, cells, .. } = self;
        match cells.as_slice() {
            [row, rest @ ..] if dialect.wrapped && rest.iter().all(|cell| cell.trim().is_empty()) => {
                alone(row, Dialect { wrapped: false, ..dialect }).unwrap_or(cells)
            }
            _ => cells,
        }
    }

    /// Adds a line.
    pub fn feed(&mut self, line: &str) -> Step {
        let (separator, quote) = (char::from(self.dialect.separator), char::from(self.dialect.quote));
        let mut rest = line;
        if self.open {
            self.cell.push('\n');
            match self.quoted(rest) {
                Ok(Some(after)) => rest = after,
                Ok(None) => return Step::Ended,
                Err(step) => return step,
            }
        }
        loop {
            let start = rest.trim_start_matches(' ');
            if let Some(inner) = start.strip_prefix(quote) {
                match self.quoted(inner) {
                    Ok(Some(after)) => rest = after,
                    Ok(None) => return Step::Ended,
                    Err(step) => return step,
                }
                continue;
            }
            let Some((cell, after)) = rest.split_once(separator) else {
                self.cells.push(rest.to_owned());
                return Step::Ended;
            };
            self.cells.push(cell.to_owned());
            rest = after;
        }
    }

    /// Reads on within quotes. Returns what follows the separator after the cell; `None` where the line ends with it.
    fn quoted<'a>(&mut self, text: &'a str) -> Result<Option<&'a str>, Step> {
        let Dialect { separator, quote, escapes, .. } = self.dialect;
        let (separator, quote) = (char::from(separator), char::from(quote));
        let mut rest = text;
        loop {
            let Some(at) = rest.find(|c| c == quote || (escapes && c == '\\')) else {
                self.cell.push_str(rest);
                self.open = true;
                return Err(Step::Open);
            };
            self.cell.push_str(&rest[..at]);
            let after = &rest[at + 1..];
            if rest[at..].starts_with('\\') {
                let meant = after.chars().next().filter(|c| *c == quote || *c == '\\');
                self.cell.push(meant.unwrap_or('\\'));
                rest = &after[usize::from(meant.is_some())..];
                continue;
            }
            if let Some(after) = after.strip_prefix(quote) {
                self.cell.push(quote);
                rest = after;
                continue;
            }
            self.open = false;
            self.cells.push(std::mem::take(&mut self.cell));
            let after = after.trim_start_matches(' ');
            return match after.strip_prefix(separator) {
                Some(next) => Ok(Some(next)),
                None if after.is_empty() => Ok(None),
                None => Err(Step::Malformed),
            };
        }
    }
}

/// The cells of a line that is a record by itself.
pub(crate) fn alone(line: &str, dialect: Dialect) -> Option<Vec<String>> {
    let mut cells = Cells::new(dialect);
    (cells.feed(line) == Step::Ended).then(|| cells.into_cells())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(lines: &[&str]) -> (Step, Vec<String>) {
        let mut cells = Cells::new(Dialect::plain(b';'));
        let step = lines.iter().map(|line| cells.feed(line)).last().unwrap();
        (step, cells.cells)
    }

    #[test]
    fn cells_are_split_and_unquoted() {
        for (line, expected) in [
            ("a;b", vec!["a", "b"]),
            ("", vec![""]),
            (";", vec!["", ""]),
            ("\"a;b\";c", vec!["a;b", "c"]),
            ("\"\";\"\"", vec!["", ""]),
            ("\"dice \"\"hola\"\"\";x", vec!["dice \"hola\"", "x"]),
            ("a; \"b;c\" ;d", vec!["a", "b;c", "d"]),
            ("12\" pantalla;x", vec!["12\" pantalla", "x"]),
            (" a ;b ", vec![" a ", "b "]),
        ] {
            assert_eq!(alone(line, Dialect::plain(b';')).unwrap(), expected, "{line}");
        }
    }

    #[test]
    fn a_quoted_cell_may_have_lines() {
        assert_eq!(
            feed(&["a;\"x", "", "y;\"\"z\"\"\";b"]),
            (Step::Ended, vec!["a".into(), "x\n\ny;\"z\"".into(), "b".into()])
        );
        assert_eq!(feed(&["a;\"x", "y"]).0, Step::Open);
    }

    #[test]
    fn text_after_a_closing_mark_is_malformed() {
        for lines in [&["\"a\"b;c"][..], &["\"dice \"hola\" y\";c"], &["a;\"x", "b;\"y\";c"]] {
            assert_eq!(feed(lines).0, Step::Malformed, "{lines:?}");
        }
    }

    #[test]
    fn a_backslash_may_take_the_meaning_from_a_mark() {
        let dialect = Dialect { escapes: true, ..Dialect::plain(b',') };
        assert_eq!(
            alone(r#""dice \"hola\", y adiós","c:\\temp\\",\x"#, dialect).unwrap(),
            [r#"dice "hola", y adiós"#, r"c:\temp\", r"\x"]
        );
        assert_eq!(alone(r#""c:\temp",x"#, dialect).unwrap(), [r"c:\temp", "x"]);
    }

    #[test]
    fn a_whole_row_may_be_one_quoted_cell() {
        let dialect = Dialect { wrapped: true, ..Dialect::plain(b',') };
        assert_eq!(alone(r#""Ana,""uno, dos"",x",,"#, dialect).unwrap(), ["Ana", "uno, dos", "x"]);
        assert_eq!(alone("Ana,x", dialect).unwrap(), ["Ana", "x"]);
    }
}
