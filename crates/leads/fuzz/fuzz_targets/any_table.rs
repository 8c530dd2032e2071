//! Whatever the cells of a well-formed table are, as many rows come in as were written.
//!
//!     cargo +nightly fuzz run any_table -- -max_total_time=3600     (in crates/leads)

#![no_main]

use std::{fmt::Write as _, io::Cursor};

use libfuzzer_sys::fuzz_target;
use reparto_leads::{DateOrder, Leads, Options, TextEncoding};

fuzz_target!(|input: (u8, Vec<[String; 2]>)| {
    let (separator, table) = input;
    let separator = [',', ';', '\t', '|'][usize::from(separator) % 4];
    let quoted = |cell: &str| format!("\"{}\"", cell.replace('"', "\"\""));
    let mut text = format!("Email{separator}Campo 1x{separator}Campo 2x\n");
    for (at, row) in table.iter().enumerate() {
        // An address makes a row of a line, also within a cell: it is what the reader takes for a lost quotation mark.
        let [a, b] = row.each_ref().map(|cell| quoted(&cell.replace('@', "a")));
        let _ = writeln!(text, "a{at}@example.org{separator}{a}{separator}{b}");
    }
    let options =
        Options { date_order: Some(DateOrder::DayFirst), encoding: Some(TextEncoding::Utf8), ..Options::default() };
    let Ok(leads) = Leads::open(Cursor::new(text.as_bytes()), &options) else {
        // A line may be longer than a record may be.
        assert!(text.len() > 256 * 1024);
        return;
    };
    let leads: Vec<_> = leads.collect();
    assert!(leads.len() == table.len() || text.len() > 256 * 1024, "{} of {} rows", leads.len(), table.len());
    for (at, lead) in leads.iter().enumerate() {
        if text.len() <= 256 * 1024 {
            let lead = lead.as_ref().expect("a well-formed row comes in");
            assert_eq!(lead.row.contact.email, Some(format!("a{at}@example.org")));
        }
    }
});
