//! Whatever a table holds comes in as it is: in any encoding, with any separator, however it is quoted.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{fmt::Write as _, io::Cursor};

use proptest::prelude::*;
use reparto_domain::{spreadsheet::escape_cell, text::tidy};
use reparto_leads::{Crm, Lead, Leads, Options, TextEncoding};

fn read(bytes: Vec<u8>, encoding: Option<TextEncoding>) -> Vec<Lead> {
    let options = Options { encoding, ..Options::default() };
    Leads::open(Cursor::new(bytes), &options).unwrap().map(Result::unwrap).collect()
}

/// A cell as CSV.
fn quoted(cell: &str, separator: char, always: bool) -> String {
    let needed = cell.contains([separator, '"', '\n']) || cell.trim() != cell;
    if always || needed { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}

fn encoded(text: &str, encoding: &str) -> Vec<u8> {
    match encoding {
        "utf-16le" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "utf-16be" => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        label => encoding_rs::Encoding::for_label(label.as_bytes()).unwrap().encode(text).0.into_owned(),
    }
}

/// Letters that each of these encodings has.
fn letters(encoding: &str) -> &'static str {
    if encoding.starts_with("utf") { "[\\PC\n]{0,30}" } else { "[ -~áéíóúñÁÉÍÓÚÑüçºª¿¡\n]{0,30}" }
}

const ENCODINGS: [&str; 5] = ["utf-8", "utf-16le", "utf-16be", "windows-1252", "macintosh"];

/// An encoding, and a table with texts that it has.
fn tables() -> impl Strategy<Value = (&'static str, Vec<Vec<String>>)> {
    (prop::sample::select(&ENCODINGS[..]), 1..4_usize).prop_flat_map(|(encoding, columns)| {
        let cell = letters(encoding).prop_filter("an address makes a row of a line", |text| !text.contains('@'));
        let row = proptest::collection::vec(cell, columns..=columns);
        (Just(encoding), proptest::collection::vec(row, 1..12))
    })
}

/// What is kept of a cell: spreadsheets' marks are not part of it.
fn kept(cell: &str) -> Option<String> {
    tidy(cell).map(std::borrow::Cow::into_owned)
}

proptest! {
    #[test]
    fn any_table_comes_in_as_it_is(
        (encoding, table) in tables(),
        separator in prop::sample::select(vec![',', ';', '\t', '|']),
        ending in prop::sample::select(vec!["\n", "\r\n", "\r"]),
        always in any::<bool>(),
    ) {
        let line = |cells: Vec<String>| {
            cells.iter().map(|cell| quoted(cell, separator, always)).collect::<Vec<_>>().join(&separator.to_string())
        };
        let columns = table[0].len();
        let mut lines = vec![line(["Email".to_owned()].into_iter().chain((0..columns).map(|n| format!("Campo {n}x"))).collect())];
        for (at, row) in table.iter().enumerate() {
            lines.push(line([format!("a{at}@example.org")].into_iter().chain(row.iter().cloned()).collect()));
        }
        // Every line ending within a cell comes in as a line feed.
        let text = lines.join("\n").replace('\n', ending);
        let leads = read(encoded(&text, encoding), TextEncoding::named(encoding));
        prop_assert_eq!(leads.len(), table.len());
        for (at, (lead, row)) in leads.iter().zip(&table).enumerate() {
            prop_assert_eq!(&lead.row.contact.email, &Some(format!("a{at}@example.org")));
            for (n, cell) in row.iter().enumerate() {
                // Marks of spreadsheets, and what MySQL writes for nothing, are no part of a text.
                if cell.trim().starts_with(['\'', '=']) || kept(cell).as_deref() == Some("\\N") {
                    continue;
                }
                let found = lead.row.contact.custom_fields.get(&format!("Campo {n}x"));
                prop_assert_eq!(found, kept(cell).map(serde_json::Value::from));
            }
        }
    }

    #[test]
    fn the_encoding_of_spanish_text_is_found_out(
        names in proptest::collection::vec("[A-Z][a-záéíóúñ]{2,8} [A-Z][a-záéíóúñü]{2,8}", 3..20),
        encoding in prop::sample::select(&ENCODINGS[..]),
        separator in prop::sample::select(vec![',', ';', '\t']),
    ) {
        let mut text = format!("Nombre{separator}Correo\n");
        for (at, name) in names.iter().enumerate() {
            writeln!(text, "{name}{separator}a{at}@example.org").unwrap();
        }
        prop_assume!(names.iter().any(|name| name.contains(['á', 'é', 'ú'])));
        let found: Vec<String> = read(encoded(&text, encoding), None).iter().map(|lead| lead.row.contact.name()).collect();
        prop_assert_eq!(found, names);
    }

    #[test]
    fn what_we_export_comes_in_as_it_was(
        texts in proptest::collection::vec("[\\PC]{1,20}", 6..=6),
        notes in "[\\PC\n]{1,60}",
        phone in "[+0-9 ()-]{5,15}",
    ) {
        let texts: Vec<Option<String>> = texts.iter().map(|text| kept(text)).collect();
        let (notes, phone) = (kept(&notes), kept(&phone));
        let header = "id,contact_id,name,first_name,last_name,email,phone,mobile,address,city,state,postal_code,country,company_name,company_id,position,nacionalidad,grading_llamada,grading_situacion,tiempo_espana,empadronado,lugar_residencia,tiene_ingresos,trabaja_b,edad,tiene_familiares_espana,landing_product,avatar_url,contact_notes,custom_fields,detected_at,opportunity_score,priority,status,assigned_to,assigned_to_name,detection_reason,first_call_attempts,first_call_completed,first_call_successful_attempt,notes,created_at,updated_at";
        let fields = ["first_name", "last_name", "address", "city", "company_name", "position"];
        let value = |column: &str| -> Option<String> {
            match column {
                "email" => Some("ana@example.org".to_owned()),
                "phone" => phone.clone(),
                "notes" => notes.clone(),
                "id" => Some("1".to_owned()),
                column => fields.iter().position(|field| *field == column).and_then(|at| texts[at].clone()),
            }
        };
        let cells: Vec<String> = header
            .split(',')
            .map(|column| quoted(&escape_cell(&value(column).unwrap_or_default()), ',', true))
            .collect();
        let mut opened = Leads::open(Cursor::new(format!("{header}\n{}\n", cells.join(","))), &Options::default()).unwrap();
        let lead = opened.next().unwrap().unwrap();
        prop_assert_eq!(opened.layout().crm, Some(Crm::Reparto));
        let contact = &lead.row.contact;
        let found = [&contact.first_name, &contact.last_name, &contact.address, &contact.city, &contact.company_name, &contact.position];
        for (found, expected) in found.into_iter().zip(&texts) {
            prop_assert_eq!(found, expected);
        }
        prop_assert_eq!((&contact.phone, &lead.row.notes), (&phone, &notes));
        prop_assert!(contact.custom_fields.is_empty() && lead.notices.is_empty());
    }
}
