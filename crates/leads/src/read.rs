//! What is read of a file, row by row and in batches: one driver for whoever imports.

use std::io::{self, Seek};

use reparto_domain::imports::ReadRow;

use crate::{Lead, Leads, RowProblem};

/// A row as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    /// The number of its first line in the file, from 1.
    pub line: u64,
    /// Its cells as they came; a record that cannot be read is one cell, or none.
    pub cells: Vec<String>,
    /// The lead, or why there is none.
    pub lead: Result<Lead, RowProblem>,
}

impl Read {
    /// Whether a strict import ends with this row.
    pub fn is_fault(&self) -> bool {
        match &self.lead {
            Ok(lead) => lead.notices.iter().any(|told| told.notice.is_fault()),
            Err(problem) => problem.problem.is_fault(),
        }
    }

    /// What may come in.
    pub fn into_row(self, strict: bool) -> ReadRow {
        let is_left_out = strict && self.is_fault();
        let (told, row) = match self.lead {
            Ok(lead) => {
                (lead.notices.iter().map(|told| told.notice.told()).collect(), Some(lead.row).filter(|_| !is_left_out))
            }
            Err(problem) => (vec![problem.problem.told()], None),
        };
        ReadRow { line: self.line, cells: self.cells, told, row }
    }
}

/// Rows to be written together.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// The place of the first one in the file, from 0.
    pub first: u64,
    /// The rows, with those that do not come in.
    pub reads: Vec<Read>,
    /// Whether no row follows.
    pub is_last: bool,
    /// Whether the last of them ends a strict import: nothing may be written.
    pub has_failed: bool,
}

/// The rows of a file in batches of bounded size. With `strict` there is one batch, which ends with the first fault.
pub struct Batches<R> {
    leads: Leads<R>,
    at_once: usize,
    strict: bool,
    read: u64,
    waiting: Option<Read>,
    has_ended: bool,
}

impl<R: io::Read + Seek> Batches<R> {
    /// The batches of a file, with so many rows each.
    pub fn new(leads: Leads<R>, at_once: usize, strict: bool) -> Self {
        Self {
            leads,
            at_once: if strict { usize::MAX } else { at_once },
            strict,
            read: 0,
            waiting: None,
            has_ended: false,
        }
    }

    /// Leaves out so many rows, which were imported before.
    pub fn skip_rows(&mut self, rows: u64) {
        for _ in 0..rows {
            if self.leads.next_read().is_none() {
                break;
            }
            self.read += 1;
        }
    }
}

impl<R: io::Read + Seek> Iterator for Batches<R> {
    type Item = Batch;

    /// The next batch. A file without rows is one empty batch.
    fn next(&mut self) -> Option<Batch> {
        if self.has_ended {
            return None;
        }
        let mut batch = Batch { first: self.read, reads: Vec::new(), is_last: false, has_failed: false };
        batch.reads.extend(self.waiting.take());
        loop {
            let next = self.leads.next_read();
            batch.is_last = next.is_none();
            let Some(read) = next else { break };
            if batch.reads.len() >= self.at_once {
                self.waiting = Some(read);
                break;
            }
            batch.has_failed = self.strict && read.is_fault();
            batch.reads.push(read);
            if batch.has_failed {
                break;
            }
        }
        self.read += batch.reads.len() as u64;
        self.has_ended = batch.is_last || batch.has_failed;
        Some(batch)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::Options;

    fn batches(text: &str, at_once: usize, strict: bool) -> Batches<Cursor<String>> {
        let leads = Leads::open(Cursor::new(text.to_owned()), &Options::default()).unwrap();
        Batches::new(leads, at_once, strict)
    }

    fn shapes(batches: impl Iterator<Item = Batch>) -> Vec<(u64, usize, bool, bool)> {
        batches.map(|batch| (batch.first, batch.reads.len(), batch.is_last, batch.has_failed)).collect()
    }

    const FILE: &str =
        "Nombre,Correo\nAna,ana@example.org\n\nBea,\"b\"x\nCarla,carla@example.org\nDora,no es\nEva,eva@example.org\n";

    #[test]
    fn every_row_is_in_one_batch() {
        assert_eq!(shapes(batches(FILE, 2, false)), [(0, 2, false, false), (2, 2, false, false), (4, 1, true, false)]);
        assert_eq!(shapes(batches(FILE, 5, false)), [(0, 5, true, false)]);
        assert_eq!(shapes(batches("Nombre,Correo\n", 5, false)), [(0, 0, true, false)]);
    }

    #[test]
    fn rows_of_before_are_left_out() {
        let mut rest = batches(FILE, 2, false);
        rest.skip_rows(2);
        assert_eq!(shapes(rest), [(2, 2, false, false), (4, 1, true, false)]);
    }

    #[test]
    fn the_rows_are_counted_before_they_come() {
        for (text, rows) in [(FILE, 5), ("Nombre,Correo\n,\n ,\u{200b}\nAna,\nNombre,Correo\na,b,c\n", 3)] {
            let all = batches(text, 100, false);
            assert_eq!(all.leads.layout().rows, rows);
            assert_eq!(all.map(|batch| batch.reads.len() as u64).sum::<u64>(), rows);
        }
    }

    #[test]
    fn a_strict_import_ends_with_the_first_fault() {
        assert_eq!(shapes(batches(FILE, 1, true)), [(0, 2, false, true)]);
        let unread = batches("Nombre,Correo\nDora,no es\nEva,eva@example.org\n", 1, true).next().unwrap();
        assert_eq!((unread.reads.len(), unread.has_failed), (1, true));
        assert_eq!(unread.reads[0].clone().into_row(true).row, None);
        assert!(unread.reads[0].clone().into_row(false).row.is_some());
    }

    #[test]
    fn a_malformed_record_is_kept_as_it_came() {
        let batch = batches(FILE, 9, false).next().unwrap();
        assert_eq!((batch.reads[1].line, batch.reads[1].cells.clone()), (4, vec!["Bea,\"b\"x".to_owned()]));
        assert_eq!(batch.reads[0].cells, ["Ana", "ana@example.org"]);
    }
}
