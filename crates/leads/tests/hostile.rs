//! Hostile input: any bytes are read or refused, and no row is lost or made up.

use std::{fmt::Write as _, io::Cursor};

use proptest::prelude::*;
use reparto_leads::{Leads, OpenError, Options};

/// Reads to the end; returns the number of rows and problems.
fn read(bytes: &[u8]) -> Result<usize, OpenError> {
    Ok(Leads::open(Cursor::new(bytes), &Options::default())?.count())
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = read(&bytes);
    }

    #[test]
    fn bytes_after_a_good_header_are_rows_or_problems(
        start in prop::sample::select(vec![&b"Name,Email,Score,Date,Status,Phone\n"[..], b"\xFF\xFEN\0a\0m\0e\0\n\0", b"Nombre;Correo\r"]),
        bytes in proptest::collection::vec(any::<u8>(), 0..2_000),
    ) {
        let mut file = start.to_vec();
        file.extend(bytes);
        let known = matches!(read(&file), Ok(_) | Err(OpenError::DateOrder(_) | OpenError::LineTooLong { .. }));
        prop_assert!(known);
    }

    #[test]
    fn text_of_special_characters_is_read(text in "[a,;\"\n\r\t=ñ0 ]{0,300}") {
        let _ = read(format!("Name,Email\n{text}").as_bytes());
    }

    #[test]
    fn well_formed_csv_round_trips(
        notes in proptest::collection::vec("[ -~ñáé\n]{1,40}", 1..20),
        separator in prop::sample::select(vec![',', ';', '\t']),
        latin in any::<bool>(),
    ) {
        let mut file = format!("Email{separator}Campo libre\n");
        for (index, note) in notes.iter().enumerate() {
            let _ = writeln!(file, "a{index}@example.org{separator}\"{}\"", note.replace('"', "\"\""));
        }
        let bytes = if latin { file.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect() } else { file.into_bytes() };
        let rows: Vec<_> = Leads::open(Cursor::new(&bytes[..]), &Options::default()).unwrap().map(|lead| lead.unwrap().row).collect();
        prop_assert_eq!(rows.len(), notes.len());
        for (row, note) in rows.iter().zip(&notes) {
            let kept = row.contact.custom_fields.get("Campo libre").map_or_else(String::new, |value| value.as_str().unwrap().to_owned());
            let expected = note.trim();
            // A spreadsheet's marks of a text are not part of it.
            let marked = expected.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')).map(str::trim);
            let same = kept == expected || Some(&*kept) == expected.strip_prefix('\'') || Some(&*kept) == marked;
            prop_assert!(same, "{kept:?} for {expected:?}");
        }
    }
}

#[test]
fn binary_formats_are_named_in_the_error() {
    for (bytes, word) in [
        (&b"PK\x03\x04rest"[..], "Excel"),
        (b"\x1F\x8Brest", "gzip"),
        (b"\xD0\xCF\x11\xE0rest", "Excel"),
        (b"SQLite format 3\0", "database"),
        (b"%PDF-1.7", "PDF"),
    ] {
        let error = read(bytes).unwrap_err();
        assert!(error.to_string().contains(word), "{error}");
    }
}

#[test]
fn an_empty_file_is_refused() {
    for bytes in [&b""[..], b"\n\n", b"\xEF\xBB\xBF", b"sep=;\n"] {
        assert!(matches!(read(bytes), Err(OpenError::Empty)), "{bytes:?}");
    }
    assert_eq!(read(b"Email\n").unwrap(), 0);
}
