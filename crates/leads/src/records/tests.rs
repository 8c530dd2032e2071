use super::*;
use crate::{
    TextEncoding,
    layout::{Column, Layout},
};

/// The first lines of the good records, and the lines of the malformed ones.
fn read(text: &str) -> (Vec<u64>, Vec<(u64, u64)>) {
    let mut lines = Lines::new(text.as_bytes(), TextEncoding::Utf8);
    let sample = Sample::read(&mut lines, None, &[]).unwrap();
    let header = sample.header.clone().unwrap();
    let columns: Vec<Column> = Layout::fields_of(header.cells, &[]).unwrap().1;
    let mut records = Records::new(lines, sample, Shape::of(&columns));
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    loop {
        match records.next_record() {
            Ok(None) => return (good, bad),
            Ok(Some(record)) => good.push(record.line),
            Err(RecordError::Malformed { line, last, .. }) => bad.push((line, last)),
            Err(other) => panic!("{other:?}"),
        }
    }
}

const HEADER: &str = "Nombre;Correo;Notas\n";

#[test]
fn records_are_numbered_by_first_line_blanks_counted() {
    let (good, bad) = read("\n\nEmail;b\n\n1;\"x\ny\nz\"\n\n\n2;w");
    assert_eq!((good, bad), (vec![5, 10], vec![]));
}

#[test]
fn a_mark_that_is_not_closed_costs_one_row() {
    let rows = (0..60).map(|n| format!("N{n};n{n}@example.org;ok\n")).collect::<Vec<_>>().concat();
    for end in ["", "Fin;fin@example.org;\"ok\"\n", "Fin;fin@example.org;ok\"\n"] {
        let (good, bad) = read(&format!("{HEADER}Mar;mar@example.org;\"sin cerrar\n{rows}{end}"));
        assert_eq!(bad, [(2, 2)], "{end}");
        assert_eq!(good.len(), 60 + end.lines().count(), "{end}");
    }
}

#[test]
fn two_rows_are_not_taken_for_one() {
    // Both marks are at the end of a cell: only the rows within show that they do not belong together.
    let (good, bad) = read(&format!("{HEADER}Mar;mar@example.org;\"sin\nAna;a@example.org;\nEva;e@example.org;ok\"\n"));
    assert_eq!((good, bad), (vec![3, 4], vec![(2, 2)]));
    let (good, bad) = read(&format!("{HEADER}Mar;mar@example.org;\"sin\nEva;e@example.org;ok\"\n"));
    assert_eq!((good, bad), (vec![3], vec![(2, 2)]));
}

#[test]
fn the_lines_of_a_malformed_note_are_no_rows() {
    let note = "\"dijo \"llámame\" y\notra línea; con separador; y otro\nana; ¿por la tarde?; sí\n\"";
    let (good, bad) = read(&format!("{HEADER}Mar;mar@example.org;{note}\nEva;eva@example.org;ok\n"));
    assert_eq!((good, bad), (vec![6], vec![(2, 5)]));
}

#[test]
fn text_after_a_closing_mark_costs_its_line() {
    let text = format!(
        "{HEADER}\"Mar\" Sol;mar@example.org;\nAna;;\nEva;e@example.org;\"a \\\"b\\\" c\"\nLuis;l@example.org;\n"
    );
    assert_eq!(read(&text), (vec![3, 4, 5], vec![(2, 2)]));
}

#[test]
fn quotes_escaped_by_a_backslash_are_part_of_the_cell() {
    let escaped = "\"Ana \\\"la rubia\\\" Gil\";a@example.org;\"dice \\\"hola\\\"; y adiós\"\n";
    assert_eq!(read(&format!("{HEADER}{escaped}Eva;e@example.org;x\n")), (vec![2, 3], vec![]));
    // A path that ends with one is no such file.
    assert_eq!(read(&format!("{HEADER}Ana;a@example.org;\"c:\\temp\\\"\nEva;e@example.org;x\n")), (vec![2, 3], vec![]));
}

#[test]
fn escaped_quotes_are_read_wherever_they_begin() {
    let before = "Ana;a@example.org;x\n".repeat(400);
    for (escaped, lines) in [
        ("Eva;e@example.org;\"dice \\\"hola\\\"; y adiós\"\n", 1),
        ("\"Eva \\\"la rubia\\\"\";e@example.org;\"pantalla de 12\\\"\"\n", 1),
        ("\"12\\\"\";e@example.org;\n", 1),
        ("Eva;e@example.org;\"uno \\\"dos\\\"\ntres \\\"cuatro\\\"\"\n", 2),
    ] {
        let (good, bad) = read(&format!("{HEADER}{before}{escaped}Luis;l@example.org;x\nPía;p@example.org;x\n"));
        assert_eq!((good.len(), bad), (403, vec![]), "{escaped}");
        assert_eq!(good[400..], [402, 402 + lines, 403 + lines], "{escaped}");
    }
    // What is malformed either way is told.
    let (good, bad) = read(&format!("{HEADER}{before}Eva;e@example.org;\"a\\\"b\"c\"\nLuis;l@example.org;x\n"));
    assert_eq!((good.len(), bad), (401, vec![(402, 402)]));
}

#[test]
fn notes_and_addresses_of_many_lines_are_one_record() {
    let note = (0..200).map(|n| format!("línea {n}; a@example.org")).collect::<Vec<_>>().join("\n");
    assert_eq!(read(&format!("{HEADER}Mar;mar@example.org;\"{note}\"\nEva;e@example.org;\n")), (vec![2, 202], vec![]));
    let text =
        "Dirección;Correo;Teléfono\n\"Calle 1\nMadrid\";a@example.org;600111222\n\"Calle 2\n3\nLugo\";b@example.org;\n";
    assert_eq!(read(text), (vec![2, 4], vec![]));
}

#[test]
fn a_file_of_only_marks_ends() {
    for line in ["\"x\n", ";\"\n", "\"\n", "a;\"b\n\n"] {
        let text = format!("Email;b\n{}", line.repeat(20_001));
        let mut lines = Lines::new(text.as_bytes(), TextEncoding::Utf8);
        let sample = Sample::read(&mut lines, None, &[]).unwrap();
        let mut records = Records::new(lines, sample, Shape::default());
        while !matches!(records.next_record(), Ok(None) | Err(RecordError::Hopeless(_))) {}
    }
}
