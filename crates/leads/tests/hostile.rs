//! Hostile input: any bytes are read or refused, and no row is lost or made up.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

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
fn what_is_no_table_is_named_in_the_error() {
    let book = |name: &str| {
        let mut bytes = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
        bytes.resize(64 * 1024 - 9, 0);
        bytes.extend(name.encode_utf16().flat_map(u16::to_le_bytes));
        bytes
    };
    for (bytes, word) in [
        (b"PK\x03\x04rest".to_vec(), "incomplete"),
        (b"\x1F\x8Brest".to_vec(), "unpack"),
        (book("EncryptedPackage"), "password"),
        (book("Workbook"), ".xls"),
        (book("WordDocument"), "another program"),
        (archive(&["leads.csv"]), "unpack"),
        (archive(&["[Content_Types].xml", "word/document.xml"]), "another program"),
        (archive(&["mimetype", "content.xml"]), "another program"),
        (b"SQLite format 3\0".to_vec(), "database"),
        (b"%PDF-1.7".to_vec(), "PDF"),
        (b"\xEF\xBB\xBF\n<!DOCTYPE html><table><tr><td>Email</td></tr></table>".to_vec(), "web page"),
        (b"<html><body>".to_vec(), "web page"),
        (b"<?xml version=\"1.0\"?><Workbook/>".to_vec(), "XML"),
        (b"[\n  {\"name\": \"Ana\", \"email\": \"a@example.org\"}]".to_vec(), "JSON"),
        (b"{\"email\": \"a@example.org\"}\n{\"email\": \"b@example.org\"}\n".to_vec(), "JSON"),
        (b"BEGIN:VCARD\r\nFN:Ana\r\nEND:VCARD\r\n".to_vec(), "vCard"),
    ] {
        let error = read(&bytes).unwrap_err();
        assert!(error.to_string().contains(word), "{error}");
    }
    // A column may have a name of that kind.
    assert_eq!(read(b"[Nombre],{Email}\nAna,a@example.org\n").unwrap(), 1);
}

/// An archive of empty parts.
fn archive(names: &[&str]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for name in names {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn a_header_with_an_open_quotation_mark_is_named() {
    for (file, line) in [
        ("Nombre;\"Correo\nAna;a@example.org\nEva;e@example.org\n", 1),
        ("\n\"Nombre;\"Correo\"\n\"Ana\";\"a@example.org\"\n", 2),
        ("Nombre;\"Correo", 1),
    ] {
        let error = read(file.as_bytes()).unwrap_err();
        assert!(matches!(error, OpenError::HeaderQuotes { line: found } if found == line), "{error}");
    }
    // A title above the header may have one.
    assert_eq!(read("Leads del \"año\nNombre;Correo\nAna;a@example.org\n".as_bytes()).unwrap(), 1);
}

#[test]
fn an_empty_file_is_refused() {
    for bytes in [&b""[..], b"\n\n", b"\xEF\xBB\xBF", b"sep=;\n"] {
        assert!(matches!(read(bytes), Err(OpenError::Empty)), "{bytes:?}");
    }
    assert_eq!(read(b"Email\n").unwrap(), 0);
}
