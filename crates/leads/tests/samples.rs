//! Sample exports of each system with its column names, words, dates and encoding.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::Cursor;

use reparto_domain::{Priority, Status, fold::fold, imports::ImportRow};
use reparto_leads::{Crm, Layout, Leads, Options, Source, TextEncoding};

fn read(file: &[u8]) -> (Layout, Vec<ImportRow>) {
    let mut options = Options::default();
    options.people.insert(fold("Ana García"), "ana.garcia@example.org".to_owned());
    let mut leads = Leads::open(Cursor::new(file), &options).unwrap();
    let rows = leads.by_ref().map(|lead| lead.unwrap().row).collect();
    (leads.layout().clone(), rows)
}

fn text(encoding: TextEncoding, separator: char) -> Source {
    Source::Text { encoding, separator }
}

macro_rules! sample {
    ($name:literal) => {
        read(include_bytes!(concat!("samples/", $name, ".csv")))
    };
}

const ANA: Option<&str> = Some("ana.garcia@example.org");

#[test]
fn hubspot_in_spanish() {
    let (layout, rows) = sample!("hubspot_es");
    assert_eq!(layout.crm, Some(Crm::HubSpot));
    assert_eq!(rows.len(), 3);
    let lucia = &rows[0];
    assert_eq!(lucia.line, 2);
    assert_eq!(lucia.contact.name(), "Lucía Fernández Ruiz");
    assert_eq!(lucia.contact.email.as_deref(), Some("lucia.fernandez@example.com"));
    assert_eq!(lucia.contact.phone.as_deref(), Some("+34 611 220 331"));
    assert_eq!(lucia.contact.country.as_deref(), Some("España"));
    assert_eq!(lucia.contact.custom_fields.to_value()["ID de registro"], "51001");
    assert_eq!(lucia.detection_reason.to_value()["source"], "Búsqueda orgánica");
    assert_eq!(lucia.holder_email.as_deref(), ANA);
    assert_eq!(lucia.status, None);
    assert_eq!(lucia.detected_at.unwrap().to_string(), "2025-01-16T10:30:00Z");
    assert_eq!(rows[1].contact.company_name.as_deref(), Some("Frutas, S.L."));
    assert_eq!(rows[1].status, Some(Status::Contacted));
    assert_eq!(rows[2].contact.name(), "Yuliana");
    assert_eq!(rows[2].status, Some(Status::Lost));
}

#[test]
fn hubspot_in_english_with_bom_and_quoted_breaks() {
    let (layout, rows) = sample!("hubspot_en");
    assert_eq!((layout.crm, layout.source), (Some(Crm::HubSpot), text(TextEncoding::Utf8, ',')));
    assert_eq!(layout.columns[0].header, "Record ID");
    assert_eq!(rows[0].notes.as_deref(), Some("Wants to know\nabout the two-year rule"));
    assert_eq!(rows[0].contact.mobile.as_deref(), Some("+34 655 909 808"));
    assert_eq!(rows[0].initial_score().get(), 82);
    assert_eq!(rows[0].holder_email.as_deref(), ANA);
    assert_eq!(rows[0].status, Some(Status::Contacted));
    assert_eq!(rows[1].line, 4);
    assert_eq!(rows[1].contact.last_name.as_deref(), Some("O\"Neill"));
    assert_eq!(rows[1].status, None);
}

#[test]
fn salesforce_in_english() {
    let (layout, rows) = sample!("salesforce_en");
    assert_eq!(layout.crm, Some(Crm::Salesforce));
    assert_eq!(layout.source, text(TextEncoding::Windows1252, ','));
    let marta = &rows[0];
    assert_eq!(marta.contact.last_name.as_deref(), Some("Gómez"));
    assert_eq!(marta.contact.position.as_deref(), Some("Engineer"));
    assert_eq!(marta.contact.postal_code.as_deref(), Some("28001"));
    assert_eq!(marta.priority, Some(Priority::High));
    assert_eq!(marta.holder_email.as_deref(), ANA);
    assert_eq!(marta.detection_reason.to_value()["source"], "Web");
    assert_eq!((rows[1].status, rows[1].priority), (Some(Status::Converted), Some(Priority::Low)));
}

#[test]
fn salesforce_in_spanish_with_semicolons_in_windows_1252() {
    let (layout, rows) = sample!("salesforce_es");
    assert_eq!(layout.crm, Some(Crm::Salesforce));
    assert_eq!(layout.source, text(TextEncoding::Windows1252, ';'));
    assert_eq!(rows[0].contact.name(), "Íñigo Muñoz Peña");
    assert_eq!(rows[0].contact.state.as_deref(), Some("Guipúzcoa"));
    assert_eq!(rows[0].priority, Some(Priority::High));
    assert_eq!(rows[0].holder_email.as_deref(), ANA);
    assert_eq!(rows[1].contact.city.as_deref(), Some("A Coruña"));
    assert_eq!(rows[1].status, Some(Status::Lost));
}

#[test]
fn pipedrive_in_english() {
    let (layout, rows) = sample!("pipedrive_en");
    assert_eq!(layout.crm, Some(Crm::Pipedrive));
    assert_eq!(rows[0].contact.first_name.as_deref(), Some("Carlos Andrés"));
    assert_eq!(rows[0].contact.last_name.as_deref(), Some("Pérez Gil"));
    assert_eq!(rows[0].detection_reason.to_value()["title"], "Residency renewal");
    assert_eq!(rows[0].detection_reason.to_value()["source"], "Web forms");
    assert_eq!(rows[0].contact.custom_fields.to_value()["Lead - Value"], "350");
    assert_eq!(rows[0].priority, Some(Priority::High));
    assert_eq!(rows[1].contact.email.as_deref(), Some("fatou.diop@example.com"));
    assert_eq!(rows[1].contact.mobile.as_deref(), Some("+34 600 444 555"));
}

#[test]
fn pipedrive_in_spanish_with_tabs() {
    let (layout, rows) = sample!("pipedrive_es");
    assert_eq!((layout.crm, layout.source), (Some(Crm::Pipedrive), text(TextEncoding::Utf8, '\t')));
    assert_eq!(rows[0].contact.name(), "Rosa Elena Quispe Mamani");
    assert_eq!(rows[0].contact.mobile.as_deref(), Some("+34 633 101 202"));
    assert_eq!(rows[0].detection_reason.to_value()["title"], "Reagrupación familiar");
    assert_eq!(rows[0].priority, Some(Priority::Medium));
    assert_eq!(rows[0].holder_email.as_deref(), ANA);
}

#[test]
fn kommo_in_spanish() {
    let (layout, rows) = sample!("kommo_es");
    assert_eq!(layout.crm, Some(Crm::Kommo));
    let marcelo = &rows[0];
    assert_eq!(marcelo.contact.name(), "Marcelo Jazmín");
    assert_eq!(marcelo.contact.phone.as_deref(), Some("+5493425562518"));
    assert_eq!(marcelo.detected_at.unwrap().to_string(), "2026-03-26T19:18:21Z");
    assert_eq!(marcelo.status, None);
    assert_eq!(marcelo.notes.as_deref(), Some("Pide cita\nTarde"));
    assert_eq!(marcelo.contact.custom_fields.to_value()["Embudo de ventas"], "Extranjería");
    assert_eq!(marcelo.holder_email.as_deref(), ANA);
    let nadia = &rows[1];
    assert_eq!(nadia.contact.email.as_deref(), Some("nadia.benali@example.com"));
    assert_eq!(nadia.contact.mobile.as_deref(), Some("+34600700800"));
    assert_eq!(nadia.status, Some(Status::Converted));
    assert_eq!(
        (nadia.holder_email.as_deref(), &nadia.contact.custom_fields.to_value()["Responsable"]),
        (None, &"Otro Usuario".into())
    );
}

#[test]
fn kommo_in_english_in_utf_16() {
    let (layout, rows) = sample!("kommo_en");
    assert_eq!(layout.crm, Some(Crm::Kommo));
    assert!(matches!(layout.source, Source::Text { encoding: TextEncoding::Utf16Le, .. }));
    assert_eq!(rows[0].contact.name(), "Olga Petrova");
    assert_eq!(rows[0].contact.phone.as_deref(), Some("+34910000002"));
    assert_eq!(rows[0].status, Some(Status::Contacted));
    assert_eq!(rows[0].holder_email.as_deref(), ANA);
}
