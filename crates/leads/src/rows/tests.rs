use std::io::Cursor;

use super::*;
use crate::Leads;
use reparto_domain::{Priority, Status};

fn read_with(text: &str, options: &Options) -> Vec<Result<Lead, RowProblem>> {
    Leads::open(Cursor::new(text), options).unwrap().collect()
}

fn read(text: &str) -> Vec<Result<Lead, RowProblem>> {
    read_with(text, &Options::default())
}

fn lead(text: &str) -> Lead {
    read(text).remove(0).unwrap()
}

fn row(text: &str) -> ImportRow {
    lead(text).row
}

/// What is said of the only row, which comes in.
fn said(text: &str) -> String {
    lead(text).notices.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn problem(text: &str) -> String {
    read(text).remove(0).unwrap_err().to_string()
}

#[test]
fn short_rows_are_padded_and_long_ones_refused() {
    assert_eq!(row("Email,City\na@example.org\n").contact.city, None);
    assert_eq!(row("Email,City\na@example.org,Madrid,,\n").contact.city.as_deref(), Some("Madrid"));
    assert!(problem("Email,City\na@example.org,Madrid,Spain\n").contains("3 cells"));
}

#[test]
fn a_cell_that_cannot_be_read_does_not_cost_the_lead() {
    let with = |column: &str, cell: &str| format!("Name;Phone;{column}\nAna;600111222;{cell}\n");
    for (column, cell, expected) in [
        ("Email", "paz@example", "email address"),
        ("Date", "ayer", "date"),
        ("Score", "muchos", "score from 0 to 100"),
        ("Score", "1.000", "score from 0 to 100"),
        ("Score", "120", "score from 0 to 100"),
        ("Mobile", "3,46E+10", "phone number (a spreadsheet has rounded it)"),
        ("Mobile", "preguntar", "phone number"),
        ("Owner", "Quien se fue", "active user who may hold leads"),
        ("Age", "muchos", "age"),
        ("first_call_attempts", "{}x", "map of attempts"),
    ] {
        let lead = lead(&with(column, cell));
        assert_eq!(lead.row.contact.custom_fields.to_value()[column], cell);
        let said = lead.notices[0].to_string();
        assert_eq!(
            said,
            format!("line 2: column {column:?}: {cell:?} is not a valid {expected}; kept as a custom field")
        );
        assert!(lead.notices[0].notice.is_fault() && lead.notices.len() == 1);
    }
}

#[test]
fn placeholders_are_empty_without_a_notice() {
    for (column, cell) in [
        ("Email", "N/A"),
        ("Email", "-"),
        ("Email", "no tiene"),
        ("Date", "0000-00-00"),
        ("Score", "n/a"),
        ("Owner", "-"),
    ] {
        let lead = lead(&format!("Name;Phone;{column}\nAna;600111222;{cell}\n"));
        assert_eq!(
            (lead.notices.len(), lead.row.contact.custom_fields.to_value().as_object().unwrap().len()),
            (0, 0),
            "{column} {cell}"
        );
        assert_eq!(lead.row.contact.email, None);
    }
}

#[test]
fn a_lead_that_nobody_can_reach_has_a_notice() {
    assert_eq!(
        said("Name;Email\nAna;\n"),
        "line 2: has no email address and no phone number: nobody can reach this lead"
    );
    assert_eq!(said("Name;Email\nAna;a@example.org\n"), "");
}

#[test]
fn the_first_address_or_phone_counts_all_are_kept() {
    let row = row("Email,Phone\n\"a@example.org, b@example.org\",\"600 111 222; 600333444\"\n");
    assert_eq!(row.contact.email.as_deref(), Some("a@example.org"));
    assert_eq!(row.contact.phone.as_deref(), Some("600 111 222"));
    assert_eq!(row.contact.mobile.as_deref(), Some("600333444"));
    assert_eq!(row.contact.custom_fields.to_value()["Email"], "a@example.org, b@example.org");
    assert_eq!(row.contact.custom_fields.to_value()["Phone"], "600 111 222; 600333444");
}

#[test]
fn numbers_are_cleaned_of_what_spreadsheets_and_forms_add() {
    for (cell, expected) in [
        ("p:+34600111222", "+34600111222"),
        ("34600111222.0", "34600111222"),
        ("'+34600111222", "+34600111222"),
        ("=\"600111222\"", "600111222"),
    ] {
        let row = row(&format!("Name;Phone\nAna;{cell}\n"));
        assert_eq!(row.contact.phone.as_deref(), Some(expected), "{cell}");
        assert!(row.contact.custom_fields.is_empty(), "{cell}");
    }
    let extension = row("Name;Phone\nAna;912345678 ext. 12\n").contact;
    assert_eq!(extension.phone.as_deref(), Some("912345678"));
    assert_eq!(extension.custom_fields.to_value()["Phone"], "912345678 ext. 12");
    let france = Options { country: "FR".parse().unwrap(), ..Options::default() };
    let text = "Name;Phone;Mobile;Phone 2\nAna;06 12 34 56 78;;+33 6 12 34 56 78\n";
    let row = read_with(text, &france).remove(0).unwrap().row;
    assert_eq!((row.contact.phone.as_deref(), row.contact.mobile), (Some("06 12 34 56 78"), None));
}

#[test]
fn unknown_columns_and_words_are_kept_as_custom_fields() {
    let lead = lead("Email,Favourite colour,Status,Priority\na@example.org,blue,Cita agendada,regular\n");
    assert_eq!((lead.row.status, lead.row.priority), (None, None));
    for (header, value) in [("Favourite colour", "blue"), ("Status", "Cita agendada"), ("Priority", "regular")] {
        assert_eq!(lead.row.contact.custom_fields.to_value()[header], value);
    }
    assert_eq!(lead.notices.len(), 2);
    assert!(lead.notices.iter().all(|notice| !notice.notice.is_fault()));
}

#[test]
fn owners_match_by_address_or_name_else_stay_text() {
    let mut options = Options::default();
    options.people.insert(fold("Ana García"), "ana@example.org".to_owned());
    let text = "Email,Owner\na@example.org,Eva <eva@example.org>\nb@example.org,ANA GARCIA\nc@example.org,Who\n";
    let leads: Vec<Lead> = read_with(text, &options).into_iter().map(Result::unwrap).collect();
    let holders: Vec<Option<&str>> = leads.iter().map(|lead| lead.row.holder_email.as_deref()).collect();
    assert_eq!(holders, [Some("eva@example.org"), Some("ana@example.org"), None]);
    assert_eq!(leads[2].row.contact.custom_fields.to_value()["Owner"], "Who");
    // Where it is known who may hold, an address of nobody is told, too.
    options.holders = Some(["ana@example.org".to_owned()].into());
    let leads: Vec<Lead> = read_with(text, &options).into_iter().map(Result::unwrap).collect();
    assert_eq!((leads[0].row.holder_email.as_deref(), leads[0].notices.len()), (None, 1));
    assert_eq!(leads[0].row.contact.custom_fields.to_value()["Owner"], "Eva <eva@example.org>");
}

#[test]
fn a_second_column_fills_an_empty_field() {
    for (first, second) in
        [("Person - Email - Work", "Person - Email - Home"), ("Email", "Email"), ("Email 1", "Email 2")]
    {
        let rows = read(&format!("Name,{first},{second}\nAna,,a@example.org\nEva,e@example.org,f@example.org\n"));
        let emails: Vec<_> = rows.iter().map(|lead| lead.as_ref().unwrap().row.contact.email.as_deref()).collect();
        assert_eq!(emails, [Some("a@example.org"), Some("e@example.org")], "{second}");
        let custom = &rows[1].as_ref().unwrap().row.contact.custom_fields;
        assert!(custom.to_value().as_object().unwrap().values().any(|value| value == "f@example.org"));
    }
}

#[test]
fn a_second_family_name_follows_the_first() {
    let row = row("Nombre;Primer apellido;Segundo apellido;Correo\nAna;Ruiz;Gil;a@example.org\n");
    assert_eq!(row.contact.name(), "Ana Ruiz Gil");
}

#[test]
fn an_id_of_another_system_is_kept() {
    let row = row("id,name,email,created_at\n17,Ana Ruiz,a@example.org,2025-01-16 10:30:00\n");
    assert_eq!(row.contact.custom_fields.to_value()["id"], "17");
    assert_eq!(row.detected_at.unwrap().to_string(), "2025-01-16T10:30:00Z");
}

#[test]
fn an_attempt_beyond_the_fifth_is_kept_as_text() {
    let attempts = r#""{""6"":{""status"":""red"",""attempted_at"":""2025-01-16T10:30:00Z""}}""#;
    assert!(said(&format!("email,first_call_attempts\na@example.org,{attempts}\n")).contains("map of attempts"));
}

#[test]
fn invisible_characters_and_controls_go() {
    let row = row("Name,City,Email\n\u{200e}Ana\u{200b} Ruiz\u{200f},Ma\u{0}dri\u{7}d,\u{200b}ana@exam\u{ad}ple.org\n");
    assert_eq!((row.contact.name().as_str(), row.contact.city.as_deref()), ("Ana Ruiz", Some("Madrid")));
    assert_eq!(row.contact.email.as_deref(), Some("ana@example.org"));
    // A name without a visible character does not count as one.
    assert_eq!(self::row("Name,Email\n\u{200b}\u{2800},b@example.org\n").contact.first_name, None);
}

#[test]
fn a_text_too_long_for_its_field_is_kept_whole() {
    let long = "x".repeat(TEXT_MAX + 1);
    let lead = lead(&format!("Name,City\nAna,{long}\n"));
    assert_eq!(
        (&lead.row.contact.city, &lead.row.contact.custom_fields.to_value()["City"]),
        (&None, &Value::String(long))
    );
    assert!(lead.notices[0].to_string().contains("1001 characters are too many"));
}

#[test]
fn notes_of_several_columns_are_joined_by_line() {
    let row = row("Contacto principal,Nota 1,Nota 2\nAna,uno,dos\n");
    assert_eq!(row.notes.as_deref(), Some("uno\ndos"));
}

#[test]
fn test_leads_of_forms_are_left_out_and_reported() {
    let text = "id,email,full_name\nl:1,<test lead: dummy data for email>,<test lead: dummy data for full_name>\nl:2,a@example.org,Ana\n";
    let rows = read(text);
    assert_eq!(rows[0].as_ref().unwrap_err().to_string(), "line 2: is a form's test lead: left out");
    assert_eq!(rows[1].as_ref().unwrap().row.contact.custom_fields.to_value()["id"], "l:2");
    assert!(problem("Full name,Email,is_test\nTest,a@example.org,true\n").contains("test lead"));
    assert!(read("Full name,Email,is_test\nTest,a@example.org,false\n")[0].is_ok());
}

#[test]
fn what_a_report_says_of_itself_is_no_lead() {
    let text = "First Name,Last Name,Lead Source,Lead Status,Company / Account,Lead Owner,Email,Rating\nAna,Ruiz,Web,,,Eva,a@example.org,\nLuis,,Web,,,,,\n\nNew leads\n\
        \"Copyright (c) 2000-2026 salesforce.com, inc.\"\n";
    let rows = read(text);
    let told: Vec<bool> = rows.iter().map(Result::is_ok).collect();
    assert_eq!(told, [true, true, false, false]);
    assert_eq!(rows[2].as_ref().unwrap_err().to_string(), "line 5: is about the report, not about a lead: left out");
    // Of another system, somebody of whom nothing else is known comes in.
    assert!(read("Nombre;Apellidos;Correo\nAna;;\n")[0].is_ok());
}

#[test]
fn priorities_and_statuses_are_read() {
    let row = row("Email,Status,Priority\na@example.org,Won,hot\n");
    assert_eq!((row.status, row.priority), (Some(Status::Converted), Some(Priority::High)));
}

#[test]
fn a_header_in_the_midst_is_no_lead() {
    let rows = read("Nombre;Correo;Correo\nAna;a@example.org;\nNombre;Correo;Correo\nEva;e@example.org;\nNombre;;\n");
    assert_eq!(rows.iter().filter(|row| row.is_ok()).count(), 3);
    assert_eq!(rows[1].as_ref().unwrap_err().to_string(), "line 3: has the names of the columns again: left out");
}

#[test]
fn an_object_over_its_bounds_does_not_lose_the_lead() {
    let file = format!("email,Campo libre\na@example.org,{}\n", "x".repeat(20_000));
    let lead = lead(&file);
    assert_eq!(lead.row.contact.email.as_deref(), Some("a@example.org"));
    assert_eq!(lead.row.contact.custom_fields.as_str(), "{}");
    let said = lead.notices[0].to_string();
    assert!(said.contains("line 2") && said.contains("Campo libre") && said.contains("16384 bytes"), "{said}");
}

#[test]
fn no_value_takes_the_place_of_another() {
    let read = lead(
        "Email,custom_fields,Curso,Source,detection_reason,Name,First Name,Last Name,Status,Lead Status\n\
         a@example.org,\"{\"\"Curso\"\":\"\"A\"\"}\",B,Web,\"{\"\"source\"\":\"\"Feria\"\",\"\"x\"\":1}\",Lola,Ana,Ruiz,Won,New\n",
    );
    let custom = read.row.contact.custom_fields.to_value();
    for (name, value) in [
        ("Curso", "A"),
        ("Curso (2)", "B"),
        ("detection_reason source", "Feria"),
        ("Name", "Lola"),
        ("Lead Status", "New"),
    ] {
        assert_eq!(custom[name], value, "{custom}");
    }
    assert_eq!(read.row.detection_reason.to_value()["source"], "Web");
    assert_eq!(
        read.notices[0].to_string(),
        "line 2: column \"Curso\": there is a custom field of this name already; kept as \"Curso (2)\""
    );
    // The same again, or the parts of a name in another order, is no other value.
    let same = lead(
        "Email,custom_fields,Curso,Name,First Name,Last Name\na@example.org,\"{\"\"Curso\"\":\"\"A\"\"}\",A,\"RUIZ, Ana\",Ana,Ruiz\n",
    );
    assert_eq!(same.row.contact.custom_fields.to_value(), serde_json::json!({"Curso": "A"}));
    assert!(same.notices.is_empty());
}

#[test]
fn control_characters_within_a_cell_are_told() {
    assert_eq!(
        said("Name,Email\nA\u{0}na,a@example.org\n"),
        "line 2: column \"Name\": comes in without control characters"
    );
    assert_eq!(said("Name,Email\n\u{0}Ana\u{0}\u{0},\"a@example.org\r\n\"\n"), "");
}

#[test]
fn a_word_that_is_not_known_tells_what_the_lead_has_instead() {
    let told = said("Email,Status,Priority\na@example.org,Cita agendada,regular\n");
    assert!(
        told.contains("nobody has contacted yet, and the word is kept") && told.contains("medium priority"),
        "{told}"
    );
}

#[test]
fn who_wants_no_calls_is_not_contacted_and_who_wants_no_emails_may_be_called() {
    let text = "First Name,Email,Unsubscribed from all email,Do not call\nAna,a@example.org,true,\nEva,e@example.org,false,SÍ\nLuz,l@example.org,,no\n";
    let mut leads = Leads::open(Cursor::new(text), &Options::default()).unwrap();
    let told: Vec<String> = leads.layout().notices.iter().map(ToString::to_string).collect();
    assert!(told[0].starts_with("\"Unsubscribed from all email\" is about emails alone"), "{told:?}");
    let unwilling: Vec<bool> = leads.by_ref().map(|lead| lead.unwrap().row.contact.do_not_contact.is_some()).collect();
    assert_eq!(unwilling, [false, true, false]);
    let map = vec![("Unsubscribed from all email".to_owned(), Field::DoNotContact)];
    let mapped = read_with(text, &Options { map, ..Options::default() });
    let unwilling = mapped.iter().map(|lead| lead.as_ref().unwrap().row.contact.do_not_contact.is_some());
    assert_eq!(unwilling.collect::<Vec<_>>(), [true, true, false]);
}

#[test]
fn a_full_name_beside_its_parts_is_not_written_twice() {
    for file in [
        "Nombre completo;Nombre;Apellidos\nLola Sanz Gil;Lola;Sanz Gil\n",
        "Nombre completo;Apellidos\nLola Sanz Gil;Sanz Gil\n",
        "Full name;First name;Last name\nLola Sanz Gil;Lola;Sanz Gil\n",
    ] {
        let contact = lead(file).row.contact;
        assert_eq!(contact.first_name.as_deref(), Some("Lola"), "{file}");
        assert_eq!(contact.last_name.as_deref(), Some("Sanz Gil"), "{file}");
        assert_eq!(contact.custom_fields.to_value().as_object().unwrap().len(), 0, "{file}");
    }
}

#[test]
fn the_day_of_an_enquiry_is_that_of_its_zone() {
    let zone = TimeZone::get("Europe/Madrid").unwrap();
    let options = Options { time_zone: zone, ..Options::default() };
    let day = |file: &str| {
        let mut leads = Leads::open(Cursor::new(file.to_owned()), &options).unwrap();
        leads.next().unwrap().unwrap().row.day
    };
    assert_eq!(day("Name;Date\nAna;2026-05-14\n").as_deref(), Some("2026-05-14"));
    assert_eq!(day("Name;Date\nAna;2026-05-14T23:30:00Z\n").as_deref(), Some("2026-05-15"));
    assert_eq!(day("Name\nAna\n").as_deref(), Some("1970-01-01"));
}
