use super::*;

#[test]
fn our_own_columns_mean_the_same_in_each_language() {
    for headings in [Headings::Fixed, Headings::Spanish, Headings::English] {
        let names = OPPORTUNITIES.map(|column| column.text(headings));
        assert_eq!(Crm::guess(names), Some(Crm::Reparto), "{headings:?}");
        for column in OPPORTUNITIES {
            let fixed = field_of(column.name, Some(Crm::Reparto));
            assert!(fixed.is_some(), "{}", column.name);
            assert_eq!(field_of(column.text(headings), Some(Crm::Reparto)), fixed, "{}", column.text(headings));
        }
    }
}

#[test]
fn case_accents_blanks_and_punctuation_do_not_matter() {
    for header in ["First Name", "first_name", "FirstName", " FIRST-NAME ", "First\nName"] {
        assert_eq!(field_of(header, None), Some(Field::FirstName), "{header}");
    }
    assert_eq!(field_of("Teléfono Oficina (contacto)", None), Some(Field::Phone));
    assert_eq!(field_of("favourite colour", None), None);
    assert_eq!(field_of("¿?", None), None);
}

#[test]
fn numbered_columns_are_of_the_same_field() {
    for (header, field) in [("Email 2", Field::Email), ("Teléfono2", Field::Phone), ("Correo (3)", Field::Email)] {
        assert_eq!(field_of(header, None), Some(field), "{header}");
    }
    assert_eq!(field_of("City 2", None), None);
    assert_eq!(field_of("2", None), None);
}

#[test]
fn no_crm_maps_a_column_twice() {
    for crm in Crm::ALL {
        let mut seen = HashMap::new();
        for (field, names) in crm.names() {
            for name in names.split('|') {
                let earlier = seen.insert(key(name), *field);
                assert!(earlier.is_none_or(|earlier| earlier == *field), "{crm:?}: {name}");
            }
        }
    }
}

#[test]
fn a_column_of_its_own_is_of_one_system() {
    let mut seen = HashMap::new();
    for crm in Crm::ALL {
        for own in keys(crm.own()) {
            if let Some(other) = seen.insert(own.clone(), crm) {
                panic!("{own}: {other:?} and {crm:?}");
            }
            // Hand-made tables have no owner of a contact, though the name is clear.
            let named = matches!(own.as_str(), "contactowner" | "owneremail");
            assert!(named || !COMMON.contains_key(&own), "{crm:?}: {own} is common");
        }
    }
}

#[test]
fn a_crm_is_recognised_by_columns_of_its_own() {
    for (headers, crm) in [
        (&["Person - Name", "Person - Email - Work", "Lead - Title"][..], Some(Crm::Pipedrive)),
        (&["ID", "Contacto principal", "Estatus del lead", "Responsable"], Some(Crm::Kommo)),
        (&["Record ID", "First Name", "Last Name", "Contact owner"], Some(Crm::HubSpot)),
        (&["Nombre", "Apellidos", "Estado de candidato"], Some(Crm::Salesforce)),
        (&["Record Id", "Lead Owner.id", "Lead Owner", "Company", "Last Name", "Created Time"], Some(Crm::Zoho)),
        (&["Oportunidad", "Nombre de contacto", "Correo electrónico", "Equipo de ventas"], Some(Crm::Odoo)),
        (&["id", "created_time", "ad_id", "form_id", "email", "full_name"], Some(Crm::Meta)),
        (&["Lead ID", "Full name", "Email", "Lead submit time", "GCLID"], Some(Crm::GoogleAds)),
        (&["First Name", "Last Name", "Notes", "Labels", "E-mail 1 - Value"], Some(Crm::GoogleContacts)),
        (&["First Name", "Last Name", "URL", "Email Address", "Company", "Connected On"], Some(Crm::LinkedIn)),
        (&["id", "name", "email", "phone_number", "created_at", "updated_at"], None),
        (&["Nombre", "Correo", "Notes", "id"], None),
        (&["a", "b"], None),
    ] {
        assert_eq!(Crm::guess(headers.iter().copied()), crm, "{headers:?}");
    }
}

#[test]
fn our_own_exports_are_known_by_their_whole_header() {
    for whole in [reparto::EXPORT, reparto::PAGE] {
        assert_eq!(Crm::guess(whole.split('|')), Some(Crm::Reparto));
    }
    assert_eq!(Crm::guess(reparto::PAGE.split('|').skip(1)), None);
    assert_eq!(field_of("created_at", None), Some(Field::DetectedAt));
    assert_eq!(field_of("created_at", Some(Crm::Reparto)), Some(Field::Ignore));
}

#[test]
fn a_part_of_our_own_export_is_known_in_each_language() {
    for headings in [Headings::Fixed, Headings::Spanish, Headings::English] {
        let all: Vec<&str> = OPPORTUNITIES.iter().map(|column| column.text(headings)).collect();
        let without_ids = OPPORTUNITIES.iter().filter(|column| !column.name.ends_with("id")).map(|c| c.text(headings));
        assert_eq!(Crm::guess(without_ids), Some(Crm::Reparto), "{headings:?}");
        assert_eq!(Crm::guess(all.iter().rev().take(20).copied()), Some(Crm::Reparto), "{headings:?}");
    }
    let kept = ["Estado", "Prioridad", "Nombre completo", "Correo electrónico", "Detectada el", "Asignada a (correo)"];
    assert_eq!(Crm::guess(kept), Some(Crm::Reparto));
    // One such name may be chance, and another system's own columns count.
    assert_eq!(Crm::guess(["Nombre completo", "Correo electrónico", "Detectada el"]), None);
    assert_eq!(Crm::guess(["Estado de candidato", "Detectada el", "Motivo de la detección"]), Some(Crm::Salesforce));
    assert_eq!(Crm::guess(["id", "contact_id", "assigned_to", "email", "status"]), None);
}

#[test]
fn ids_of_contacts_are_those_of_our_own_exports_alone() {
    for header in ["contact_id", "Id. del contacto", "Contact id"] {
        assert_eq!(field_of(header, Some(Crm::Reparto)), Some(Field::ContactId), "{header}");
        assert_ne!(field_of(header, None), Some(Field::ContactId), "{header}");
        assert_ne!(field_of(header, Some(Crm::HubSpot)), Some(Field::ContactId), "{header}");
    }
}

#[test]
fn what_an_import_adds_to_its_rows_is_left_out_in_each_language() {
    for headings in [Headings::Fixed, Headings::Spanish, Headings::English] {
        for column in reparto_domain::headings::IMPORT_ROWS {
            assert_eq!(field_of(column.text(headings), None), Some(Field::Ignore), "{column:?}");
        }
    }
}
