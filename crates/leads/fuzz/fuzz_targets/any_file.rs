//! Any bytes are read to the end or refused: no panic, no endless loop, and a line that is told lies in the file.
//!
//!     cargo +nightly fuzz run any_file -- -max_total_time=3600      (in crates/leads)

#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use reparto_leads::{DateOrder, Leads, Options};

fuzz_target!(|bytes: &[u8]| {
    // Without a date order, files with ambiguous dates would stop at the survey.
    for date_order in [None, Some(DateOrder::DayFirst)] {
        let options = Options { date_order, ..Options::default() };
        let Ok(leads) = Leads::open(Cursor::new(bytes), &options) else { continue };
        let workbook = bytes.starts_with(b"PK") || bytes.starts_with(&[0xD0, 0xCF]);
        let mut last = 0;
        for lead in leads {
            let line = match lead {
                Ok(lead) => lead.row.line,
                Err(problem) => problem.line,
            };
            // A workbook names its rows itself. Line 0 is a file that could not be read to the end.
            assert!(workbook || line == 0 || line > last, "line {line} after line {last}");
            assert!(workbook || line <= bytes.len() as u64, "line {line} of {} bytes", bytes.len());
            last = line;
        }
    }
});
