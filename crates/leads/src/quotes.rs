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

/// A record under construction.
#[derive(Debug, Default)]
#[expect(clippy::struct_field_names, reason = "the cells are what it holds; the one cell is under construction")]
pub(crate) struct Cells {
    pub cells: Vec<String>,
    cell: String,
    open: bool,
}

impl Cells {
    /// The column of the quoted cell that is open.
    pub fn open_column(&self) -> usize {
        self.cells.len()
    }

    /// Adds a line.
    pub fn feed(&mut self, line: &str, separator: u8) -> Step {
        let mut rest = line;
        if self.open {
            self.cell.push('\n');
            match self.quoted(rest, separator) {
                Ok(Some(after)) => rest = after,
                Ok(None) => return Step::Ended,
                Err(step) => return step,
            }
        }
        loop {
            let start = rest.trim_start_matches(' ');
            if let Some(inner) = start.strip_prefix('"') {
                match self.quoted(inner, separator) {
                    Ok(Some(after)) => rest = after,
                    Ok(None) => return Step::Ended,
                    Err(step) => return step,
                }
                continue;
            }
            let Some((cell, after)) = rest.split_once(char::from(separator)) else {
                self.cells.push(rest.to_owned());
                return Step::Ended;
            };
            self.cells.push(cell.to_owned());
            rest = after;
        }
    }

    /// Reads on within quotes. Returns what follows the separator after the cell; `None` where the line ends with it.
    fn quoted<'a>(&mut self, text: &'a str, separator: u8) -> Result<Option<&'a str>, Step> {
        let mut rest = text;
        loop {
            let Some((part, after)) = rest.split_once('"') else {
                self.cell.push_str(rest);
                self.open = true;
                return Err(Step::Open);
            };
            self.cell.push_str(part);
            if let Some(after) = after.strip_prefix('"') {
                self.cell.push('"');
                rest = after;
                continue;
            }
            self.open = false;
            self.cells.push(std::mem::take(&mut self.cell));
            let after = after.trim_start_matches(' ');
            return match after.strip_prefix(char::from(separator)) {
                Some(next) => Ok(Some(next)),
                None if after.is_empty() => Ok(None),
                None => Err(Step::Malformed),
            };
        }
    }
}

/// The cells of a line that is a record by itself.
pub(crate) fn alone(line: &str, separator: u8) -> Option<Vec<String>> {
    let mut cells = Cells::default();
    (cells.feed(line, separator) == Step::Ended).then_some(cells.cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(lines: &[&str]) -> (Step, Vec<String>) {
        let mut cells = Cells::default();
        let step = lines.iter().map(|line| cells.feed(line, b';')).last().unwrap();
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
            assert_eq!(alone(line, b';').unwrap(), expected, "{line}");
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
}
