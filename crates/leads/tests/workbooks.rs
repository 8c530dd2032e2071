//! Workbooks as programs write them, and as nobody should.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    fmt::Write as _,
    io::{Cursor, Write as _},
};

use reparto_leads::{Leads, OpenError, Options, Source, WorkbookFault};
use zip::{ZipWriter, write::SimpleFileOptions};

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const DOCUMENT: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";

/// A workbook of sheets, each with its name, what more is said of it, and its rows.
#[derive(Default)]
struct Book<'a> {
    sheets: &'a [(&'a str, &'a str, String)],
    properties: &'a str,
    texts: &'a str,
    /// What stands before a sheet's element, and after its rows.
    around: (&'a str, &'a str),
}

impl Book<'_> {
    fn bytes(&self) -> Vec<u8> {
        let mut parts = Vec::new();
        let (mut list, mut relations) = (String::new(), String::new());
        for (at, (name, state, rows)) in self.sheets.iter().enumerate() {
            write!(list, "<sheet name=\"{name}\" sheetId=\"{}\" r:id=\"r{at}\" {state}/>", at + 1).unwrap();
            write!(
                relations,
                "<Relationship Id=\"r{at}\" Type=\"{DOCUMENT}/worksheet\" Target=\"worksheets/{at}.xml\"/>"
            )
            .unwrap();
            let (before, after) = self.around;
            parts.push((
                format!("xl/worksheets/{at}.xml"),
                format!("{before}<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData>{after}</worksheet>"),
            ));
        }
        parts.push((
            "xl/workbook.xml".to_owned(),
            format!(
                "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{DOCUMENT}\">{}<sheets>{list}</sheets></workbook>",
                self.properties
            ),
        ));
        let relations = format!("<Relationships xmlns=\"{PACKAGE}\">{relations}</Relationships>");
        parts.push(("xl/_rels/workbook.xml.rels".to_owned(), relations));
        let root = format!("<Relationship Id=\"r\" Type=\"{DOCUMENT}/officeDocument\" Target=\"xl/workbook.xml\"/>");
        parts.push(("_rels/.rels".to_owned(), format!("<Relationships xmlns=\"{PACKAGE}\">{root}</Relationships>")));
        let styles = "<cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"22\"/></cellXfs>";
        parts.push(("xl/styles.xml".to_owned(), format!("<styleSheet xmlns=\"{MAIN}\">{styles}</styleSheet>")));
        if !self.texts.is_empty() {
            parts.push(("xl/sharedStrings.xml".to_owned(), self.texts.to_owned()));
        }
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in parts {
            writer.start_file(name, SimpleFileOptions::default()).unwrap();
            writer.write_all(text.as_bytes()).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }
}

/// A row of texts.
fn row(number: u32, texts: &[&str]) -> String {
    let cell = |(at, text): (usize, &&str)| {
        let column = ["A", "B", "C"][at];
        format!("<c r=\"{column}{number}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
    };
    let cells = texts.iter().enumerate().filter(|(_, text)| !text.is_empty()).map(cell).collect::<String>();
    format!("<row r=\"{number}\">{cells}</row>")
}

/// A header and a lead of this name.
fn lead(name: &str) -> String {
    row(1, &["Nombre", "Correo", "Fecha"]) + &row(2, &[name, &format!("{}@example.org", name.to_lowercase())])
}

/// The sheet that is read, the names of its leads, and all that is told.
fn read(book: &Book<'_>) -> (String, Vec<String>, Vec<String>) {
    let mut leads = Leads::open(Cursor::new(book.bytes()), &Options::default()).unwrap();
    let rows: Vec<_> = leads.by_ref().map(Result::unwrap).collect();
    let Source::Sheet { name } = leads.layout().source.clone() else { unreachable!("a workbook has sheets") };
    let told = leads.layout().notices.iter().map(ToString::to_string);
    let told = told.chain(rows.iter().flat_map(|lead| &lead.notices).map(ToString::to_string)).collect();
    (name, rows.iter().map(|lead| lead.row.contact.name()).collect(), told)
}

fn refused(book: &Book<'_>) -> OpenError {
    Leads::open(Cursor::new(book.bytes()), &Options::default()).err().unwrap()
}

#[test]
fn the_sheet_with_leads_is_read_and_the_others_are_named() {
    let notes = row(1, &["Instrucciones"]) + &row(2, &["Rellene la hoja Leads"]);
    let hidden = "state=\"hidden\"";
    let sheets = [
        ("Léeme", "", notes),
        ("Listas", hidden, lead("Oculta")),
        ("Leads", "", lead("Ana")),
        ("Más", "", lead("Eva")),
    ];
    let (sheet, names, told) = read(&Book { sheets: &sheets, ..Book::default() });
    assert_eq!((sheet.as_str(), names), ("Leads", vec!["Ana".to_owned()]));
    assert_eq!(told, ["only this sheet is read; left out: \"Léeme\", \"Listas\", \"Más\""]);
    let sheets = [("Hoja1", "", String::new()), ("Hoja2", "", lead("Ana"))];
    assert_eq!(read(&Book { sheets: &sheets, ..Book::default() }).0, "Hoja2");
}

#[test]
fn a_workbook_without_a_visible_sheet_is_refused_as_such() {
    let sheets = [("A", "state=\"veryHidden\"", lead("Ana"))];
    let error = refused(&Book { sheets: &sheets, ..Book::default() });
    assert!(matches!(error, OpenError::Workbook(WorkbookFault::NoSheet)), "{error}");
}

#[test]
fn cells_of_every_kind_are_read() {
    let rows = row(1, &["Nombre", "Correo", "Fecha"])
        + "<row r=\"2\"><c r=\"A2\" t=\"str\"><f>A1</f><v>Ana</v></c><c r=\"B2\" t=\"s\"><v>0</v></c><c r=\"C2\" s=\"1\"><v>43538.5</v></c></row>\
           <row r=\"3\"><c r=\"A3\" t=\"e\"><v>#NAME?</v></c><c r=\"B3\" t=\"s\"><v>1</v></c><c r=\"C3\" s=\"1\"><v>0.5</v></c></row>";
    let book = Book {
        sheets: &[("A", "", rows)],
        properties: "<workbookPr date1904=\"1\"/>",
        texts: &format!(
            "<sst xmlns=\"{MAIN}\"><si><r><t>ana@</t></r><r><t>example.org</t></r></si><si><t>eva@example.org</t></si></sst>"
        ),
        ..Book::default()
    };
    let mut leads = Leads::open(Cursor::new(book.bytes()), &Options::default()).unwrap();
    let first = leads.next().unwrap().unwrap().row;
    assert_eq!((first.contact.name(), first.contact.email.as_deref()), ("Ana".to_owned(), Some("ana@example.org")));
    assert_eq!(first.detected_at.unwrap().to_string(), "2023-03-15T12:00:00Z");
    let second = leads.next().unwrap().unwrap();
    // A time is no date.
    assert_eq!((second.row.contact.first_name, second.row.detected_at, second.notices.len()), (None, None, 2));
}

#[test]
fn a_formula_without_its_result_is_told() {
    let rows = row(1, &["Nombre", "Correo", "Notas"])
        + "<row r=\"2\"><c r=\"A2\" t=\"inlineStr\"><is><t>Ana</t></is></c><c r=\"B2\"><f>A1&amp;\"@example.org\"</f></c><c r=\"C2\"><f>A1</f><v></v></c></row>\
           <row r=\"3\"><c r=\"A3\"><f>A2</f></c><c r=\"B3\" t=\"inlineStr\"><is><t>eva@example.org</t></is></c><c r=\"C3\" t=\"str\"><f>\"\"</f><v></v></c></row>";
    let book = Book { sheets: &[("A", "", rows)], ..Book::default() };
    let (_, names, told) = read(&book);
    assert_eq!(names, ["Ana", "eva@example.org"]);
    // A result that is empty is one.
    let found = told.iter().filter(|told| told.contains("\"#FORMULA?\"") && told.contains("never calculated"));
    let columns: Vec<&str> = found.filter_map(|told| told.split(": \"").next()).collect();
    assert_eq!(
        columns,
        ["line 2: column \"Correo\"", "line 2: column \"Notas\"", "line 3: column \"Nombre\""],
        "{told:?}"
    );
}

#[test]
fn merged_cells_stand_for_each_row() {
    let rows = row(1, &["Nombre", "Correo", "Empresa"])
        + &row(2, &["Ana", "ana@example.org", "Acme"])
        + &row(3, &["Eva", "eva@example.org"]);
    let around = ("", "<mergeCells count=\"1\"><mergeCell ref=\"C2:C3\"/></mergeCells>");
    let book = Book { sheets: &[("A", "", rows)], around, ..Book::default() };
    let leads = Leads::open(Cursor::new(book.bytes()), &Options::default()).unwrap();
    let companies: Vec<_> = leads.map(|lead| lead.unwrap().row.contact.company_name).collect();
    assert_eq!(companies, [Some("Acme".to_owned()), Some("Acme".to_owned())]);
}

#[test]
fn claims_and_entities_of_a_workbook_are_not_believed() {
    let sheets = [("A", "", lead("Ana"))];
    let texts = format!("<sst xmlns=\"{MAIN}\" uniqueCount=\"1000000000000\"></sst>");
    let error = refused(&Book { sheets: &sheets, texts: &texts, ..Book::default() });
    assert!(matches!(error, OpenError::Workbook(WorkbookFault::Damaged(_))), "{error}");
    for entity in ["<!ENTITY e \"x\">", "<!ENTITY e SYSTEM \"file:///etc/passwd\">"] {
        let doctype = format!("<!DOCTYPE x [{entity}]>");
        let rows = row(1, &["Nombre", "Correo"]) + &row(2, &["&e;", "a@example.org"]);
        let book = Book { sheets: &[("A", "", rows)], around: (&doctype, ""), ..Book::default() };
        assert!(matches!(refused(&book), OpenError::Workbook(WorkbookFault::Damaged(_))), "{entity}");
    }
    // A sheet that says it is as large as may be is as large as its cells are.
    let (_, names, _) = read(&Book { sheets: &[("A", "", format!("{}<!-- -->", lead("Ana")))], ..Book::default() });
    assert_eq!(names, ["Ana"]);
}

#[test]
fn a_workbook_that_was_cut_is_refused_as_damaged() {
    let bytes = Book { sheets: &[("A", "", lead("Ana"))], ..Book::default() }.bytes();
    for end in [30, bytes.len() / 2, bytes.len() - 30] {
        let error = Leads::open(Cursor::new(&bytes[..end]), &Options::default()).err().unwrap();
        assert!(matches!(error, OpenError::Workbook(WorkbookFault::Damaged(_))), "{end}: {error}");
    }
}

#[test]
fn a_workbook_of_thousands_of_sheets_is_read() {
    let names: Vec<String> = (0..3_000).map(|at| format!("Hoja {at}")).collect();
    let sheets: Vec<_> = names.iter().map(|name| (name.as_str(), "", row(1, &["Nada"]))).collect();
    let mut book = Book { sheets: &sheets, ..Book::default() };
    let error = refused(&book).to_string();
    assert!(error.ends_with("the columns are: Nada"), "each name once: {error}");
    let with_lead: Vec<_> = [("Leads", "", lead("Ana"))].into_iter().chain(sheets.clone()).collect();
    book.sheets = &with_lead;
    assert_eq!(read(&book).1, ["Ana"]);
}

#[test]
fn a_million_empty_rows_are_no_rows() {
    let empty = (3..1_000_003).fold(String::new(), |mut rows, at| {
        write!(rows, "<row r=\"{at}\"><c r=\"A{at}\" s=\"1\"/></row>").unwrap();
        rows
    });
    let rows = lead("Ana") + &empty + &row(1_000_003, &["Eva", "eva@example.org"]);
    assert_eq!(read(&Book { sheets: &[("A", "", rows)], ..Book::default() }).1, ["Ana", "Eva"]);
}

#[test]
fn a_workbook_that_unpacks_without_end_is_refused() {
    let rows = lead("Ana") + &" ".repeat(300 << 20);
    let error = refused(&Book { sheets: &[("A", "", rows)], ..Book::default() });
    assert!(matches!(error, OpenError::Workbook(WorkbookFault::UnpackedTooLarge { .. })), "{error}");
}

#[test]
fn what_lies_outside_of_a_workbook_is_not_read() {
    let rows = row(1, &["Nombre", "Correo"])
        + "<row r=\"2\"><c r=\"A2\"><f>[1]Hoja1!A1</f></c><c r=\"B2\" t=\"str\"><f>[1]Hoja1!B1</f><v>ana@example.org</v></c></row>";
    let (_, names, told) = read(&Book { sheets: &[("A", "", rows)], ..Book::default() });
    assert_eq!((names, told.len()), (vec!["ana@example.org".to_owned()], 1), "{told:?}");
}

#[test]
fn broken_xml_is_a_damaged_workbook() {
    for rows in [
        "<row r=\"1\"><c r=\"A1\"><v>1</v></row>",
        "<row r=\"1\"><c r=\"ZZZZZZZZZ1\"><v>1</v></c></row>",
        "<row r=\"x\">",
        "<<<",
    ] {
        let error = refused(&Book { sheets: &[("A", "", rows.to_owned())], ..Book::default() });
        assert!(matches!(error, OpenError::Workbook(WorkbookFault::Damaged(_)) | OpenError::Empty), "{rows}: {error}");
    }
}
